"""The scan: a whole tenant into one inventory, many flows side by side; what did not change is not read again."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import chain

from tenant.answers import Clock, utc_now
from tenant.client import TenantClient
from tenant.inventory.asking import Asking, Sleep, side_by_side
from tenant.inventory.flow_reading import FlowFound, configured_record, listed_record, read_record, unseen_of
from tenant.inventory.lists import Listed, read_lists
from tenant.inventory.model import FlowRecord, Inventory

Progress = Callable[[int, int], None]
"""Told after each flow: how many are done, of how many."""


async def scan(
    client: TenantClient,
    remembered: Inventory | None = None,
    progress: Progress | None = None,
    *,
    lists_or_error: bool = False,
    clock: Clock = utc_now,
    sleep: Sleep = asyncio.sleep,
) -> Inventory:
    """Everything that the tenant shows, and what it does not. Raises the `TenantError` that is the tenant's own.

    Of `remembered` a flow is taken as it was read then, where id, version, time of change and time of deploy are
    the same: a change without a trace in all of them cannot be noticed. What the tenant gives no time of change for
    is always read. One flow that fails is a gap and hides no other. With `lists_or_error` a list of packages, flows
    or deployments that cannot be read is raised: for a decision, half of a tenant is none.
    """
    read_at, settings = clock(), client.settings
    scanning = _Scanning(client, Asking(sleep), progress or _nobody)
    listed = await read_lists(client, scanning.asking, lists_or_error)
    found = await scanning.flows(listed, _memory(remembered, settings.url))
    unseen = filter(None, (unseen_of(flow.record) for flow in found))
    return Inventory(
        tenant=settings.name,
        url=settings.url,
        read_at=read_at,
        environment=settings.environment,
        packages=tuple(listed.packages.values()),
        flows=tuple(flow.record for flow in found),
        mappings=listed.mappings,
        endpoints=listed.endpoints,
        gaps=(*listed.gaps, *chain.from_iterable(flow.gaps for flow in found), *unseen),
        reused=scanning.reused,
    )


def _nobody(done: int, total: int) -> None:
    """Progress that nobody wants to hear of."""


def _memory(remembered: Inventory | None, url: str) -> dict[str, FlowRecord]:
    """The flows that were read of this very tenant, by id: a name in the settings may have moved to another one."""
    if remembered is None or remembered.url != url:
        return {}
    return {flow.id: flow for flow in remembered.flows if flow.read and flow.modified_at is not None}


@dataclass
class _Scanning:
    client: TenantClient
    asking: Asking
    progress: Progress
    done: int = 0
    reused: int = field(default=0)

    async def flows(self, listed: Listed, memory: dict[str, FlowRecord]) -> list[FlowFound]:
        """Every listed flow, sorted by id."""
        total = len(listed.flows)

        async def one(record: FlowRecord) -> FlowFound:
            found = await self._one(record, listed, memory.get(record.id))
            self.done += 1
            self.progress(self.done, total)
            return found

        running = listed.deployed or {}
        return await side_by_side(one, [listed_record(flow, running.get(flow.id)) for flow in listed.flows])

    async def _one(self, record: FlowRecord, listed: Listed, known: FlowRecord | None) -> FlowFound:
        if listed.packages[record.package_id].is_configure_only:
            return await configured_record(self.client, self.asking, record)
        if known is not None and _unchanged(known, record):
            self.reused += 1
            return FlowFound(_as_read(known, record))
        return await read_record(self.client, self.asking, record)


def _unchanged(known: FlowRecord, record: FlowRecord) -> bool:
    """A new value of a parameter may leave the version alone; to count it is deployed, which has its own time."""
    return _marks(known) == _marks(record)


def _marks(record: FlowRecord) -> tuple[object, ...]:
    return record.version, record.modified_at, record.deployed and record.deployed.deployed_on


def _as_read(known: FlowRecord, record: FlowRecord) -> FlowRecord:
    """What the lists say now, with the content as it was read."""
    return replace(record, read=True, channels=known.channels, legacy=known.legacy, notes=known.notes)
