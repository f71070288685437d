"""What a look at the tenant found: drift becomes an alarm and opens the right step again; or the step goes on.

A tenant lives while people wait: a transport overwrites a flow, somebody deletes a mapping, a new flow lists the
old names. Nothing is changed here but the record.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from process.case import Case, Effect, Outcome
from process.due import LOOKING
from process.facts import ChannelFacts, MappingFacts, NamePair, TenantFacts
from process.guard import breaks, held_back
from process.open import names_change
from process.pinning import with_pinning
from process.settle import note, settle
from process.spelling import spelled_alike
from process.steps import BY_ID
from process.strategy.facts import plan_facts
from process.strategy.keys import Way, way_of


@dataclass(frozen=True)
class Drift:
    """One thing that is not as it must be: where, what in a sentence, and the step that mends it (or none)."""

    place: str
    sentence: str
    mended_by: str = ""
    for_good: bool = False


def write_looked(case: Case, effect: Effect, seen: TenantFacts, now: datetime) -> Case:
    """The tenant was looked at: alarms rise or end, and a step that waited for the look goes on or is held back."""
    case = replace(case, pending=tuple(e for e in case.pending if e.key != effect.key))
    if effect.new != case.new or case.closing is not None or case.facts is None:
        return settle(case, now)
    facts, case = case.facts, _taken_in(case, seen, now)
    found = drifts(case)
    case = _alarmed(with_pinning(replace(case, facts=_grown(facts, seen), touched=())), found, now)
    return settle(_go_on_or_hold(case, effect.step, found, now), now)


def _taken_in(case: Case, seen: TenantFacts, now: datetime) -> Case:
    """The reading as what is known now; what a foreign deploy did to a flow is noted, whatever it means."""
    before, case = case, with_pinning(replace(case, seen=seen, looked_at=now, read_again_at=None))
    since = _unproved_since(case, now)
    troubles = {place: text for place, text in case.troubles.items() if place != LOOKING}
    case = replace(case, not_proved_since=since, troubles=troubles)
    for sentence in _deployed_elsewhere(before, seen):
        case = note(case, now, LOOKING, Outcome.NOTED, sentence)
    return case


def _unproved_since(case: Case, now: datetime) -> datetime | None:
    """A part that could not be looked at is no proof, unless a person answers for it."""
    parts = case.seen.unreadable if case.seen else ()
    if not parts or "NotLookedAt" in case.lifted:
        return None
    return case.not_proved_since or now


def _deployed_elsewhere(case: Case, seen: TenantFacts) -> Iterator[str]:
    known = {c.flow_id: c.deployed_on for c in _channels(case.seen) if c.deployed_on}
    current = {c.flow_id: c for c in _channels(seen) if c.deployed_on}
    for flow, channel in current.items():
        if flow in known and known[flow] != channel.deployed_on and flow not in case.touched:
            who = f" by {channel.deployed_by}" if channel.deployed_by else ""
            yield f"The flow {flow} was deployed{who} outside this renewal, as version {channel.version}."


def _channels(facts: TenantFacts | None) -> tuple[ChannelFacts, ...]:
    return (*facts.channels, *facts.watched) if facts else ()


def drifts(case: Case) -> tuple[Drift, ...]:
    """Everything in the last reading that is not as it must be, each place once."""
    found = (*_not_added(case), *_come_back(case), *_refused(case))
    return tuple({drift.place: drift for drift in reversed(found)}.values())[::-1]


def _refused(case: Case) -> Iterator[Drift]:
    """What the acceptance model says: a certificate that the sender may present is refused somewhere."""
    if case.facts is not None and case.seen is not None:
        case = replace(case, facts=_grown(case.facts, case.seen))  # what came to it is at stake at once
    for broken in breaks(case):
        yield Drift(broken.place, broken.sentence, broken.mended_by, broken.for_good)


def _not_added(case: Case) -> Iterator[Drift]:
    """Where the old certificate is known and the new one is not, although that work is over."""
    seen = case.seen
    if seen is None or case.new is None or case.facts is None:
        return
    if names_change(case) and not case.is_done("10"):
        for flow in sorted(set(seen.flows) - set(case.facts.configure_only)):
            if _must_be("4a", f"flow {flow}", case) and not _lists_new(seen, flow, case):
                yield Drift(f"flow {flow}", _names_missing(case, seen, flow), "4a")
    if not case.is_done("9b"):
        for mapping in seen.mappings:
            asked = _must_be("4b", f"user {mapping.user}", case) and not _same_key(mapping, case)
            if asked and not _holds_new(seen, mapping.user, case):
                yield Drift(f"user {mapping.user}", _mapping_missing(case, mapping), "4b")


def _must_be(step: str, place: str, case: Case) -> bool:
    """True when the work of the step is over, or was once: an alarm stands until it is mended."""
    over = step in case.steps and not any(effect.step == step for effect in case.pending)
    return over or place in case.alarms


def _same_key(mapping: MappingFacts, case: Case) -> bool:
    """A service key that takes the new certificate by its names needs no other beside it."""
    return way_of(mapping, plan_facts(case)) is Way.SAME_KEY


def _names_missing(case: Case, seen: TenantFacts, flow: str) -> str:
    known = case.facts is not None and flow in case.facts.flows
    who = next((c.deployed_by for c in _channels(seen) if c.flow_id == flow and c.deployed_by), "")
    last = f" It was deployed last by {who}." if who else ""
    if known:
        return f"The new names are not in the flow {flow}, or gone from it again.{last} They must be added there."
    return f"The flow {flow} lists the old names and did not before.{last} The new names must be added there."


def _mapping_missing(case: Case, mapping: MappingFacts) -> str:
    known = case.facts is not None and any(m.user == mapping.user for m in case.facts.mappings)
    what = f"The {mapping.kind} of {mapping.user} holds the old certificate"
    if known:
        return f"{what}, and none there holds the new one, or it is gone again. It must be added there."
    return f"{what} and did not before. The new certificate must be added there."


def _lists_new(seen: TenantFacts, flow: str, case: Case) -> bool:
    """Whether each channel of the flow that lists the old pair lists the new one beside it."""
    new = case.new
    return new is not None and all(_lists(channel, new.names) for channel in seen.channels if channel.flow_id == flow)


def _lists(channel: ChannelFacts, names: NamePair) -> bool:
    return any(
        spelled_alike(row.subject, names.subject) and spelled_alike(row.issuer, names.issuer)
        for row in channel.rows or ()
    )


def _holds_new(seen: TenantFacts, user: str, case: Case) -> bool:
    new = case.new
    return new is not None and any(m.user == user and m.fingerprint == new.fingerprint for m in seen.others)


def _come_back(case: Case) -> Iterator[Drift]:
    """What this renewal removed and is there again."""
    seen = case.seen
    if seen is None:
        return
    for flow in seen.flows if names_change(case) else ():
        text = f"The old names are back in the flow {flow}. They must be removed again."
        if case.is_done("10") or case.alarms.get(f"flow {flow}") == text:
            yield Drift(f"flow {flow}", text, "10")
    for mapping in seen.mappings:
        text = f"The {mapping.kind} of {mapping.user} holds the old certificate again. It must be removed again."
        if _same_key(mapping, case):
            continue  # it was never removed
        if case.is_done("9b") or case.alarms.get(f"user {mapping.user}") == text:
            yield Drift(f"user {mapping.user}", text, "9b")


def _grown(facts: TenantFacts, seen: TenantFacts) -> TenantFacts:
    """What the renewal is about, with what came to it. Nothing is dropped: old names may be gone by our own hand.

    Of a mapping or key it holds what was seen last: others may have made it anew in another way.
    """
    grown, current = facts.with_places_of(seen), {mapping.id: mapping for mapping in seen.mappings}
    mappings = tuple(current.get(mapping.id, mapping) for mapping in grown.mappings)
    return replace(grown, mappings=mappings, read_at=seen.read_at, unreadable=seen.unreadable, notes=seen.notes)


def with_alarms(case: Case, now: datetime) -> Case:
    """The case with the alarms that its last reading of the tenant gives."""
    return _alarmed(case, drifts(case), now)


def _alarmed(case: Case, found: tuple[Drift, ...], now: datetime) -> Case:
    """Each new alarm on the record, each ended one too; the steps that mend them open again."""
    before, alarms = case.alarms, {drift.place: drift.sentence for drift in found}
    case = replace(case, alarms=alarms, troubles=case.troubles if found else _without_held(case.troubles))
    for place, sentence in alarms.items():
        if before.get(place) != sentence:
            case = note(case, now, LOOKING, Outcome.ALARM, sentence)
    for place in sorted(before.keys() - alarms.keys()):
        case = note(case, now, LOOKING, Outcome.DONE, f"The alarm about {place} is over: it is as it must be.")
    under_way = {effect.step for effect in case.pending}
    for step in sorted({drift.mended_by for drift in found if drift.mended_by} - under_way):
        case = _reopened(case, step)
    return case


def _without_held(troubles: dict[str, str]) -> dict[str, str]:
    """Without what held a step back: it can be ordered again, and nothing stands against it now."""
    return {key: text for key, text in troubles.items() if not key.endswith(f"/{LOOKING}")}


def _reopened(case: Case, step: str) -> Case:
    """The step is to be done again; that the channels are ready must then be said again, until the release."""
    again = {step, "5"} if step == "4a" and not case.is_done("6") else {step}
    return replace(case, steps={k: v for k, v in case.steps.items() if k not in again})


def _go_on_or_hold(case: Case, step: str, found: tuple[Drift, ...], now: datetime) -> Case:
    """A step that waited for this look: it goes on, or is taken back with the reason."""
    if not step or step not in case.steps:
        return case
    reasons = held_back(case, step, tuple(d.sentence for d in found if _is_first(d, step)), now)
    if not reasons:
        return case
    case = replace(case, troubles={**case.troubles, f"{step}/{LOOKING}": " ".join(reasons)})
    return _taken_back(note(case, now, LOOKING, Outcome.FAILED, " ".join(reasons), step), step)


def _taken_back(case: Case, step: str) -> Case:
    """The step with all its work, to be ordered again."""
    pending = tuple(effect for effect in case.pending if effect.step != step)
    return replace(case, pending=pending, steps={k: v for k, v in case.steps.items() if k != step})


def _is_first(drift: Drift, step: str) -> bool:
    """Whether it must be mended before the step; what a later one mends, or nothing, does not hold it back."""
    if drift.for_good:
        return False
    return not drift.mended_by or BY_ID[drift.mended_by].number < BY_ID[step].number


def write_look_failed(case: Case, effect: Effect, sentence: str, now: datetime) -> Case:
    """Nobody could look: nothing is proved from now on, and a step that waited for it is taken back."""
    case = replace(case, pending=tuple(e for e in case.pending if e.key != effect.key))
    if case.closing is not None:
        return settle(case, now)
    known = case.troubles.get(LOOKING) == sentence
    case = replace(
        case,
        read_again_at=now + case.look_again_after,
        not_proved_since=case.not_proved_since or case.looked_at or now,
        troubles={**case.troubles, LOOKING: sentence},
    )
    case = case if known else note(case, now, LOOKING, Outcome.FAILED, sentence, effect.step)
    return _taken_back(case, effect.step) if effect.step else case
