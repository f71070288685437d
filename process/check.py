"""Whether a person's act is allowed now: `check` passes in silence or raises the refusal. Changes nothing."""

from collections.abc import Callable, Iterator
from datetime import datetime

from process import refusals as no
from process.acts import ACTS, Act, Request, rests_on_facts
from process.case import Case, Closing
from process.due import WITHDRAWAL, untold
from process.guard import counterexamples
from process.open import (
    before,
    is_gate,
    is_known,
    is_needed,
    may_replace,
    needs_decision,
    open_steps,
    root_is_vouched,
    unreadable,
    why_not_needed,
)
from process.pinning import told_of_pinning
from process.shown import changes_since, digest
from process.steps import BY_ID, Kind, Role, Step


def check(case: Case, request: Request, now: datetime) -> None:
    """Raise the `Refusal` that stands against the act at this moment; return when there is none."""
    act = ACTS.get(request.act)
    if act is None:
        raise no.UnknownAct(request.act, tuple(ACTS))
    _check_person(case, act, request)
    _check_room(case, request)
    if act.name == "comment":
        _need_reason(case, request)
        return
    _check_alive(case)
    _check_seen(case, request)
    if act.step is not None:
        _check_step(case, BY_ID[act.step], request)
    else:
        _BEYOND_STEPS[act.name](case, request, now)
    _check_guard(case, request, now)


def _check_guard(case: Case, request: Request, now: datetime) -> None:
    """No act may lock the sender out; whoever lifted the guard that stands for it answers for that."""
    lifted = {"WouldRefuse", "WithdrawUnsafe"} if request.act == WITHDRAWAL else {"WouldRefuse"}
    found = () if lifted & set(case.lifted) else counterexamples(case, request, now)
    if found:
        raise no.WouldRefuse(found)


def _check_person(case: Case, act: Act, request: Request) -> None:
    if request.role not in act.roles:
        raise no.WrongRole(act.name, request.role, act.roles)
    people = case.people.get(request.role, ())
    if people and request.by not in people:
        raise no.NotNamed(request.by, request.role, people)


MOST_RECORD = 1_000_000
"""Bytes of a record that takes every act; half of what one payload holds, which has the certificates in it too."""

SHORT = 200
"""Characters of text that an act may bring when the record is full."""


def _check_room(case: Case, request: Request) -> None:
    """A case that outgrows a payload could neither be shown nor go on in a new run: the server would end it."""
    if case.record_size <= MOST_RECORD:
        return
    if request.act in ("comment", "delegate") or len(request.text + request.root_confirmed + request.decided) > SHORT:
        raise no.RecordFull(SHORT)


def _check_alive(case: Case) -> None:
    if case.closed:
        raise no.CaseClosed(str(case.closing))
    if case.closing is Closing.WITHDRAWING:
        raise no.WithdrawalUnderWay()


def _check_seen(case: Case, request: Request) -> None:
    """An approval holds for what was seen."""
    now = digest(case)
    if request.seen and request.seen != now and rests_on_facts(ACTS[request.act]):
        raise no.FactsChanged(request.seen, now, changes_since(case, request.seen))


def _need_rest(case: Case) -> None:
    if case.submission is not None:
        raise no.WorkUnderWay(("the certificate that was handed over is being judged",))
    if case.pending:
        raise no.WorkUnderWay(tuple(f"{e.kind} ({e.where})" for e in case.pending))


def _need_reason(case: Case, request: Request) -> None:
    if not request.text.strip():
        raise no.ReasonMissing(request.act)


def _check_step(case: Case, step: Step, request: Request) -> None:
    if step.kind is Kind.GIVEN:
        _check_submission(case, request)
        return
    if case.submission is not None:
        _need_rest(case)
    if not is_known(case) and step.number > BY_ID["2"].number:
        raise no.StepNotOpen(step, (BY_ID["2"],))
    if not is_needed(step, case):
        raise no.StepNotNeeded(step, why_not_needed(step, case))
    state = case.steps.get(step.id)
    if state is not None and case.is_done(step.id):
        raise no.StepAlreadyDone(step, state.by, state.at)
    if state is not None:
        raise no.WorkUnderWay((f"step {step.id}",))
    if waits := before(step, case):
        raise no.StepNotOpen(step, waits)
    _check_gates(case, step, request)


def _check_submission(case: Case, request: Request) -> None:
    if case.is_done("8") or case.removed_old:
        raise no.TooLateToReplace(request.act)
    _need_rest(case)
    if not request.certificate:
        raise no.BadMessage(request.act, "it carries no certificate")


def _check_gates(case: Case, step: Step, request: Request) -> None:
    if is_gate(step, case) and not root_is_vouched(case) and not request.root_confirmed.strip():
        raise no.RootNotConfirmed(step, str(case.verdict.root) if case.verdict else "unknown")
    if is_gate(step, case) and needs_decision(case) and not request.decided.strip():
        raise no.CertificateUndecided(step, case.verdict.opinions if case.verdict else ())
    parts = unreadable(case)
    if step.id == "6" and parts and "NotLookedAt" not in case.lifted:
        raise no.NotLookedAt(parts)
    _check_pinning(case, step, request)


def _check_pinning(case: Case, step: Step, request: Request) -> None:
    """Whether a service key is pinned decides what may be done, and no interface tells it (SAP page 19af5e2)."""
    told = told_of_pinning(case, request)
    if step.id in ("4b", "9b") and (users := untold(told)):
        raise no.PinningUnknown(step, users)


def _check_return(case: Case, request: Request, _: datetime) -> None:
    _need_reason(case, request)
    if case.is_done("8") or case.removed_old:
        raise no.TooLateToReplace(request.act)
    if not may_replace(case):
        raise no.NoCertificate()
    _need_rest(case)


def _check_withdraw(case: Case, request: Request, _: datetime) -> None:
    _need_reason(case, request)
    _need_rest(case)
    if case.removed_old:
        raise no.TooLateToWithdraw()
    unsafe = bool(case.released) and not case.switched_back
    if unsafe and "WithdrawUnsafe" not in case.lifted:
        raise no.WithdrawUnsafe(case.subject.sender, case.is_done("7"))


def _check_switch_back(case: Case, request: Request, _: datetime) -> None:
    _need_reason(case, request)
    if not case.released:
        raise no.NotReleased()
    if case.removed_old:
        raise no.TooLateToSwitchBack()


def _check_delegate(case: Case, request: Request, _: datetime) -> None:
    if not request.to.strip():
        raise no.BadMessage(request.act, "it does not say to whom")
    if request.to in (case.people.get(request.role, ()) or (request.by,)):
        raise no.AlreadyNamed(request.to, request.role)


def guards(case: Case, now: datetime) -> tuple[str, ...]:
    """The guards that stand in somebody's way now and can be lifted; a returned certificate each time anew."""
    if case.closing is not None:
        return ()
    standing = []
    if unreadable(case) and not case.is_done("6"):
        standing.append("NotLookedAt")
    if case.released and not case.switched_back and not case.removed_old:
        standing.append("WithdrawUnsafe")
    if any(counterexamples(case, wanted, now) for wanted in _possible(case)):
        standing.append("WouldRefuse")
    returned = ("CertificateReturned",) if _may_take_returned(case) else ()
    return returned + tuple(guard for guard in standing if guard not in case.lifted)


def _possible(case: Case) -> Iterator[Request]:
    """What could be asked for now, as far as the guard has a word in it."""
    for step in open_steps(case):
        yield Request(step.act or "", "", "", step.role)
    if not case.removed_old:
        yield Request(WITHDRAWAL, "", "", Role.TENANT_ADMINISTRATOR)


def _may_take_returned(case: Case) -> bool:
    """The old certificate can never be its own successor: removing the old one would remove the new one."""
    certificate = case.returned.certificate if case.returned else None
    return certificate is not None and certificate.fingerprint != case.old.fingerprint and not case.is_done("8")


def _check_override(case: Case, request: Request, now: datetime) -> None:
    _need_reason(case, request)
    standing = guards(case, now)
    if request.guard not in standing:
        raise no.GuardUnknown(request.guard, standing)
    if request.sender != case.subject.sender:
        raise no.SenderNotTyped(request.sender, case.subject.sender)
    if request.guard == "CertificateReturned":
        _need_rest(case)


_BEYOND_STEPS: dict[str, Callable[[Case, Request, datetime], None]] = {
    "return_certificate": _check_return,
    "withdraw": _check_withdraw,
    "switch_back": _check_switch_back,
    "delegate": _check_delegate,
    "override": _check_override,
}
