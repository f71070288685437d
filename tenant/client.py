"""One object for one tenant: all that the house asks of it, in one place. The requests themselves are made in
design_time.py, runtime.py and user_mappings.py over one session, those for service keys over one of their own.
"""

from datetime import datetime
from typing import Self

import httpx

from process.facts import MappingKind
from tenant import design_time, runtime, user_mappings
from tenant.answers import Clock, utc_now
from tenant.lists import Configuration, Deployed, ServiceEndpoint, date_of
from tenant.login import Secret
from tenant.model import DeployStatus, Flow, Lock, Package, RuntimeArtifact, UserMapping, UserMappings
from tenant.odata import is_html
from tenant.rates import Limiter
from tenant.runtime import Watch
from tenant.service_keys import ServiceKeys, open_session, service_keys
from tenant.session import Session, nonsense
from tenant.settings import Environment, TenantSettings


class TenantClient:
    """A Cloud Integration tenant over its OData API v1. Every method raises `TenantError`s.

    Use it as an async context manager. Nothing is repeated here but what was not carried out, for want of a login, a
    CSRF token or patience (429): whoever calls decides by `error.retryable`.
    """

    def __init__(
        self,
        settings: TenantSettings,
        secret: Secret | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = utc_now,
        limiter: Limiter | None = None,
        watch: Watch | None = None,
    ) -> None:
        """`secret` gives the password or client secret, from the settings by default; nothing is sent yet.

        `limiter` keeps the pace, by default one for all clients of this tenant and user (`tenant.rates`); `watch`
        is how service keys are waited for, by default in real time.
        """
        self.settings = settings
        self._session = Session(settings, secret, transport, clock, limiter)
        self._key_session = open_session(settings, secret, transport, clock)
        self._watch = watch

    async def __aenter__(self) -> Self:
        """The client."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        await self._session.__aexit__()
        if self._key_session is not None:
            await self._key_session.__aexit__()

    async def ping(self) -> None:
        """Return when the API root answers this user as an API does."""
        response = await self._session.get("")
        if is_html(response.text):
            raise nonsense(response, "an HTML page")

    async def server_time(self) -> datetime | None:
        """The tenant's clock (the header `Date`, whole seconds), None where the answer names no time."""
        return date_of(await self._session.get(""))

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

    async def configurations(self, flow_id: str) -> list[Configuration]:
        """The externalised parameters of a flow, readable in a configure-only package, too."""
        return await design_time.configurations(self._session, flow_id)

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

    async def deployed_artifacts(self) -> list[Deployed]:
        """Every deployed artifact, of whatever type."""
        return await runtime.deployed_artifacts(self._session)

    async def service_endpoints(self) -> list[ServiceEndpoint]:
        """The addresses at which deployed flows are called; the list lags behind the start of a flow."""
        return await runtime.service_endpoints(self._session)

    async def see_message_logs(self) -> None:
        """Return when the message processing logs can be read."""
        await runtime.see_message_logs(self._session)

    async def error_information(self, flow_id: str) -> str | None:
        """Why a flow did not start, in the tenant's words; None while the tenant has none."""
        return await runtime.error_information(self._session, flow_id)

    @property
    def mapping_kind(self) -> MappingKind:
        """What a user mapping is on this tenant."""
        on_neo = self.settings.environment is Environment.NEO
        return MappingKind.USER_MAPPING if on_neo else MappingKind.SERVICE_KEY

    @property
    def _service_keys(self) -> ServiceKeys | None:
        """None on Neo. Raises `ServiceKeysNotSet` where the settings do not tell how to reach them."""
        if self.mapping_kind is MappingKind.USER_MAPPING:
            return None
        return service_keys(self.settings, self._key_session, self._watch)

    async def user_mappings(self) -> UserMappings:
        """All user mappings: those of Neo, or the service keys with a certificate and what could not be looked at.

        Raises `ServiceKeysNotSet` on Cloud Foundry without that setting, `NotFound` where a tenant that is said to be
        on Neo has no mappings by nature.
        """
        keys = self._service_keys
        return await (user_mappings.user_mappings(self._session) if keys is None else keys.all())

    async def has_user_mapping_set(self) -> bool:
        """True on Neo, False on Cloud Foundry, where SAP's API has no set of certificate-to-user mappings."""
        return await runtime.offers_user_mappings(self._session)

    async def add_user_mapping(self, user: str, pem: str) -> UserMapping:
        """Map a certificate to a user, or to a service instance with a new key, and read back; may be repeated.

        Raises `CertificateTaken` if another has it, and what `tenant.service_keys` raises.
        """
        keys = self._service_keys
        return await (user_mappings.add(self._session, user, pem) if keys is None else keys.add(user, pem))

    async def remove_user_mapping(self, id: str) -> bool:
        """Remove a user mapping by its id; False when it was gone already."""
        keys = self._service_keys
        return await (user_mappings.remove(self._session, id) if keys is None else keys.remove(id))
