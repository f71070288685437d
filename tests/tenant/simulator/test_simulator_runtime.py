"""Deploying over HTTP: the task, the runtime artifact, errors, undeploying, endpoints."""

import io
import uuid
import zipfile

import pytest
from rehearsed_tenant import START, Tenant, TenantMaker, encoded, flow_zip, said

from tenant.flows.sample import SampleChannel, sample_flow

ARTIFACT = "IntegrationRuntimeArtifacts('Orders_In')"
ERROR = f"{ARTIFACT}/ErrorInformation/$value"
FLOW = "IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')"


async def task_status(tenant: Tenant, task: str) -> str:
    """The Status of a deploy's task."""
    return str((await tenant.one(f"BuildAndDeployStatus(TaskId='{task}')"))["Status"])


async def test_a_deploy_answers_a_bare_task_id(tenant: Tenant) -> None:
    """202 and a UUID as plain text, whatever Accept says."""
    await tenant.with_flow()
    task = await tenant.deploy()
    assert str(uuid.UUID(task)) == task


async def test_a_first_deploy_as_it_is_seen_from_outside(tenant: Tenant) -> None:
    """DEPLOYING with 404; SUCCESS with 404; STARTING; STARTED. The 404 has SAP's words."""
    await tenant.with_flow()
    task = await tenant.deploy()
    absent = await tenant.get(ARTIFACT)
    assert (absent.status_code, said(absent)) == (404, "Requested entity could not be found.")
    assert await task_status(tenant, task) == "DEPLOYING"
    tenant.clock.advance(0.5)
    assert await task_status(tenant, task) == "SUCCESS"
    assert (await tenant.get(ARTIFACT)).status_code == 404
    tenant.clock.advance(0.5)
    assert (await tenant.one(ARTIFACT))["Status"] == "STARTING"
    tenant.clock.advance(2)
    artifact = await tenant.one(ARTIFACT)
    assert (artifact["Status"], artifact["DeployedOn"]) == ("STARTED", f"/Date({START + 1000})/")
    assert (artifact["Type"], artifact["Version"]) == ("INTEGRATION_FLOW", "1.0.0")


async def test_a_redeploy_shows_old_started_and_old_date_first(tenant: Tenant) -> None:
    """Only a DeployedOn later than the request tells the new deploy from the old."""
    await tenant.with_flow()
    await tenant.deploy()
    tenant.clock.advance(60)
    before = await tenant.one(ARTIFACT)
    task = await tenant.deploy()
    tenant.clock.advance(0.6)
    assert await task_status(tenant, task) == "SUCCESS"
    assert await tenant.one(ARTIFACT) == before
    tenant.clock.advance(3)
    after = await tenant.one(ARTIFACT)
    assert after["Status"] == "STARTED"
    assert int(after["DeployedOn"][6:-2]) > START + 60_000


async def test_deployed_on_is_later_than_the_request_even_without_delays(tenant_with: TenantMaker) -> None:
    """With all durations zero one millisecond is left, so the proof of a deploy still works."""
    tenant = tenant_with(build_time=0, old_started_time=0, deploy_time=0)
    await tenant.with_flow()
    await tenant.deploy()
    tenant.clock.advance(0.001)
    assert (await tenant.one(ARTIFACT))["DeployedOn"] == f"/Date({START + 1})/"


async def test_the_runtime_runs_what_was_deployed(tenant: Tenant) -> None:
    """A later PUT is design time only."""
    await tenant.with_flow()
    await tenant.deploy()
    tenant.clock.advance(60)
    await tenant.write("PUT", FLOW, {"ArtifactContent": encoded(flow_zip(subject="CN=new"))})
    assert (await tenant.control("GET", "running/Orders_In")).content == flow_zip()


async def test_an_ordered_failure_fails_one_deploy(tenant: Tenant) -> None:
    """FAIL; the artifact ends in ERROR; its text comes later, as JSON to whoever asks for XML; the next works."""
    await tenant.with_flow()
    await tenant.control("POST", "fail-next-deploy", {"flow": "Orders_In", "text": "No script found."})
    task = await tenant.deploy()
    tenant.clock.advance(1)
    assert await task_status(tenant, task) == "FAIL"
    assert (await tenant.one(ARTIFACT))["Status"] == "ERROR"
    early = await tenant.get(ERROR, accept="application/xml")
    assert (early.status_code, early.content) == (204, b"")
    tenant.clock.advance(1)
    refused = await tenant.get(ERROR)
    assert refused.status_code == 406
    told = await tenant.get(ERROR, accept="application/xml")
    assert told.json() == {
        "message": {
            "subsystemName": "CONTENT",
            "subsytemPartName": "CONTENT_DEPLOY",
            "messageId": "GenerationFailed",
            "messageText": "",
        },
        "parameter": ["No script found."],
    }
    await tenant.deploy()
    tenant.clock.advance(60)
    assert (await tenant.one(ARTIFACT))["Status"] == "STARTED"
    assert (await tenant.get(ERROR, accept="application/xml")).status_code == 204


async def test_a_failed_build_can_leave_the_runtime_as_it_was(tenant_with: TenantMaker) -> None:
    """FAIL, and the old deploy goes on; the setting decides, since nobody knows."""
    tenant = tenant_with(failed_build="hidden")
    await tenant.with_flow()
    await tenant.deploy()
    tenant.clock.advance(60)
    before = await tenant.one(ARTIFACT)
    await tenant.control("POST", "fail-next-deploy", {"flow": "Orders_In"})
    task = await tenant.deploy()
    tenant.clock.advance(60)
    assert await task_status(tenant, task) == "FAIL"
    assert await tenant.one(ARTIFACT) == before


async def test_a_flow_for_another_runtime_never_appears(tenant: Tenant) -> None:
    """SAP_ProfileId integrationcell: SUCCESS, then 404 for ever."""
    content = _with_model(flow_zip(parameterised=True), b"", b"", b"SAP_ProfileId=integrationcell\n")
    await tenant.with_flow(content=content)
    task = await tenant.deploy()
    tenant.clock.advance(600)
    assert await task_status(tenant, task) == "SUCCESS"
    assert (await tenant.get(ARTIFACT)).status_code == 404


async def test_error_information_can_be_had_as_json(tenant_with: TenantMaker) -> None:
    """Two clients expect it; the setting decides. The bare entity is 404 always."""
    tenant = tenant_with(error_information_json="200")
    await tenant.with_flow()
    await tenant.control("POST", "fail-next-deploy", {"flow": "Orders_In"})
    await tenant.deploy()
    tenant.clock.advance(60)
    assert (await tenant.get(ERROR)).json()["parameter"] == ["The integration flow could not be generated."]
    assert (await tenant.get(f"{ARTIFACT}/ErrorInformation")).status_code == 404


async def test_a_broken_table_fails_the_build(tenant: Tenant) -> None:
    """The outcome follows from the content: a DN table that is no XML cannot be generated."""
    good = flow_zip()
    await tenant.with_flow(content=_with_model(good, b"&lt;/row&gt;", b"&lt;/rwo&gt;"))
    task = await tenant.deploy()
    tenant.clock.advance(60)
    assert await task_status(tenant, task) == "FAIL"
    assert "cannot be read" in (await tenant.get(ERROR, accept="application/xml")).json()["parameter"][0]


async def test_an_address_can_be_had_once(tenant: Tenant) -> None:
    """The second flow with the address of a running one ends in ERROR and names it; the first runs on."""
    await tenant.with_flow()
    await tenant.with_flow("Second", flow_zip("Second"))
    await tenant.deploy()
    tenant.clock.advance(60)
    task = await tenant.deploy("Second")
    tenant.clock.advance(60)
    assert await task_status(tenant, task) == "SUCCESS"
    rows = {row["Id"]: row["Status"] for row in await tenant.rows("IntegrationRuntimeArtifacts")}
    assert rows == {"Orders_In": "STARTED", "Second": "ERROR"}
    told = await tenant.get(ERROR.replace("Orders_In", "Second"), accept="application/xml")
    assert "orders is already used by the integration flow Orders_In" in told.json()["parameter"][0]


async def test_undeploying_leaves_the_design_time(tenant: Tenant) -> None:
    """202, STOPPING, 404; a second time 404; the flow can be deployed again."""
    await tenant.with_flow()
    await tenant.deploy()
    tenant.clock.advance(60)
    assert (await tenant.write("DELETE", ARTIFACT)).status_code == 202
    assert (await tenant.one(ARTIFACT))["Status"] == "STOPPING"
    tenant.clock.advance(1)
    assert (await tenant.write("DELETE", ARTIFACT)).status_code == 404
    assert (await tenant.get(FLOW)).status_code == 200
    await tenant.deploy()
    tenant.clock.advance(60)
    assert (await tenant.one(ARTIFACT))["Status"] == "STARTED"


async def test_deploying_or_asking_for_what_is_not_there(tenant: Tenant) -> None:
    """An unknown flow, version or task is a 404; nothing appears."""
    await tenant.with_flow()
    for query in ("Id='Nope'&Version='active'", "Id='Orders_In'&Version='7.7.7'"):
        assert (await tenant.write("POST", f"DeployIntegrationDesigntimeArtifact?{query}")).status_code == 404
    assert (await tenant.get("BuildAndDeployStatus(TaskId='nope')")).status_code == 404
    assert await tenant.rows("IntegrationRuntimeArtifacts") == []


async def test_the_list_filters_with_or_only(tenant: Tenant) -> None:
    """`or` on any property but DeployedOn; no count."""
    await tenant.with_flow()
    await tenant.deploy()
    tenant.clock.advance(60)
    path = "IntegrationRuntimeArtifacts"
    assert len(await tenant.rows(path, filter="Id eq 'Orders_In' or Id eq 'Other'")) == 1
    assert await tenant.rows(path, filter="Status eq 'ERROR'") == []
    for text in ("Id eq 'a' and Status eq 'b'", "DeployedOn eq datetime'2026-01-01T00:00:00'"):
        assert (await tenant.get(path, filter=text)).status_code == 501
    assert "__count" not in await tenant.one(path, inlinecount="allpages")


async def test_many_deploys_keep_the_content_that_runs(tenant: Tenant) -> None:
    """Old zips are dropped from the file, never the one that runs."""
    await tenant.with_flow()
    for number in range(30):
        await tenant.write("PUT", FLOW, {"ArtifactContent": encoded(flow_zip(subject=f"CN={number}"))})
        await tenant.deploy()
        tenant.clock.advance(60)
        assert (await tenant.control("GET", "running/Orders_In")).content == flow_zip(subject=f"CN={number}")


@pytest.mark.parametrize(
    ("adapter", "protocol", "prefix"), [("HTTPS", "REST", "http"), ("SOAP", "SOAP", "cxf"), ("IDOC", "SOAP", "cxf")]
)
async def test_endpoints_appear_after_started(tenant: Tenant, adapter: str, protocol: str, prefix: str) -> None:
    """They lag behind; the row names flow, address and protocol; $expand gives the URL."""
    content = sample_flow("Orders_In", "Orders", [SampleChannel("c", adapter=adapter, address="/orders/v1")])
    await tenant.with_flow(content=content)
    await tenant.deploy()
    tenant.clock.advance(3.5)
    assert (await tenant.one(ARTIFACT))["Status"] == "STARTED"
    assert await tenant.rows("ServiceEndpoints") == []
    tenant.clock.advance(3)
    (row,) = await tenant.rows("ServiceEndpoints", filter="Name eq 'Orders_In'", expand="EntryPoints")
    assert (row["Id"], row["Protocol"]) == ("Orders_In$endpointAddress=orders/v1", protocol)
    assert row["EntryPoints"]["results"][0]["Url"].endswith(f":80/{prefix}/orders/v1")
    assert (await tenant.get("ServiceEndpoints/$count")).text == "1"


def _with_model(content: bytes, before: bytes, after: bytes, parameters: bytes = b"") -> bytes:
    """The zip with bytes of its model replaced, and lines added to its parameters."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith(".iflw") and before:
                assert before in data
                data = data.replace(before, after)
            new.writestr(name, data + parameters if name.endswith(".prop") else data)
    return target.getvalue()
