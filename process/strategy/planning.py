"""The plan of one renewal, put together from the rules: every combination of facts has one."""

from dataclasses import replace
from datetime import datetime, timedelta

from process.facts import CertificateFacts, NamePair
from process.open import is_known
from process.steps import BY_ID, STEPS, Step
from process.strategy.changes import changes_of
from process.strategy.facts import PlanFacts
from process.strategy.keys import Way, ways
from process.strategy.limits import limits
from process.strategy.reasons import advice_for, expected, need_of
from process.strategy.remarks import remarks
from process.strategy.shapes import Foreseen, Need, Plan, PlanStep, PointOfNoReturn
from process.words import minute


def plan(facts: PlanFacts, now: datetime) -> Plan:
    """The plan. `now` is aware; it decides what has expired and what does not yet hold."""
    steps = tuple(_planned(step, facts) for step in STEPS)
    return Plan(
        steps=steps,
        point_of_no_return=_point_of_no_return(steps, facts),
        not_overlapped=limits(facts, now),
        remarks=remarks(facts, now),
        not_looked_at=facts.unreadable,
        foreseen=_foreseen(facts, now),
    )


def _planned(step: Step, facts: PlanFacts) -> PlanStep:
    need, why = need_of(step, facts)
    if need is not Need.NEEDED:
        return PlanStep(step.id, step.role, need, why, expected(step, facts))
    # While the conditional steps are not known, neither is what the switch would exchange.
    changes = changes_of(step.id, facts) if is_known(facts.case) else ()
    return PlanStep(step.id, step.role, need, why, changes=changes, remarks=advice_for(step, facts))


def _point_of_no_return(steps: tuple[PlanStep, ...], facts: PlanFacts) -> PointOfNoReturn:
    """The first act that the old certificate does not survive at some place."""
    if not is_known(facts.case):
        return PointOfNoReturn((), "It is known when a certificate is accepted and the tenant is read.")
    found = {way: [m.user for m, its in ways(facts) if its is way] for way in (Way.SAME_KEY, Way.LOOK_UP)}
    if users := found[Way.SAME_KEY]:
        return PointOfNoReturn(("7",), _ONE_WAY.format(", ".join(users)))
    if users := found[Way.LOOK_UP]:
        return PointOfNoReturn(("7",), _PERHAPS_ONE_WAY.format(", ".join(users)))
    removals = [step for step in steps if BY_ID[step.id].number > BY_ID["8"].number and _removes_old(step, facts)]
    if not removals:
        return PointOfNoReturn((), _NONE.format(minute(facts.old.not_after)))
    first = min(BY_ID[step.id].number for step in removals)
    ids = tuple(step.id for step in removals if BY_ID[step.id].number == first)
    return PointOfNoReturn(ids, _REMOVAL)


def _removes_old(step: PlanStep, facts: PlanFacts) -> bool:
    """Whether the step takes the old certificate, or its names, from a place; leftovers of others do not count."""
    old = facts.old
    return any(old.names == c.row or c.fingerprint == old.fingerprint for c in step.changes)


_ONE_WAY = (
    "The first call with the new certificate is a one-way door: the service key of {} is not pinned and refuses the "
    "old certificate from then on."
)
_PERHAPS_ONE_WAY = (
    "The first call with the new certificate may be a one-way door: nobody has said whether the service key of {} is "
    "pinned. If it is not, it refuses the old certificate from then on."
)
_REMOVAL = (
    "Until then the sender can go back to the old certificate at any moment. The first removal ends that, which is "
    "why nothing is removed before the sender has confirmed the switch (step 8)."
)
_NONE = "No step ends it: nothing of the old certificate is removed, and the tenant accepts it until it ends at {}."


_OTHER_NAMES = NamePair("CN=another subject", "CN=another issuer")


def _foreseen(facts: PlanFacts, now: datetime) -> tuple[Foreseen, ...]:
    """The two renewals that it may become, while there is no new certificate but a tenant that was looked at."""
    if facts.new is not None or facts.tenant is None:
        return ()
    return (
        _under("the names stay", facts.old.names, facts, now),
        _under("the names change", _OTHER_NAMES, facts, now),
    )


def _under(condition: str, names: NamePair, facts: PlanFacts, now: datetime) -> Foreseen:
    supposed = plan(replace(facts, new=_successor(facts.old, names, now), fresh=True), now)
    return Foreseen(condition, supposed.needed, supposed.not_overlapped)


def _successor(old: CertificateFacts, names: NamePair, now: datetime) -> CertificateFacts:
    """A certificate as it should be: issued after the old one, valid now and when the old one ends."""
    begins = max(min(now, old.not_after - timedelta(days=1)), old.not_before + timedelta(seconds=1))
    ends = max(now, old.not_after) + timedelta(days=365)
    return CertificateFacts("", names, "", begins, ends, "")
