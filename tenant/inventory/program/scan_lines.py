"""`certrelay tenant scan` for people: counts, drafts, what is not deployed, what could not be looked at."""

from collections.abc import Iterable, Iterator

from tenant.inventory.model import FlowRecord, Inventory, by_certificate, by_role
from tenant.inventory.program.gap_lines import gap_lines
from tenant.inventory.program.texts import columns, counted, moment


def scan_lines(inventory: Inventory) -> Iterator[str]:
    """The summary of an inventory."""
    yield f"Tenant {inventory.tenant} at {inventory.url} ({inventory.environment}), {moment(inventory.read_at)}"
    yield ""
    yield from columns((name, f"{number:>7,}", more) for name, number, more in _counts(inventory))
    yield from _flows("Drafts, edited and not saved as a version", (f for f in inventory.flows if f.draft))
    yield from _flows("Not deployed", (flow for flow in inventory.flows if flow.deployed is None))
    yield from _flows("Deployed, but not started", filter(_is_ailing, inventory.flows), with_status=True)
    yield from gap_lines(inventory.gaps)
    yield ""
    yield _last(len(inventory.gaps))


def _counts(inventory: Inventory) -> Iterator[tuple[str, int, str]]:
    flows, channels = inventory.flows, list(inventory.channels)
    certified = [(flow, channel) for flow, channel in channels if by_certificate(channel)]
    roles = [channel for _, channel in channels if by_role(channel)]
    configure_only = sum(package.is_configure_only for package in inventory.packages)
    yield "packages", len(inventory.packages), f"{configure_only:,} configure-only" if configure_only else ""
    yield "flows", len(flows), f"{inventory.reused:,} unchanged since the last scan" if inventory.reused else ""
    yield "  deployed", sum(flow.deployed is not None for flow in flows), ""
    yield "  drafts", sum(flow.draft for flow in flows), ""
    yield "sender channels", len(channels), ""
    listed = sum(len(channel.rows) for _, channel in certified)
    of = counted(len({flow.id for flow, _ in certified}), "flow")
    yield "  by certificate", len(certified), f"in {of}, with {counted(listed, 'row')}" if certified else ""
    yield "  by role", len(roles), ", ".join(sorted({channel.role for channel in roles if channel.role}))
    yield "  otherwise", len(channels) - len(certified) - len(roles), ""
    yield "mappings and keys", len(inventory.mappings), ""
    yield "service endpoints", len(inventory.endpoints), ""
    yield "not looked at", len(inventory.gaps), ""


def _is_ailing(flow: FlowRecord) -> bool:
    return flow.deployed is not None and flow.deployed.status != "STARTED"


def _flows(title: str, flows: Iterable[FlowRecord], with_status: bool = False) -> Iterator[str]:
    rows = [
        (flow.id, flow.package_id, flow.deployed.status if with_status and flow.deployed else "") for flow in flows
    ]
    if rows:
        yield ""
        yield f"{title}: {counted(len(rows), 'flow')}"
        yield from columns(rows)


def _last(gaps: int) -> str:
    if not gaps:
        return "Everything was looked at."
    return f"Not complete: {counted(gaps, 'thing')} could not be looked at."
