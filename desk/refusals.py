"""What the desk itself refuses, before or beside the process. Sentences are made here, once.

DeskRefusal
├── ActRefused          the process said no; its code and sentence are passed on
├── UploadRefused       what was handed over is not taken in
├── UnknownSender       nobody of that name is in the register
├── SeveralSenders      the name is registered at several tenants
├── SenderKnown         the sender is registered already, with something else
├── AlreadyStarted      this certificate has its renewal
├── UnknownRenewal      no renewal answers to that text
├── SeveralRenewals     several do
├── RenewalEnded        it has ended
├── AlreadyStaged       the simulated tenant has that sender's flow already
├── UnknownStep         no step of that number takes an act
├── TemporalRefused     the server does not accept what it was asked
├── NoSchedule          the schedule is not installed
├── FileThere           a file that would be made is there already
├── FileNotWritten      the system does not let a file be written
├── RightsNotKept       the file system lets others read a private key
└── NoSubject           the old certificate does not say which subject to ask for
NotReachable            Temporal, or the worker behind it, does not answer
"""

from dataclasses import dataclass
from shlex import quote

from process.saying import SaysNo


@dataclass(eq=False)
class DeskRefusal(SaysNo):
    """Nothing was changed."""


@dataclass(eq=False)
class ActRefused(DeskRefusal):
    """The process said no."""

    rule: str
    words: str

    @property
    def sentence(self) -> str:
        return self.words

    @property
    def code(self) -> str:
        return self.rule


@dataclass(eq=False)
class UploadRefused(DeskRefusal):
    """What was handed over is not taken in; nothing of it is kept."""

    rule: str
    words: str
    ask: str

    @property
    def sentence(self) -> str:
        return f"{self.words} {self.ask}".strip()

    @property
    def code(self) -> str:
        return self.rule


@dataclass(eq=False)
class UnknownSender(DeskRefusal):
    """Nobody of that name is in the register."""

    name: str
    known: tuple[str, ...]
    tenant: str | None = None

    @property
    def sentence(self) -> str:
        known = f"Registered are: {', '.join(self.known)}. " if self.known else "The register is empty. "
        where = f" at the tenant {self.tenant!r}" if self.tenant else ""
        add = "The operator can add it: certrelay sender add."
        return f"No sender named {self.name!r} is registered{where}. {known}{add}"


@dataclass(eq=False)
class SeveralSenders(DeskRefusal):
    """The name is registered at several tenants."""

    name: str
    tenants: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"{self.name!r} is registered at several tenants: {', '.join(self.tenants)}. Say which with --tenant."


@dataclass(eq=False)
class SenderKnown(DeskRefusal):
    """The sender is registered already, with something else."""

    name: str
    tenant: str

    @property
    def sentence(self) -> str:
        return (
            f"{self.name!r} at {self.tenant} is registered already, with another certificate, people or lead time. "
            "Look at it with certrelay sender show, and add it again with --replace if it shall be changed."
        )


@dataclass(eq=False)
class AlreadyStarted(DeskRefusal):
    """This certificate has its renewal."""

    renewal: str
    status: str

    @property
    def sentence(self) -> str:
        return (
            f"This certificate already has its renewal {self.renewal}, which is {self.status}. "
            f"Look at it with certrelay show {quote(self.renewal)}; nothing was started."
        )


@dataclass(eq=False)
class UnknownRenewal(DeskRefusal):
    """No renewal answers to that text."""

    text: str

    @property
    def sentence(self) -> str:
        return (
            f"There is no renewal {self.text!r}. Name it by its id, its sender or the first digits of the old "
            "certificate's fingerprint; certrelay inbox lists those that wait."
        )


@dataclass(eq=False)
class SeveralRenewals(DeskRefusal):
    """Several renewals answer to that text."""

    text: str
    ids: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"Several renewals are meant by {self.text!r}: {', '.join(self.ids)}. Name one by its id."


@dataclass(eq=False)
class RenewalEnded(DeskRefusal):
    """The renewal has ended; nothing can be done in it."""

    renewal: str

    @property
    def sentence(self) -> str:
        return (
            f"The renewal {self.renewal} has ended; nothing can be done in it any more. "
            f"Look at it: certrelay show {quote(self.renewal)}."
        )


@dataclass(eq=False)
class AlreadyStaged(DeskRefusal):
    """The simulated tenant has that sender's flow already."""

    sender: str

    @property
    def sentence(self) -> str:
        return (
            f"The simulated tenant has a flow of {self.sender} already; nothing was changed. "
            "You must choose another name: certrelay rehearse NAME."
        )


@dataclass(eq=False)
class UnknownStep(DeskRefusal):
    """No step of that number takes an act by `confirm`."""

    step: str
    known: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return (
            f"Step {self.step!r} cannot be confirmed. Steps that can: {', '.join(self.known)}; "
            "steps 1 and 2 go by certrelay submit. Look at certrelay steps."
        )


@dataclass(eq=False)
class TemporalRefused(DeskRefusal):
    """The server answers and does not accept what it was asked."""

    detail: str

    @property
    def sentence(self) -> str:
        return (
            f"Temporal does not accept this: {self.detail}. Nothing was changed. Where it names a namespace or a "
            "search attribute, the operator must make the server fit: certrelay prepare."
        )


@dataclass(eq=False)
class NoSchedule(DeskRefusal):
    """The schedule is not installed."""

    @property
    def sentence(self) -> str:
        return "The watch over expiry is not installed. The operator can do it: certrelay schedule install."


@dataclass(eq=False)
class FileThere(DeskRefusal):
    """A file that would be made is there already; it stays as it is."""

    path: str

    @property
    def sentence(self) -> str:
        return (
            f"The file {self.path} is there already; no file is ever overwritten, and nothing was written. "
            "Choose another name with --out, or move the file away."
        )


@dataclass(eq=False)
class FileNotWritten(DeskRefusal):
    """The system does not let a file be written; `detail` is its reason."""

    path: str
    detail: str

    @property
    def sentence(self) -> str:
        return (
            f"The file {self.path} cannot be written ({self.detail}), so neither key nor request was kept. "
            "Choose a folder of your own with --out."
        )


@dataclass(eq=False)
class RightsNotKept(DeskRefusal):
    """The file system lets others read what only its owner may."""

    path: str

    @property
    def sentence(self) -> str:
        return (
            f"The file system of {self.path} lets others read the private key whatever rights are set, so nothing "
            "was kept. Choose a folder on another file system with --out."
        )


@dataclass(eq=False)
class NoSubject(DeskRefusal):
    """The old certificate does not say which subject to ask for; `why` is a clause."""

    path: str
    why: str

    @property
    def sentence(self) -> str:
        return (
            f"The names cannot be taken from {self.path}: {self.why}. "
            "Hand over the sender's own certificate alone, or say the names with --subject."
        )


@dataclass(eq=False)
class NotReachable(SaysNo):
    """Temporal, or the worker behind it, does not answer. What was sent may have arrived: repeat it as it was."""

    what: str
    detail: str = ""
    setting: str = "set TEMPORAL_ADDRESS to the server in use"

    @property
    def sentence(self) -> str:
        """What happened, who must act and what to do."""
        detail = f" ({self.detail})" if self.detail else ""
        return (
            f"{self.what} does not answer{detail}. The operator must start it (certrelay up) or {self.setting}; "
            "then repeat the command, nothing is lost."
        )
