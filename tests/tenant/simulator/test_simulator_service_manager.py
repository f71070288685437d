"""The Service Manager's API v1: the same keys as bindings, with operations, tokens of pages and its own refusals."""

from typing import Any

import httpx
import pytest
from rehearsed_tenant import Tenant, TenantMaker
from simulator_keys import (
    BEARERLESS,
    Platform,
    cloud_foundry,
    instance,
    issued,
    one_line,
    service_manager,
    staged_key,
)

BINDINGS = "service_bindings"
OLD, NEW = issued("sender"), issued("sender", 10)


def order(of: str, pem: str = OLD.pem, name: str = "new") -> dict[str, Any]:
    """The body that makes a binding."""
    return {"name": name, "service_instance_id": of, "parameters": {"X.509": one_line(pem)}}


@pytest.fixture
def tenant(tenant_with: TenantMaker) -> Tenant:
    """A tenant whose keys take ten seconds."""
    return tenant_with(profile="cloud-foundry", key_time=10)


@pytest.fixture
async def api(tenant: Tenant) -> Platform:
    """A signed-in client."""
    return await service_manager(tenant)


async def operation(api: Platform, answer: httpx.Response) -> httpx.Response:
    """The operation that an accepted order leads to."""
    assert (answer.status_code, answer.json()) == (202, {})
    return await api.call("GET", answer.headers["Location"].removeprefix("/v1/"))


async def state(api: Platform, answer: httpx.Response) -> str:
    """Its state."""
    return (await operation(api, answer)).json()["state"]


async def items(api: Platform, **query: str) -> list[dict[str, Any]]:
    """The bindings of a list."""
    return (await api.get(BINDINGS, **query))["items"]


async def test_nobody_comes_in_without_a_token(tenant: Tenant) -> None:
    """401 in the Service Manager's form."""
    answer = await Platform(tenant, "/sm/v1").call("GET", BINDINGS)
    assert (answer.status_code, answer.json()["error"]) == (401, "Unauthorized")


async def test_a_binding_is_made_by_an_operation(tenant: Tenant, api: Platform) -> None:
    """202 by default; pending, in progress, succeeded, and only then ready and with credentials."""
    answer = await api.call("POST", BINDINGS, order(await instance(tenant)))
    binding = (await items(api))[0]["id"]
    seen = []
    for seconds in (0, 5, 5):
        tenant.clock.advance(seconds)
        shown = await api.get(f"{BINDINGS}/{binding}")
        seen.append((await state(api, answer), shown["ready"], "credentials" in shown))
    assert seen == [("pending", False, False), ("in progress", False, False), ("succeeded", True, True)]
    assert shown["credentials"]["oauth"]["certificate"] == OLD.pem
    done = (await operation(api, answer)).json()
    assert (done["type"], done["resource_id"], done["resource_type"]) == ("create", binding, "/v1/service_bindings")


@pytest.mark.parametrize(
    ("default", "query", "status"), [("async", "false", 201), ("sync", "true", 202), ("sync", "", 201)]
)
async def test_the_request_says_whether_it_waits(
    tenant_with: TenantMaker, default: str, query: str, status: int
) -> None:
    """`async` in the query, else the setting; whoever waits gets the binding with its credentials."""
    tenant = tenant_with(profile="cloud-foundry", service_manager_creates=default)
    api, guid = await service_manager(tenant), await instance(tenant)
    asked = {"async": query} if query else {}
    answer = await api.call("POST", BINDINGS, order(guid), **asked)
    assert (answer.status_code, "credentials" in answer.json()) == (status, status == 201)


async def test_bindings_are_listed_without_credentials(tenant: Tenant, api: Platform) -> None:
    """Operations come along where they are asked for."""
    guid = await instance(tenant)
    await staged_key(tenant, guid, "old", OLD.pem)
    (shown,) = await items(api)
    assert "credentials" not in shown
    assert "last_operation" not in shown
    assert (shown["name"], shown["service_instance_id"]) == ("old", guid)
    (shown,) = await items(api, attach_last_operations="true")
    assert shown["last_operation"]["state"] == "succeeded"


async def test_bindings_are_found_by_instance(tenant: Tenant, api: Platform) -> None:
    """A field query of another kind is refused, not left out."""
    first, second = await instance(tenant, "a"), await instance(tenant, "b")
    for of in (first, second):
        await staged_key(tenant, of, "x")
    found = await items(api, fieldQuery=f"service_instance_id eq '{first}'")
    assert [one["service_instance_id"] for one in found] == [first]
    assert (await api.call("GET", BINDINGS, fieldQuery="ready eq true")).status_code == 400


async def test_lists_come_in_pages(tenant: Tenant, api: Platform) -> None:
    """`token` and the Link header lead on until there is none; `num_items` counts all pages."""
    guid = await instance(tenant)
    for number in range(5):
        await staged_key(tenant, guid, f"key {number}")
    names, query = [], {"max_items": "2"}
    while True:
        answer = await api.call("GET", BINDINGS, **query)
        page = answer.json()
        assert page["num_items"] == 5
        names += [one["name"] for one in page["items"]]
        assert ("token" in page) == ('rel="next"' in answer.headers.get("Link", ""))
        if "token" not in page:
            break
        query["token"] = page["token"]
    assert names == [f"key {number}" for number in range(5)]
    for wrong in ({"token": "x"}, {"max_items": "x"}):
        assert (await api.call("GET", BINDINGS, **wrong)).status_code == 400


async def test_a_binding_is_deleted_by_an_operation(tenant: Tenant, api: Platform) -> None:
    """Then it is gone for reading and for a second delete; the operation can still be asked for."""
    binding = await staged_key(tenant, await instance(tenant), "old", OLD.pem)
    answer = await api.call("DELETE", f"{BINDINGS}/{binding}")
    assert await state(api, answer) == "pending"
    assert (await api.call("DELETE", f"{BINDINGS}/{binding}")).json()["error"] == "ConcurrentOperationInProgress"
    tenant.clock.advance(10)
    assert await state(api, answer) == "succeeded"
    for method in ("GET", "DELETE"):
        gone = await api.call(method, f"{BINDINGS}/{binding}")
        assert (gone.status_code, gone.json()["error"]) == (404, "NotFound")


async def test_the_operation_of_a_delete_may_be_gone_with_it(tenant_with: TenantMaker) -> None:
    """404 is success then, as SAP's own client takes it."""
    tenant = tenant_with(profile="cloud-foundry", finished_delete="404", key_time=10)
    api = await service_manager(tenant)
    binding = await staged_key(tenant, await instance(tenant), "old", OLD.pem)
    answer = await api.call("DELETE", f"{BINDINGS}/{binding}")
    assert (await operation(api, answer)).status_code == 200
    tenant.clock.advance(10)
    assert (await operation(api, answer)).status_code == 404


async def test_a_binding_that_is_gone_may_be_a_410(tenant_with: TenantMaker) -> None:
    """Brokers say it so; a client has to take it for done."""
    tenant = tenant_with(profile="cloud-foundry", gone_binding="410")
    answer = await (await service_manager(tenant)).call("DELETE", f"{BINDINGS}/x")
    assert (answer.status_code, answer.json()["error"]) == (410, "Gone")


async def test_a_delete_can_be_waited_for(tenant: Tenant, api: Platform) -> None:
    """200 with an empty object."""
    binding = await staged_key(tenant, await instance(tenant), "old", OLD.pem)
    answer = await api.call("DELETE", f"{BINDINGS}/{binding}", **{"async": "false"})
    assert (answer.status_code, answer.json()) == (200, {})
    assert await items(api) == []


async def test_a_failure_is_told_by_the_operation(tenant: Tenant, api: Platform) -> None:
    """The binding stays, not ready, and holds its name until it is deleted."""
    guid = await instance(tenant)
    answer = await api.call("POST", BINDINGS, order(guid, "nonsense"))
    tenant.clock.advance(10)
    failed = (await operation(api, answer)).json()
    assert (failed["state"], failed["errors"]["error"]) == ("failed", "BrokerError")
    (shown,) = await items(api)
    assert shown["ready"] is False
    assert (await api.call("POST", BINDINGS, order(guid))).status_code == 409
    await api.call("DELETE", f"{BINDINGS}/{shown['id']}", **{"async": "false"})
    assert (await api.call("POST", BINDINGS, order(guid))).status_code == 202


async def test_a_failed_binding_may_be_taken_away(tenant_with: TenantMaker) -> None:
    """By a setting: then its name is free, and only the operation tells of it."""
    tenant = tenant_with(profile="cloud-foundry", failed_binding="removed", key_time=10)
    api, guid = await service_manager(tenant), await instance(tenant)
    answer = await api.call("POST", BINDINGS, order(guid, "nonsense"))
    tenant.clock.advance(10)
    assert await state(api, answer) == "failed"
    assert await items(api) == []
    assert (await api.call("POST", BINDINGS, order(guid))).status_code == 202


async def test_a_failure_that_is_waited_for_leaves_no_binding(tenant: Tenant, api: Platform) -> None:
    """The answer carries the broker's words; a failed delete leaves the binding."""
    guid = await instance(tenant)
    answer = await api.call("POST", BINDINGS, order(guid, "nonsense"), **{"async": "false"})
    assert (answer.status_code, "broker_error" in answer.json()) == (502, True)
    assert await items(api) == []
    binding = await staged_key(tenant, guid, "old", OLD.pem)
    await tenant.control("POST", "fail-next-key", {"type": "delete", "text": "no"})
    answer = await api.call("DELETE", f"{BINDINGS}/{binding}", **{"async": "false"})
    assert (answer.status_code, answer.json()["description"]) == (502, "no")
    assert [one["id"] for one in await items(api)] == [binding]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"service_instance_id": "x"}, 404),
        ({"service_instance_id": "senders"}, 404),
        ({"name": ""}, 400),
        ({"name": "old"}, 409),
        ({"parameters": []}, 400),
        ({"parameters": "x"}, 400),
        ({"labels": 5}, 400),
    ],
)
async def test_an_order_that_does_not_fit_is_refused(
    tenant: Tenant, api: Platform, change: dict[str, Any], status: int
) -> None:
    """Nothing is made; an instance goes by its id, not by its name."""
    guid = await instance(tenant)
    await staged_key(tenant, guid, "old")
    answer = await api.call("POST", BINDINGS, {**order(guid), **change})
    assert answer.status_code == status
    assert len(await items(api)) == 1


async def test_a_body_that_is_no_json_is_a_400(tenant: Tenant, api: Platform) -> None:
    """In the same form."""
    url = f"/sm/v1/{BINDINGS}"
    answer = await tenant.client.post(url, content=b"[]", headers=api.headers, auth=BEARERLESS)
    assert (answer.status_code, answer.json()["error"]) == (400, "BadRequest")


async def test_only_name_and_labels_can_be_changed(tenant: Tenant, api: Platform) -> None:
    """A certificate cannot be put into a binding that is there; a name that is taken is a conflict."""
    guid = await instance(tenant)
    binding = await staged_key(tenant, guid, "old", OLD.pem)
    await staged_key(tenant, guid, "taken")
    path = f"{BINDINGS}/{binding}"
    assert (await api.call("PATCH", path, {"parameters": {"X.509": NEW.pem}})).status_code == 400
    assert (await api.call("PATCH", path, {"name": "taken"})).status_code == 409
    changed = await api.call("PATCH", path, {"name": "older", "labels": {"a": ["1"]}})
    assert (changed.json()["name"], changed.json()["labels"]) == ("older", {"a": ["1"]})
    assert (await api.call("PATCH", path, {"name": "older"})).status_code == 200


@pytest.mark.parametrize("path", ["service_plans", f"{BINDINGS}/x", f"{BINDINGS}/x/operations/y"])
async def test_what_is_not_there_is_a_404(api: Platform, path: str) -> None:
    """Without the header that says that the whole service is down."""
    answer = await api.call("GET", path)
    assert (answer.status_code, answer.json()["error"]) == (404, "NotFound")
    assert "X-Cf-RouterError" not in answer.headers


async def test_both_apis_show_the_same_keys(tenant: Tenant, api: Platform) -> None:
    """A key that is made here is there, under the same id."""
    await api.call("POST", BINDINGS, order(await instance(tenant)), **{"async": "false"})
    listed = await (await cloud_foundry(tenant)).get("service_credential_bindings")
    assert [one["guid"] for one in listed["resources"]] == [one["id"] for one in await items(api)]
