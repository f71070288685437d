"""What the world answered to ordered work: verdicts, facts, changes made and final failures become the record."""

from dataclasses import replace
from datetime import datetime

from process.case import Added, Case, Closing, Effect, EffectKind, Outcome, Status
from process.facts import CertificateFacts, RootTrust, TenantFacts, Verdict
from process.looking import with_alarms
from process.pinning import with_pinning
from process.refusals import CertificateReturned
from process.settle import note, settle, step_failed
from process.write import accept, again_from

_ADDS = (EffectKind.ADD_NAMES, EffectKind.ADD_USER_MAPPING)
_ADDED_BY = {
    EffectKind.REMOVE_NAMES: EffectKind.ADD_NAMES,
    EffectKind.REMOVE_USER_MAPPING: EffectKind.ADD_USER_MAPPING,
}


def write_verdict(case: Case, verdict: Verdict, now: datetime) -> Case:
    """The handed-over certificate was judged: accepted as the new one, or returned with the reasons."""
    if case.submission is None:
        return case
    if verdict.accepted and verdict.certificate is not None:
        replaced = case.new is not None
        case = replace(accept(case, verdict.certificate, verdict), judged_at=now)
        case = note(case, now, "judge certificate", Outcome.ACCEPTED, _in_words(verdict), "2")
        return settle(_reordered(case, now) if replaced else case, now)
    reasons = _reasons(verdict)
    case = replace(case, submission=None, returned=verdict)
    if case.new is None:
        case = _reopened(case, "2")
    case = note(case, now, "judge certificate", Outcome.REFUSED, CertificateReturned(reasons).sentence, "2")
    return settle(case, now)


def write_judged_again(case: Case, effect: Effect, verdict: Verdict, now: datetime) -> Case:
    """The accepted certificate was judged again: where the answer is another, the gates ask anew."""
    if case.new is None or effect.new is None or case.new.fingerprint != effect.new.fingerprint:
        return case
    if verdict.errors:  # it was accepted before, so a person decides what to do about it
        reasons = _reasons(verdict)
        verdict = replace(verdict, needs_person=True, opinions=reasons)
    before, case = case.verdict, replace(case, verdict=verdict, judged_at=now)
    if before is not None and _same_answer(before, verdict):
        return case
    confirmed = "" if verdict.root is RootTrust.NOT_LISTED else case.root_confirmed
    case = replace(case, decided="", root_confirmed=confirmed)
    text = f"Judged again, the answer is another (root {verdict.root}). {_in_words(verdict)}"
    return note(case, now, "judge certificate again", Outcome.NOTED, text)


def _reasons(verdict: Verdict) -> tuple[str, ...]:
    """Each fault with what to ask for."""
    return tuple(f"{finding.sentence} {finding.ask}".strip() for finding in verdict.errors)


def _same_answer(one: Verdict, other: Verdict) -> bool:
    return (one.root, one.needs_person, one.opinions) == (other.root, other.needs_person, other.opinions)


def write_judging_again_failed(case: Case, now: datetime) -> Case:
    """It could not be judged again now; the judgement that stands is kept, and it is tried again in a day."""
    return replace(case, judged_at=now)


def _in_words(verdict: Verdict) -> str:
    remarks = [finding.sentence for finding in verdict.findings]
    if verdict.needs_person:
        return " ".join(
            ["The certificate needs a decision of the tenant administrator.", *verdict.opinions, *remarks]
        )
    return " ".join(["The certificate is accepted.", *remarks])


def _reordered(case: Case, now: datetime) -> Case:
    state = replace(case.steps["2"], status=Status.ORDERED, at=now)
    return replace(case, steps={**case.steps, "2": state})


def _reopened(case: Case, step: str) -> Case:
    return replace(case, steps={k: v for k, v in case.steps.items() if k != step})


def write_facts(case: Case, effect: Effect, facts: TenantFacts, now: datetime) -> Case:
    """The tenant was read; what was read for an earlier certificate does not count as fresh."""
    troubles = {k: v for k, v in case.troubles.items() if k != READING}
    seen, facts = facts, _kept(case.facts, _less_ours(case, effect, facts))
    fresh = effect.new == case.new
    unproved = case.not_proved_since or now if facts.unreadable else None
    case = replace(
        case,
        facts=facts,
        facts_fresh=fresh,
        seen=seen,
        looked_at=now,
        not_proved_since=unproved,
        troubles=troubles,
        read_again_at=None,
    )
    case = with_pinning(case)
    text = f"{len(facts.channels)} channels and {len(facts.mappings)} user mappings know the old certificate."
    if facts.unreadable:
        text += f" Not looked at: {', '.join(part.what for part in facts.unreadable)}."
    case = note(case, now, "read tenant", Outcome.DONE, text)
    return settle(with_alarms(case, now) if fresh else case, now)


def _kept(known: TenantFacts | None, facts: TenantFacts) -> TenantFacts:
    """The facts with what an earlier reading knew: what others took away meanwhile is still at stake."""
    return facts if known is None else facts.with_places_of(known)


def _less_ours(case: Case, effect: Effect, facts: TenantFacts) -> TenantFacts:
    """The facts without what this renewal itself had put there: only the rest was there before."""
    new = effect.new
    if new is None:
        return facts
    names = {a.where for a in case.added if a.kind is EffectKind.ADD_NAMES and a.certificate.names == new.names}
    users = {a.where for a in case.added if a.kind is EffectKind.ADD_USER_MAPPING and _is(a.certificate, new)}
    return replace(
        facts,
        new_names_in=tuple(flow for flow in facts.new_names_in if flow not in names),
        new_mapped_to=tuple(user for user in facts.new_mapped_to if user not in users),
    )


def _is(one: CertificateFacts, other: CertificateFacts) -> bool:
    return one.fingerprint == other.fingerprint


READING = "read tenant"
"""The key under which a failed reading of the tenant stands among the troubles."""


def write_reading_failed(case: Case, sentence: str, now: datetime) -> Case:
    """The tenant could not be read; it is tried again, and meanwhile nothing counts as looked at."""
    if case.facts_fresh or case.closed:
        return case  # nobody waits for this reading any more
    known = case.troubles.get(READING) == sentence
    troubles = {**case.troubles, READING: sentence}
    case = replace(case, troubles=troubles, read_again_at=now + case.look_again_after)
    return case if known else note(case, now, READING, Outcome.FAILED, sentence)


def write_judging_failed(case: Case, sentence: str, now: datetime) -> Case:
    """The certificate could not be judged for a reason that is not its own; it must be handed over again."""
    case = replace(case, submission=None)
    case = case if case.new is not None else _reopened(case, "2")
    return settle(note(case, now, "judge certificate", Outcome.FAILED, sentence, "2"), now)


def write_done(case: Case, effect: Effect, evidence: str, now: datetime) -> Case:
    """A piece of work is done and was read back; `evidence` says what the tenant shows now."""
    case = _touched(_remember(_without(case, effect), effect), effect)
    case = note(case, now, f"{effect.kind}: {effect.where}", Outcome.DONE, evidence, effect.step)
    return settle(_reopened_if_failed(case, effect.step), now)


def write_failed(case: Case, effect: Effect, sentence: str, now: datetime, untouched: bool = False) -> Case:
    """A piece of work failed for good: a line on the record, and its step opens again (or the withdrawal).

    Unless the tenant is `untouched` for certain, an addition may be half made, and counts as added.
    """
    if not untouched:
        case = _touched(_remember(case, effect) if effect.kind in _ADDS else case, effect)
    case = replace(_without(case, effect), troubles={**case.troubles, effect.key: sentence})
    case = note(case, now, f"{effect.kind}: {effect.where}", Outcome.FAILED, sentence, effect.step)
    return _reopened_if_failed(case, effect.step)


def _without(case: Case, effect: Effect) -> Case:
    return replace(case, pending=tuple(e for e in case.pending if e.key != effect.key))


def _touched(case: Case, effect: Effect) -> Case:
    """Changed in this place, so that it is looked at again at once, even where the last look failed."""
    again = None if case.facts_fresh else case.read_again_at
    return replace(case, touched=tuple(dict.fromkeys((*case.touched, effect.where))), read_again_at=again)


def _remember(case: Case, effect: Effect) -> Case:
    """Keep count of what this renewal has put on the tenant."""
    if effect.kind in _ADDS and effect.new is not None and not _was_there_before(case, effect):
        added = Added(effect.kind, effect.where, effect.new)
        known = any(
            (a.kind, a.where) == (added.kind, added.where) and _is(a.certificate, effect.new) for a in case.added
        )
        return case if known else replace(case, added=(*case.added, added))
    if effect.kind in _ADDED_BY and effect.old is not None:
        gone = (_ADDED_BY[effect.kind], effect.where, effect.old.fingerprint)
        left = tuple(a for a in case.added if (a.kind, a.where, a.certificate.fingerprint) != gone)
        return replace(case, added=left)
    return case


def _was_there_before(case: Case, effect: Effect) -> bool:
    facts = case.facts
    if facts is None:
        return False
    known = facts.new_names_in if effect.kind is EffectKind.ADD_NAMES else facts.new_mapped_to
    return effect.where in known


def _reopened_if_failed(case: Case, step: str) -> Case:
    """Where all the work of a step has come to an end and some of it failed, a person must order it again."""
    if any(e.step == step for e in case.pending) or not step_failed(case, step):
        return case
    if case.closing is not Closing.WITHDRAWING:
        return _reopened(case, step)
    return replace(again_from(case, 3), closing=None)
