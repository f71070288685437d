"""The Desk: the one object through which people act in renewals and look at them. All of it is on Temporal."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from desk import listing
from desk.listing import Line, Trouble
from desk.refusals import ActRefused, AlreadyStarted, NotReachable, RenewalEnded, SeveralRenewals, UnknownRenewal
from process.case import Case, Closing, Subject
from process.expiry import Registered
from process.refusals import Refusal
from process.steps import Role
from process.words import details, summary
from workflows import attributes
from workflows.messages import Answer, Message, refuse_secret
from workflows.names import TASK_QUEUE, renewal_id
from workflows.policies import TASK_TIMEOUT, Patience
from workflows.renewal import Renewal, RenewalEnd, RenewalStart


@dataclass(frozen=True)
class Desk:
    """Acts and looks. `answer_within` is how long a worker may take before an act goes in as a signal."""

    client: Client
    answer_within: timedelta = timedelta(seconds=5)

    async def start(self, sender: Registered, note: str = "", patience: Patience | None = None) -> str:
        """Start the renewal of the certificate that the sender uses; its id.

        Raises `AlreadyStarted`: a certificate is renewed once, and again only where that came to nothing
        (withdrawn by people, or terminated by the operator of Temporal).
        """
        id = renewal_id(sender.tenant, sender.sender, sender.certificate.fingerprint)
        start = RenewalStart(
            Subject(sender.tenant, sender.sender, sender.certificate, sender.people),
            patience or Patience(),
            note=note,
        )
        try:
            await self._start(id, start, WorkflowIDReusePolicy.REJECT_DUPLICATE)
        except WorkflowAlreadyStartedError:
            status = await self._status(id)
            if status in ("running", str(Closing.COMPLETED)):
                raise AlreadyStarted(id, status) from None
            await self._start(id, start, WorkflowIDReusePolicy.ALLOW_DUPLICATE)
        return id

    async def _start(self, id: str, start: RenewalStart, reuse: WorkflowIDReusePolicy) -> None:
        subject = start.subject
        await self.client.start_workflow(
            Renewal.run,
            start,
            id=id,
            task_queue=TASK_QUEUE,
            id_reuse_policy=reuse,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            task_timeout=TASK_TIMEOUT,
            search_attributes=attributes.at_start(subject.tenant, subject.sender, subject.old.not_after),
            static_summary=summary(subject),
            static_details=details(subject),
        )

    async def _status(self, id: str) -> str:
        """How the last run of this id stands: running, completed, withdrawn, or as Temporal calls it."""
        handle = self.client.get_workflow_handle(id, result_type=RenewalEnd)
        status = (await handle.describe()).status
        if status is WorkflowExecutionStatus.COMPLETED:
            end: RenewalEnd = await handle.result()
            return str(end.outcome)
        return status.name.lower() if status else "unknown"

    async def act(self, id: str, act: str, message: Message) -> Answer:
        """Do the act and hear the answer; where no worker answers, the same act goes in as a signal.

        Raises `ActRefused` with the process's own sentence, `RenewalEnded`, `UnknownRenewal`.
        """
        _check_secret(act, message)
        handle = self.client.get_workflow_handle(id)
        try:
            answer: Answer = await handle.execute_update(
                act,
                message,
                id=message.request_id,
                result_type=Answer,
                rpc_timeout=self.answer_within,
            )
        except WorkflowUpdateFailedError as failed:
            if _is_forgotten(failed):
                return await self._act_later(handle, act, message)
            raise _refused(failed) from None
        except WorkflowUpdateRPCTimeoutOrCancelledError:
            return await self._act_later(handle, act, message)
        except RPCError as error:
            raise await self._why_not(id, error) from None
        if not answer.accepted:
            raise ActRefused(answer.code or "Refused", answer.sentence)
        return answer

    async def _act_later(self, handle: WorkflowHandle[Any, Any], act: str, message: Message) -> Answer:
        try:
            await handle.signal(act, message)
        except RPCError as error:
            raise await self._why_not(handle.id, error) from None
        sentence = (
            "No worker answers now. The act is stored under its request id and will be carried out, or refused on "
            "the record, when a worker is back; the operator must look at the worker. Nobody must send it again."
        )
        return Answer(accepted=True, sentence=sentence, later=True)

    async def _why_not(self, id: str, error: RPCError) -> Exception:
        if error.status is not RPCStatusCode.NOT_FOUND:
            return NotReachable("Temporal", error.message)
        try:
            await self.client.get_workflow_handle(id).describe()
        except RPCError:
            return UnknownRenewal(id)
        return RenewalEnded(id)

    async def case(self, id: str) -> Case:
        """The whole state. Raises `UnknownRenewal`, `NotReachable` where no worker answers the query."""
        handle = self.client.get_workflow_handle(id)
        try:
            async with asyncio.timeout(self.answer_within.total_seconds()):  # the SDK tries again beyond rpc_timeout
                case: Case = await handle.query(Renewal.state, rpc_timeout=self.answer_within)
        except TimeoutError:
            raise NotReachable("The worker", f"no answer within {self.answer_within.total_seconds():g} s") from None
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise UnknownRenewal(id) from None
            raise NotReachable("The worker", error.message) from None
        except WorkflowQueryFailedError as error:
            raise NotReachable("The worker", str(error)) from None
        return case

    async def find(self, text: str) -> str:
        """The id of the renewal meant by an id, a sender's name or the first digits of the old fingerprint.

        Among several, the one that is running is meant.
        """
        if text.startswith("renewal/"):
            return text
        lines = await listing.renewals_of(self.client, text)
        if not lines:
            every = await listing.all_renewals(self.client)
            lines = [line for line in every if line.id.rpartition("/")[2].startswith(text.lower())]
        running = [line for line in lines if line.status == "running"]
        found = running or lines[:1]
        if not found:
            raise UnknownRenewal(text)
        if len(found) > 1:
            raise SeveralRenewals(text, tuple(line.id for line in found))
        return found[0].id

    async def inbox(self, role: Role | None = None) -> list[Line]:
        """The renewals that wait for the role, or all that run."""
        return await listing.running(self.client, role)

    async def troubles(self) -> list[Trouble]:
        """What the operator must look at."""
        return await listing.troubles(self.client)

    async def moves(self, id: str) -> AsyncGenerator[Case, None]:
        """The case now, and again each time something happened in it, until the renewal ends."""
        handle = self.client.get_workflow_handle(id)
        try:
            known = (await handle.describe()).history_length
        except RPCError as error:
            raise await self._why_not(id, error) from None
        yield await self.case(id)
        async for event in handle.fetch_history_events(wait_new_event=True, skip_archival=True):
            if event.event_id > known and event.HasField("workflow_task_completed_event_attributes"):
                yield await self.case(id)


def _check_secret(act: str, message: Message) -> None:
    """What may hold a private key does not leave this process: a signal would stand in the history for good."""
    try:
        refuse_secret(act, message)
    except Refusal as refusal:
        raise ActRefused(refusal.code, refusal.sentence) from None


def _is_forgotten(failed: WorkflowUpdateFailedError) -> bool:
    """Whether the server says that a worker passed over the act; whether it is allowed nobody has looked at then."""
    return isinstance(failed.cause, ApplicationError) and failed.cause.type == "UnprocessedUpdate"


def _refused(failed: WorkflowUpdateFailedError) -> ActRefused:
    cause = failed.cause
    if isinstance(cause, ApplicationError):
        return ActRefused(cause.type or "Refused", cause.message)
    return ActRefused("Refused", str(cause))
