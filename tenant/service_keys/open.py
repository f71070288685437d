"""Opens the service keys of a tenant over the API that its settings name."""

import httpx

from tenant.answers import Clock, utc_now
from tenant.errors import ServiceKeysNotSet
from tenant.login import Secret
from tenant.runtime import Watch
from tenant.service_keys.cloud_foundry import CloudFoundry
from tenant.service_keys.rules import ServiceKeys
from tenant.service_keys.service_manager import ServiceManager
from tenant.service_keys.shapes import KeyApi
from tenant.service_keys.waiting import watch_of
from tenant.session import Session, rest_session
from tenant.settings import ServiceKeyApi, ServiceKeyApiKind, TenantSettings


def open_session(
    settings: TenantSettings,
    secret: Secret | None,
    transport: httpx.AsyncBaseTransport | None,
    clock: Clock = utc_now,
) -> Session | None:
    """A session with the API of the service keys; None where the settings name none."""
    return (
        None
        if settings.service_keys is None
        else rest_session(settings, settings.service_keys, secret, transport, clock)
    )


def service_keys(settings: TenantSettings, session: Session | None, watch: Watch | None = None) -> ServiceKeys:
    """The service keys over an open session. Raises `ServiceKeysNotSet`, which names the setting."""
    api = settings.service_keys
    if api is None or session is None:
        raise ServiceKeysNotSet(None, "", f"tenants.{settings.name}.service_keys is missing")
    return ServiceKeys(_api(api, session, watch or watch_of(settings)), settings.concurrency)


def _api(api: ServiceKeyApi, session: Session, watch: Watch) -> KeyApi:
    kinds: dict[ServiceKeyApiKind, type[CloudFoundry] | type[ServiceManager]] = {
        ServiceKeyApiKind.CLOUD_FOUNDRY: CloudFoundry,
        ServiceKeyApiKind.SERVICE_MANAGER: ServiceManager,
    }
    return kinds[api.kind](session, watch, api.instances)
