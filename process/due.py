"""What is due: the work that an order means, and which of it may start now. Carrying it out is elsewhere."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from process.case import Added, Case, Closing, Effect, EffectKind
from process.open import names_change
from process.steps import Step
from process.strategy.facts import plan_facts
from process.strategy.keys import Way, ways

SIDE_BY_SIDE = 4
"""How many pieces of work run at once: below SAP's 10 design-time requests a second, one flow takes a few."""

_MAPPING_KINDS = (EffectKind.ADD_USER_MAPPING, EffectKind.REMOVE_USER_MAPPING)
_CHANGES = {EffectKind.ADD_NAMES, EffectKind.REMOVE_NAMES, *_MAPPING_KINDS}


def _editable(case: Case) -> tuple[str, ...]:
    """The flows that list the old names and can take another row."""
    facts = case.facts
    return tuple(flow for flow in facts.flows if flow not in facts.configure_only) if facts else ()


def _add_names(case: Case) -> tuple[Effect, ...]:
    flows = _editable(case)
    return tuple(Effect(EffectKind.ADD_NAMES, flow, "4a", case.old, case.new) for flow in flows)


def _users_of(case: Case, way: Callable[[Way], bool]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mapping.user for mapping, taken in ways(plan_facts(case)) if way(taken)))


def _users(case: Case) -> tuple[str, ...]:
    """Whom the new certificate is added for and the old one taken from.

    A service key that compares names alone takes the new certificate as it is: a second key would clash with it, and
    without it nothing would take the new one (SAP page 19af5e2, KBA 3364579).
    """
    return _users_of(case, lambda way: way is not Way.SAME_KEY)


def _same_keys(case: Case) -> tuple[str, ...]:
    """Where the key of the old certificate takes the new one by its names, and so is the one that must stay."""
    return _users_of(case, lambda way: way is Way.SAME_KEY)


def untold(case: Case) -> tuple[str, ...]:
    """Whose service key may or may not be pinned, where that decides and nobody said."""
    return _users_of(case, lambda way: way is Way.LOOK_UP)


def _add_mappings(case: Case) -> tuple[Effect, ...]:
    return tuple(Effect(EffectKind.ADD_USER_MAPPING, u, "4b", case.old, case.new) for u in _users(case))


def _left(case: Case, kind: EffectKind) -> tuple[Added, ...]:
    """What certificates that were replaced in this renewal left on the tenant."""
    new = case.new
    if new is None:
        return ()
    if kind is EffectKind.ADD_NAMES:
        return tuple(a for a in case.added if a.kind is kind and a.certificate.names in case.left_names())
    return tuple(a for a in case.added if a.kind is kind and a.certificate.fingerprint != new.fingerprint)


def _remove_mappings(case: Case) -> tuple[Effect, ...]:
    kind = EffectKind.REMOVE_USER_MAPPING
    old = tuple(Effect(kind, user, "9b", case.old, case.new) for user in _users(case))
    left = _left(case, EffectKind.ADD_USER_MAPPING)
    same = _same_keys(case)
    stays = [(a, case.old if a.where in same else case.new) for a in left]
    return old + tuple(Effect(kind, a.where, "9b", a.certificate, stay) for a, stay in stays)


def _remove_names(case: Case) -> tuple[Effect, ...]:
    kind = EffectKind.REMOVE_NAMES
    flows = _editable(case) if names_change(case) else ()
    old = tuple(Effect(kind, flow, "10", case.old, case.new) for flow in flows)
    left = _left(case, EffectKind.ADD_NAMES)
    return old + tuple(Effect(kind, a.where, "10", a.certificate, case.new) for a in left)


_WORK_OF_STEP: dict[str, Callable[[Case], tuple[Effect, ...]]] = {
    "4a": _add_names,
    "4b": _add_mappings,
    "9b": _remove_mappings,
    "10": _remove_names,
}


def work_of(step: str, case: Case) -> tuple[Effect, ...]:
    """The effects that ordering a step of kind *done* means."""
    return _WORK_OF_STEP[step](case)


WITHDRAWAL = "withdraw"
"""What stands for the step in the work of a withdrawal."""

_UNDO = {
    EffectKind.ADD_NAMES: EffectKind.REMOVE_NAMES,
    EffectKind.ADD_USER_MAPPING: EffectKind.REMOVE_USER_MAPPING,
}


def work_of_withdrawal(case: Case) -> tuple[Effect, ...]:
    """Everything added, taken back last first; what must stay in each place is the old certificate."""
    return tuple(Effect(_UNDO[a.kind], a.where, WITHDRAWAL, a.certificate, case.old) for a in reversed(case.added))


def _place(effect: Effect) -> str:
    """Where an effect works; two in one place would overwrite each other. All mappings are one artifact."""
    return "user mappings" if effect.kind in _MAPPING_KINDS else effect.where


JUDGE_AGAIN_AFTER = timedelta(days=1)
"""Between two judgements of a certificate that is not released yet: lists of roots change over weeks."""


def judge_again_at(case: Case) -> datetime | None:
    """When the accepted certificate is judged again: until the sender is told that it may use it."""
    waiting = case.new is not None and case.closing is None and not case.is_done("6")
    return case.judged_at + JUDGE_AGAIN_AFTER if waiting and case.judged_at is not None else None


LOOKING = "look at tenant"
"""The key under which a failed look stands among the troubles."""

LOOKED_BEFORE = ("5", "6", "9a", "9b", "10")
"""Steps that hand something over that the tenant must show, or that remove: each is preceded by a look."""


def _look(case: Case, step: str) -> Effect:
    flows = case.facts.flows if case.facts else ()
    added = (a.where for a in case.added if a.kind is EffectKind.ADD_NAMES)
    watched = tuple(sorted({*flows, *added}))
    return Effect(EffectKind.LOOK, "tenant", step, case.old, case.new, watched=watched)


def look_before(step: Step, case: Case) -> Effect | None:
    """The look at the tenant that comes before the step; None where it needs none."""
    return _look(case, step.id) if step.id in LOOKED_BEFORE else None


def look_again_at(case: Case) -> datetime | None:
    """When the tenant is looked at again while nothing is under way: at once after a change of ours."""
    if case.closing is not None or not case.facts_fresh or case.pending or case.looked_at is None:
        return None
    if case.read_again_at is not None:
        return case.read_again_at
    return case.looked_at if case.touched else case.looked_at + case.look_every


def _readings(case: Case, now: datetime) -> tuple[Effect, ...]:
    if case.closing is not None:
        return ()
    if case.submission is not None:
        return (Effect(EffectKind.JUDGE_CERTIFICATE, "certificate", "2", case.old),)
    if not case.facts_fresh and (case.read_again_at is None or case.read_again_at <= now):
        return (Effect(EffectKind.READ_TENANT, "tenant", "2", case.old, case.new),)
    again_at, look_at = judge_again_at(case), look_again_at(case)
    if again_at is not None and again_at <= now:
        return (Effect(EffectKind.JUDGE_AGAIN, "certificate", "", case.old, case.new),)
    return (_look(case, ""),) if look_at is not None and look_at <= now else ()


def due(case: Case, now: datetime, running: Collection[Effect] = ()) -> tuple[Effect, ...]:
    """The work that may start now, given what is running: one piece in one place, not too many at once."""
    busy = {_place(effect) for effect in running}
    keys = {effect.key for effect in running}
    start: list[Effect] = []
    for effect in _readings(case, now) + case.pending:
        under_way = (*running, *start)
        room = len(under_way) < SIDE_BY_SIDE and not any(_disturb(effect, other) for other in under_way)
        if effect.key not in keys and _place(effect) not in busy and room:
            start.append(effect)
            busy.add(_place(effect))
        if effect.kind is EffectKind.LOOK:
            break  # what was ordered after a look waits for what it finds
    return tuple(start)


def _disturb(one: Effect, other: Effect) -> bool:
    """A look in the middle of a change would see what is neither before nor after."""
    kinds = {one.kind, other.kind}
    return EffectKind.LOOK in kinds and bool(kinds & _CHANGES)


def withdrawal_complete(case: Case) -> bool:
    """True when a withdrawal has nothing left to take back."""
    return case.closing is Closing.WITHDRAWING and not case.pending and not case.added
