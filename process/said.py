"""What follows for the sender when a step that is only said is done: which certificates it may present."""

from dataclasses import replace

from process.case import Case
from process.facts import CertificateFacts


def after_said(case: Case, step: str) -> Case:
    """The case once the step is done: step 6 releases the new certificate, step 7 takes a switch back."""
    if step == "6":
        return _released(case)
    return _called(replace(case, switched_back=False)) if step == "7" else case


def _called(case: Case) -> Case:
    return replace(case, called=_with(case.called, case.new))


def _released(case: Case) -> Case:
    return replace(case, released=_with(case.released, case.new), switched_back=False)


def _with(known: tuple[CertificateFacts, ...], new: CertificateFacts | None) -> tuple[CertificateFacts, ...]:
    """These and the new one, each once."""
    return known if new is None or new.fingerprint in {c.fingerprint for c in known} else (*known, new)
