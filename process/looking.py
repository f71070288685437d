"""What a look at the tenant found: drift becomes an alarm and opens the right step again; or the step goes on.

A tenant lives while people wait: a transport overwrites a flow, somebody deletes a mapping, a new flow lists the
old names. Nothing is changed here but the record.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from process.case import Case, Effect, EffectKind, Outcome
from process.due import LOOKING, READ_AGAIN_AFTER
from process.facts import ChannelFacts, MappingFacts, TenantFacts
from process.guard import breaks, held_back
from process.open import names_change
from process.settle import note, settle
from process.spelling import spelled_alike
from process.write import with_pinning


@dataclass(frozen=True)
class Drift:
    """One thing that is not as it must be: where, what in a sentence, and the step that mends it (or none)."""

    place: str
    sentence: str
    mended_by: str = ""


def write_looked(case: Case, effect: Effect, seen: TenantFacts, now: datetime) -> Case:
    """The tenant was looked at: alarms rise or end, and a step that waited for the look goes on or is held back."""
    case = replace(case, pending=tuple(e for e in case.pending if e.key != effect.key))
    if effect.new != case.new or case.closing is not None or case.facts is None:
        return settle(case, now)
    facts, case = case.facts, _taken_in(case, seen, now)
    found = drifts(case, now)
    case = _alarmed(with_pinning(replace(case, facts=_grown(facts, seen), touched=())), found, now)
    return settle(_go_on_or_hold(case, effect.step, now), now)


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


def drifts(case: Case, now: datetime) -> tuple[Drift, ...]:
    """Everything in the last reading that is not as it must be, each place once."""
    found = (*_lost(case), *_come_back(case), *_new_on_tenant(case), *_refused(case, now))
    return tuple({drift.place: drift for drift in reversed(found)}.values())[::-1]


def _refused(case: Case, now: datetime) -> Iterator[Drift]:
    """What the acceptance model says: a certificate that the sender may present is refused somewhere."""
    for broken in breaks(case, now):
        yield Drift(broken.place, broken.sentence, broken.mended_by)


def _lost(case: Case) -> Iterator[Drift]:
    """What this renewal added and is gone again."""
    seen, new = case.seen, case.new
    if seen is None or new is None:
        return
    unread = {part.what for part in seen.unreadable}
    for added in case.added:
        if added.certificate.fingerprint != new.fingerprint or any(added.where in what for what in unread):
            continue
        if added.kind is EffectKind.ADD_NAMES and not _lists_new(seen, added.where, case):
            yield Drift(f"flow {added.where}", _gone(f"the flow {added.where}", "names", seen, added.where), "4a")
        if added.kind is EffectKind.ADD_USER_MAPPING and not _holds_new(seen, added.where, case):
            yield Drift(f"user {added.where}", _gone(added.where, "user mapping", seen, ""), "4b")


def _gone(where: str, what: str, seen: TenantFacts, flow: str) -> str:
    who = next((c.deployed_by for c in _channels(seen) if c.flow_id == flow and c.deployed_by), "")
    last = f" It was deployed last by {who}." if who else ""
    return f"The new {what} that this renewal added at {where} is gone again.{last} It must be added once more."


def _lists_new(seen: TenantFacts, flow: str, case: Case) -> bool:
    """Whether each channel of the flow that lists old or new lists the new pair."""
    new = case.new
    channels = [c for c in _channels(seen) if c.flow_id == flow]
    return new is not None and any(
        spelled_alike(row.subject, new.names.subject) and spelled_alike(row.issuer, new.names.issuer)
        for channel in channels
        for row in channel.rows
    )


def _holds_new(seen: TenantFacts, user: str, case: Case) -> bool:
    new = case.new
    return new is not None and any(m.user == user and m.fingerprint == new.fingerprint for m in seen.others)


def _come_back(case: Case) -> Iterator[Drift]:
    """What this renewal removed and is there again."""
    seen = case.seen
    if seen is None:
        return
    if case.is_done("10") and names_change(case):
        for flow in seen.flows:
            text = f"The old names are back in the flow {flow}. They must be removed again."
            yield Drift(f"flow {flow}", text, "10")
    if case.is_done("9b"):
        for mapping in seen.mappings:
            text = f"The {mapping.kind} of {mapping.user} holds the old certificate again. It must be removed again."
            yield Drift(f"user {mapping.user}", text, "9b")


def _new_on_tenant(case: Case) -> Iterator[Drift]:
    """Flows and mappings that know the old certificate and were not there, or did not, when the step was done."""
    facts, seen = case.facts, case.seen
    if facts is None or seen is None:
        return
    if case.is_done("4a") and names_change(case) and not case.is_done("10"):
        for flow in sorted(set(seen.flows) - set(facts.flows)):
            if not _lists_new(seen, flow, case):
                text = f"The flow {flow} lists the old names and did not before. The new names must be added there."
                yield Drift(f"flow {flow}", text, "4a")
    if case.is_done("4b") and not case.is_done("9b"):
        for mapping in _new_mappings(facts, seen):
            text = f"The {mapping.kind} of {mapping.user} holds the old certificate and did not before."
            yield Drift(f"user {mapping.user}", f"{text} The new certificate must be added there.", "4b")


def _new_mappings(facts: TenantFacts, seen: TenantFacts) -> tuple[MappingFacts, ...]:
    known = {mapping.user for mapping in facts.mappings}
    holding = {(m.user, m.fingerprint) for m in seen.others}
    users = {user for user, _ in holding}
    return tuple(m for m in seen.mappings if m.user not in known and m.user not in users)


def _grown(facts: TenantFacts, seen: TenantFacts) -> TenantFacts:
    """What the renewal is about, with what came to it. Nothing is dropped: old names may be gone by our own hand."""
    places = {(c.flow_id, c.channel) for c in facts.channels}
    ids = {m.id for m in facts.mappings}
    return replace(
        facts,
        read_at=seen.read_at,
        channels=(*facts.channels, *(c for c in seen.channels if (c.flow_id, c.channel) not in places)),
        mappings=(*facts.mappings, *(m for m in seen.mappings if m.id not in ids)),
        unreadable=seen.unreadable,
        notes=seen.notes,
    )


def _alarmed(case: Case, found: tuple[Drift, ...], now: datetime) -> Case:
    """Each new alarm on the record, each ended one too; the steps that mend them open again."""
    before, alarms = case.alarms, {drift.place: drift.sentence for drift in found}
    case = replace(case, alarms=alarms)
    for place, sentence in alarms.items():
        if before.get(place) != sentence:
            case = note(case, now, LOOKING, Outcome.ALARM, sentence)
    for place in before.keys() - alarms.keys():
        case = note(case, now, LOOKING, Outcome.DONE, f"The alarm about {place} is over: it is as it must be.")
    for step in {drift.mended_by for drift in found if drift.mended_by}:
        case = _reopened(case, step)
    return case


def _reopened(case: Case, step: str) -> Case:
    """The step is to be done again; that the channels are ready must then be said again, until the release."""
    again = {step, "5"} if step == "4a" and not case.is_done("6") else {step}
    return replace(case, steps={k: v for k, v in case.steps.items() if k not in again})


def _go_on_or_hold(case: Case, step: str, now: datetime) -> Case:
    """A step that waited for this look: it goes on, or is taken back with the reason."""
    if not step or step not in case.steps:
        return case
    reasons = held_back(case, step, now)
    if not reasons:
        return case
    pending = tuple(effect for effect in case.pending if effect.step != step)
    key = f"{step}/{LOOKING}"
    case = replace(case, pending=pending, troubles={**case.troubles, key: " ".join(reasons)})
    case = note(case, now, LOOKING, Outcome.FAILED, " ".join(reasons), step)
    return replace(case, steps={k: v for k, v in case.steps.items() if k != step})


def write_look_failed(case: Case, effect: Effect, sentence: str, now: datetime) -> Case:
    """Nobody could look: nothing is proved from now on, and a step that waited for it is taken back."""
    case = replace(case, pending=tuple(e for e in case.pending if e.key != effect.key))
    if case.closing is not None:
        return settle(case, now)
    known = case.troubles.get(LOOKING) == sentence
    case = replace(
        case,
        read_again_at=now + READ_AGAIN_AFTER,
        not_proved_since=case.not_proved_since or case.looked_at or now,
        troubles={**case.troubles, LOOKING: sentence},
    )
    case = case if known else note(case, now, LOOKING, Outcome.FAILED, sentence, effect.step)
    if not effect.step:
        return case
    pending = tuple(e for e in case.pending if e.step != effect.step)
    return replace(case, pending=pending, steps={k: v for k, v in case.steps.items() if k != effect.step})
