"""What is due: the work that an order means, and which of it may start now. Carrying it out is elsewhere."""

import hashlib
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from process.case import Added, Case, Closing, Effect, EffectKind
from process.open import names_change

SIDE_BY_SIDE = 4
"""How many pieces of work run at once: below SAP's 10 design-time requests a second, one flow takes a few."""

_MAPPING_KINDS = (EffectKind.ADD_USER_MAPPING, EffectKind.REMOVE_USER_MAPPING)


def _add_names(case: Case) -> tuple[Effect, ...]:
    flows = case.facts.flows if case.facts else ()
    return tuple(Effect(EffectKind.ADD_NAMES, flow, "4a", case.old, case.new) for flow in flows)


def _users(case: Case) -> tuple[str, ...]:
    mappings = case.facts.mappings if case.facts else ()
    return tuple(dict.fromkeys(mapping.user for mapping in mappings))


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
    return old + tuple(Effect(kind, a.where, "9b", a.certificate, case.new) for a in left)


def _remove_names(case: Case) -> tuple[Effect, ...]:
    kind = EffectKind.REMOVE_NAMES
    flows = case.facts.flows if case.facts and names_change(case) else ()
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


def _readings(case: Case, now: datetime) -> tuple[Effect, ...]:
    if case.closing is not None:
        return ()
    if case.submission is not None:
        return (Effect(EffectKind.JUDGE_CERTIFICATE, "certificate", "2", case.old),)
    if not case.facts_fresh and (case.read_again_at is None or case.read_again_at <= now):
        return (Effect(EffectKind.READ_TENANT, "tenant", "2", case.old, case.new),)
    again_at = judge_again_at(case)
    if again_at is not None and again_at <= now:
        return (Effect(EffectKind.JUDGE_AGAIN, "certificate", "", case.old, case.new),)
    return ()


def due(case: Case, now: datetime, running: Collection[Effect] = ()) -> tuple[Effect, ...]:
    """The work that may start now, given what is running: one piece in one place, not too many at once."""
    busy = {_place(effect) for effect in running}
    keys = {effect.key for effect in running}
    start: list[Effect] = []
    for effect in _readings(case, now) + case.pending:
        room = len(keys) + len(start) < SIDE_BY_SIDE
        if effect.key not in keys and _place(effect) not in busy and room:
            start.append(effect)
            busy.add(_place(effect))
    return tuple(start)


def withdrawal_complete(case: Case) -> bool:
    """True when a withdrawal has nothing left to take back."""
    return case.closing is Closing.WITHDRAWING and not case.pending and not case.added


def digest(case: Case) -> str:
    """Twelve hex digits over the facts that an act rests on: both certificates and what the tenant holds."""
    facts = case.facts
    parts = [case.old.fingerprint, case.new.fingerprint if case.new else ""]
    if facts is not None:
        parts += [repr(facts.channels), repr(facts.mappings), repr(facts.unreadable)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
