"""Service keys over the Cloud Foundry API v3: what only this API does."""

import json

import httpx
import pytest
from scripted_cloud_foundry import ScriptedCloudFoundry
from scripted_keys import NEW, OLD, PRIVATE, certificate, external

from certificates.facts import mapping_id, pem_of
from tenant.errors import NonsenseAnswer, ServiceKeyUnfinished
from tenant.service_keys.credentials import one_line_pem


def _erp(**more: object) -> tuple[ScriptedCloudFoundry, str]:
    api = ScriptedCloudFoundry(**more)
    erp = api.instance("ERP")
    api.key(erp, external(OLD))
    return api, erp


async def test_the_order_has_the_documented_form() -> None:
    """SAP page ae419b6: the leaf in one line, key type external certificate; no member that CF would refuse."""
    api, erp = _erp()
    async with api.client() as client:
        await client.add_user_mapping("ERP", pem_of(NEW) + pem_of(OLD))
    order = next(request for request in api.requests if request.method == "POST")
    assert json.loads(order.content) == {
        "type": "key",
        "name": mapping_id(NEW),
        "relationships": {"service_instance": {"data": {"guid": erp}}},
        "parameters": {
            "key-type": "certificate_external",
            "X.509": one_line_pem(NEW),
            "validity": 365,
            "key-length": 2048,
        },
    }


async def test_only_instances_of_the_plan_of_flows_are_asked_for() -> None:
    """Keys of plan `api` let nobody send messages."""
    api, erp = _erp()
    async with api.client() as client:
        await client.user_mappings()
    lines = [str(request.url) for request in api.requests]
    assert "service_plan_names=integration-flow" in lines[0]
    assert f"type=key&service_instance_guids={erp}" in lines[1]


async def test_roles_come_from_the_parameters_of_the_instance_where_they_are_told() -> None:
    """A broker may not give them out: that is no fault, and no empty list either."""
    for answer, roles in (
        (httpx.Response(200, json={"roles": ["ESBMessaging.send", "mine"]}), ("ESBMessaging.send", "mine")),
        (httpx.Response(200, json={}), None),
        (httpx.Response(200, json={"roles": "odd"}), None),
        (httpx.Response(502, json={"errors": [{"detail": "does not support fetching parameters"}]}), None),
    ):
        api, _ = _erp(parameters=answer)
        async with api.client() as client:
            (mapping,) = await client.user_mappings()
        assert mapping.roles == roles


async def test_a_busy_instance_is_tried_again_later() -> None:
    """422 while an operation on the instance itself is under way."""
    api, erp = _erp()
    api.before_create = lambda _: httpx.Response(422, json={"errors": [{"detail": "operation in progress"}]})
    last = {"type": "update", "state": "in progress"}
    page = {"pagination": {"next": None}, "resources": [{"guid": erp, "name": "ERP", "last_operation": last}]}
    api._instances = lambda parts, query: httpx.Response(200, json=page)  # type: ignore[method-assign]
    async with api.client() as client:
        with pytest.raises(ServiceKeyUnfinished, match="ERP is busy"):
            await client.add_user_mapping("ERP", pem_of(NEW))


async def test_pages_that_go_in_a_circle_end() -> None:
    """A next page that was seen already is nonsense, not for ever."""
    api, _ = _erp()
    page = {"pagination": {"next": {"href": "https://keys.example/v3/service_instances?page=2"}}, "resources": []}
    api._instances = lambda parts, query: httpx.Response(200, json=page)  # type: ignore[method-assign]
    async with api.client() as client:
        with pytest.raises(NonsenseAnswer, match="circle"):
            await client.user_mappings()


async def test_the_login_never_goes_to_another_host() -> None:
    """Addresses in answers are followed on the host of the settings only."""
    api, _ = _erp()
    first = {"pagination": {"next": {"href": "https://evil.example/v3/service_instances?page=2"}}, "resources": []}
    last = {"pagination": {"next": None}, "resources": []}
    api._instances = lambda parts, query: httpx.Response(200, json=last if "page" in query else first)  # type: ignore[method-assign]
    async with api.client() as client:
        await client.user_mappings()
    assert {request.url.host for request in api.requests} == {"keys.example"}


@pytest.mark.parametrize("href", ["https://keys.example/other", "no address"])
async def test_an_address_of_another_api_is_nonsense(href: str) -> None:
    """It is not guessed what it may mean."""
    api, _ = _erp()
    page = {"pagination": {"next": {"href": href}}, "resources": []}
    api._instances = lambda parts, query: httpx.Response(200, json=page)  # type: ignore[method-assign]
    async with api.client() as client:
        with pytest.raises(NonsenseAnswer):
            await client.user_mappings()


async def test_many_instances_are_asked_for_in_parts() -> None:
    """An address of a thousand guids would be cut on the way."""
    api = ScriptedCloudFoundry()
    for at in range(120):
        api.instance(f"I{at}", f"{at:036d}")
    last = api.key(f"{119:036d}", external(certificate("last")))
    async with api.client() as client:
        (mapping,) = await client.user_mappings()
    assert (mapping.id, mapping.user) == (last.guid, "I119")
    assert max(len(str(request.url)) for request in api.requests) < 2500


async def test_instances_may_be_named_in_the_settings() -> None:
    """By guid, as always, or by name."""
    api, _ = _erp()
    api.key(api.instance("DEV"), external(NEW, key=PRIVATE))
    async with api.client("ERP") as client:
        assert [m.user for m in await client.user_mappings()] == ["ERP"]
