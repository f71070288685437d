"""No answer to a query lets a workflow run ahead of its workflow tasks.

Measured with temporalio 1.35 and server 1.32. A query may reach a worker that does not hold the workflow between the
end of an activity and the workflow task for it. The history that comes with the query ends within that task or at its
start, and the worker runs all of it to answer. When the task itself then brings an update, one of two things happens:
the commands of the two are sent in an order that no replay makes (with the whole task at hand a replay takes the
update first), so that the workflow does not replay from then on ([TMPRL1100]) and is wedged; or the update is
forgotten, and the server refuses it as not processed.

Here such a query fails instead. The SDK then lets go of the workflow, the client of this house asks again, and the
task begins with the whole history.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from temporalio import client
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner
from temporalio.workflow import Info

_LOG = logging.getLogger(__name__)
_WITHOUT_TASK = "legacy_query"
"""The id that the SDK gives to a query that comes without a workflow task."""

SENTENCE = (
    "The worker had just taken up this workflow, and there may be news that no workflow task has brought yet. "
    "Nothing is lost and nobody must act; ask again."
)
"""What a query hears that came too early; in the Temporal Web UI, where nothing asks again, a person reads it."""

AT_MOST = 5
"""How often a query is asked: the second time it waits for the task, or finds it done."""


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


class Pace:
    """Follows what a workflow is given from when the worker took it up.

    What is replayed was once done in a task. What is not replayed belongs to a task, or to a query: the first time
    after the replay nothing tells which, and a query that follows at once may be the reason. Where the task is seen
    not to have started, it is the reason. A second time shows that the first was a task.
    """

    def __init__(self) -> None:
        """Nothing was given yet."""
        self._at: Position | None = None
        self._replayed = False
        self._in_doubt = False

    def may_take(self, activation: WorkflowActivation) -> bool:
        """Whether the workflow may take this; false for what would make, or has made, it run ahead of a task."""
        if any(job.HasField("remove_from_cache") for job in activation.jobs):
            return True
        queries = [job.query_workflow.query_id for job in activation.jobs if job.HasField("query_workflow")]
        if queries:
            return not (self._in_doubt and _WITHOUT_TASK in queries)
        return self._move(activation)

    def _move(self, activation: WorkflowActivation) -> bool:
        size, time = activation.history_size_bytes, activation.timestamp.ToNanoseconds()
        earlier, self._at = self._at, Position(activation.history_length, size, time)
        if earlier is None or activation.is_replaying:
            self._replayed = activation.is_replaying
            return True
        self._in_doubt, self._replayed = self._replayed, False
        return not self._at.is_unstarted_after(earlier)


class _InStep(WorkflowInstance):
    """A workflow that takes nothing before its task."""

    def __init__(self, inner: WorkflowInstance) -> None:
        self._inner = inner
        self._pace = Pace()

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Hand it on, or fail the query for which it came; the SDK then lets go of the workflow."""
        if self._pace.may_take(act):
            return self._inner.activate(act)
        _LOG.info("a query of %s came before its workflow task", self.get_info().workflow_id)
        completion = WorkflowActivationCompletion()
        completion.failed.failure.message = SENTENCE
        return completion

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
                if SENTENCE not in str(error):
                    raise
        return await super().query_workflow(input)


class AskAgain(client.Interceptor):
    """The client interceptor: a query that came before its workflow task is asked again."""

    def intercept_client(self, next: client.OutboundInterceptor) -> client.OutboundInterceptor:
        """The interceptor of one client."""
        return _Asks(next)
