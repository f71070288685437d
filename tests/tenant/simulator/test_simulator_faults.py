"""Faults on demand: which requests they hit, how often, and what is then answered."""

import pytest
from rehearsed_tenant import Tenant, TenantMaker, encoded, flow_zip

FLOW = "IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')"


async def order(tenant: Tenant, **rule: object) -> None:
    """Order a fault."""
    response = await tenant.control("POST", "faults", rule)
    assert response.status_code == 201, response.text


async def test_a_fault_answers_as_often_as_ordered(tenant: Tenant) -> None:
    """Then the true answer comes again; header and body are those that were ordered."""
    await order(tenant, path="/IntegrationPackages", status=429, times=2, retry_after=7, body="later")
    answers = [await tenant.get("IntegrationPackages") for _ in range(3)]
    assert [one.status_code for one in answers] == [429, 429, 200]
    assert (answers[0].headers["Retry-After"], answers[0].text) == ("7", "later")


async def test_a_fault_hits_its_method_and_path_only(tenant: Tenant) -> None:
    """The path is a regular expression over path and query; nothing is carried out."""
    await tenant.with_flow()
    await order(tenant, path=r"Id='Orders_In'", method="put", status=503, times=None)
    content = {"ArtifactContent": encoded(flow_zip(subject="CN=new"))}
    assert (await tenant.get(FLOW)).status_code == 200
    assert (await tenant.write("PUT", FLOW, content)).status_code == 503
    assert (await tenant.get(f"{FLOW}/$value", accept="*/*")).content == flow_zip()
    assert (await tenant.write("PUT", FLOW, content)).status_code == 503
    assert (await tenant.control("DELETE", "faults")).status_code == 204
    assert (await tenant.write("PUT", FLOW, content)).status_code == 200


async def test_a_slow_answer_is_a_true_one(tenant: Tenant) -> None:
    """A delay alone waits and then answers."""
    await order(tenant, delay=30)
    assert (await tenant.get("IntegrationPackages")).status_code == 200
    assert tenant.delays == [30]


async def test_garbage_is_no_odata(tenant: Tenant) -> None:
    """200 and JSON by its header, but nothing that can be parsed."""
    await order(tenant, garbage=True)
    response = await tenant.get("IntegrationPackages")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    with pytest.raises(ValueError, match="Expecting value"):
        response.json()


async def test_faults_come_before_sign_in(tenant: Tenant) -> None:
    """A tenant that is down does not ask who calls; health and control are never hit."""
    await order(tenant, status=503, times=None)
    response = await tenant.client.get("/api/v1/", auth=("nobody", "x"))
    assert response.status_code == 503
    assert (await tenant.client.get("/simulator/health")).json() == {"status": "ready"}


async def test_faults_outlive_a_restart(tenant_with: TenantMaker) -> None:
    """They are part of the state, with the times that are left."""
    first = tenant_with()
    await order(first, status=500, times=3)
    await first.get("")
    faults = (await tenant_with().control("GET", "faults")).json()["faults"]
    assert [(one["status"], one["times"]) for one in faults] == [(500, 2)]


@pytest.mark.parametrize(
    "rule", [{"path": "("}, {"status": 42}, {"times": 0}, {"delay": -1}, {"unknown": 1}, {"drop": "now"}, []]
)
async def test_an_order_that_makes_no_sense_is_refused(tenant: Tenant, rule: object) -> None:
    """400 with the reason; nothing is ordered."""
    response = await tenant.control("POST", "faults", rule)
    assert response.status_code == 400
    assert response.json()["error"].startswith("The order cannot be read: ")
    assert (await tenant.control("GET", "faults")).json() == {"faults": []}
