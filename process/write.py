"""What an allowed act changes: `write` gives the case after it. `process.check` has said yes before.

What the world answered to ordered work is written by `process.outcomes`.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from process.acts import ACTS, Request
from process.case import Case, Closing, Entry, Outcome, Status, StepState, Submission
from process.check import MOST_RECORD
from process.due import WITHDRAWAL, look_before, work_of, work_of_withdrawal
from process.facts import CertificateFacts, Verdict
from process.looking import with_alarms
from process.pinning import told_of_pinning
from process.refusals import Refusal
from process.said import after_said
from process.settle import settle
from process.shown import digest
from process.steps import BY_ID, STEPS, Kind, Step

MOST_REFUSALS = 500
"""Refusals kept on the record; beyond that, and on a full one, they are counted: a flood cannot outgrow a payload."""


def write(case: Case, request: Request, now: datetime) -> Case:
    """The case after the act, with its line on the record. Call `check` first; this does not ask again."""
    act = ACTS[request.act]
    if act.step is not None:
        changed = _write_step(case, BY_ID[act.step], request, now)
    else:
        changed = _BEYOND_STEPS[act.name](case, request, now)
    return settle(_note(changed, request, now, _said(request)), now)


def write_refusal(case: Case, request: Request, refusal: Refusal, now: datetime) -> Case:
    """The case with the refused act on its record: who wanted what, and why not."""
    return note_refusal(case, _entry(case, request, now, Outcome.REFUSED, refusal.sentence))


def note_refusal(case: Case, entry: Entry) -> Case:
    """Put a refusal on the record, or count it where the record holds enough of them."""
    kept = sum(1 for e in case.record if e.outcome is Outcome.REFUSED)
    if kept >= MOST_REFUSALS or case.record_size > MOST_RECORD:
        return replace(case, refusals_dropped=case.refusals_dropped + 1)
    return replace(case, record=(*case.record, entry))


def _entry(case: Case, request: Request, now: datetime, outcome: Outcome, text: str) -> Entry:
    act = ACTS.get(request.act)
    return Entry(
        at=now,
        by=request.by,
        role=request.role,
        act=request.act,
        outcome=outcome,
        text=text,
        step=(act.step or "") if act else "",
        request_id=request.request_id,
        facts=digest(case),
    )


def _note(case: Case, request: Request, now: datetime, text: str) -> Case:
    outcome = Outcome.OVERRIDDEN if request.act == "override" else Outcome.ACCEPTED
    return replace(case, record=(*case.record, _entry(case, request, now, outcome, text)))


def _said(request: Request) -> str:
    """What the person added in words, for the record."""
    parts = [request.text.strip(), request.root_confirmed.strip(), request.decided.strip()]
    if request.by_hand:
        parts.append("done by hand, to be checked")
    if request.to:
        parts.append(f"to {request.to}")
    if request.holds:
        parts.append(f"the sender can keep {request.holds} at once")
    if request.nodes:
        parts.append(f"nodes of the sender: {request.nodes}")
    if request.pinned:
        parts.append(f"the service keys are {request.pinned}")
    if request.guard:
        parts.append(f"guard {request.guard}")
    return "; ".join(part for part in parts if part)


def _with_step(case: Case, step: Step, status: Status, request: Request, now: datetime) -> Case:
    state = StepState(status, request.by, now, request.by_hand)
    return replace(case, steps={**case.steps, step.id: state})


def again_from(case: Case, first: int) -> Case:
    """The case with every step from that number on to be done again; what failed in them is asked no more."""
    again = {step.id for step in STEPS if step.number >= first}
    steps = {k: v for k, v in case.steps.items() if k not in again}
    return replace(
        case, steps=steps, troubles={k: v for k, v in case.troubles.items() if k.split("/")[0] not in again}
    )


def _write_step(case: Case, step: Step, request: Request, now: datetime) -> Case:
    if step.kind is Kind.GIVEN:
        return _write_submission(case, request, now)
    if request.root_confirmed.strip():
        case = replace(case, root_confirmed=request.root_confirmed.strip())
    if request.decided.strip():
        case = replace(case, decided=request.decided.strip())
    if request.pinned:
        case = told_of_pinning(case, request)
    if step.kind is Kind.DONE:
        return _write_order(case, step, request, now)
    if look := look_before(step, case):
        case = _forget_failures(replace(case, pending=(*case.pending, look)), step.id)
        return _with_step(case, step, Status.ORDERED, request, now)
    return after_said(_with_step(case, step, Status.DONE, request, now), step.id)


def _write_submission(case: Case, request: Request, now: datetime) -> Case:
    submission = Submission(request.certificate, request.by, now)
    case = replace(
        case,
        submission=submission,
        holds_two=request.holds == "two" if request.holds else case.holds_two,
        nodes=request.nodes or case.nodes,
    )
    if case.new is not None:
        return case  # the accepted certificate stands until the replacement is accepted
    case = _with_step(case, BY_ID["1"], Status.DONE, request, now)
    return _with_step(case, BY_ID["2"], Status.ORDERED, request, now)


def _write_order(case: Case, step: Step, request: Request, now: datetime) -> Case:
    look = look_before(step, case)
    work = tuple(replace(effect, check_only=request.by_hand) for effect in work_of(step.id, case))
    work = (*((look,) if look else ()), *work)
    removing = case.removed_old or step.number >= BY_ID["9b"].number
    case = _forget_failures(replace(case, pending=case.pending + work, removed_old=removing), step.id)
    return _with_step(case, step, Status.ORDERED, request, now)


def _forget_failures(case: Case, step: str) -> Case:
    return replace(case, troubles={k: v for k, v in case.troubles.items() if not k.startswith(f"{step}/")})


def accept(case: Case, certificate: CertificateFacts, verdict: Verdict) -> Case:
    """The case with this certificate as the new one; every step after 2 is to be done again for it."""
    again = again_from(case, 3)
    return replace(
        again,
        new=certificate,
        verdict=verdict,
        returned=None,
        submission=None,
        facts_fresh=False,
        read_again_at=None,
        root_confirmed="",
        decided="",
        lifted=(),
    )


def _return(case: Case, request: Request, now: datetime) -> Case:
    again = replace(again_from(case, 1), troubles={}, read_again_at=None, facts_fresh=True)
    return replace(
        again, new=None, verdict=None, judged_at=None, submission=None, root_confirmed="", decided="", lifted=()
    )


def _withdraw(case: Case, request: Request, now: datetime) -> Case:
    # Who went back to the old certificate needs a new word (step 6) before it may use another.
    released = () if case.switched_back else case.released
    case = replace(case, closing=Closing.WITHDRAWING, pending=work_of_withdrawal(case), released=released)
    return _forget_failures(replace(case, switched_back=False), WITHDRAWAL)


def _switch_back(case: Case, request: Request, now: datetime) -> Case:
    """The old certificate may be presented again: what it lost meanwhile is an alarm at once, and not at a look."""
    case = replace(again_from(case, 7), switched_back=True)
    return with_alarms(case, now) if case.facts_fresh else case


def _comment(case: Case, request: Request, now: datetime) -> Case:
    return case


def _delegate(case: Case, request: Request, now: datetime) -> Case:
    people = case.people.get(request.role, ()) or (request.by,)
    return replace(case, people={**case.people, request.role: (*people, request.to)})


def _override(case: Case, request: Request, now: datetime) -> Case:
    case = replace(
        case,
        overrides=tuple(dict.fromkeys((*case.overrides, request.guard))),
        lifted=tuple(dict.fromkeys((*case.lifted, request.guard))),
    )
    returned = case.returned
    if request.guard == "CertificateReturned" and returned is not None and returned.certificate is not None:
        case = replace(accept(case, returned.certificate, returned), judged_at=None)
        case = _with_step(case, BY_ID["1"], Status.DONE, request, now)
        return _with_step(case, BY_ID["2"], Status.ORDERED, request, now)
    return case


_BEYOND_STEPS: dict[str, Callable[[Case, Request, datetime], Case]] = {
    "return_certificate": _return,
    "withdraw": _withdraw,
    "switch_back": _switch_back,
    "comment": _comment,
    "delegate": _delegate,
    "override": _override,
}
