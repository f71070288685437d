"""A small world for the real decisions: a model tenant, a sender, work that ends well, badly or not at all.

The tenant is sets: name pairs per flow, fingerprints per user. `World` keeps one renewal in it and what was true
at its start. No test lives here, and no rule of the process.
"""

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

from process import looking, outcomes
from process.acts import Request
from process.case import Case, Closing, Effect, EffectKind
from process.check import check
from process.due import due
from process.facts import (
    CertificateFacts,
    ChannelFacts,
    MappingFacts,
    NamePair,
    RootTrust,
    TenantFacts,
    Unreadable,
    Verdict,
)
from process.health import may_present
from process.refusals import Refusal
from process.spelling import comparison, spelled_alike
from process.write import write, write_refusal

GOOD = (
    NEW,
    certificate("same names", OLD_NAMES),
    certificate("same names again", OLD_NAMES),
    certificate("respelled", OLD_RESPELLED),
    certificate("names of the new one", OTHER_NAMES),
    certificate("third names", THIRD_NAMES),
)
FAULTY = (certificate("expired", OTHER_NAMES, -1), certificate("expired, same names", OLD_NAMES, -1), OLD)
BY_PEM = {c.pem: c for c in (*GOOD, *FAULTY)}
FOREIGN = NamePair("CN=somebody else, C=DE", "CN=Issuing CA 1, O=Trust, C=DE")
LOCKED = "flow that is locked"


class WorkFailed(Exception):
    """The tenant refused a change; nothing was changed."""


@dataclass
class ModelTenant:
    """What a tenant accepts."""

    rows: dict[str, frozenset[NamePair]] = field(default_factory=dict)
    mapped: dict[str, frozenset[str]] = field(default_factory=dict)

    def copy(self) -> "ModelTenant":
        """The tenant as it is now."""
        return ModelTenant(dict(self.rows), dict(self.mapped))

    def change(self, effect: Effect) -> None:
        """Carry an effect out as the activities do, safe to repeat; raises WorkFailed."""
        assert effect.old is not None
        assert effect.new is not None
        if effect.kind is EffectKind.ADD_NAMES:
            self._add_names(effect.where, effect.old.names, effect.new.names)
        elif effect.kind is EffectKind.REMOVE_NAMES:
            self._remove_names(effect.where, effect.old.names, effect.new.names)
        elif effect.kind is EffectKind.ADD_USER_MAPPING:
            self.mapped[effect.where] |= {effect.new.fingerprint}
        else:
            self._remove_mapping(effect.where, effect.old, effect.new)

    def _add_names(self, flow: str, old: NamePair, new: NamePair) -> None:
        if not self._having(flow, old, new, new) and self._having(flow, old, old, new):
            self.rows[flow] |= {new}
        if not self._having(flow, old, new, new):
            raise WorkFailed

    def _remove_names(self, flow: str, gone: NamePair, stay: NamePair) -> None:
        left = self.rows[flow] - self._having(flow, gone, gone, stay)
        if not ModelTenant({flow: left})._having(flow, gone, stay, stay):
            raise WorkFailed
        self.rows[flow] = left

    def _having(self, flow: str, one: NamePair, wanted: NamePair, other: NamePair) -> frozenset[NamePair]:
        same = comparison(one, other)
        return frozenset(
            r for r in self.rows[flow] if same(r.subject, wanted.subject) and same(r.issuer, wanted.issuer)
        )

    def _remove_mapping(self, user: str, gone: CertificateFacts, stay: CertificateFacts) -> None:
        if stay.fingerprint not in self.mapped[user]:
            raise WorkFailed
        self.mapped[user] -= {gone.fingerprint}

    def refuses(self, wanted: CertificateFacts) -> list[str]:
        """Where a certificate is refused, of all the flows and users."""
        flows = [flow for flow in self.rows if not any(_alike(row, wanted.names) for row in self.rows[flow])]
        return flows + [user for user in self.mapped if wanted.fingerprint not in self.mapped[user]]


def _alike(one: NamePair, other: NamePair) -> bool:
    return spelled_alike(one.subject, other.subject) and spelled_alike(one.issuer, other.issuer)


@dataclass
class World:
    """One renewal in its world."""

    tenant: ModelTenant
    root: RootTrust = RootTrust.LISTED
    case: Case = field(default_factory=new_case)
    now: datetime = T0
    running: list[Effect] = field(default_factory=list)
    told: list[CertificateFacts] = field(default_factory=lambda: [OLD])
    """What the sender may present, by what it was told and said itself; kept apart from the case."""
    told_before: list[CertificateFacts] = field(default_factory=list)
    went_back: bool = False
    start: ModelTenant = field(init=False)
    knew_old: tuple[set[str], set[str]] = field(init=False)

    def __post_init__(self) -> None:
        """Remember what was true at the start."""
        self.start = self.tenant.copy()
        flows = {flow for flow, rows in self.tenant.rows.items() if OLD_NAMES in rows}
        self.knew_old = flows, {user for user, mapped in self.tenant.mapped.items() if OLD.fingerprint in mapped}

    def tell(self, wanted: Request) -> Refusal | None:
        """One act of one person, as the workflow takes it; the refusal, if it was refused."""
        self._tick()
        try:
            check(self.case, wanted, self.now)
        except Refusal as refusal:
            self._refused(wanted, refusal)
            return refusal
        self._becomes(write(self.case, wanted, self.now))
        self._heard(wanted.act)
        return None

    def _heard(self, act: str) -> None:
        """What an act means to the sender."""
        new = self.case.new
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

    def _becomes(self, case: Case) -> None:
        assert case.record[: len(self.case.record)] == self.case.record
        released = case.is_done("6") and not self.case.is_done("6")
        self.case = case
        if released and case.new is not None:
            self.told.append(case.new)
            self.went_back = False

    def _tick(self) -> None:
        self.now += timedelta(minutes=1)

    def start_work(self) -> None:
        """Start what is due, as the workflow's loop does."""
        if not self.case.closed:
            self.running += due(self.case, self.now, self.running)

    def wait_for_reading(self) -> None:
        """Let the pause after a failed reading go by."""
        self.now = max(self.now, self.case.read_again_at or self.now)

    def finish(self, effect: Effect, well: bool = True) -> None:
        """A piece of work ends, well where the tenant lets it."""
        self._tick()
        if effect.kind is EffectKind.JUDGE_CERTIFICATE:
            self._judged(well)
        elif effect.kind is EffectKind.READ_TENANT:
            self._read(effect, well)
        elif effect.kind is EffectKind.LOOK:
            self._looked(effect, well)
        else:
            self._changed(effect, well)
        self.running.remove(effect)

    def _judged(self, well: bool) -> None:
        if not well:
            self._becomes(outcomes.write_judging_failed(self.case, "The worker broke down.", self.now))
            return
        assert self.case.submission is not None
        handed = BY_PEM[self.case.submission.pem]
        verdict = accepted(handed, self.root) if handed in GOOD else Verdict(handed, (FAULT,), self.root)
        self._becomes(outcomes.write_verdict(self.case, verdict, self.now))

    def _read(self, effect: Effect, well: bool) -> None:
        if well:
            self._becomes(outcomes.write_facts(self.case, effect, self.facts(effect.new), self.now))
        else:
            self._becomes(outcomes.write_reading_failed(self.case, "The tenant is down.", self.now))

    def _looked(self, effect: Effect, well: bool) -> None:
        if well:
            seen = self.facts(effect.new, effect.watched)
            self._becomes(looking.write_looked(self.case, effect, seen, self.now))
        else:
            self._becomes(looking.write_look_failed(self.case, effect, "The tenant is down.", self.now))

    def _changed(self, effect: Effect, well: bool) -> None:
        try:
            if not well:
                raise WorkFailed
            if effect.check_only:
                self._check(effect)
            else:
                self.tenant.change(effect)
        except WorkFailed:
            self._becomes(outcomes.write_failed(self.case, effect, "It was refused.", self.now))
        else:
            self._becomes(outcomes.write_done(self.case, effect, "read back", self.now))

    def _check(self, effect: Effect) -> None:
        """The person did it by hand, or did not: then the tenant is as it was."""
        wanted = self.tenant.copy()
        wanted.change(effect)
        if wanted != self.tenant:
            raise WorkFailed

    def by_hand(self, effect: Effect) -> None:
        """A person, or work before a crash, makes the change without a word; reading changes nothing."""
        if effect.kind in (EffectKind.JUDGE_CERTIFICATE, EffectKind.READ_TENANT, EffectKind.LOOK):
            return
        try:
            self.tenant.change(effect)
        except WorkFailed:
            return

    def _channels(self, flows: list[str]) -> tuple[ChannelFacts, ...]:
        rows = {flow: tuple(sorted(self.tenant.rows[flow], key=str)) for flow in flows}
        return tuple(
            ChannelFacts("P", flow, f"HTTPS {at}", "/in", OLD_NAMES, rows[flow]) for flow in flows for at in (1, 2)
        )

    def _mappings(self, wanted: CertificateFacts | None) -> tuple[MappingFacts, ...]:
        if wanted is None:
            return ()
        holding = [user for user, mapped in self.tenant.mapped.items() if wanted.fingerprint in mapped]
        return tuple(
            MappingFacts(f"id {user} {wanted.fingerprint}", user, wanted.fingerprint, wanted.not_after)
            for user in holding
        )

    def facts(self, new: CertificateFacts | None, watched: tuple[str, ...] = ()) -> TenantFacts:
        """What reading the tenant gives."""
        tenant = self.tenant
        flows = [flow for flow, rows in tenant.rows.items() if OLD_NAMES in rows and flow != LOCKED]
        others = [
            flow
            for flow, rows in tenant.rows.items()
            if flow not in (*flows, LOCKED) and (flow in watched or (new and new.names in rows))
        ]
        return TenantFacts(
            read_at=self.now,
            channels=self._channels(flows),
            watched=self._channels(others),
            mappings=self._mappings(OLD),
            others=self._mappings(new),
            unreadable=(Unreadable(LOCKED, "it cannot be downloaded"),) if LOCKED in tenant.rows else (),
            new_names_in=tuple(flow for flow, rows in tenant.rows.items() if new and new.names in rows),
            new_mapped_to=tuple(user for user, mapped in tenant.mapped.items() if new and new.fingerprint in mapped),
        )

    def locked_out(self) -> list[tuple[CertificateFacts, list[str]]]:
        """What the sender may present, by the case or by what it heard, and is refused where the old was accepted."""
        flows, users = self.knew_old
        part = ModelTenant({f: self.tenant.rows[f] for f in flows}, {u: self.tenant.mapped[u] for u in users})
        return [(c, places) for c in (*may_present(self.case), *self.told) if (places := part.refuses(c))]

    def old_is_whole(self) -> bool:
        """Everything that accepted the old certificate at the start still does."""
        flows, users = self.knew_old
        tenant = self.tenant
        return all(OLD_NAMES in tenant.rows[f] for f in flows) and all(
            OLD.fingerprint in tenant.mapped[u] for u in users
        )

    def at_the_end(self) -> ModelTenant:
        """The tenant as a closed renewal must leave it: only the new certificate, or all as it was."""
        ended = self.start.copy()
        new = self.case.new
        if self.case.closing is Closing.WITHDRAWN or new is None:
            return ended
        flows, users = self.knew_old
        for flow in flows - {LOCKED}:
            ended.rows[flow] = ended.rows[flow] - {OLD_NAMES} | {new.names}
        for user in users:
            ended.mapped[user] = ended.mapped[user] - {OLD.fingerprint} | {new.fingerprint}
        return ended
