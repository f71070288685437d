"""Service keys as user mappings: what is seen, what could not be looked at, and how instances are called."""

import asyncio
import logging
from typing import Any

import httpx
import pytest
from scripted_cloud_foundry import ScriptedCloudFoundry
from scripted_keys import NEW, OLD, OTHER, PRIVATE, SECRET, ScriptedApi, external, secret_key
from scripted_service_manager import ScriptedServiceManager
from scripted_tenant import settings as neo_settings

from certificates.facts import facts_of, pem_of
from process.facts import Environment, MappingKind
from tenant.client import TenantClient
from tenant.errors import (
    ServiceInstanceUnknown,
    ServiceKeysHidden,
    ServiceKeysNotSet,
    TenantUnreachable,
)
from tenant.model import KeyType

BOTH = [ScriptedCloudFoundry, ScriptedServiceManager]
both = pytest.mark.parametrize("kind", BOTH, ids=["Cloud Foundry", "Service Manager"])
Kind = type[Any]


def _erp(kind: Kind, **more: Any) -> tuple[ScriptedApi, str]:
    """An API with one instance and its key of the old certificate."""
    api: ScriptedApi = kind(**more)
    erp = api.instance("ERP")
    api.key(erp, external(OLD))
    return api, erp


@both
async def test_every_key_with_a_certificate_is_told_by_its_type(kind: Kind) -> None:
    """Certificates that were handed over and those that SAP made may both call; client id and secret are none."""
    api, erp = _erp(kind)
    api.key(erp, {"oauth": external(OTHER, key=PRIVATE, certificatedetails={"subjectdn": "CN=x"})}, "made by SAP")
    api.key(erp, {"oauth": secret_key()})
    async with api.client() as client:
        assert client.mapping_kind is MappingKind.SERVICE_KEY
        seen = await client.user_mappings()
    old, other = seen.mappings
    facts = facts_of(OLD)
    assert (old.user, old.instance, old.id, old.name) == ("ERP", erp, "key-1", "name-key-1")
    assert (old.fingerprint, old.names, old.not_after, old.pem) == (
        facts.fingerprint,
        facts.names,
        facts.not_after,
        facts.pem,
    )
    assert (old.kind, old.key_type, old.pinned) == (MappingKind.SERVICE_KEY, KeyType.EXTERNAL_CERTIFICATE, None)
    assert (other.name, other.key_type) == ("made by SAP", KeyType.CERTIFICATE)
    assert seen.unreadable == ()


@both
async def test_no_secret_of_a_key_is_kept_or_logged(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a client secret nor a private key is in what is given back, in an error or in the log."""
    caplog.set_level(logging.DEBUG)
    api, erp = _erp(kind)
    api.key(erp, external(OTHER, key=PRIVATE, clientsecret=SECRET))
    api.key(erp, secret_key())
    api.key(erp, external(OLD, key=PRIVATE, certificate=f"-----BEGIN RSA PRIVATE KEY-----{PRIVATE}"), "odd")
    api.key(erp, {"clientid": 7, "clientsecret": SECRET, "tokenurl": "", "url": "", "key": PRIVATE}, "odder")
    async with api.client(erp) as client:
        seen = await client.user_mappings()
        with pytest.raises(ServiceKeysHidden) as hidden:
            await client.add_user_mapping("ERP", pem_of(NEW))
    told = f"{seen!r}{hidden.value!r}{hidden.value}{caplog.text}{[u.facts for u in seen.unreadable]}"
    assert len(seen) == 2
    assert {unreadable.name for unreadable in seen.unreadable} == {"odd", "odder"}
    assert SECRET not in told
    assert PRIVATE not in told


@both
async def test_a_key_that_cannot_be_read_is_told_and_stops_adding(kind: Kind) -> None:
    """It may hold the very certificate. Could not look is never looked and fine."""
    api, erp = _erp(kind)
    forbidden = httpx.Response(403, json={"errors": [{"detail": "not authorized"}], "error": "Forbidden"})
    api.key(erp, external(NEW), "secretive", details=forbidden)
    async with api.client() as client:
        (hidden,) = (await client.user_mappings()).unreadable
        with pytest.raises(ServiceKeysHidden, match="secretive"):
            await client.add_user_mapping("ERP", pem_of(NEW))
    assert (hidden.facts.what, hidden.may_hold) == ("service key secretive of ERP", True)
    assert api.writes == []


@both
async def test_what_may_pass_is_an_error_not_a_gap(kind: Kind) -> None:
    """An API that is down now is asked again, not noted as unreadable."""
    api, erp = _erp(kind)
    api.key(erp, external(NEW), details=httpx.Response(503, text="down"))
    async with api.client() as client:
        with pytest.raises(TenantUnreachable):
            await client.user_mappings()


@both
async def test_gone_needs_instances_that_are_seen(kind: Kind) -> None:
    """A user who lost the space sees nothing: that proves nothing gone, and the list says so."""
    api = kind()
    async with api.client() as client:
        seen = await client.user_mappings()
        with pytest.raises(ServiceKeysHidden):
            await client.remove_user_mapping("key-1")
    assert len(seen) == 0
    assert "integration-flow" in seen.unreadable[0].why


@both
async def test_only_the_instances_of_the_settings_count_and_each_must_be_seen(kind: Kind) -> None:
    """A login may see the spaces of several tenants. One that is named and not seen is told, and stops writes."""
    api, erp = _erp(kind)
    api.key(api.instance("DEV"), external(NEW))
    async with api.client(erp) as client:
        assert [m.user for m in await client.user_mappings()] == ["ERP"]
        assert (await client.add_user_mapping("ERP", pem_of(NEW))).user == "ERP"
    async with api.client(erp, "lost") as client:
        (hidden,) = (await client.user_mappings()).unreadable
        assert hidden.facts.what == "service instance lost"
        with pytest.raises(ServiceKeysHidden, match="lost"):
            await client.add_user_mapping("ERP", pem_of(OTHER))
        with pytest.raises(ServiceKeysHidden, match="lost"):
            await client.remove_user_mapping("nobody")


@both
async def test_instances_of_one_name_are_told_apart(kind: Kind) -> None:
    """Names are unique in one space only; a bare name that two have is no instance."""
    api, erp = _erp(kind)
    api.key(api.instance("ERP", "99999999-other"), external(OTHER))
    async with api.client() as client:
        users = sorted(m.user for m in await client.user_mappings())
        assert users == ["ERP (00000000)", "ERP (99999999)"]
        with pytest.raises(ServiceInstanceUnknown, match=r"ERP \(00000000\) or ERP \(99999999\)"):
            await client.add_user_mapping("ERP", pem_of(NEW))
        with pytest.raises(ServiceInstanceUnknown, match="is named CRM"):
            await client.add_user_mapping("CRM", pem_of(NEW))
        assert (await client.add_user_mapping("ERP (00000000)", pem_of(NEW))).instance == erp


@both
async def test_long_lists_are_read_to_their_end(kind: Kind) -> None:
    """Page by page, whatever their size."""
    api, erp = _erp(kind, page_size=2)
    for _ in range(6):
        api.key(erp, external(OTHER))
    async with api.client() as client:
        assert len(await client.user_mappings()) == 7


@both
async def test_keys_are_looked_into_side_by_side_within_bounds(kind: Kind) -> None:
    """No more requests at once than the settings allow."""
    api, erp = _erp(kind)
    for _ in range(20):
        api.key(erp, external(OTHER))
    running, most = 0, 0

    class Counting(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal running, most
            running += 1
            most = max(most, running)
            for _ in range(5):
                await asyncio.sleep(0)
            running -= 1
            return api(request)

    async with api.client(concurrency=3) as client:
        assert client._key_session is not None
        client._key_session._exchange._http._transport = Counting()
        assert len(await client.user_mappings()) == 21
    assert most == 3


async def test_a_cloud_foundry_tenant_without_the_setting_says_which_is_missing() -> None:
    """Neither an empty list nor a 404: nothing could be looked at."""
    settings = neo_settings(environment=Environment.CLOUD_FOUNDRY)
    async with TenantClient(settings, lambda: "pw", httpx.MockTransport(lambda _: httpx.Response(500))) as client:
        for call in (
            client.user_mappings(),
            client.add_user_mapping("ERP", pem_of(NEW)),
            client.remove_user_mapping("x"),
        ):
            with pytest.raises(ServiceKeysNotSet, match=r"tenants\.dev\.service_keys") as missing:
                await call
    assert not missing.value.retryable
