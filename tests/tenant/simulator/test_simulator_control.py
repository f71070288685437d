"""The control calls: the log of requests and what else a rehearsal may ask."""

import pytest
from rehearsed_tenant import START, Tenant, encoded, flow_zip

from tenant.simulator import control

FLOW = "IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')"


async def log(tenant: Tenant, query: str = "") -> list[dict[str, object]]:
    """The remembered requests."""
    return list((await tenant.control("GET", f"log{query}")).json()["requests"])


async def test_the_log_counts_puts_of_a_flow(tenant: Tenant) -> None:
    """Method and path narrow it; path and query are decoded; status and time are there."""
    await tenant.with_flow()
    for _ in range(2):
        await tenant.write("PUT", FLOW, {"ArtifactContent": encoded(flow_zip())})
    found = await log(tenant, "?method=PUT&path=Orders_In")
    assert [(one["path"], one["status"], one["at"]) for one in found] == [(f"/api/v1/{FLOW}", 200, START)] * 2
    await tenant.deploy()
    (deploy,) = await log(tenant, "?path=Deploy")
    assert deploy["path"] == "/api/v1/DeployIntegrationDesigntimeArtifact?Id='Orders_In'&Version='active'"


async def test_refusals_and_faults_are_logged_too(tenant: Tenant) -> None:
    """What a fault answered is marked: nothing was carried out then."""
    await tenant.get("IntegrationPackages('Nope')")
    await tenant.client.get("/api/v1/", auth=("x", "y"))
    await tenant.control("POST", "faults", {"status": 503})
    await tenant.get("")
    assert [(one["status"], one["by_fault"]) for one in await log(tenant)] == [
        (404, False),
        (401, False),
        (503, True),
    ]


async def test_the_log_can_be_read_on_and_emptied(tenant: Tenant) -> None:
    """`since` is the id of the last request that was seen; control calls are not in it."""
    for _ in range(3):
        await tenant.get("")
    first = (await log(tenant))[0]
    assert len(await log(tenant, f"?since={first['id']}")) == 2
    assert (await tenant.control("DELETE", "log")).status_code == 204
    assert await log(tenant) == []


async def test_the_log_has_an_end(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten; the length is made small here, since 20,000 requests take long."""
    monkeypatch.setattr(control, "LOG_LENGTH", 3)
    for number in range(5):
        await tenant.get(f"IntegrationPackages('{number}')")
    assert [str(one["path"])[-3] for one in await log(tenant)] == ["2", "3", "4"]


@pytest.mark.parametrize(
    ("method", "name", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("PUT", "faults", {}, 404),
        ("GET", "log?path=(", None, 400),
        ("POST", "locks", {"flow": "Nope"}, 404),
        ("POST", "locks", {}, 400),
        ("POST", "fail-next-deploy", {"flow": "Nope"}, 404),
        ("POST", "configure-only", {"package": "Nope"}, 404),
        ("GET", "running/Nope", None, 404),
    ],
)
async def test_a_control_call_that_cannot_be_done_says_why(
    tenant: Tenant, method: str, name: str, body: object, status: int
) -> None:
    """One sentence under `error`."""
    response = await tenant.control(method, name, body)
    assert response.status_code == status
    assert response.json()["error"].endswith(".")
