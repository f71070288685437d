"""The register as people use it: add, list and show senders. Each entry is a workflow of its own."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import Client, RPCTimeoutOrCancelledError, WorkflowQueryFailedError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from desk import listing
from desk.refusals import NotReachable, SenderKnown, SeveralSenders, UnknownSender
from process.expiry import Entry, Registered
from workflows import attributes
from workflows.names import TASK_QUEUE, sender_id
from workflows.policies import TASK_TIMEOUT
from workflows.sender import Registration, Sender

LIST_LAGS = 40
"""How often a new entry is looked for in the lists: for two seconds in all."""

SIDE_BY_SIDE = 8
"""Entries asked at once."""


@dataclass(frozen=True)
class Register:
    """The senders that certrelay knows."""

    client: Client
    answer_within: timedelta = timedelta(seconds=5)

    async def add(self, registered: Registered, by: str, replace: bool = False) -> Entry:
        """Register a sender; doing it again with the same content changes nothing.

        Raises `SenderKnown` where something else is registered, unless it shall be replaced.
        """
        id = sender_id(registered.tenant, registered.sender)
        try:
            await self._start(id, registered)
        except WorkflowAlreadyStartedError:
            known = await self._entry(id)
            if known.registered == registered:
                return known
            if not replace:
                raise SenderKnown(registered.sender, registered.tenant) from None
            return await self._replace(id, registered, by)
        await self._until_listed(id)
        return Entry(registered)

    async def _until_listed(self, id: str) -> None:
        """Return when lists know the new entry, so that whoever comes next finds it by its name.

        Quotes in names are percent-encoded in ids.
        """
        for _ in range(LIST_LAGS):
            if (await self.client.count_workflows(f"WorkflowId = '{id}'")).count:
                return
            await asyncio.sleep(0.05)  # the server's lists follow a start by some 50 ms, and announce nothing

    async def _start(self, id: str, registered: Registered) -> None:
        await self.client.start_workflow(
            Sender.run,
            Entry(registered),
            id=id,
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            task_timeout=TASK_TIMEOUT,
            search_attributes=attributes.at_start(
                registered.tenant, registered.sender, registered.certificate.not_after
            ),
            static_summary=f"Register: {registered.sender} at {registered.tenant}",
        )

    async def _replace(self, id: str, registered: Registered, by: str) -> Entry:
        handle = self.client.get_workflow_handle_for(Sender.run, id)
        try:
            return await handle.execute_update(
                Sender.register, Registration(registered, by), rpc_timeout=self.answer_within
            )
        except (RPCError, RPCTimeoutOrCancelledError) as error:
            raise NotReachable("The worker", str(error)) from None

    async def _entry(self, id: str) -> Entry:
        handle = self.client.get_workflow_handle_for(Sender.run, id)
        try:
            async with asyncio.timeout(self.answer_within.total_seconds()):  # the SDK tries again beyond rpc_timeout
                return await handle.query(Sender.entry, rpc_timeout=self.answer_within)
        except TimeoutError:
            raise NotReachable("The worker", f"no answer within {self.answer_within.total_seconds():g} s") from None
        except (RPCError, WorkflowQueryFailedError) as error:
            raise NotReachable("The worker", str(error)) from None

    async def _listed(self) -> list[tuple[str, listing.Line]]:
        return [(execution.id, listing.line_of(execution)) async for execution in listing.entries(self.client)]

    async def _exists(self, id: str) -> bool:
        try:
            await self.client.get_workflow_handle(id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True

    async def all(self) -> list[Entry]:
        """Every entry, by tenant and name. Raises `NotReachable` where no worker answers."""
        room = asyncio.Semaphore(SIDE_BY_SIDE)

        async def one(id: str) -> Entry:
            async with room:
                return await self._entry(id)

        found = await asyncio.gather(*[one(e.id) async for e in listing.entries(self.client)])
        return sorted(found, key=lambda e: (e.registered.tenant, e.registered.sender))

    async def find(self, sender: str, tenant: str | None = None) -> Entry:
        """The entry of a sender; one just made is found by its tenant, before lists know it.

        Raises `UnknownSender` naming the known ones, `SeveralSenders`.
        """
        if tenant is not None and await self._exists(sender_id(tenant, sender)):
            return await self._entry(sender_id(tenant, sender))
        known = await self._listed()
        meant = [(id, line) for id, line in known if line.sender == sender and tenant in (None, line.tenant)]
        if not meant:
            raise UnknownSender(sender, _names(known, tenant), tenant)
        if len(meant) > 1:
            raise SeveralSenders(sender, tuple(line.tenant for _, line in meant))
        return await self._entry(meant[0][0])


def _names(known: list[tuple[str, listing.Line]], tenant: str | None) -> tuple[str, ...]:
    """The senders that could have been meant: those of the tenant, or all with where they are."""
    if tenant is not None:
        return tuple(sorted(line.sender for _, line in known if line.tenant == tenant))
    return tuple(sorted({line.sender for _, line in known}))
