"""Service keys over the Service Manager API: what only this API does."""

import json

import httpx
import pytest
from scripted_keys import NEW, OLD, external
from scripted_service_manager import ScriptedServiceManager

from certificates.facts import mapping_id, pem_of
from tenant.errors import NonsenseAnswer, TenantUnreachable
from tenant.service_keys.credentials import parameters


def _erp(**more: object) -> tuple[ScriptedServiceManager, str]:
    api = ScriptedServiceManager(**more)
    erp = api.instance("ERP")
    api.key(erp, external(OLD))
    return api, erp


async def test_the_order_has_the_parameters_of_a_key() -> None:
    """Name, instance and the parameters that Cloud Foundry gets, too."""
    api, erp = _erp()
    async with api.client() as client:
        await client.add_user_mapping("ERP", pem_of(NEW))
    order = next(request for request in api.requests if request.method == "POST")
    assert order.url.path == "/v1/service_bindings"
    assert json.loads(order.content) == {
        "name": mapping_id(NEW),
        "service_instance_id": erp,
        "parameters": parameters(NEW),
    }


@pytest.mark.parametrize("status", [404, 410])
async def test_404_and_410_are_both_gone(status: int) -> None:
    """For the binding itself and for its operation."""
    api, erp = _erp()
    api.gone_status = status
    api.key(erp, external(NEW))
    async with api.client() as client:
        assert await client.remove_user_mapping("key-1") is True
        key = api.keys["key-2"]
        api.order = lambda type, key: api.keys.pop(key.guid)  # type: ignore[method-assign]
        del api.keys["key-2"]
        api._list = lambda query: httpx.Response(200, json={"num_items": 1, "items": [api._row(key)]})  # type: ignore[method-assign]
        assert await client.remove_user_mapping("key-2") is False


async def test_a_router_that_knows_no_route_is_no_proof_of_gone() -> None:
    """404 with `X-Cf-RouterError` means that the service is down."""
    api, _ = _erp()
    down = httpx.Response(404, headers={"X-Cf-RouterError": "unknown_route"}, text="404 Not Found")
    listing = api._list

    def answer(method: str, path: str, query: dict[str, str], body: dict[str, object]) -> httpx.Response:
        return listing(query) if path == "/v1/service_bindings" else down

    api.answer = answer  # type: ignore[method-assign,assignment]
    async with api.client() as client:
        with pytest.raises(TenantUnreachable):
            await client.remove_user_mapping("key-1")
        with pytest.raises(TenantUnreachable):
            await client.user_mappings()


async def test_a_list_that_ends_before_all_are_told_is_nonsense() -> None:
    """`num_items` counts all pages: a missing binding may be the one that holds the certificate."""
    api, _ = _erp()
    api.hide_last = 1
    async with api.client() as client:
        with pytest.raises(NonsenseAnswer, match="ends before"):
            await client.user_mappings()


async def test_bindings_of_other_services_do_not_count() -> None:
    """Without instances in the settings all bindings are looked into; a foreign certificate is no sender's."""
    api, _ = _erp()
    foreign = {"clientid": "x", "certificate": pem_of(NEW), "url": "https://auth.example", "certurl": "https://c"}
    api.key(api.instance("xsuaa"), foreign)
    api.key(api.instance("db"), {"user": "u", "password": "p"})
    api.key(api.instance("odd"), {})
    async with api.client() as client:
        seen = await client.user_mappings()
        assert ([m.user for m in seen], seen.unreadable) == (["ERP"], ())
        await client.add_user_mapping("ERP", pem_of(NEW))


async def test_a_binding_without_credentials_was_not_looked_into() -> None:
    """A missing member is not a key without a certificate."""
    api, erp = _erp()
    api.key(erp, None, "blank")
    async with api.client() as client:
        (hidden,) = (await client.user_mappings()).unreadable
    assert (hidden.name, hidden.may_hold) == ("blank", True)


async def test_the_instances_of_the_settings_are_queried_one_by_one() -> None:
    """The API knows `fieldQuery` for that."""
    api, erp = _erp()
    async with api.client(erp) as client:
        await client.user_mappings()
    query = dict(api.requests[0].url.params)
    assert query == {"attach_last_operations": "true", "fieldQuery": f"service_instance_id eq '{erp}'"}


async def test_the_name_of_a_failed_creation_may_be_refused() -> None:
    """Cloud Foundry gives it free, here it may conflict: then the next name is taken, and the leftover is told."""
    api, erp = _erp()
    api.key(erp, None, mapping_id(NEW), operation=("create", "failed", "out of keys"))
    conflict = httpx.Response(409, json={"error": "Conflict", "description": "found conflicting service_binding"})
    api.before_create = lambda body: conflict if body["name"] == mapping_id(NEW) else None
    async with api.client() as client:
        assert (await client.add_user_mapping("ERP", pem_of(NEW))).name == mapping_id(NEW)[:30] + "-2"
        assert [one.name for one in (await client.user_mappings()).unreadable] == [mapping_id(NEW)]
