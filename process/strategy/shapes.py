"""The shapes of a plan. No rule lives here; `planning` puts a plan together, `words` makes its text."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from process.facts import NamePair, Unreadable
from process.steps import Role


class Need(StrEnum):
    """Whether a step belongs to the renewal."""

    NEEDED = "needed"
    NOT_NEEDED = "not needed"
    NOT_KNOWN = "not known yet"


class ChangeKind(StrEnum):
    """What changes at one place on the tenant."""

    ADD_ROW = "add row"
    REMOVE_ROW = "remove row"
    EXCHANGE_ROW = "exchange row"  # both parameters of the only row, at the moment of the switch
    ADD_USER_MAPPING = "add user mapping"
    REMOVE_USER_MAPPING = "remove user mapping"
    ADD_SERVICE_KEY = "add service key"
    REMOVE_SERVICE_KEY = "remove service key"


@dataclass(frozen=True)
class Change:
    """One change at one place. `where` is a flow id, a user or a service instance.

    Rows: `row` is the pair that is added or removed, `beside` the pair that is in the channel and gives the
    notation. Mappings and keys: `fingerprint` is of the certificate that is added or removed.
    """

    kind: ChangeKind
    where: str
    channel: str = ""
    address: str = ""
    row: NamePair | None = None
    beside: NamePair | None = None
    parameterised: bool = False
    fingerprint: str = ""


@dataclass(frozen=True)
class PlanStep:
    """One row of the table of steps in this renewal.

    `why` says why it is needed, not needed or not known; `expected` what is known already of a step that is not
    known yet. `remarks` are full sentences for whoever takes the step.
    """

    id: str
    role: Role
    need: Need
    why: str
    expected: str = ""
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()


class Limit(StrEnum):
    """Why old and new cannot be accepted side by side."""

    ONE_ROW = "one externalised row"
    FIXED_ROW = "row that cannot be changed"
    SAME_KEY = "service key that is not pinned"
    NOT_NEWER = "new certificate is not newer"
    PIN_NOT_KNOWN = "service key may not be pinned"
    KEY_SPELLING = "service key compares names in another spelling"
    CLASH = "service keys clash"
    HELD_TWICE = "old certificate is held twice"
    TAKEN = "new certificate is held elsewhere"
    VALIDITY = "validities do not overlap"
    OLD_EXPIRED = "old certificate has expired"
    NEW_EXPIRED = "new certificate has expired"


class Which(StrEnum):
    """Which certificate may be refused for a while."""

    OLD = "old"
    NEW = "new"


@dataclass(frozen=True)
class NotOverlapped:
    """A place where a certificate that the sender may present can be refused.

    `where` is a flow id, a user or a service instance, empty for everywhere; `channel` narrows it. `advice`: what to
    do, the least bad first. `gap` says how long, `exactly` the same where it can be reckoned.
    """

    limit: Limit
    where: str
    why: str
    advice: tuple[str, ...]
    gap: str
    refused: tuple[Which, ...]
    source: str
    channel: str = ""
    exactly: timedelta | None = None


@dataclass(frozen=True)
class Remark:
    """Something to know before the renewal begins; `decide`: a person must look it up or decide it first."""

    code: str
    sentence: str
    source: str = ""
    decide: bool = False


@dataclass(frozen=True)
class PointOfNoReturn:
    """The first steps after which the old certificate cannot be used again; none where it stays accepted."""

    steps: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Foreseen:
    """What a renewal will be under a condition that is not decided yet: steps needed, places not overlapped."""

    condition: str
    needed: tuple[str, ...]
    not_overlapped: tuple[NotOverlapped, ...]


@dataclass(frozen=True)
class Plan:
    """The plan of one renewal. `foreseen` is filled while there is no new certificate."""

    steps: tuple[PlanStep, ...]
    point_of_no_return: PointOfNoReturn
    not_overlapped: tuple[NotOverlapped, ...]
    remarks: tuple[Remark, ...]
    not_looked_at: tuple[Unreadable, ...]
    foreseen: tuple[Foreseen, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """Ids of the steps that are needed."""
        return tuple(step.id for step in self.steps if step.need is Need.NEEDED)

    @property
    def keeps_invariant(self) -> bool:
        """True when, at each place that was looked at, every certificate the sender may present is accepted."""
        return not self.not_overlapped

    @property
    def is_whole(self) -> bool:
        """True when every step is known and everything could be looked at."""
        return not self.not_looked_at and all(step.need is not Need.NOT_KNOWN for step in self.steps)

    @property
    def needs_person(self) -> bool:
        """True when somebody must look something up or decide before this plan can be followed."""
        undecided = any(remark.decide for remark in self.remarks)
        return undecided or not self.keeps_invariant or not self.is_whole
