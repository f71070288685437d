"""One object for one tenant: all that the house asks of it, in one place. The requests themselves are made in
design_time.py, runtime.py and user_mappings.py over one session.
"""

from typing import Self

import httpx

from tenant import design_time, runtime, user_mappings
from tenant.answers import Clock, utc_now
from tenant.login import Secret
from tenant.model import DeployStatus, Flow, Lock, Package, RuntimeArtifact, UserMapping
from tenant.odata import is_html
from tenant.session import Session, nonsense
from tenant.settings import TenantSettings


class TenantClient:
    """A Cloud Integration tenant over its OData API v1. Every method raises `TenantError`s.

    Use it as an async context manager. Nothing is repeated here but a request after a new login or CSRF token:
    whoever calls decides by `error.retryable`.
    """

    def __init__(
        self,
        settings: TenantSettings,
        secret: Secret | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = utc_now,
    ) -> None:
        """`secret` gives the password or client secret, from the settings by default; nothing is sent yet."""
        self.settings = settings
        self._session = Session(settings, secret, transport, clock)

    async def __aenter__(self) -> Self:
        """The client."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        await self._session.__aexit__()

    async def ping(self) -> None:
        """Return when the API root answers this user as an API does."""
        response = await self._session.get("")
        if is_html(response.text):
            raise nonsense(response, "an HTML page")

    async def packages(self) -> list[Package]:
        """All integration packages."""
        return await design_time.packages(self._session)

    async def flows(self, package_id: str) -> list[Flow]:
        """All flows of a package; here a draft shows itself (`Flow.is_draft`)."""
        return await design_time.flows(self._session, package_id)

    async def flow(self, flow_id: str) -> Flow:
        """One flow in its last saved version. Raises `NotFound`."""
        return await design_time.flow(self._session, flow_id)

    async def download_flow(self, flow_id: str) -> bytes:
        """The flow's zip. Raises `TenantRefused` for a configure-only package."""
        return await design_time.download(self._session, flow_id)

    async def upload_flow(self, flow_id: str, name: str, content: bytes) -> None:
        """Replace the flow's zip; the version stays until `save_version`. Raises `TenantLocked`."""
        await design_time.upload(self._session, flow_id, name, content)

    async def save_version(self, flow_id: str, version: str) -> None:
        """Save the flow's draft as a version. Raises `TenantLocked`."""
        await design_time.save_version(self._session, flow_id, version)

    async def deploy(self, flow_id: str) -> str:
        """Order the deploy of a flow; the task's id. Read `runtime_artifact` first: the proof needs it."""
        return await design_time.deploy(self._session, flow_id)

    async def deploy_status(self, task_id: str) -> DeployStatus:
        """How far a deploy task is; SUCCESS means built, not started."""
        return await design_time.deploy_status(self._session, task_id)

    async def locks(self) -> list[Lock]:
        """All design-time locks."""
        return await design_time.locks(self._session)

    async def runtime_artifact(self, flow_id: str) -> RuntimeArtifact | None:
        """What is deployed of a flow, None when nothing is."""
        return await runtime.artifact(self._session, flow_id)

    async def running_versions(self) -> dict[str, str]:
        """The version of every deployed artifact by its id."""
        return await runtime.running_versions(self._session)

    async def error_information(self, flow_id: str) -> str | None:
        """Why a flow did not start, in the tenant's words; None while the tenant has none."""
        return await runtime.error_information(self._session, flow_id)

    async def user_mappings(self) -> list[UserMapping]:
        """All certificate-to-user mappings (Neo). Raises `NotFound` on Cloud Foundry."""
        return await user_mappings.user_mappings(self._session)

    async def add_user_mapping(self, user: str, pem: str) -> UserMapping:
        """Map a certificate to a user and read back; may be repeated. Raises `TenantRefused` if another has it."""
        return await user_mappings.add(self._session, user, pem)

    async def remove_user_mapping(self, id: str) -> bool:
        """Remove a mapping by its id; False when it was gone already."""
        return await user_mappings.remove(self._session, id)
