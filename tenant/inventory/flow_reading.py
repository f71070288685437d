"""One flow of an inventory: its zip read, or what else can be known of it, and what stays unseen.

The zip is let go as soon as its channels are known: a scan holds no more of them than it has requests under way.
"""

from dataclasses import dataclass, replace
from functools import partial

from process.names import NameSyntaxError, parse
from tenant.client import TenantClient
from tenant.errors import TenantError
from tenant.flows import CLIENT_CERTIFICATE, ROLE_BASED, FlowContent, FlowRefused, read_flow
from tenant.inventory.asking import Asking, gap_of, is_the_tenants
from tenant.inventory.model import Cause, Deployment, FlowRecord, Gap
from tenant.lists import Configuration, Deployed
from tenant.model import Flow


@dataclass(frozen=True)
class FlowFound:
    """A flow and what could not be looked at about it."""

    record: FlowRecord
    gaps: tuple[Gap, ...] = ()


def listed_record(flow: Flow, running: Deployed | None) -> FlowRecord:
    """What the lists alone tell of a flow."""
    deployed = running and Deployment(running.version, running.status, running.deployed_on, running.deployed_by)
    return FlowRecord(
        flow.id,
        flow.name,
        flow.package_id,
        flow.version,
        flow.is_draft,
        flow.modified_at,
        flow.modified_by,
        deployed or None,
    )


async def read_record(client: TenantClient, asking: Asking, record: FlowRecord) -> FlowFound:
    """The flow with its channels, from its zip. Raises what is the tenant's error."""
    try:
        content = await asking.patiently(partial(_content, client, record.id))
    except FlowRefused as refused:
        return FlowFound(record, (Gap(Cause.FILE, f"flow {record.id}", refused.sentence, record.id),))
    except TenantError as error:
        if is_the_tenants(error):
            raise
        return FlowFound(record, (gap_of(f"flow {record.id}", error, record.id),))
    return FlowFound(
        replace(record, read=True, channels=content.channels, legacy=content.legacy, notes=content.notes)
    )


async def _content(client: TenantClient, flow_id: str) -> FlowContent:
    return read_flow(await client.download_flow(flow_id))


async def configured_record(client: TenantClient, asking: Asking, record: FlowRecord) -> FlowFound:
    """A flow that cannot be downloaded, as far as its externalised parameters tell. Raises what is the tenant's."""
    what = f"flow {record.id}"
    parameters = await asking.or_gap(f"the parameters of {what}", partial(client.configurations, record.id))
    if isinstance(parameters, Gap):
        return FlowFound(record, (Gap(Cause.CONFIGURE_ONLY, what, _NOTHING, record.id), parameters))
    telling = tuple(parameter for parameter in parameters if _tells(parameter))
    why = _SOME if telling else _NOTHING
    return FlowFound(replace(record, configured=telling), (Gap(Cause.CONFIGURE_ONLY, what, why, record.id),))


def _tells(parameter: Configuration) -> bool:
    """True for a way to authorise, or a name; a password with `=` in it is no name: its type is not known."""
    value = parameter.value.strip()
    if value in (CLIENT_CERTIFICATE, ROLE_BASED):
        return True
    try:
        return bool(parse(value).rdns)
    except NameSyntaxError:
        return False


_NOTHING = (
    "its package is configure-only, so that it cannot be downloaded, and no parameter of it states how it authorises "
    "or holds a name: look under Configure in the web UI whether it lists names"
)
_SOME = (
    "its package is configure-only, so that it cannot be downloaded; only its externalised parameters were seen: "
    "look under Configure in the web UI for the rest"
)


def unseen_of(record: FlowRecord) -> Gap | None:
    """Why what was read is not what runs; None where it is, where nothing runs, and where nothing was read."""
    running = record.deployed
    if running is None or not record.read:
        return None
    cause, why = _differs(record, running)
    return Gap(cause, f"flow {record.id} as it runs", why, record.id) if cause else None


def _differs(record: FlowRecord, running: Deployment) -> tuple[Cause | None, str]:
    if record.draft:
        return Cause.DRAFT, "it has changes that were not saved as a version, and only they can be read"
    if running.version != record.version:
        return Cause.OTHER_VERSION, f"version {running.version} runs, and only version {record.version} can be read"
    if record.modified_at and running.deployed_on and record.modified_at > running.deployed_on:
        return Cause.CHANGED_SINCE, "it was changed after it was deployed, and only the changed state can be read"
    return None, ""
