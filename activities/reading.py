"""Reading a tenant: everything that knows a certificate, and what could not be looked at."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from temporalio import activity

from activities.shapes import Read
from activities.tenants import Life, OpenTenant, at_tenant
from process.facts import ChannelFacts, MappingFacts, TenantFacts, Unreadable
from process.spelling import spelled_alike
from tenant.answers import Clock, utc_now
from tenant.client import TenantClient
from tenant.errors import NotFound, TenantError
from tenant.flows import FlowContent, FlowRefused, find_rows, read_flow
from tenant.model import Flow, Package

SIDE_BY_SIDE = 4
"""Flows read at once; the client bounds its own requests besides."""


@dataclass(frozen=True)
class FlowFacts:
    """What one flow says about the certificates."""

    channels: tuple[ChannelFacts, ...] = ()
    lists_new: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Progress:
    life: Life
    total: int
    done: int = 0

    def one_more(self) -> None:
        self.done += 1
        self.life.say(f"{self.done} of {self.total} flows read")


@dataclass(frozen=True)
class ReadingActivities:
    """Reads tenants through the clients that it is given."""

    open_tenant: OpenTenant
    now: Clock = utc_now

    @activity.defn
    async def read_tenant(self, wanted: Read) -> TenantFacts:
        """Channels and user mappings that know the old certificate; where the new one is known already."""
        async with at_tenant(self.open_tenant, wanted.tenant) as (client, life):
            facts = await _mappings(client, wanted, TenantFacts(read_at=self.now()))
            packages = await client.packages()
            flows, unreadable = await _flows(client, packages)
            reading = _Reading(client, wanted, await client.running_versions())
            found = await _each_flow(reading, flows, life)
            return _together(facts, found, unreadable)


async def _mappings(client: TenantClient, wanted: Read, facts: TenantFacts) -> TenantFacts:
    try:
        mappings = await client.user_mappings()
    except NotFound:
        return facts  # a tenant on Cloud Foundry has none
    held = tuple(
        MappingFacts(m.id, m.user, m.fingerprint, m.not_after)
        for m in mappings
        if m.fingerprint == wanted.old.fingerprint
    )
    new = wanted.new.fingerprint if wanted.new else ""
    known = tuple(m.user for m in mappings if m.fingerprint == new)
    return replace(facts, mappings=held, new_mapped_to=known)


async def _flows(client: TenantClient, packages: Iterable[Package]) -> tuple[list[Flow], tuple[Unreadable, ...]]:
    flows: list[Flow] = []
    unreadable: list[Unreadable] = []
    for package in packages:
        listed = await client.flows(package.id)
        if package.is_configure_only:
            why = (
                "its package is configure-only, so that it cannot be downloaded or edited here: look under Configure "
                "in the web UI whether it lists the names, and change them there"
            )
            unreadable += [Unreadable(f"flow {flow.id}", why) for flow in listed]
        else:
            flows += listed
    return flows, tuple(unreadable)


@dataclass(frozen=True)
class _Reading:
    """One reading of a tenant; `running` has the version of each deployed artifact by its id."""

    client: TenantClient
    wanted: Read
    running: Mapping[str, str]


async def _each_flow(reading: _Reading, flows: list[Flow], life: Life) -> list[FlowFacts]:
    room = asyncio.Semaphore(SIDE_BY_SIDE)
    progress = _Progress(life, len(flows))

    async def one(flow: Flow) -> FlowFacts:
        async with room:
            facts = await _one_flow(reading, flow)
            progress.one_more()
            return facts

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(flow)) for flow in flows]
    except ExceptionGroup as several:
        raise several.exceptions[0] from None  # the first stopped the others; each says the same of the tenant
    return [task.result() for task in tasks]


async def _one_flow(reading: _Reading, flow: Flow) -> FlowFacts:
    try:
        return _what_it_lists(reading, flow, read_flow(await reading.client.download_flow(flow.id)))
    except FlowRefused as refused:
        return FlowFacts(unreadable=(Unreadable(f"flow {flow.id}", refused.sentence),))
    except TenantError as error:
        if error.retryable:
            raise
        return FlowFacts(unreadable=(Unreadable(f"flow {flow.id}", error.sentence),))


def _what_it_lists(reading: _Reading, flow: Flow, content: FlowContent) -> FlowFacts:
    old, new = reading.wanted.old, reading.wanted.new
    found = find_rows(content, old.names)
    lists_new = (flow.id,) if new and find_rows(content, new.names, spelled_alike) else ()
    notes = tuple(f"flow {flow.id}: {note}" for note in content.notes)
    if not found and (why := _hidden(flow, reading.running.get(flow.id))):
        return FlowFacts((), lists_new, (Unreadable(f"flow {flow.id} as it runs", why),), notes)
    if found and flow.id not in reading.running:
        left = f"flow {flow.id} lists the old names but is not deployed, so it accepts nobody and is left as it is"
        return FlowFacts(notes=(*notes, left))
    channels = tuple(
        ChannelFacts(flow.package_id, flow.id, channel.name, channel.address, old.names) for channel, _ in found
    )
    return FlowFacts(channels, lists_new, (), notes)


def _hidden(flow: Flow, running: str | None) -> str:
    """Why what was read is not what runs; empty where it is, or where nothing runs."""
    if running is None:
        return ""
    if flow.is_draft:
        return "it has changes that were not saved as a version, and only they can be read"
    if running != flow.version:
        return f"version {running} runs, and only version {flow.version} can be read"
    return ""


def _together(facts: TenantFacts, found: list[FlowFacts], unreadable: tuple[Unreadable, ...]) -> TenantFacts:
    return replace(
        facts,
        channels=tuple(channel for flow in found for channel in flow.channels),
        new_names_in=tuple(flow_id for flow in found for flow_id in flow.lists_new),
        unreadable=unreadable + tuple(part for flow in found for part in flow.unreadable),
        notes=tuple(note for flow in found for note in flow.notes),
    )
