"""The runtime side: what is deployed, why a start failed, and the proof that a deploy arrived.

The proof trusts neither the task's SUCCESS nor STARTED alone: after a redeploy the old STARTED is still shown.
Times are compared with the tenant's own earlier `DeployedOn`, never with our clock.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tenant import entities, lists
from tenant.errors import DeployFailed, DeployUnfinished, NotFound, TenantError
from tenant.lists import Deployed, ServiceEndpoint
from tenant.model import DeployStatus, RuntimeArtifact, RuntimeStatus
from tenant.odata import Unreadable, document, literal, page
from tenant.session import JSON, Session, read

XML = "application/xml"
_NOT_ACCEPTABLE = 406
REASON_SECONDS = 30.0
"""How long the tenant's reason for a failed start is waited for, as another client of SAP's API does."""
_NO_REASON = "the tenant gives no reason"


async def artifact(session: Session, flow_id: str) -> RuntimeArtifact | None:
    """The deployed artifact, None when the flow is not deployed."""
    path = f"IntegrationRuntimeArtifacts({literal(flow_id)})"
    try:
        return await session.entity(path, entities.runtime_artifact)
    except NotFound:
        return None


async def running_versions(session: Session) -> dict[str, str]:
    """The version of every deployed artifact by its id: one answer for all flows of a tenant."""
    return dict(await session.rows("IntegrationRuntimeArtifacts", entities.running_version))


async def deployed_artifacts(session: Session) -> list[Deployed]:
    """Every deployed artifact, of whatever type, as the list shows it."""
    return await session.rows("IntegrationRuntimeArtifacts", lists.deployed)


async def service_endpoints(session: Session) -> list[ServiceEndpoint]:
    """Where deployed flows are called (SAP page 26797fb); a flow may start minutes before it is listed here."""
    return await session.rows("ServiceEndpoints?$expand=EntryPoints", lists.endpoint)


async def see_message_logs(session: Session) -> None:
    """Return when the message processing logs can be read; one is asked for, and no second page."""
    read(await session.get("MessageProcessingLogs?$top=1"), page)


async def offers_user_mappings(session: Session) -> bool:
    """Whether the set of certificate-to-user mappings is there: it is on Neo alone (SAP page e01d3f0)."""
    try:
        read(await session.get("CertificateUserMappings"), page)
    except NotFound:
        return False
    return True


async def error_information(session: Session, flow_id: str) -> str | None:
    """Why the flow did not start, in the tenant's words; None while the tenant has none.

    Asked for as XML it comes as JSON, asked for as JSON some tenants answer 406 and others the text.
    """
    path = f"IntegrationRuntimeArtifacts({literal(flow_id)})/ErrorInformation/$value"
    try:
        response = await session.get(path, accept=XML)
    except NotFound:
        return None
    except TenantError as refused:
        if refused.status != _NOT_ACCEPTABLE:
            raise
        response = await session.get(path, accept=JSON)
    return _reason(response.text)


def _reason(text: str) -> str | None:
    """The text in `parameter[0]`, else the message's own; a body that is no JSON is its own text."""
    try:
        read = document(text)
    except Unreadable:
        return text.strip() or None
    if not isinstance(read, dict):
        return text.strip() or None
    given = read.get("parameter")
    first = given[0] if isinstance(given, list) and given else None
    message = read.get("message")
    said = (message.get("messageText") or message.get("messageId")) if isinstance(message, dict) else None
    return str(first or said or "").strip() or None


def deployed(seen: RuntimeArtifact | None, before: datetime | None, version: str) -> bool:
    """True when a deploy is proved: started, in this version, and `DeployedOn` later than it was before.

    `before` is the tenant's `DeployedOn` read before the request, None when the flow was not deployed.
    """
    return _arrived(seen, before, version) is RuntimeStatus.STARTED


def failed(seen: RuntimeArtifact | None, before: datetime | None, version: str) -> bool:
    """True when the new deployment itself is in error; an old error tells nothing about it."""
    return _arrived(seen, before, version) is RuntimeStatus.ERROR


def _arrived(seen: RuntimeArtifact | None, before: datetime | None, version: str) -> RuntimeStatus | None:
    """The status of the new deployment, None while the tenant still shows the old one or none."""
    if seen is None or seen.deployed_on is None or seen.version != version:
        return None
    return seen.status if before is None or seen.deployed_on > before else None


@dataclass(frozen=True)
class DeployOrder:
    """A deploy to be proved: `before` as in `deployed`; `task_id` is None where it is not known any more."""

    flow_id: str
    version: str
    before: datetime | None = None
    task_id: str | None = None


@dataclass(frozen=True)
class Watch:
    """How a deploy is waited for: seconds, a clock in seconds that only rises, a sleep, and a sign of life."""

    poll_seconds: float
    timeout_seconds: float
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    beat: Callable[[str], None] = lambda _: None


class RuntimeView(Protocol):
    """What the proof asks of a tenant; `TenantClient` has it."""

    async def deploy_status(self, task_id: str) -> DeployStatus:
        """How far the task is."""

    async def runtime_artifact(self, flow_id: str) -> RuntimeArtifact | None:
        """What is deployed."""

    async def error_information(self, flow_id: str) -> str | None:
        """Why it did not start."""


async def prove_deployed(tenant: RuntimeView, order: DeployOrder, watch: Watch) -> RuntimeArtifact:
    """The artifact, once `deployed` holds for it.

    Raises `DeployFailed` when the task or the start fails, `DeployUnfinished` after the time-out, and what the
    client raises.
    """
    end = watch.clock() + watch.timeout_seconds
    while True:
        seen = await tenant.runtime_artifact(order.flow_id)
        if seen is not None and deployed(seen, order.before, order.version):
            return seen
        if failed(seen, order.before, order.version) or await _task_failed(tenant, order):
            raise DeployFailed(order.flow_id, await _why(tenant, order.flow_id, watch))
        if watch.clock() >= end:
            raise DeployUnfinished(order.flow_id, _shown(seen))
        watch.beat(_shown(seen))
        await watch.sleep(watch.poll_seconds)


async def _task_failed(tenant: RuntimeView, order: DeployOrder) -> bool:
    """True when the build failed. A task that the tenant has forgotten leaves the runtime to tell."""
    if order.task_id is None:
        return False
    try:
        return (await tenant.deploy_status(order.task_id)).failed
    except NotFound:
        return False


async def _why(tenant: RuntimeView, flow_id: str, watch: Watch) -> str:
    """The tenant's reason, which appears some time after the failure."""
    end = watch.clock() + REASON_SECONDS
    while True:
        if reason := await tenant.error_information(flow_id):
            return reason
        if watch.clock() >= end:
            return _NO_REASON
        await watch.sleep(watch.poll_seconds)


def _shown(seen: RuntimeArtifact | None) -> str:
    return "the runtime shows nothing" if seen is None else f"the runtime shows {seen.version} {seen.status}"
