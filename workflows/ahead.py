"""No answer to a query lets a workflow run ahead of its workflow tasks.

Measured with temporalio 1.35 and server 1.32. A query may reach a worker that does not hold the workflow between the
end of an activity and the workflow task for it. The history that comes with the query ends within that task or at its
start, and the worker runs all of it to answer. When the task itself then brings an update, one of two things happens:
the commands of the two are sent in an order that no replay makes (with the whole task at hand a replay takes the
update first), so that the workflow does not replay from then on ([TMPRL1100]) and is wedged; or the update is
forgotten, and the server refuses it as not processed.

Here a query fails where the task has not started; the client of this house asks again. A task fails where what the
workflow did last was never recorded; the server gives it again. Either way the SDK lets go of the workflow, and what
comes next begins with the whole history.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from temporalio import client
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner
from temporalio.workflow import Info

_LOG = logging.getLogger(__name__)
TOO_EARLY = (
    "The worker had just taken up this workflow, and there was news that no workflow task had brought yet. "
    "Nothing is lost and nobody must act; ask again."
)
"""What a query hears that came too early; in the Temporal Web UI, where nothing asks again, a person reads it."""

NOT_RECORDED = (
    "A query had been answered from a part of this workflow task. The server gives the task again, with the whole "
    "history; nobody must act."
)
"""What stands in the history as the reason of a failed workflow task."""

AT_MOST = 5
"""How often a query is asked: the second time it waits for the task, or finds it done."""

_OF_A_TASK = 3
"""The events of a workflow task: scheduled, started, and how it ended."""

_OF_JOBS = {"resolve_activity": 2, "fire_timer": 1, "signal_workflow": 1, "cancel_workflow": 1}
"""The events that made a job: an activity has one for its start and one for its end."""


@dataclass(frozen=True)
class Position:
    """How far in its history a workflow stands: events, and bytes and nanoseconds at the start of its last task."""

    events: int
    size: int
    time: int

    def is_unstarted_after(self, earlier: "Position") -> bool:
        """Whether there are more events, and still no workflow task has started for them.

        A server that does not tell the size of a history cannot be followed.
        """
        told = self.size > 0
        return told and self.events > earlier.events and (self.size, self.time) == (earlier.size, earlier.time)


def events_of(completion: WorkflowActivationCompletion) -> int:
    """How many events the commands of an answer make once they are recorded."""
    commands = completion.successful.commands
    started = {command.start_timer.seq for command in commands if command.HasField("start_timer")}
    cancelled = {command.cancel_timer.seq for command in commands if command.HasField("cancel_timer")}
    return sum(_is_recorded(command, started & cancelled) for command in commands)


def _is_recorded(command: WorkflowCommand, came_to_nothing: Collection[int]) -> bool:
    """A timer that is cancelled at once, a refused update and the answer to a query leave nothing."""
    timer = command.start_timer.seq or command.cancel_timer.seq
    refused = command.HasField("update_response") and command.update_response.HasField("rejected")
    return not (refused or command.HasField("respond_to_query") or (timer and timer in came_to_nothing))


def _events_for(activation: WorkflowActivation) -> int:
    return sum(_OF_JOBS.get(job.WhichOneof("variant") or "", 0) for job in activation.jobs)


class Pace:
    """Follows what a workflow is given and what it answers, from when the worker took it up."""

    def __init__(self) -> None:
        """Nothing was given yet."""
        self._at: Position | None = None
        self._sent = 0

    def objection(self, activation: WorkflowActivation) -> str:
        """Why the workflow must not take this, in a sentence; empty where it may."""
        if _is_apart(activation):
            return ""
        size, time = activation.history_size_bytes, activation.timestamp.ToNanoseconds()
        earlier, self._at = self._at, Position(activation.history_length, size, time)
        if earlier is None or activation.is_replaying:
            return ""
        if self._at.is_unstarted_after(earlier):
            return TOO_EARLY
        more = self._at.events - earlier.events
        return NOT_RECORDED if more and self._is_missing(more - _OF_A_TASK - _events_for(activation)) else ""

    def _is_missing(self, rest: int) -> bool:
        """Whether the last answer is not among the events that neither tasks nor jobs explain.

        Tasks that failed on the way look like an answer of their length: then the answer is taken for missing, which
        costs no more than one task given again.
        """
        return self._sent > 0 and (rest < self._sent or (rest != self._sent and rest % _OF_A_TASK == 0))

    def answered(self, activation: WorkflowActivation, completion: WorkflowActivationCompletion) -> None:
        """Remember what the answer must leave in the history; what is replayed has left it."""
        if not _is_apart(activation):
            self._sent = 0 if activation.is_replaying else events_of(completion)


def _is_apart(activation: WorkflowActivation) -> bool:
    """Whether it brings no news: a question, or the order to let go."""
    return any(job.HasField("query_workflow") or job.HasField("remove_from_cache") for job in activation.jobs)


class _InStep(WorkflowInstance):
    """A workflow that takes nothing before its task."""

    def __init__(self, inner: WorkflowInstance) -> None:
        self._inner = inner
        self._pace = Pace()

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Hand it on, or fail the query or the task for which it came; the SDK then lets go of the workflow."""
        objection = self._pace.objection(act)
        if not objection:
            completion = self._inner.activate(act)
            self._pace.answered(act, completion)
            return completion
        _LOG.info("%s: %s", self.get_info().workflow_id, objection)
        failed = WorkflowActivationCompletion()
        failed.failed.failure.message = objection
        return failed

    def get_serialization_context(self, command_info: Any) -> SerializationContext | None:
        """As the workflow itself."""
        return self._inner.get_serialization_context(command_info)

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:
        """As the workflow itself."""
        return self._inner.get_external_store_context(command_info)

    def get_info(self) -> Info:
        """As the workflow itself."""
        return self._inner.get_info()

    def get_thread_id(self) -> int | None:
        """As the workflow itself."""
        return self._inner.get_thread_id()


@dataclass(frozen=True)
class InStep(WorkflowRunner):
    """Runs workflows with another runner, and keeps each in step with its tasks."""

    inner: WorkflowRunner

    def prepare_workflow(self, defn: Any) -> None:
        """As the other runner does."""
        self.inner.prepare_workflow(defn)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """One of the other runner's, kept in step."""
        return _InStep(self.inner.create_instance(det))

    def set_worker_level_failure_exception_types(self, types: Sequence[type[BaseException]]) -> None:
        """As the other runner does."""
        self.inner.set_worker_level_failure_exception_types(types)


class _Asks(client.OutboundInterceptor):
    async def query_workflow(self, input: client.QueryWorkflowInput) -> Any:
        for _ in range(AT_MOST - 1):
            try:
                return await super().query_workflow(input)
            except client.WorkflowQueryFailedError as error:
                if TOO_EARLY not in str(error):
                    raise
        return await super().query_workflow(input)


class AskAgain(client.Interceptor):
    """The client interceptor: a query that came before its workflow task is asked again."""

    def intercept_client(self, next: client.OutboundInterceptor) -> client.OutboundInterceptor:
        """The interceptor of one client."""
        return _Asks(next)
