"""How ordered work is carried out: which activity, with what, under which policy, with which summary."""

from dataclasses import dataclass
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities import certificate, flows, reading, register, user_mappings
from activities.shapes import Change, Ended, Evidence, Judge, Read
from process.case import Case, Effect, EffectKind
from process.facts import TenantFacts, Verdict
from workflows import policies
from workflows.policies import Patience, Policy


@dataclass(frozen=True)
class Work:
    """One effect with what carrying it out needs to know of its case."""

    case: Case
    effect: Effect
    patience: Patience


_CHANGES: dict[EffectKind, Any] = {
    EffectKind.ADD_NAMES: flows.FlowActivities.add_names,
    EffectKind.REMOVE_NAMES: flows.FlowActivities.remove_names,
    EffectKind.ADD_USER_MAPPING: user_mappings.UserMappingActivities.add_user_mapping,
    EffectKind.REMOVE_USER_MAPPING: user_mappings.UserMappingActivities.remove_user_mapping,
}


def _options(policy: Policy) -> dict[str, Any]:
    return {
        "schedule_to_close_timeout": policy.schedule_to_close_timeout,
        "start_to_close_timeout": policy.start_to_close_timeout,
        "heartbeat_timeout": policy.heartbeat_timeout,
        "retry_policy": policy.retry_policy,
    }


async def judge(work: Work) -> Verdict:
    """Judge the certificate that was handed over, or again the one that was accepted."""
    submission, new = work.case.submission, work.effect.new
    again = new is not None
    assert again or submission is not None  # due only while there is one
    pem = new.pem + new.chain if new is not None else submission.pem if submission is not None else ""
    return await workflow.execute_activity_method(
        certificate.CertificateActivities.judge_certificate,
        Judge(pem, work.case.old),
        summary="Judge the accepted certificate again" if again else "Judge the certificate that was handed over",
        **_options(policies.JUDGING),
    )


async def read(work: Work) -> TenantFacts:
    """Find everything on the tenant that knows the certificates."""
    tenant, effect = work.case.subject.tenant, work.effect
    again = f"Look at {tenant} again" + (f" before step {effect.step}" if effect.step else "")
    return await workflow.execute_activity_method(
        reading.ReadingActivities.read_tenant,
        Read(tenant, work.case.old, effect.new, effect.watched, _further(work.case)),
        summary=again if effect.kind is EffectKind.LOOK else f"Find what knows the old certificate on {tenant}",
        **_options(policies.reading(work.patience)),
    )


def _further(case: Case) -> tuple[str, ...]:
    """The certificates that were released or added before they were replaced: the sender may still present them."""
    every = (*case.released, *(added.certificate for added in case.added))
    about = {case.old.fingerprint, case.new.fingerprint if case.new else ""}
    return tuple(dict.fromkeys(c.fingerprint for c in every if c.fingerprint not in about))


async def change(work: Work) -> Evidence:
    """Change the tenant in one place, and read back."""
    effect = work.effect
    assert effect.old is not None  # every change names both: what it is about
    assert effect.new is not None
    verb = "Check" if effect.check_only else "Carry out"
    evidence: Evidence = await workflow.execute_activity_method(
        _CHANGES[effect.kind],
        Change(work.case.subject.tenant, effect.where, effect.old, effect.new, effect.check_only),
        summary=f"{verb} step {effect.step}: {effect.kind}, {effect.where}",
        **_options(policies.changing(work.patience)),
    )
    return evidence


async def tell_register(ended: Ended, patience: Patience) -> None:
    """Put the outcome into the register."""
    await workflow.execute_activity_method(
        register.RegisterActivities.record_end,
        ended,
        summary=f"Tell the register: {ended.sender} {ended.outcome}",
        **_options(policies.registering(patience)),
    )


def _said_by_activity(error: ActivityError) -> ApplicationError | None:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ApplicationError):
        cause = cause.__cause__
    return cause


def is_untouched(error: ActivityError) -> bool:
    """True when the work ended before it changed anything: it met somebody's unpublished change of the flow.

    Taking back what was never added would publish that.
    """
    said = _said_by_activity(error)
    return said is not None and said.type in ("FlowIsDraft", "FlowNotDeployed")


def sentence_of(error: ActivityError) -> str:
    """Why work failed for good, as the activity said it; a time-out says how long it was tried."""
    said = _said_by_activity(error)
    if said is not None and said.message:
        return said.message
    return (
        "It was tried for as long as this renewal allows and did not succeed in time. "
        "The operator should look at the worker and the tenant, then the step can be ordered again."
    )
