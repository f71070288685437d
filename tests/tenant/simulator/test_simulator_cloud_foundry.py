"""Cloud Foundry's API v3: instances, keys as credential bindings, jobs, and how it says no."""

from typing import Any

import httpx
import pytest
from rehearsed_tenant import Tenant, TenantMaker
from simulator_keys import (
    BEARERLESS,
    NOW,
    Platform,
    bearer,
    cloud_foundry,
    instance,
    issued,
    one_line,
    staged_key,
    user_token,
)

from tenant.simulator.key_parameters import BrokerRefusedError, certificate_of, read_parameters
from tenant.simulator.settings import SimulatorSettings

KEYS = "service_credential_bindings"
OLD, NEW = issued("sender"), issued("sender", 10)


def order(of: str, name: str = "new", **parameters: Any) -> dict[str, Any]:
    """The body that makes a key."""
    return {
        "type": "key",
        "name": name,
        "relationships": {"service_instance": {"data": {"guid": of}}},
        "parameters": parameters,
    }


def external(pem: str) -> dict[str, Any]:
    """The parameters of a key with an external certificate (page ae419b6)."""
    return {"key-type": "certificate_external", "X.509": pem, "validity": 365, "key-length": 2048}


def detail(answer: httpx.Response) -> tuple[int, int, str]:
    """Status, code and sentence of a refusal."""
    error = answer.json()["errors"][0]
    assert error["title"].startswith("CF-")
    return answer.status_code, error["code"], error["detail"]


@pytest.fixture
def tenant(tenant_with: TenantMaker) -> Tenant:
    """A tenant whose keys take ten seconds."""
    return tenant_with(profile="cloud-foundry", key_time=10)


@pytest.fixture
async def api(tenant: Tenant) -> Platform:
    """A Space Developer at work."""
    return await cloud_foundry(tenant)


async def job_of(api: Platform, answer: httpx.Response) -> dict[str, Any]:
    """The job that an accepted order leads to."""
    assert answer.status_code == 202, answer.text
    assert answer.content == b""
    address = answer.headers["Location"]
    assert address.startswith("http://tenant.example/cf/v3/jobs/")
    return await api.get(address.removeprefix("http://tenant.example/cf/v3/"))


async def only_key(api: Platform) -> dict[str, Any]:
    """The one key that there is."""
    resources = (await api.get(KEYS))["resources"]
    assert len(resources) == 1
    return resources[0]


@pytest.mark.parametrize(
    ("headers", "code"), [({}, 10_002), ({"Authorization": "Bearer invented"}, 1000), ({"Authorization": "x"}, 1000)]
)
async def test_nobody_comes_in_without_a_token(tenant: Tenant, headers: dict[str, str], code: int) -> None:
    """401: no token and a bad one are two codes."""
    answer = await Platform(tenant, "/cf/v3", headers).call("GET", KEYS)
    assert detail(answer)[:2] == (401, code)


async def test_basic_authentication_is_no_sign_in_here(tenant: Tenant) -> None:
    """The password is good for a token only."""
    assert (await tenant.client.get(f"/cf/v3/{KEYS}")).status_code == 401


async def test_instances_are_listed_by_plan(tenant: Tenant, api: Platform) -> None:
    """A client that asks for the plan of senders sees no instance for API clients."""
    guid = await instance(tenant, "senders", roles=["A", "B"])
    await instance(tenant, "clients", plan="api")
    listed = await api.get("service_instances", service_plan_names="integration-flow")
    assert [(one["guid"], one["name"], one["type"]) for one in listed["resources"]] == [(guid, "senders", "managed")]
    assert (await api.get("service_instances"))["pagination"]["total_results"] == 2
    assert (await api.get(f"service_instances/{guid}"))["name"] == "senders"
    assert (await api.get(f"service_instances/{guid}/parameters"))["roles"] == ["A", "B"]


async def test_parameters_of_an_instance_may_be_hidden(tenant_with: TenantMaker) -> None:
    """Whether SAP's broker shows them is not known."""
    tenant = tenant_with(profile="cloud-foundry", instance_parameters="refused")
    guid = await instance(tenant)
    answer = await (await cloud_foundry(tenant)).call("GET", f"service_instances/{guid}/parameters")
    assert detail(answer)[0] == 502


async def test_a_key_is_made_by_a_job(tenant: Tenant, api: Platform) -> None:
    """Job and last operation go side by side; the details are there when it has succeeded, and not before."""
    guid = await instance(tenant)
    answer = await api.call("POST", KEYS, order(guid, **external(OLD.pem)))
    key = await only_key(api)
    seen = []
    for seconds in (0, 5, 5):
        tenant.clock.advance(seconds)
        job, now = await job_of(api, answer), await api.get(f"{KEYS}/{key['guid']}")
        details = await api.call("GET", f"{KEYS}/{key['guid']}/details")
        seen.append((job["state"], now["last_operation"]["state"], details.status_code))
    assert seen == [("PROCESSING", "initial", 404), ("POLLING", "in progress", 404), ("COMPLETE", "succeeded", 200)]
    assert details.json()["credentials"]["oauth"]["certificate"] == OLD.pem
    assert details.json()["credentials"]["oauth"].keys() == {"clientid", "certificate", "tokenurl", "url"}


async def test_a_key_is_shown_without_its_credentials(tenant: Tenant, api: Platform) -> None:
    """Neither in the list nor alone; its links lead on."""
    guid = await instance(tenant)
    key = await staged_key(tenant, guid, "old", OLD.pem)
    shown = await only_key(api)
    assert shown == await api.get(f"{KEYS}/{key}")
    assert "CERTIFICATE" not in str(shown)
    assert (shown["name"], shown["type"], shown["guid"]) == ("old", "key", key)
    assert shown["relationships"]["service_instance"]["data"]["guid"] == guid
    assert shown["last_operation"]["type"] == "create"
    assert shown["links"].keys() == {"self", "details", "parameters", "service_instance"}


@pytest.mark.parametrize("pem", [OLD.pem, one_line(OLD.pem), OLD.pem.replace("\n", "\r\n")])
async def test_line_breaks_of_the_certificate_do_not_matter(tenant: Tenant, api: Platform, pem: str) -> None:
    """Also in the short form without a `key-type`."""
    await api.call("POST", KEYS, order(await instance(tenant), **{"X.509": pem}))
    tenant.clock.advance(10)
    assert (await tenant.control("GET", "service-keys")).json()["service_keys"][0][
        "fingerprint"
    ] == OLD.facts.fingerprint


async def test_a_key_without_parameters_is_one_of_client_id_and_secret(tenant: Tenant, api: Platform) -> None:
    """It has no certificate, so no sender comes in by it."""
    key = await staged_key(tenant, await instance(tenant), "plain")
    credentials = (await api.get(f"{KEYS}/{key}/details"))["credentials"]["oauth"]
    assert credentials.keys() == {"clientid", "clientsecret", "tokenurl", "url"}


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----", OLD.bundle_pem, OLD.pem[:-8]],
)
async def test_what_the_broker_cannot_use_fails_in_the_job(tenant: Tenant, api: Platform, text: str) -> None:
    """The order itself is accepted; job and last operation carry the reason, and details never come."""
    answer = await api.call("POST", KEYS, order(await instance(tenant), **external(text)))
    tenant.clock.advance(10)
    job, key = await job_of(api, answer), await only_key(api)
    assert (job["state"], key["last_operation"]["state"]) == ("FAILED", "failed")
    assert key["last_operation"]["description"] in job["errors"][0]["detail"]
    assert (await api.call("GET", f"{KEYS}/{key['guid']}/details")).status_code == 404


@pytest.mark.parametrize(("length", "state"), [(32, "COMPLETE"), (33, "FAILED")])
async def test_a_name_has_at_most_32_characters(tenant: Tenant, api: Platform, length: int, state: str) -> None:
    """SAP page 19af5e2; an MD5 in hex fits exactly."""
    answer = await api.call("POST", KEYS, order(await instance(tenant), "n" * length, **external(OLD.pem)))
    tenant.clock.advance(10)
    assert (await job_of(api, answer))["state"] == state


async def test_a_private_key_is_refused_by_name_only(tenant: Tenant, api: Platform) -> None:
    """Nothing of what was sent comes back or is kept."""
    secret = f"-----BEGIN {'PRIVATE'} KEY-----\nMIIE\n-----END {'PRIVATE'} KEY-----\n"
    answer = await api.call("POST", KEYS, order(await instance(tenant), **external(OLD.pem + secret)))
    tenant.clock.advance(10)
    job = await job_of(api, answer)
    assert job["errors"][0]["detail"] == "bind could not be completed: The parameter X.509 holds a private key."
    kept = tenant.app.state.runtime_side.state.rows("SELECT * FROM service_keys")
    assert "MIIE" not in str([tuple(row) for row in kept])


def test_a_chain_may_be_cut_to_its_leaf() -> None:
    """What SAP does with one is not known; by default it fails."""
    lenient = SimulatorSettings(None, "", chain_in_key="leaf")
    assert certificate_of(OLD.bundle_pem, lenient) == OLD.der
    with pytest.raises(BrokerRefusedError):
        certificate_of(OLD.bundle_pem, SimulatorSettings(None, ""))


def test_keys_with_a_private_key_of_saps_are_not_made() -> None:
    """The simulator makes no key pairs, and says so."""
    with pytest.raises(BrokerRefusedError, match="certificate_external"):
        read_parameters({"key-type": "certificate", "validity": 365}, SimulatorSettings(None, ""))


async def test_a_name_is_taken_once_in_an_instance(tenant: Tenant, api: Platform) -> None:
    """422 with Cloud Foundry's sentence; another instance may have it."""
    first, second = await instance(tenant, "a"), await instance(tenant, "b")
    await staged_key(tenant, first, "new")
    assert detail(await api.call("POST", KEYS, order(first))) == (
        422,
        10_008,
        "The binding name is invalid. Key binding names must be unique. "
        "The service instance already has a key binding with name 'new'.",
    )
    assert (await api.call("POST", KEYS, order(second))).status_code == 202


async def test_a_name_is_not_free_while_its_key_is_deleted(tenant: Tenant, api: Platform) -> None:
    """Nor after a delete that failed; it is when the key is gone."""
    guid = await instance(tenant)
    key = await staged_key(tenant, guid, "new")
    await tenant.control("POST", "fail-next-key", {"type": "delete", "text": "busy"})
    answer = await api.call("DELETE", f"{KEYS}/{key}")
    for seconds in (0, 10):
        tenant.clock.advance(seconds)
        refused = await api.call("POST", KEYS, order(guid))
        assert detail(refused)[2].endswith("'new' that is getting deleted or its deletion failed.")
    assert (await job_of(api, answer))["errors"][0]["detail"] == "unbind could not be completed: busy"
    assert (await only_key(api))["last_operation"]["state"] == "failed"
    await api.call("DELETE", f"{KEYS}/{key}")
    tenant.clock.advance(10)
    assert (await api.call("POST", KEYS, order(guid))).status_code == 202


async def test_a_key_whose_creation_failed_is_silently_replaced(tenant: Tenant, api: Platform) -> None:
    """The name can be used again; the failed one is there no more, its job still is."""
    guid = await instance(tenant)
    await tenant.control("POST", "fail-next-key", {"text": "no"})
    failed = await api.call("POST", KEYS, order(guid, **external(OLD.pem)))
    tenant.clock.advance(10)
    before = await only_key(api)
    assert (await api.call("POST", KEYS, order(guid, **external(OLD.pem)))).status_code == 202
    tenant.clock.advance(10)
    after = await only_key(api)
    assert (after["last_operation"]["state"], after["guid"] != before["guid"]) == ("succeeded", True)
    assert (await job_of(api, failed))["state"] == "FAILED"


async def test_a_key_is_deleted_by_a_job(tenant: Tenant, api: Platform) -> None:
    """It has its credentials to the end, then it is gone, and the job tells."""
    key = await staged_key(tenant, await instance(tenant), "old", OLD.pem)
    answer = await api.call("DELETE", f"{KEYS}/{key}")
    assert (await job_of(api, answer))["operation"].endswith(".delete")
    tenant.clock.advance(9)
    assert (await only_key(api))["last_operation"]["type"] == "delete"
    assert (await api.call("GET", f"{KEYS}/{key}/details")).status_code == 200
    tenant.clock.advance(1)
    assert (await job_of(api, answer))["state"] == "COMPLETE"
    assert (await api.get(KEYS))["resources"] == []
    for method, path in (("GET", ""), ("GET", "/details"), ("GET", "/parameters"), ("DELETE", ""), ("PATCH", "")):
        gone = await api.call(method, f"{KEYS}/{key}{path}", {} if method == "PATCH" else None)
        assert detail(gone)[:2] == (404, 10_010)


async def test_two_operations_on_one_key_get_in_each_others_way(tenant: Tenant, api: Platform) -> None:
    """No delete while one is under way or a create waits; a create that has begun can be cut off."""
    await api.call("POST", KEYS, order(await instance(tenant), **external(OLD.pem)))
    key = (await only_key(api))["guid"]
    refused = await api.call("DELETE", f"{KEYS}/{key}")
    assert detail(refused) == (422, 10_008, "There is an operation in progress for the service binding.")
    tenant.clock.advance(5)
    assert (await api.call("DELETE", f"{KEYS}/{key}")).status_code == 202
    assert (await api.call("DELETE", f"{KEYS}/{key}")).status_code == 422
    assert (await api.call("PATCH", f"{KEYS}/{key}", {})).status_code == 422
    tenant.clock.advance(10)
    assert (await api.get(KEYS))["resources"] == []


async def test_an_instance_that_is_busy_takes_no_keys(tenant: Tenant, api: Platform) -> None:
    """Neither a new one nor a delete, until it is done."""
    guid = await instance(tenant)
    key = await staged_key(tenant, guid, "old")
    await tenant.control("POST", "busy-instance", {"instance": "senders", "seconds": 60})
    for answer in (await api.call("POST", KEYS, order(guid)), await api.call("DELETE", f"{KEYS}/{key}")):
        assert detail(answer)[2] == "There is an operation in progress for the service instance."
    assert (await api.get(f"service_instances/{guid}"))["last_operation"]["state"] == "in progress"
    tenant.clock.advance(60)
    assert (await api.call("POST", KEYS, order(guid))).status_code == 202


async def test_a_space_may_have_a_quota(tenant_with: TenantMaker) -> None:
    """Side by side, old and new need two."""
    tenant = tenant_with(profile="cloud-foundry", key_quota=1)
    guid = await instance(tenant)
    await staged_key(tenant, guid, "old", OLD.pem)
    answer = await (await cloud_foundry(tenant)).call("POST", KEYS, order(guid, **external(NEW.pem)))
    assert detail(answer)[2] == "You have exceeded your space's limit for service binding of type key."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pinned": True}, "'pinned'"),
        ({"type": "app"}, "App"),
        ({"type": "other"}, "Type"),
        ({"name": ""}, "Name"),
        ({"name": 5}, "Name"),
        ({"parameters": []}, "Parameters"),
        ({"relationships": {}}, "could not be found"),
        ({"metadata": {"other": {}}}, "Metadata"),
    ],
)
async def test_an_order_that_does_not_fit_is_a_422(
    tenant: Tenant, api: Platform, change: dict[str, Any], words: str
) -> None:
    """An unknown member is one of these: a switch that the API does not know cannot be slipped in."""
    answer = await api.call("POST", KEYS, {**order(await instance(tenant)), **change})
    assert detail(answer)[:2] == (422, 10_008)
    assert words in detail(answer)[2]
    assert (await api.get(KEYS))["resources"] == []


async def test_a_body_that_is_no_json_is_a_400(tenant: Tenant, api: Platform) -> None:
    """With a code of its own."""
    url, headers = f"/cf/v3/{KEYS}", api.headers
    answer = await tenant.client.post(url, content=b"{", headers=headers, auth=BEARERLESS)
    assert detail(answer)[0] == 400


async def test_only_labels_and_annotations_of_a_key_can_be_changed(tenant: Tenant, api: Platform) -> None:
    """A certificate cannot be put into a key that is there; null takes a label away."""
    key = await staged_key(tenant, await instance(tenant), "old", OLD.pem)
    for body in ({"parameters": external(NEW.pem)}, {"name": "other"}):
        assert detail(await api.call("PATCH", f"{KEYS}/{key}", body))[0] == 422
    for labels in ({"a": "1", "b": "2"}, {"a": None}):
        changed = await api.call("PATCH", f"{KEYS}/{key}", {"metadata": {"labels": labels}})
        assert changed.status_code == 200
    assert (await only_key(api))["metadata"] == {"labels": {"b": "2"}, "annotations": {}}


async def test_parameters_of_a_key_are_never_shown(tenant: Tenant, api: Platform) -> None:
    """SAP's broker does not support it."""
    key = await staged_key(tenant, await instance(tenant), "old", OLD.pem)
    answer = await api.call("GET", f"{KEYS}/{key}/parameters")
    assert "This service does not support fetching service binding parameters" in detail(answer)[2]


async def test_an_auditor_sees_keys_and_nothing_in_them(tenant_with: TenantMaker) -> None:
    """Details are not found, changes not authorized."""
    tenant = tenant_with(profile="cloud-foundry", space_role="auditor")
    api, guid = await cloud_foundry(tenant), await instance(tenant)
    key = await staged_key(tenant, guid, "old", OLD.pem)
    assert (await only_key(api))["guid"] == key
    assert detail(await api.call("GET", f"{KEYS}/{key}/details"))[:2] == (404, 10_010)
    writes = [("POST", KEYS, order(guid)), ("DELETE", f"{KEYS}/{key}", None), ("PATCH", f"{KEYS}/{key}", {})]
    for method, path, body in writes:
        assert detail(await api.call(method, path, body))[:2] == (403, 10_003)


async def test_lists_come_in_pages_that_link_to_each_other(tenant: Tenant, api: Platform) -> None:
    """Following `next` gives every key once, in the order of creation; the filter stays in the address."""
    guid = await instance(tenant)
    await staged_key(tenant, await instance(tenant, "other"), "elsewhere")
    for number in range(5):
        await staged_key(tenant, guid, f"key {number}")
        tenant.clock.advance(1)
    page, names = await api.get(KEYS, per_page="2", service_instance_guids=guid), []
    assert page["pagination"]["previous"] is None
    while True:
        names += [one["name"] for one in page["resources"]]
        if page["pagination"]["next"] is None:
            break
        following = page["pagination"]["next"]["href"].removeprefix("http://tenant.example")
        page = (await tenant.client.get(following, headers=api.headers, auth=BEARERLESS)).json()
    assert names == [f"key {number}" for number in range(5)]
    assert (page["pagination"]["total_results"], page["pagination"]["total_pages"]) == (5, 3)
    newest = await api.get(KEYS, order_by="-created_at", service_instance_guids=guid)
    assert [one["name"] for one in newest["resources"]] == names[::-1]


async def test_keys_are_found_by_name_and_instance(tenant: Tenant, api: Platform) -> None:
    """Several values of a filter are separated by commas; filters together narrow."""
    first, second = await instance(tenant, "a"), await instance(tenant, "b")
    for of, name in ((first, "x"), (first, "y"), (second, "x")):
        await staged_key(tenant, of, name)
    found = await api.get(KEYS, names="x,z", service_instance_guids=f"{first},{second}", type="key")
    assert {
        (one["relationships"]["service_instance"]["data"]["guid"], one["name"]) for one in found["resources"]
    } == {
        (first, "x"),
        (second, "x"),
    }
    assert (await api.get(KEYS, names="x", service_instance_guids=first))["pagination"]["total_results"] == 1


@pytest.mark.parametrize(
    "query",
    [{"per_page": "5001"}, {"per_page": "0"}, {"page": "x"}, {"order_by": "guid"}, {"service_instance_guid": "x"}],
)
async def test_a_query_that_does_not_fit_is_a_400(api: Platform, query: dict[str, str]) -> None:
    """A filter that is not known is refused, not left out."""
    assert detail(await api.call("GET", KEYS, **query))[:2] == (400, 10_005)


@pytest.mark.parametrize(
    "path", ["jobs/x", f"{KEYS}/x", f"{KEYS}/x/details", "service_instances/x", "apps", "spaces"]
)
async def test_what_is_not_there_is_a_404(api: Platform, path: str) -> None:
    """Also what the simulator has no call for."""
    assert detail(await api.call("GET", path))[0] == 404


async def test_the_same_certificate_may_stand_in_two_keys(tenant: Tenant, api: Platform) -> None:
    """The runtime refuses the calls; the second key can be made."""
    guid = await instance(tenant)
    await staged_key(tenant, guid, "old", OLD.pem)
    answer = await api.call("POST", KEYS, order(guid, **external(OLD.pem)))
    tenant.clock.advance(10)
    assert (await job_of(api, answer))["state"] == "COMPLETE"


async def test_the_same_certificate_can_be_refused(tenant_with: TenantMaker) -> None:
    """By a setting: SAP's broker was not seen at it."""
    tenant = tenant_with(profile="cloud-foundry", duplicate_certificates="refuse", key_time=0)
    api, guid = await cloud_foundry(tenant), await instance(tenant)
    await staged_key(tenant, guid, "old", OLD.pem)
    answer = await api.call("POST", KEYS, order(guid, **external(one_line(OLD.pem))))
    assert (await job_of(api, answer))["state"] == "FAILED"


async def test_keys_and_jobs_outlive_a_restart(tenant_with: TenantMaker) -> None:
    """What was begun before is finished after."""
    first = tenant_with(profile="cloud-foundry", key_time=10)
    api = await cloud_foundry(first)
    answer = await api.call("POST", KEYS, order(await instance(first), **external(OLD.pem)))
    second = tenant_with(profile="cloud-foundry", key_time=10)
    second.clock.advance(10)
    again = Platform(second, "/cf/v3", bearer(await user_token(second)))
    assert (await job_of(again, answer))["state"] == "COMPLETE"


async def test_faults_and_the_log_are_those_of_the_tenant(tenant: Tenant, api: Platform) -> None:
    """An answer can be lost after the key was made, and every call is on record."""
    guid = await instance(tenant)
    await tenant.control("POST", "faults", {"path": KEYS, "method": "POST", "drop": "after"})
    with pytest.raises((httpx.HTTPError, AssertionError)):
        (await api.call("POST", KEYS, order(guid))).raise_for_status().json()
    assert (await only_key(api))["name"] == "new"
    log = (await tenant.control("GET", "log?path=bindings")).json()["requests"]
    assert [(one["method"], one["status"]) for one in log] == [("POST", 202), ("GET", 200)]


async def test_staged_keys_can_be_unpinned(tenant: Tenant, api: Platform) -> None:
    """No name for it is known in SAP's API, so it is a control call; the list tells all of each key."""
    guid = await instance(tenant)
    await staged_key(tenant, "senders", "old", OLD.pem, pinned=False)
    await staged_key(tenant, guid, "new", NEW.pem)
    shown = (await tenant.control("GET", "service-keys")).json()["service_keys"]
    assert [(one["name"], one["pinned"], one["instance"], one["state"]) for one in shown] == [
        ("old", False, "senders", "succeeded"),
        ("new", True, "senders", "succeeded"),
    ]
    assert (shown[0]["subject"], shown[0]["issue_date"]) == (OLD.facts.names.subject, round(NOW.timestamp() * 1000))
    assert (await tenant.control("DELETE", f"service-keys/{shown[0]['guid']}")).status_code == 204
    assert (await only_key(api))["name"] == "new"
    assert (await tenant.control("GET", "instances")).json()["instances"][0]["guid"] == guid


async def test_what_cannot_be_staged_is_said(tenant: Tenant) -> None:
    """Unknown instance or key, a name that is taken, no certificate."""
    await instance(tenant)
    await staged_key(tenant, "senders", "old")
    key = {"instance": "senders", "name": "old"}
    refused = [
        ("instances", {"name": "senders"}, 409),
        ("busy-instance", {"instance": "other", "seconds": 1}, 404),
        ("service-keys", {**key, "instance": "other"}, 404),
        ("service-keys", key, 409),
        ("service-keys", {**key, "name": "new", "certificate": "x"}, 400),
        ("fail-next-key", {"type": "other"}, 400),
    ]
    for name, body, status in refused:
        answer = await tenant.control("POST", name, body)
        assert (answer.status_code, "error" in answer.json()) == (status, True)
    assert (await tenant.control("DELETE", "service-keys/x")).status_code == 404


async def test_a_failure_that_was_ordered_does_not_hit_what_is_staged(tenant: Tenant, api: Platform) -> None:
    """It waits for the next request to the broker."""
    guid = await instance(tenant)
    await tenant.control("POST", "fail-next-key", {"text": "Reason 47"})
    await staged_key(tenant, guid, "old")
    answer = await api.call("POST", KEYS, order(guid))
    tenant.clock.advance(10)
    assert "Reason 47" in (await job_of(api, answer))["errors"][0]["detail"]
