"""What follows of itself from a case as it stands: a step whose work is finished is done, a finished case ends.

Nothing is asked and nothing is ordered here.
"""

from dataclasses import replace
from datetime import datetime

from process.case import Case, Closing, Entry, Outcome, Status
from process.due import withdrawal_complete
from process.open import is_known, walk
from process.said import after_said
from process.shown import remembered
from process.steps import BY_ID, STEPS, Kind

CERTRELAY = "certrelay"
"""Who stands on the record where no person acted."""


def note(case: Case, at: datetime, act: str, outcome: Outcome, text: str, step: str = "") -> Case:
    """A line of our own on the record."""
    entry = Entry(at=at, by=CERTRELAY, role="", act=act, outcome=outcome, text=text, step=step)
    return replace(case, record=(*case.record, entry))


def settle(case: Case, now: datetime) -> Case:
    """The case after what follows of itself."""
    if case.closed:
        return case
    if case.closing is Closing.WITHDRAWING:
        return _withdrawn(case, now) if withdrawal_complete(case) else case
    return remembered(_completed(_finished_steps(case, now), now))


def _finished_steps(case: Case, now: datetime) -> Case:
    for step in STEPS:
        if case.is_ordered(step.id) and _work_is_over(case, step.id):
            state = replace(case.steps[step.id], status=Status.DONE, at=now)
            case = replace(case, steps={**case.steps, step.id: state})
            case = after_said(case, step.id) if step.kind is Kind.SAID else case
            case = note(case, now, step.act or "", Outcome.DONE, f"Step {step.id} is done.", step.id)
    return case


def _work_is_over(case: Case, step: str) -> bool:
    if step == "2":
        return case.submission is None and is_known(case)
    if BY_ID[step].kind is Kind.DONE and case.touched:
        return False  # what was changed is to be seen on the tenant first
    return not step_failed(case, step) and not any(effect.step == step for effect in case.pending)


def step_failed(case: Case, step: str) -> bool:
    """True when some work of the step failed for good and was not ordered again since."""
    return any(key.startswith(f"{step}/") for key in case.troubles)


def _completed(case: Case, now: datetime) -> Case:
    if not is_known(case) or case.pending or case.touched or case.alarms:
        return case  # the last word is a look at the tenant
    if not all(case.is_done(step.id) for step in walk(case)):
        return case
    case = replace(case, closing=Closing.COMPLETED, troubles={})
    return note(case, now, "completed", Outcome.DONE, "The renewal is complete: only the new certificate is in use.")


def _withdrawn(case: Case, now: datetime) -> Case:
    case = replace(case, closing=Closing.WITHDRAWN, troubles={})
    return note(case, now, "withdraw", Outcome.DONE, "All that was added is taken back; the old certificate stays.")
