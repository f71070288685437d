"""The parts of the acceptance model: endpoints and how they are authorised, certificates, answers. No rule."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from process.facts import CertificateFacts, NamePair, RootTrust


class Gate(StrEnum):
    """Where a call can be stopped, in the order in which it comes to it."""

    ROOT = "load balancer root"
    CLIENT_AUTH = "client authentication"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    NOT_DEPLOYED = "not deployed"
    DN_LIST = "list of names"
    MAPPING = "user mapping"
    SERVICE_KEY = "service key"
    KEY_CLASH = "clash of service keys"
    ROLE = "role"


class Answer(StrEnum):
    """Best first. UNKNOWN is never as good as ACCEPTED."""

    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True)
class Presented:
    """A certificate with what is known of it at the load balancer.

    `vouched`: a person confirmed its root. `client_auth`: whether its EKU has client authentication, None where
    nobody knows.
    """

    facts: CertificateFacts
    root: RootTrust = RootTrust.UNKNOWN
    vouched: bool = False
    client_auth: bool | None = None


@dataclass(frozen=True)
class Listed:
    """A channel authorised by certificate: the pairs that it lists, as they are written."""

    rows: tuple[NamePair, ...]


@dataclass(frozen=True)
class ByRole:
    """Channels authorised by this role of the caller."""

    role: str


@dataclass(frozen=True)
class ByUser:
    """Every channel that this user (Neo) or service instance (Cloud Foundry) may call, whatever its roles.

    The roles of users cannot be read. They need not be: a certificate that calls as the same user may call the same.
    """

    user: str


@dataclass(frozen=True)
class NotDeployed:
    """Nothing answers there; `why` in words."""

    why: str


@dataclass(frozen=True)
class NotRead:
    """How it is authorised now could not be read; `why` in words."""

    why: str


Authorisation = Listed | ByRole | ByUser | NotDeployed | NotRead


@dataclass(frozen=True)
class Place:
    """What tells endpoints apart: flow, channel and address; or the user; or the role, with first addresses."""

    flow: str = ""
    channel: str = ""
    address: str = ""
    user: str = ""
    role: str = ""

    @property
    def words(self) -> str:
        """The endpoint as a person looks for it."""
        at = f" ({self.address})" if self.address else ""
        if self.user:
            return f"every channel that {self.user} may call"
        if self.role:
            return f"the channels with the role {self.role}{at}"
        return f"flow {self.flow}, channel {self.channel}{at}"


@dataclass(frozen=True)
class Evidence:
    """A certificate of these names was let in while the channel had these rows."""

    names: NamePair
    rows: tuple[NamePair, ...]

    def __hash__(self) -> int:
        """Taken once: what follows from evidence is looked up for every certificate at every endpoint."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.names, self.rows))


@dataclass(frozen=True)
class Endpoint:
    """One place and how it is authorised on every node; they differ while a flow is redeployed."""

    place: Place
    nodes: tuple[Authorisation, ...]
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Objection:
    """What speaks against a call at a gate: for certain or perhaps, `why` as a clause.

    `for_good`: it was let in before and never will be again (an unpinned service key, SAP page 19af5e2).
    """

    gate: Gate
    answer: Answer
    why: str
    for_good: bool = False


@dataclass(frozen=True)
class Acceptance:
    """The answer for one certificate at one endpoint."""

    certificate: CertificateFacts
    place: Place
    objection: Objection | None = None

    @property
    def answer(self) -> Answer:
        """Accepted, refused, or not known."""
        return self.objection.answer if self.objection else Answer.ACCEPTED

    @property
    def accepted(self) -> bool:
        """True only where it is known."""
        return self.objection is None

    @property
    def gate(self) -> Gate | None:
        """The gate that does not let it through; None where all do."""
        return self.objection.gate if self.objection else None

    @property
    def for_good(self) -> bool:
        """True where nothing brings the certificate back there."""
        return self.objection is not None and self.objection.for_good

    @property
    def words(self) -> str:
        """One sentence: which certificate, where, and why not."""
        subject = f"The certificate {certificate_words(self.certificate)}"
        if self.objection is None:
            return f"{subject} is accepted at {self.place.words}."
        known = self.answer is Answer.REFUSED
        verb = "is refused at" if known else "may be refused at"
        return f"{subject} {verb} {self.place.words}: {self.objection.why}."


def certificate_words(certificate: CertificateFacts) -> str:
    """A certificate as people tell it from another: subject, serial number, end."""
    until = certificate.not_after.strftime("%Y-%m-%d %H:%M UTC")
    return f"{certificate.names.subject} (serial {certificate.serial}, until {until})"
