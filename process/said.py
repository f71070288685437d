"""What follows for the sender when a step that is only said is done: which certificates it may present."""

from dataclasses import replace

from process.case import Case


def after_said(case: Case, step: str) -> Case:
    """The case once the step is done: step 6 releases the new certificate, step 7 takes a switch back."""
    if step == "6":
        return _released(case)
    return _called(replace(case, switched_back=False)) if step == "7" else case


def _called(case: Case) -> Case:
    new = case.new
    known = new is None or any(c.fingerprint == new.fingerprint for c in case.called)
    return case if known or new is None else replace(case, called=(*case.called, new))


def _released(case: Case) -> Case:
    new = case.new
    known = new is None or any(c.fingerprint == new.fingerprint for c in case.released)
    released = case.released if known or new is None else (*case.released, new)
    return replace(case, released=released, switched_back=False)
