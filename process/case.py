"""The record of a case: one renewal as it stands. Only shapes and plain readings of them live here.

What is open is `process.open`, what is due `process.due`, what may change it `process.check` and `process.write`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from process.facts import CertificateFacts, NamePair, TenantFacts, Verdict
from process.steps import TABLE_VERSION, Role

LOOK_EVERY = timedelta(hours=6)
"""Between two looks at a tenant while people wait: four a day cost little, and an outage is found the same day."""

LOOK_AGAIN_AFTER = timedelta(minutes=10)
"""The pause after a final failure to read the tenant; a person can do nothing there but wait or mend it."""

_LINE = 300
"""Bytes of a line on the record besides what people write."""


class Outcome(StrEnum):
    """What became of an entry on the record."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DONE = "done"
    FAILED = "failed"
    OVERRIDDEN = "overridden"
    ALARM = "alarm"
    NOTED = "noted"


@dataclass(frozen=True)
class Entry:
    """One line on the record: who did what when, on which facts (`facts` is a digest), and what came of it."""

    at: datetime
    by: str
    role: str
    act: str
    outcome: Outcome
    text: str = ""
    step: str = ""
    request_id: str = ""
    facts: str = ""


class Status(StrEnum):
    """How far a step is, as stored; a step that is not stored has not begun."""

    ORDERED = "ordered"
    DONE = "done"


@dataclass(frozen=True)
class StepState:
    """A step that was acted on: by whom, when, and how far it is."""

    status: Status
    by: str
    at: datetime
    by_hand: bool = False


class EffectKind(StrEnum):
    """What the workflow can carry out."""

    JUDGE_CERTIFICATE = "judge certificate"
    JUDGE_AGAIN = "judge certificate again"
    READ_TENANT = "read tenant"
    LOOK = "look at tenant"
    ADD_NAMES = "add names"
    REMOVE_NAMES = "remove names"
    ADD_USER_MAPPING = "add user mapping"
    REMOVE_USER_MAPPING = "remove user mapping"


@dataclass(frozen=True)
class Effect:
    """One piece of ordered work. `where` is a flow id or a user; `check_only` when done by hand.

    `new` is what is to be there afterwards, `old` what shall be replaced or removed. `watched` are flows that are
    looked at even where they list neither.
    """

    kind: EffectKind
    where: str
    step: str
    old: CertificateFacts | None = None
    new: CertificateFacts | None = None
    check_only: bool = False
    watched: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Tells this effect from every other one of the case."""
        prints = "-".join(c.fingerprint[:12] for c in (self.old, self.new) if c)
        return f"{self.step}/{self.kind}/{self.where}/{prints}"


@dataclass(frozen=True)
class Added:
    """Something that this renewal put on the tenant, and has not taken away: names in a flow, or a mapping."""

    kind: EffectKind  # ADD_NAMES or ADD_USER_MAPPING
    where: str
    certificate: CertificateFacts


@dataclass(frozen=True)
class Snapshot:
    """What a person could see of a case at a moment: a digest, and the lines that it was made of."""

    digest: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Submission:
    """A certificate that was handed over: the PEM as given, by whom, when."""

    pem: str
    by: str
    at: datetime


class Closing(StrEnum):
    """The end of a renewal, or the way to it."""

    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed"


@dataclass(frozen=True)
class Subject:
    """What a renewal is about; never changes. `people` empty for a role means: anybody of that role."""

    tenant: str
    sender: str
    old: CertificateFacts
    people: dict[Role, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One renewal, whole. Replaced, never changed in place; survives continue-as-new as it is."""

    subject: Subject
    started_at: datetime
    table_version: int = TABLE_VERSION
    people: dict[Role, tuple[str, ...]] = field(default_factory=dict)
    submission: Submission | None = None
    """Handed over and not judged yet."""
    verdict: Verdict | None = None
    """The judgement on `new`."""
    returned: Verdict | None = None
    """The judgement on the last certificate that was returned, until one is accepted."""
    new: CertificateFacts | None = None
    facts: TenantFacts | None = None
    seen: TenantFacts | None = None
    """The last reading: what the tenant holds now. `facts` is what this renewal is about, and only grows."""
    looked_at: datetime | None = None
    """When the tenant was looked at last, by our clock."""
    look_every: timedelta = LOOK_EVERY
    """While people wait, the tenant is looked at again after so long."""
    look_again_after: timedelta = LOOK_AGAIN_AFTER
    """After a final failure to read or look, it is tried again after so long."""
    not_proved_since: datetime | None = None
    """Since when nobody could look; None while the last look succeeded."""
    touched: tuple[str, ...] = ()
    """Where this renewal changed the tenant since the last look (flow ids, users)."""
    alarms: dict[str, str] = field(default_factory=dict)
    """What the last look found not to be as it must be, by place; a clean look ends them."""
    shown: tuple[Snapshot, ...] = ()
    """The last states of what people are shown; an act that rests on an earlier one hears the difference."""
    facts_fresh: bool = False
    """True when `facts` were read for the certificate that now is `new` (or for none, at the start)."""
    read_again_at: datetime | None = None
    """When the tenant is read again after a final failure to read it."""
    steps: dict[str, StepState] = field(default_factory=dict)
    pending: tuple[Effect, ...] = ()
    added: tuple[Added, ...] = ()
    removed_old: bool = False
    """Something of the old certificate was removed, or its removal was tried: no way back."""
    judged_at: datetime | None = None
    """When `new` was judged last; until the release it is judged again each day, for the list may change."""
    released: tuple[CertificateFacts, ...] = ()
    """Certificates that the sender was told it may use (step 6); it may present them until a later word."""
    called: tuple[CertificateFacts, ...] = ()
    """Certificates that the sender said it switched to (step 7); a service key that is not pinned remembers them."""
    root_confirmed: str = ""
    decided: str = ""
    """Why the tenant administrator takes a certificate that needs a person's decision."""
    holds_two: bool | None = None
    """Whether the sending system can keep two certificates at once, as its administrator said; None: not said."""
    nodes: int | None = None
    """How many nodes of it present the certificate, likewise."""
    pinned: bool | None = None
    """What a person saw in the cockpit of the service keys that hold the old certificate; no interface tells it."""
    overrides: tuple[str, ...] = ()
    """Guards that were ever lifted; shown for ever."""
    lifted: tuple[str, ...] = ()
    """Guards that are lifted now: an override holds for the certificate and the facts it was given for."""
    troubles: dict[str, str] = field(default_factory=dict)
    """Final failures not yet made good: key of the effect, sentence."""
    record: tuple[Entry, ...] = ()
    refusals_dropped: int = 0
    switched_back: bool = False
    """The last word of the sender is that it uses the old certificate again."""
    closing: Closing | None = None

    @property
    def old(self) -> CertificateFacts:
        """The certificate that is being replaced."""
        return self.subject.old

    @property
    def closed(self) -> bool:
        """True when nothing more can happen."""
        return self.closing in (Closing.WITHDRAWN, Closing.COMPLETED)

    def is_done(self, step: str) -> bool:
        """True when the step was acted on and finished."""
        state = self.steps.get(step)
        return state is not None and state.status is Status.DONE

    def is_ordered(self, step: str) -> bool:
        """True when the step was ordered and its work is under way."""
        state = self.steps.get(step)
        return state is not None and state.status is Status.ORDERED

    def entry_of(self, request_id: str) -> Entry | None:
        """The line that a request left on the record, if it left one."""
        return next((e for e in self.record if e.request_id == request_id), None) if request_id else None

    @property
    def record_size(self) -> int:
        """About how many bytes the record takes in a payload; the server takes none above 2 MB."""
        words = (len(text.encode()) for e in self.record for text in (e.text, e.by, e.request_id))
        return sum(words) + _LINE * len(self.record)

    def left_names(self) -> tuple[NamePair, ...]:
        """Names that a replaced certificate of this renewal left on the tenant, other than old and new."""
        known = {self.old.names, self.new.names if self.new else self.old.names}
        pairs = (a.certificate.names for a in self.added if a.kind is EffectKind.ADD_NAMES)
        return tuple(dict.fromkeys(pair for pair in pairs if pair not in known))
