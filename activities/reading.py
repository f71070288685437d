"""Reading a tenant: everything that knows a certificate, and what could not be looked at."""

import asyncio
from dataclasses import dataclass, field

from temporalio import activity

from activities.shapes import Read
from activities.tenants import OpenTenant, at_tenant
from process.facts import TenantFacts
from tenant.answers import Clock, utc_now
from tenant.inventory.model import FlowRecord, Inventory
from tenant.inventory.renewal import Wanted, proved_by, tenant_facts
from tenant.inventory.scan import scan


async def _soon(_: float) -> None:
    """The pause before a lost answer is asked for once more: short, for Temporal tries the whole again besides."""
    await asyncio.sleep(0.2)


@dataclass
class _Known:
    """What this worker read of one tenant: it saves reading again what did not change, and decides nothing."""

    inventory: Inventory | None = None
    running: dict[str, FlowRecord] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadingActivities:
    """Reads tenants through the clients that it is given."""

    open_tenant: OpenTenant
    now: Clock = utc_now
    known: dict[str, _Known] = field(default_factory=dict, repr=False)

    @activity.defn
    async def read_tenant(self, wanted: Read) -> TenantFacts:
        """Channels and user mappings that know the old certificate or the new one, and whatever is watched."""
        known = self.known.setdefault(wanted.tenant, _Known())
        async with at_tenant(self.open_tenant, wanted.tenant) as (client, life):
            inventory = await scan(
                client,
                known.inventory,
                lambda done, total: life.say(f"{done} of {total} flows read"),
                lists_or_error=True,
                clock=self.now,
                sleep=_soon,
            )
        known.inventory = inventory
        known.running |= proved_by(inventory)
        about = Wanted(wanted.old, wanted.new, wanted.watched, wanted.further)
        return tenant_facts(inventory, about, known.running)
