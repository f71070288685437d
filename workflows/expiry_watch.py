"""The watch over expiry, started daily by a Temporal Schedule: looks, and starts a renewal for what is due."""

from dataclasses import dataclass, field
from typing import Any

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.expiry import ExpiryActivities
    from activities.register import RegisterActivities
    from process.case import Subject
    from process.expiry import Due, Seen, due_for_renewal
    from process.facts import Unreadable
    from process.words import details, minute, summary
    from workflows import attributes, policies
    from workflows.effects import sentence_of
    from workflows.names import renewal_id
    from workflows.policies import Patience
    from workflows.renewal import Renewal, RenewalStart


@dataclass(frozen=True)
class WatchStart:
    """The input: how patiently to look, and what the renewals are started with."""

    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True)
class WatchReport:
    """What the watch saw and did. Ids are workflow ids; `unreadable` is never the same as nothing due."""

    registered: int
    mapped: int
    started: tuple[str, ...] = ()
    running_or_done: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def text(self) -> str:
        """The report for the Temporal Web UI, in Markdown."""
        lines = [
            f"Looked at {self.registered} registered senders and {self.mapped} user mappings.",
            *(f"* started `{id}`" for id in self.started),
            *(f"* already running or done: `{id}`" for id in self.running_or_done),
            *(f"* **could not look at {part.what}**: {part.why}" for part in self.unreadable),
        ]
        return "\n".join(lines) + "\n"


@workflow.defn(name="ExpiryWatch")
class ExpiryWatch:
    """One look at everything that may expire."""

    @workflow.run
    async def run(self, start: WatchStart) -> WatchReport:
        """Look, start what is due, report."""
        seen = await self._look(start.patience)
        started: list[str] = []
        known: list[str] = []
        for due in due_for_renewal(seen, workflow.now()):
            id = _id_of(due)
            (started if await _start(due, id, start.patience) else known).append(id)
        report = WatchReport(len(seen.registered), len(seen.mapped), tuple(started), tuple(known), seen.unreadable)
        workflow.set_current_details(report.text)
        return report

    async def _look(self, patience: Patience) -> Seen:
        policy = policies.reading(patience)
        register = await _seen(RegisterActivities.read_register, "Read the register of senders", policy)
        mapped = await _seen(ExpiryActivities.list_mapped, "List the user mappings of all tenants", policy)
        return Seen(register.registered, mapped.mapped, register.unreadable + mapped.unreadable)


async def _seen(activity: Any, words: str, policy: policies.Policy) -> Seen:
    """What the activity saw; that it could not look at all is something seen too."""
    try:
        seen: Seen = await workflow.execute_activity_method(
            activity,
            summary=words,
            schedule_to_close_timeout=policy.schedule_to_close_timeout,
            start_to_close_timeout=policy.start_to_close_timeout,
            heartbeat_timeout=policy.heartbeat_timeout,
            retry_policy=policy.retry_policy,
        )
    except ActivityError as error:
        return Seen(unreadable=(Unreadable(words, sentence_of(error)),))
    return seen


def _id_of(due: Due) -> str:
    registered = due.registered
    return renewal_id(registered.tenant, registered.sender, registered.certificate.fingerprint)


async def _start(due: Due, id: str, patience: Patience) -> bool:
    """Start the renewal; false where this certificate has had one, running or ended: once ever."""
    registered = due.registered
    subject = Subject(registered.tenant, registered.sender, registered.certificate, registered.people)
    until = minute(registered.certificate.not_after)
    note = f"Started by the watch over expiry: the certificate ends at {until}."
    if not due.known:
        note += f" Nobody registered it; the sender is named after the mapping's user {registered.sender}."
    try:
        await workflow.start_child_workflow(
            Renewal.run,
            RenewalStart(subject, patience, note=note),
            id=id,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            task_timeout=policies.TASK_TIMEOUT,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            search_attributes=attributes.at_start(
                registered.tenant, registered.sender, registered.certificate.not_after
            ),
            static_summary=summary(subject),
            static_details=details(subject),
        )
    except WorkflowAlreadyStartedError:
        return False
    return True
