"""The guard: what the tenant as it is, or an act before it is done, would refuse to the sender. In words."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from process.acceptance import Counterexample, Gate, Standing, broken, would_break
from process.acts import Request
from process.case import Case, Effect, Status, StepState
from process.due import WITHDRAWAL, work_of, work_of_withdrawal
from process.open import unreadable
from process.pinning import told_of_pinning
from process.refusals import NotLookedAt
from process.said import after_said
from process.steps import BY_ID, Kind

MOST_TOLD = 5
"""Counterexamples that one refusal names; the count tells of the others."""


@dataclass(frozen=True)
class Broken:
    """A certificate that the sender may present is refused at a place; `mended_by` is the step that helps."""

    place: str
    sentence: str
    mended_by: str = ""
    for_good: bool = False
    """Nothing brings it back, so that waiting for it helps nobody: only going on does."""


def breaks(case: Case) -> tuple[Broken, ...]:
    """What the tenant, as it was seen last, refuses of what the sender may present.

    What the load balancer has against a certificate is no drift of the tenant: steps 3 and 6 ask for that, and
    `health` tells of its end. So it is asked behind it, where nothing of that hides what others broke.
    """
    return tuple(
        Broken(c.endpoint.place.words, c.sentence, _mended_by(c, case), c.acceptance.for_good)
        for c in broken(case, None)
    )


_MENDED_BY = {Gate.DN_LIST: "4a", Gate.MAPPING: "4b", Gate.SERVICE_KEY: "4b"}


def _mended_by(found: Counterexample, case: Case) -> str:
    """The step that puts it right; none where it is the old certificate that was taken away by others."""
    if case.new is None or found.certificate.fingerprint != case.new.fingerprint:
        return ""
    step = _MENDED_BY.get(found.acceptance.gate or Gate.ROLE, "")
    return step if step and case.is_done(step) else ""


def counterexamples(case: Case, request: Request, now: datetime) -> tuple[str, ...]:
    """What would newly be refused once what is asked for is done, a sentence each; empty for other acts."""
    act, case = request.act, told_of_pinning(case, request)
    step = next((step for step in BY_ID.values() if step.act == act), None)
    if act == WITHDRAWAL:
        released = () if case.switched_back else case.released
        return _sentences(_would_break(case, replace(case, released=released), work_of_withdrawal(case), now))
    if step is None or request.by_hand:
        return ()
    if step.kind is Kind.DONE:
        return _sentences(_would_break(case, case, work_of(step.id, case), now))
    return _sentences(_would_break(case, _after(case, request, step.id, now), (), now)) if step.id == "6" else ()


def _would_break(case: Case, then: Case, work: Iterable[Effect], now: datetime) -> tuple[Counterexample, ...]:
    if case.facts is None:
        return ()
    return would_break(Standing.of(case), Standing.of(then).after(*work), now)


def _after(case: Case, request: Request, step: str, now: datetime) -> Case:
    """The case once the step is done, with what the person vouches for in doing it."""
    case = replace(
        case,
        root_confirmed=request.root_confirmed.strip() or case.root_confirmed,
        decided=request.decided.strip() or case.decided,
        steps={**case.steps, step: StepState(Status.DONE, request.by, now)},
    )
    return after_said(case, step)


def _sentences(found: tuple[Counterexample, ...]) -> tuple[str, ...]:
    told = tuple(c.sentence for c in found[:MOST_TOLD])
    more = len(found) - len(told)
    return (*told, f"And {more} more places.") if more else told


def held_back(case: Case, step: str, alarms: tuple[str, ...], now: datetime) -> tuple[str, ...]:
    """Why a step that looked at the tenant first must not go on; empty where it may.

    `alarms` are those that must be over before this step.
    """
    if "WouldRefuse" in case.lifted:
        return ()
    if alarms:
        return alarms
    state = case.steps[step]
    found = counterexamples(case, _as_asked(case, step, state), now)
    parts = unreadable(case) if step == "6" and "NotLookedAt" not in case.lifted else ()
    return found or ((NotLookedAt(parts).sentence,) if parts else ())


def _as_asked(case: Case, step: str, state: StepState) -> Request:
    """The act as it was asked for; what was vouched for is in the case by now."""
    known = BY_ID[step]
    return Request(known.act or "", "", state.by, known.role, by_hand=state.by_hand)
