"""Service keys against the simulated tenant, which was written apart from the client: one misreading cannot hide."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from scripted_keys import FAST, NEW, OLD

from certificates.facts import fingerprint, mapping_id, pem_of
from process.facts import Environment
from tenant.client import TenantClient
from tenant.errors import CertificateTaken, ServiceKeyFailed, ServiceKeyUnfinished
from tenant.runtime import Watch
from tenant.settings import (
    OAuthLogin,
    PasswordLogin,
    SecretSource,
    ServiceKeyApi,
    ServiceKeyApiKind,
    TenantSettings,
)
from tenant.simulator.app import create_app
from tenant.simulator.settings import SimulatorSettings

PASSWORD, ROOT = "rehearse-this", "http://127.0.0.1:8080"
_SOURCE = SecretSource("x", env="UNUSED")
both = pytest.mark.parametrize("kind", list(ServiceKeyApiKind))


class Rehearsal:
    """A simulated tenant on Cloud Foundry, with its own clock and a key of the old certificate."""

    def __init__(self, folder: Path, kind: ServiceKeyApiKind, **changes: Any) -> None:
        self.now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC).timestamp()
        settings = SimulatorSettings(folder / "t.db", PASSWORD, user="rehearsal", profile="cloud-foundry", **changes)
        self.app = create_app(settings, lambda: round(self.now * 1000), self.sleep)
        self.transport = httpx.ASGITransport(self.app)
        oauth = OAuthLogin(f"{ROOT}/oauth/token", settings.client_id, _SOURCE)
        if kind is ServiceKeyApiKind.CLOUD_FOUNDRY:
            login = PasswordLogin(f"{ROOT}/uaa/oauth/token", "rehearsal", _SOURCE)
            api = ServiceKeyApi(kind, f"{ROOT}/cf", login)
        else:
            in_body = OAuthLogin(f"{ROOT}/oauth/token", settings.client_id, _SOURCE, in_body=True)
            api = ServiceKeyApi(kind, f"{ROOT}/sm", in_body)
        self.settings = TenantSettings(
            "dev", f"{ROOT}/api/v1", oauth, environment=Environment.CLOUD_FOUNDRY, service_keys=api, rates=FAST
        )

    async def sleep(self, seconds: float) -> None:
        """Time passes at once."""
        self.now += seconds

    def client(self) -> TenantClient:
        """A client that waits in the tenant's own time."""
        watch = Watch(3.0, 60.0, lambda: self.now, self.sleep)
        return TenantClient(self.settings, lambda: PASSWORD, self.transport, watch=watch)

    async def order(self, path: str, body: object) -> None:
        """A control call."""
        async with httpx.AsyncClient(transport=self.transport, auth=("rehearsal", PASSWORD)) as http:
            (await http.post(f"{ROOT}/simulator/{path}", json=body)).raise_for_status()


@asynccontextmanager
async def rehearsal(folder: Path, kind: ServiceKeyApiKind, **changes: Any) -> AsyncIterator[Rehearsal]:
    """The tenant for as long as the block runs."""
    made = Rehearsal(folder, kind, **changes)
    async with made.app.router.lifespan_context(made.app):
        for name, plan in (("ERP", "integration-flow"), ("SHOP", "integration-flow"), ("client", "api")):
            await made.order("instances", {"name": name, "plan": plan, "roles": ["ESBMessaging.send"]})
        await made.order("service-keys", {"instance": "ERP", "name": "old-key", "certificate": pem_of(OLD)})
        yield made


@both
async def test_the_new_key_beside_the_old_one_then_alone(tmp_path: Path, kind: ServiceKeyApiKind) -> None:
    """The whole way, jobs and operations in the tenant's own time."""
    async with rehearsal(tmp_path, kind) as made, made.client() as client:
        (old,) = await client.user_mappings()
        added = await client.add_user_mapping("ERP", pem_of(NEW))
        assert await client.add_user_mapping("ERP", pem_of(NEW)) == added
        seen = await client.user_mappings()
        assert [(m.user, m.fingerprint) for m in seen] == [("ERP", fingerprint(OLD)), ("ERP", fingerprint(NEW))]
        assert (added.name, seen.unreadable) == (mapping_id(NEW), ())
        assert await client.remove_user_mapping(old.id) is True
        assert await client.remove_user_mapping(old.id) is False
        assert [m.id for m in await client.user_mappings()] == [added.id]


@both
async def test_a_certificate_of_another_instance_is_refused(tmp_path: Path, kind: ServiceKeyApiKind) -> None:
    """Before anything is written."""
    async with rehearsal(tmp_path, kind) as made, made.client() as client:
        await made.order("service-keys", {"instance": "SHOP", "name": "shop-key", "certificate": pem_of(NEW)})
        with pytest.raises(CertificateTaken, match="shop-key of the service instance SHOP"):
            await client.add_user_mapping("ERP", pem_of(NEW))


@both
async def test_a_broker_that_fails_is_told_and_the_next_order_works(tmp_path: Path, kind: ServiceKeyApiKind) -> None:
    """The leftover of the failure does not stand in the way."""
    async with rehearsal(tmp_path, kind) as made, made.client() as client:
        await made.order("fail-next-key", {"type": "create", "text": "the broker is out of keys"})
        with pytest.raises(ServiceKeyFailed, match="the broker is out of keys"):
            await client.add_user_mapping("ERP", pem_of(NEW))
        assert (await client.add_user_mapping("ERP", pem_of(NEW))).fingerprint == fingerprint(NEW)
        await made.order("fail-next-key", {"type": "delete", "text": "still in use"})
        (old, _) = await client.user_mappings()
        with pytest.raises(ServiceKeyFailed, match="still in use"):
            await client.remove_user_mapping(old.id)


@both
async def test_a_slow_broker_is_looked_at_again(tmp_path: Path, kind: ServiceKeyApiKind) -> None:
    """The first attempt gives up after a minute, the next one finds the key under way and orders no second one."""
    async with rehearsal(tmp_path, kind, key_time=100.0) as made, made.client() as client:
        with pytest.raises(ServiceKeyUnfinished):
            await client.add_user_mapping("ERP", pem_of(NEW))
        (hidden,) = (await client.user_mappings()).unreadable
        assert "still being made" in hidden.why
        assert (await client.add_user_mapping("ERP", pem_of(NEW))).name == mapping_id(NEW)
        assert len(await client.user_mappings()) == 2
