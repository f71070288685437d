"""The register of senders, which lives in Temporal: one workflow each. Reading it, and telling it of an end."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity
from temporalio.client import Client, RPCError, WorkflowQueryFailedError
from temporalio.common import WorkflowIDConflictPolicy

from activities.attributes import at_start
from activities.shapes import Ended
from activities.tenants import alive
from process.expiry import Entry, Registered, Seen
from process.facts import Unreadable

SIDE_BY_SIDE = 8
"""Entries asked at once; each answer is a query that a worker must replay for."""

_ANSWER_WITHIN = timedelta(seconds=10)


@dataclass(frozen=True)
class RegisterActivities:
    """Reads and writes the register through a Temporal client."""

    client: Client

    @activity.defn
    async def read_register(self) -> Seen:
        """Every registered sender, and those whose entry could not be read."""
        query = "WorkflowType = 'Sender' AND ExecutionStatus = 'Running'"
        room = asyncio.Semaphore(SIDE_BY_SIDE)
        async with alive():
            ids = [execution.id async for execution in self.client.list_workflows(query)]
            found = await asyncio.gather(*(self._entry(id, room) for id in ids))
        return Seen(
            registered=tuple(e.registered for e in found if isinstance(e, Entry)),
            unreadable=tuple(e for e in found if isinstance(e, Unreadable)),
        )

    async def _entry(self, id: str, room: asyncio.Semaphore) -> Entry | Unreadable:
        async with room:
            try:
                handle = self.client.get_workflow_handle(id)
                entry: Entry = await handle.query("entry", result_type=Entry, rpc_timeout=_ANSWER_WITHIN)
                return entry
            except (RPCError, WorkflowQueryFailedError) as error:
                return Unreadable(id, f"its workflow does not answer ({type(error).__name__})")

    @activity.defn
    async def record_end(self, ended: Ended) -> None:
        """Put the end of a renewal into the sender's entry, which is made where there is none."""
        in_use = ended.new if ended.new is not None and ended.outcome == "completed" else ended.old
        await self.client.start_workflow(
            "Sender",
            Entry(Registered(ended.tenant, ended.sender, in_use)),
            id=ended.entry,
            task_queue=activity.info().task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=at_start(ended.tenant, ended.sender, in_use.not_after),
            start_signal="renewal_ended",
            start_signal_args=[ended],
        )
