"""Every "no" that a person can hear, each a class with its evidence in fields and its sentence in one place.

Refusal
├── UnknownAct              no act of that name
├── BadMessage              the message is not as its act wants it
├── WrongRole               the act belongs to another role
├── NotNamed                the role is held by named people, and this is none of them
├── AlreadyNamed            delegated to somebody who holds the role already
├── ReasonMissing           the act needs a reason
├── RecordFull              the record keeps no more remarks and no long reasons
├── CaseClosed              the renewal has ended
├── WithdrawalUnderWay      the renewal is being taken back
├── WorkUnderWay            ordered work is not finished
├── StepNotOpen             steps before it are not done
├── StepNotNeeded           nothing on the tenant asks for it
├── StepAlreadyDone         it was done before
├── RootNotConfirmed        nobody vouched for the load balancer root
├── CertificateUndecided    nobody decided on a certificate that needs a person
├── FactsChanged            what the person was shown is no longer so
├── WouldRefuse             a certificate that may be presented would be refused  (can be overridden)
├── PinningUnknown          nobody said whether a service key is pinned
├── NotLookedAt             a part of the tenant could not be read          (can be overridden)
├── CertificateReturned     the certificate has faults                      (can be overridden)
├── NoCertificate           there is nothing to return
├── TooLateToReplace        the switch was confirmed
├── WithdrawUnsafe          the sender may present the new certificate      (can be overridden)
├── NotReleased             there is no switch to take back
├── TooLateToSwitchBack     the old certificate is no longer accepted
├── TooLateToWithdraw       likewise, for the whole renewal
├── GuardUnknown            no such guard, or it cannot be lifted
└── SenderNotTyped          an override needs the name of the sender
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from process.saying import SaysNo
from process.steps import Role, Step


def _list(words: tuple[str, ...]) -> str:
    return " and ".join(words) if len(words) < 3 else ", ".join(words[:-1]) + " and " + words[-1]


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")


@dataclass(eq=False)
class Refusal(SaysNo):
    """An act that is not carried out. Nothing was changed."""

    overridable: ClassVar[bool] = False


@dataclass(eq=False)
class UnknownAct(Refusal):
    """No act of that name."""

    name: str
    known: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"There is no act named {self.name!r}. Send one of: {', '.join(self.known)}."


@dataclass(eq=False)
class BadMessage(Refusal):
    """The message is not the one object that its act wants."""

    act: str
    problem: str

    @property
    def sentence(self) -> str:
        return (
            f"The message {self.act} was not understood: {self.problem}. "
            "Send one JSON object with the fields of this act and no others."
        )


@dataclass(eq=False)
class WrongRole(Refusal):
    """The act belongs to another role."""

    act: str
    role: Role
    needed: tuple[Role, ...]

    @property
    def sentence(self) -> str:
        who = " or ".join(role.words for role in self.needed)
        return f"{self.act} is for the {who}, and you act as {self.role.words}. Ask the {who} to do it."


@dataclass(eq=False)
class NotNamed(Refusal):
    """The role is held by named people of this renewal."""

    by: str
    role: Role
    people: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return (
            f"{self.by} is not named as {self.role.words} of this renewal. "
            f"{_list(self.people)} can act, or delegate to {self.by}."
        )


@dataclass(eq=False)
class AlreadyNamed(Refusal):
    """Delegated to somebody who holds the role already."""

    to: str
    role: Role

    @property
    def sentence(self) -> str:
        return f"{self.to} is already named as {self.role.words}. Nothing needs to be done."


@dataclass(eq=False)
class ReasonMissing(Refusal):
    """The act needs a reason in words."""

    act: str

    @property
    def sentence(self) -> str:
        return f"{self.act} needs a reason, for those who read the record later. Send it again with one."


@dataclass(eq=False)
class RecordFull(Refusal):
    """The record keeps no more remarks and no long reasons."""

    short: int

    @property
    def sentence(self) -> str:
        return (
            "The record of this renewal is full: it takes no more remarks and delegations, and of the other acts "
            f"those with at most {self.short} characters of text. Keep longer words elsewhere and refer to them."
        )


@dataclass(eq=False)
class CaseClosed(Refusal):
    """The renewal has ended."""

    outcome: str

    @property
    def sentence(self) -> str:
        return f"This renewal is {self.outcome}; nothing can be done in it any more. Start a new one if need be."


@dataclass(eq=False)
class WithdrawalUnderWay(Refusal):
    """The renewal is being taken back."""

    @property
    def sentence(self) -> str:
        return "This renewal is being withdrawn. Wait until all that was added is taken back."


@dataclass(eq=False)
class WorkUnderWay(Refusal):
    """Ordered work is not finished."""

    work: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"Work is under way: {_list(self.work)}. Wait until it is finished, then send the act again."


@dataclass(eq=False)
class StepNotOpen(Refusal):
    """Steps before it are not done."""

    step: Step
    before: tuple[Step, ...]

    @property
    def sentence(self) -> str:
        waits = _list(tuple(f"step {s.id} by the {s.role.words}" for s in self.before))
        return f"Step {self.step.id} is not open yet: it waits for {waits}."


@dataclass(eq=False)
class StepNotNeeded(Refusal):
    """Nothing on the tenant asks for the step."""

    step: Step
    why: str

    @property
    def sentence(self) -> str:
        return f"Step {self.step.id} is not needed in this renewal: {self.why}. Nothing needs to be done."


@dataclass(eq=False)
class StepAlreadyDone(Refusal):
    """The step was done before."""

    step: Step
    by: str
    at: datetime

    @property
    def sentence(self) -> str:
        return f"Step {self.step.id} was already done by {self.by} at {_when(self.at)}. Nothing needs to be done."


@dataclass(eq=False)
class RootNotConfirmed(Refusal):
    """Nobody vouched for the load balancer root (help page 2d3cae7, step 3)."""

    step: Step
    listed: str

    @property
    def sentence(self) -> str:
        return (
            f"Whether the load balancer trusts the root of the new certificate is {self.listed}. "
            "The tenant administrator must check SAP's list of load balancer roots (Note 2801396) and "
            f"send step {self.step.id} again with how that was confirmed."
        )


@dataclass(eq=False)
class CertificateUndecided(Refusal):
    """Neither yes nor no is certain for the new certificate, and nobody decided."""

    step: Step
    opinions: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return (
            f"Whether the new certificate will be accepted is not certain: {' '.join(self.opinions)} The tenant "
            f"administrator must decide: return it, or send step {self.step.id} again with why it is taken."
        )


@dataclass(eq=False)
class FactsChanged(Refusal):
    """The act rests on facts that are others by now; `changes` is the difference, as far as it is known."""

    seen: str
    now: str
    changes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        if not self.changes:
            return (
                f"What you were shown ({self.seen}) is too old to be compared with what is so now ({self.now}). "
                "Look at the renewal again, then decide anew."
            )
        return (
            f"What you were shown has changed since: {'; '.join(self.changes)}. "
            f"Look at the renewal again ({self.now}), then decide anew."
        )


@dataclass(eq=False)
class WouldRefuse(Refusal):
    """After the act, a certificate that the sender may present would be refused; each place has its sentence."""

    overridable: ClassVar[bool] = True
    counterexamples: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"This would lock the sender out. {' '.join(self.counterexamples)}"


@dataclass(eq=False)
class PinningUnknown(Refusal):
    """Whether a service key compares the whole certificate or its names decides what may be done; nobody said."""

    step: Step
    users: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return (
            f"The names stay the same, and whether the service key of {_list(self.users)} is pinned is told by no "
            "interface. Beside a key that is not pinned, a second one with the same names would refuse every call. "
            "The tenant administrator must look in the cockpit whether Pin Certificate is set, then send step "
            f"{self.step.id} again with pinned or not pinned."
        )


@dataclass(eq=False)
class NotLookedAt(Refusal):
    """A part of the tenant could not be read, so nobody knows whether it holds the old certificate."""

    overridable: ClassVar[bool] = True
    parts: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return (
            f"Not everything on the tenant could be looked at: {_list(self.parts)}. The new certificate may be "
            "refused there. The tenant administrator must check these by hand and override NotLookedAt."
        )


@dataclass(eq=False)
class CertificateReturned(Refusal):
    """The handed-over certificate has faults."""

    overridable: ClassVar[bool] = True
    reasons: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"The certificate is returned to the sender administrator: {' '.join(self.reasons)}"


@dataclass(eq=False)
class NoCertificate(Refusal):
    """There is no certificate to return."""

    @property
    def sentence(self) -> str:
        return "There is no accepted certificate to return. The sender administrator must hand one over (step 2)."


@dataclass(eq=False)
class TooLateToReplace(Refusal):
    """The sender uses the new certificate already."""

    act: str

    @property
    def sentence(self) -> str:
        return (
            f"{self.act} is no longer possible: the sender administrator confirmed the switch (step 8). "
            "Finish this renewal, then start the next one with the certificate in use."
        )


@dataclass(eq=False)
class WithdrawUnsafe(Refusal):
    """The sender may present the new certificate, so what accepts it must stay."""

    overridable: ClassVar[bool] = True
    sender: str
    switched: bool

    @property
    def sentence(self) -> str:
        known = "uses the new certificate" if self.switched else "was told that it may use the new certificate"
        return (
            f"Withdrawing is not safe: {self.sender} {known}, and its messages would be refused. The sender "
            "administrator must first go back to the old certificate and say so (switch-back)."
        )


@dataclass(eq=False)
class NotReleased(Refusal):
    """There is no switch to take back."""

    @property
    def sentence(self) -> str:
        return "There is nothing to switch back: the new certificate was not released to the sender yet (step 6)."


@dataclass(eq=False)
class TooLateToSwitchBack(Refusal):
    """The old certificate is no longer accepted everywhere."""

    @property
    def sentence(self) -> str:
        return (
            "Switching back is no longer possible: the removal of the old certificate from the tenant has begun. "
            "Keep the new certificate in use and call the tenant administrator."
        )


@dataclass(eq=False)
class TooLateToWithdraw(Refusal):
    """The old certificate is no longer accepted everywhere, so that there is nothing to go back to."""

    @property
    def sentence(self) -> str:
        return (
            "Withdrawing is no longer possible: the removal of the old certificate from the tenant has begun. "
            "Finish this renewal, then start the next one with the certificate in use."
        )


@dataclass(eq=False)
class GuardUnknown(Refusal):
    """No such guard, or it stands in nobody's way now, or it cannot be lifted."""

    guard: str
    known: tuple[str, ...]

    @property
    def sentence(self) -> str:
        can = f"What can be overridden now: {', '.join(self.known)}." if self.known else "None can be now."
        return f"There is no guard {self.guard!r} to override here. {can}"


@dataclass(eq=False)
class SenderNotTyped(Refusal):
    """An override needs the name of the sender, typed by the person."""

    typed: str
    sender: str

    @property
    def sentence(self) -> str:
        return (
            f"An override is confirmed with the name of the sender, and {self.typed!r} is not it. "
            f"Type the name of the sender of this renewal as it is shown ({self.sender})."
        )
