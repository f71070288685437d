"""The tenant client at work on the simulator's Cloud Foundry and Service Manager: one renewal of a service key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from rehearsed_tenant import PASSWORD, Tenant, TenantMaker
from simulator_keys import CLIENT, instance, issued, staged_key

from process.facts import Environment
from tenant.client import TenantClient
from tenant.errors import ServiceKeyFailed
from tenant.runtime import Watch
from tenant.settings import OAuthLogin, SecretSource, ServiceKeyApi, ServiceKeyApiKind, TenantSettings
from tenant.settings_shapes import PasswordLogin
from tenant.simulator.service_keys import match

ROOT = "http://tenant.example"
OLD, NEW = issued("sender"), issued("sender", 10)
KINDS = list(ServiceKeyApiKind)


def _api(kind: ServiceKeyApiKind) -> ServiceKeyApi:
    secret = SecretSource("secret", env="X")
    if kind is ServiceKeyApiKind.CLOUD_FOUNDRY:
        return ServiceKeyApi(kind, f"{ROOT}/cf", PasswordLogin(f"{ROOT}/uaa/oauth/token", "rehearsal", secret))
    return ServiceKeyApi(kind, f"{ROOT}/sm", OAuthLogin(f"{ROOT}/oauth/token", CLIENT, secret, in_body=True))


@asynccontextmanager
async def client_of(tenant: Tenant, kind: ServiceKeyApiKind) -> AsyncIterator[TenantClient]:
    """A client that waits in the tenant's own time."""

    async def sleep(seconds: float) -> None:
        tenant.clock.advance(seconds)

    settings = TenantSettings(
        "rehearsal",
        f"{ROOT}/api/v1",
        OAuthLogin(f"{ROOT}/oauth/token", CLIENT, SecretSource("secret", env="X")),
        environment=Environment.CLOUD_FOUNDRY,
        service_keys=_api(kind),
    )
    watch = Watch(1.0, 60.0, lambda: tenant.clock.now / 1000, sleep)
    async with TenantClient(settings, lambda: PASSWORD, httpx.ASGITransport(tenant.app), watch=watch) as client:
        yield client


def accepted(tenant: Tenant) -> list[bool]:
    """Whether the runtime lets the old and the new certificate in, now."""
    side = tenant.app.state.runtime_side
    with side.state.transaction():
        return [match(side.state, side.settings, one.der, tenant.clock.now).accepted for one in (OLD, NEW)]


@pytest.fixture
async def tenant(tenant_with: TenantMaker) -> Tenant:
    """A tenant whose keys take ten seconds, with one key of the old certificate."""
    tenant = tenant_with(profile="cloud-foundry", key_time=10)
    await staged_key(tenant, await instance(tenant), "old", OLD.pem)
    return tenant


@pytest.mark.parametrize("kind", KINDS)
async def test_a_key_is_renewed_without_a_gap(tenant: Tenant, kind: ServiceKeyApiKind) -> None:
    """The new one is made beside the old one, both let in, then the old one goes."""
    async with client_of(tenant, kind) as client:
        before = await client.user_mappings()
        assert [one.fingerprint for one in before.mappings] == [OLD.facts.fingerprint]
        assert accepted(tenant) == [True, False]
        await client.add_user_mapping(before.mappings[0].user, NEW.pem)
        assert accepted(tenant) == [True, True]
        assert await client.remove_user_mapping(before.mappings[0].id)
        assert accepted(tenant) == [False, True]
        after = await client.user_mappings()
    assert [one.fingerprint for one in after.mappings] == [NEW.facts.fingerprint]
    assert after.unreadable == ()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_key_that_the_broker_refuses_is_reported(tenant_with: TenantMaker, kind: ServiceKeyApiKind) -> None:
    """With the broker's reason; the old one goes on working, and a second try works where no failed one is left."""
    tenant = tenant_with(profile="cloud-foundry", key_time=10, failed_binding="removed")
    await staged_key(tenant, await instance(tenant), "old", OLD.pem)
    await tenant.control("POST", "fail-next-key", {"text": "Reason 47"})
    async with client_of(tenant, kind) as client:
        user = (await client.user_mappings()).mappings[0].user
        with pytest.raises(ServiceKeyFailed) as failed:
            await client.add_user_mapping(user, NEW.pem)
        assert "Reason 47" in str(failed.value)
        assert accepted(tenant) == [True, False]
        await client.add_user_mapping(user, NEW.pem)
        assert accepted(tenant) == [True, True]
