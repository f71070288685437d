"""A small world for the real decisions: a tenant, a sender, work that ends well, badly or not at all, other people.

`World` keeps one renewal in it, and apart from the case what the sender was told, what others broke and what was
seen since. No test lives here, and no rule of the process.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from process_cases import (
    FAULT,
    NEW,
    OLD,
    OLD_NAMES,
    OLD_RESPELLED,
    OTHER_NAMES,
    T0,
    THIRD_NAMES,
    accepted,
    certificate,
    new_case,
)
from process_tenant import LOCKED, ModelTenant, WorkFailed

from process import looking, outcomes
from process.acts import Request
from process.case import Case, Closing, Effect, EffectKind
from process.check import check
from process.due import due
from process.facts import CertificateFacts, NamePair, RootTrust, Verdict
from process.health import may_present
from process.refusals import Refusal
from process.shown import digest
from process.write import write, write_refusal

BEGIN = T0 + timedelta(days=1)


def _later(label: str, names: NamePair) -> CertificateFacts:
    """A certificate that was issued after the old one."""
    return replace(certificate(label, names), not_before=T0 + timedelta(hours=1))


GOOD = (
    replace(NEW, not_before=T0 + timedelta(hours=1)),
    _later("same names", OLD_NAMES),
    _later("same names again", OLD_NAMES),
    _later("respelled", OLD_RESPELLED),
    _later("names of the new one", OTHER_NAMES),
    _later("third names", THIRD_NAMES),
)
FAULTY = (certificate("expired", OTHER_NAMES, -1), certificate("expired, same names", OLD_NAMES, -1), OLD)
BY_PEM = {c.pem: c for c in (*GOOD, *FAULTY)}
FOREIGN = NamePair("CN=somebody else, C=DE", "CN=Issuing CA 1, O=Trust, C=DE")
READS = (EffectKind.JUDGE_CERTIFICATE, EffectKind.JUDGE_AGAIN, EffectKind.READ_TENANT, EffectKind.LOOK)
SENDERS_WORD = ("sender_switches", "sender_confirms_switch", "switch_back")
REMOVES = (EffectKind.REMOVE_NAMES, EffectKind.REMOVE_USER_MAPPING)


@dataclass
class World:
    """One renewal in its world."""

    tenant: ModelTenant
    root: RootTrust = RootTrust.LISTED
    case: Case = field(default_factory=new_case)
    now: datetime = BEGIN
    running: list[Effect] = field(default_factory=list)
    told: list[CertificateFacts] = field(default_factory=lambda: [OLD])
    """What the sender may present, by what it was told and said itself; kept apart from the case."""
    told_before: list[CertificateFacts] = field(default_factory=list)
    went_back: bool = False
    excused: set[tuple[str, str]] = field(default_factory=set)
    """What is refused by somebody else's doing: fingerprint and place."""
    drifted: bool = False
    seen: bool = False
    """True when the tenant was looked at, and nothing changed since."""
    digests: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    about: set[str] = field(default_factory=set)
    """The places that accepted the old certificate when the tenant was read or looked at."""

    def __post_init__(self) -> None:
        """Remember what was true at the start."""
        self.tenant.known |= {c.fingerprint: c for c in (*GOOD, *FAULTY)}
        self.start = self.tenant.content

    def _see(self) -> None:
        """What accepts the old certificate now is at stake from now on; what it refuses already others have done."""
        tenant, broken = self.tenant, self.locked_out()
        places = {f"{flow}/{at}" for flow, at in tenant.rows if flow not in tenant.unread} | set(tenant.held)
        self.about |= places - tenant.refuses(OLD)
        self.excused |= self.locked_out() - broken

    # People

    def tell(self, wanted: Request) -> Refusal | None:
        """One act of one person, as the workflow takes it; the refusal, if it was refused."""
        self.now += timedelta(minutes=1)
        if self.case.entry_of(wanted.request_id) is not None:
            return None  # said before
        try:
            check(self.case, wanted, self.now)
        except Refusal as refusal:
            self._refused(wanted, refusal)
            return refusal
        before = self.locked_out()
        self._becomes(write(self.case, wanted, self.now))
        self._heard(wanted.act)
        if self.drifted and wanted.act in SENDERS_WORD:  # what the sender did nobody can refuse
            self.excused |= self.locked_out() - before
        return None

    def _heard(self, act: str) -> None:
        """What an act means to the sender."""
        new = self.case.new
        if act == "sender_switches" and new is not None:
            self.by_others(lambda: self.tenant.called.append(new))
        if act in ("sender_switches", "switch_back"):
            self.went_back = act == "switch_back"
        if act == "sender_confirms_switch" and new is not None:
            self.told_before, self.told = self.told, [new]
        if act == "switch_back" and self.told_before:
            self.told, self.told_before = self.told_before, []
        if act == "withdraw" and self.went_back:
            self.told = [OLD]

    def _refused(self, wanted: Request, refusal: Refusal) -> None:
        before = self.case
        self._becomes(write_refusal(before, wanted, refusal, self.now))
        assert refusal.sentence.endswith(".")
        assert replace(self.case, record=before.record) == before
        self.events.append(f"refused {refusal.code}")

    def _becomes(self, case: Case) -> None:
        assert case.record[: len(self.case.record)] == self.case.record
        released = case.is_done("6") and not self.case.is_done("6")
        if set(case.alarms) - set(self.case.alarms):
            self.events.append("alarm")
        if self.case.alarms and not case.alarms:
            self.events.append("alarm over")
        self.case = case
        self.digests.append(digest(case))
        if released and case.new is not None:
            self.told.append(case.new)
            self.went_back = False

    # Others

    def by_others(self, change: Callable[[], object]) -> None:
        """Something happens that no act of this renewal did; what it breaks is on the account of others."""
        before, called = self.tenant.content, list(self.tenant.called)
        running = set(self.tenant.stopped), set(self.tenant.unread)
        broken = self.locked_out()
        change()
        now = (self.tenant.content, self.tenant.stopped, self.tenant.unread)
        if (before, *running) == now and called == self.tenant.called:
            return
        self.seen = False
        self.excused |= self.locked_out() - broken
        if (before, *running) != now:
            self.drifted = True
            self.events.append("drift")

    def mend(self) -> None:
        """Those who broke something put it right, as far as no step of the renewal does."""
        drifted = self.drifted
        self.by_others(self._mend)
        self.drifted = drifted
        self.excused &= self.locked_out()

    def _mend(self) -> None:
        self.tenant.stopped.clear()
        self.tenant.unread.clear()
        for wanted in self.told:
            for place in self.about & self.tenant.refuses(wanted):
                self._put_back(place, wanted)

    def _put_back(self, place: str, wanted: CertificateFacts) -> None:
        tenant, new = self.tenant, self.case.new
        ours = new is not None and wanted.fingerprint == new.fingerprint
        flow, _, at = place.partition("/")
        if at and not (ours and OLD_NAMES in tenant.rows[flow, int(at)]):
            tenant.rows[flow, int(at)] |= {wanted.names}
        if not at and not (ours and OLD.fingerprint in tenant.held[place]):
            tenant.held[place].setdefault(wanted.fingerprint, True)
            tenant.told = True  # of a key that somebody else made nobody is asked whether it is pinned

    # Work

    def start_work(self) -> None:
        """Start what is due, as the workflow's loop does."""
        if not self.case.closed:
            self.running += due(self.case, self.now, self.running)

    def wait_for_reading(self) -> None:
        """Let the pause after a failed reading go by."""
        self.now = max(self.now, self.case.read_again_at or self.now)

    def finish(self, effect: Effect, well: bool = True) -> None:
        """A piece of work ends, well where the tenant lets it."""
        self.now += timedelta(minutes=1)
        answers = {
            EffectKind.JUDGE_CERTIFICATE: self._judged,
            EffectKind.JUDGE_AGAIN: self._judged_again,
            EffectKind.READ_TENANT: self._read,
            EffectKind.LOOK: self._looked,
        }
        answers.get(effect.kind, self._changed)(effect, well)
        self.running.remove(effect)
        self.excused &= self.locked_out()

    def _verdict(self, pem: str) -> Verdict:
        handed = BY_PEM[pem]
        return accepted(handed, self.root) if handed in GOOD else Verdict(handed, (FAULT,), self.root)

    def _judged(self, effect: Effect, well: bool) -> None:
        if not well:
            self._becomes(outcomes.write_judging_failed(self.case, "The worker broke down.", self.now))
            return
        assert self.case.submission is not None
        self._becomes(outcomes.write_verdict(self.case, self._verdict(self.case.submission.pem), self.now))

    def _judged_again(self, effect: Effect, well: bool) -> None:
        assert effect.new is not None
        if well:
            verdict = self._verdict(effect.new.pem)
            self._becomes(outcomes.write_judged_again(self.case, effect, verdict, self.now))
        else:
            self._becomes(outcomes.write_judging_again_failed(self.case, self.now))

    def _read(self, effect: Effect, well: bool) -> None:
        if well:
            self._see()
            facts = self.tenant.facts(self.now, effect.new)
            self._becomes(outcomes.write_facts(self.case, effect, facts, self.now))
        else:
            self._becomes(outcomes.write_reading_failed(self.case, "The tenant is down.", self.now))

    def _looked(self, effect: Effect, well: bool) -> None:
        if well:
            seen = self.tenant.facts(self.now, effect.new, effect.watched)
            self.seen = effect.new == self.case.new
            self._see()
            self._becomes(looking.write_looked(self.case, effect, seen, self.now))
            self.events.append("look")
        else:
            self._becomes(looking.write_look_failed(self.case, effect, "The tenant is down.", self.now))
            self.events.append("failed look")

    def _changed(self, effect: Effect, well: bool) -> None:
        try:
            if not well:
                raise WorkFailed
            if effect.check_only:
                self._check(effect)
            else:
                self._change(effect)
        except WorkFailed:
            self._becomes(outcomes.write_failed(self.case, effect, "It was refused.", self.now))
        else:
            self._becomes(outcomes.write_done(self.case, effect, "read back", self.now))

    def _change(self, effect: Effect) -> None:
        removes_old = effect.kind in REMOVES and effect.old == OLD
        assert not removes_old or self.case.is_done("8"), "the old certificate goes before the switch is confirmed"
        self.seen = False
        self.tenant.change(effect)

    def _check(self, effect: Effect) -> None:
        """The person did it by hand, or did not: then the tenant is as it was."""
        wanted = replace(self.tenant, stopped=set(self.tenant.stopped))
        wanted.rows, wanted.held = self.tenant.content
        wanted.change(effect)
        if wanted.content != self.tenant.content:
            raise WorkFailed

    def by_hand(self, effect: Effect) -> None:
        """A person, or work before a crash, makes the change without a word; reading changes nothing."""
        if effect.kind in READS:
            return
        try:
            self._change(effect)
        except WorkFailed:
            return

    # What is so

    def locked_out(self) -> set[tuple[str, str]]:
        """What the sender may present, by the case or by what it heard, and is refused where the old was accepted."""
        return {
            (c.fingerprint, place)
            for c in (*may_present(self.case), *self.told)
            for place in self.about & self.tenant.refuses(c)
        }

    def old_is_left(self) -> set[str]:
        """Where the old certificate is still known, of what can be read."""
        new, places = self.case.new, set(self.tenant.rows) - {(LOCKED, 1), (LOCKED, 2)}
        rows = {f"{f}/{at}" for f, at in places if OLD_NAMES in self.tenant.rows[f, at]}
        named = rows if new is not None and new.names != OLD_NAMES else set()
        return named | {u for u, held in self.tenant.held.items() if OLD.fingerprint in held}

    def is_as_before(self) -> bool:
        """Everything on the tenant is as at the start."""
        return self.tenant.content == self.start or self.case.closing is not Closing.WITHDRAWN
