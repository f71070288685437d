"""The runtime nodes: each has a deploy at its own moment, keeps the old one until then, and leaves its traces."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from rehearsed_tenant import TenantMaker, encoded
from sending import Stage, at_node, staged

from certificates.rehearsal import Issued
from process.facts import NamePair
from tenant.flows import add_names, read_flow
from tenant.simulator.traffic.gates import Gate

KEY = "IntegrationDesigntimeArtifacts(Id='Orders',Version='active')"
SLOW = {"build_time": 1, "old_started_time": 1, "deploy_time": 2}
"""From the order of a deploy it takes four seconds until the first node has it."""


async def add_pair(stage: Stage, old: Issued, new: Issued) -> None:
    """The client's own edit: the new pair beside the old one, saved and deployed."""
    content = (await stage.tenant.get(f"{KEY}/$value", accept="application/octet-stream")).content
    edited = add_names(content, old.facts.names, new.facts.names).zip_bytes
    assert edited != content
    body = {"Name": "Orders", "ArtifactContent": encoded(edited)}
    assert (await stage.tenant.write("PUT", KEY, body)).status_code == 200
    await stage.tenant.deploy("Orders")


async def both(stage: Stage) -> tuple[Issued, Issued]:
    """A running flow that lists the old certificate, and a new one with other names."""
    old, new = stage.issue(), stage.issue("CN=new sender, O=Rehearsal, C=DE")
    await stage.flow_for(old)
    return old, new


async def answers(stage: Stage, certificate: Issued) -> list[int]:
    """What each of two nodes answers."""
    sender = stage.sender(certificate)
    return [(await sender.post("/http/orders", headers=at_node(node))).status_code for node in (1, 2)]


async def status(stage: Stage) -> tuple[str, str]:
    """Status and version of the runtime artifact, as SAP's API shows it."""
    row = await stage.tenant.one("IntegrationRuntimeArtifacts('Orders')")
    return row["Status"], row["Version"]


async def test_a_node_answers_with_the_old_content_until_the_new_one_is_there(
    tenant_with: TenantMaker, tmp_path: Path
) -> None:
    """The API says STARTING meanwhile; nobody who was let in is refused at any moment."""
    async with staged(tenant_with(**SLOW), tmp_path) as stage:
        old, new = await both(stage)
        stage.tenant.clock.advance(1)
        await add_pair(stage, old, new)
        for _ in range(4):
            assert await answers(stage, old) == [200, 200]
            assert await answers(stage, new) == [403, 403]
            stage.tenant.clock.advance(1)
        assert (await status(stage))[0] == "STARTED"
        assert await answers(stage, old) == [200, 200]
        assert await answers(stage, new) == [200, 200]


@pytest.mark.parametrize(("means", "shown"), [("first-node", "STARTED"), ("all-nodes", "STARTING")])
async def test_two_nodes_may_have_two_contents_at_once(
    tenant_with: TenantMaker, tmp_path: Path, means: str, shown: str
) -> None:
    """The trap: one node lets the new certificate in, the other does not yet, and the API may say STARTED."""
    async with staged(tenant_with(**SLOW, node_spread=10, started_means=means), tmp_path) as stage:
        old, new = await both(stage)
        stage.tenant.clock.advance(1)
        await add_pair(stage, old, new)
        stage.tenant.clock.advance(5)
        assert await answers(stage, new) == [200, 403]
        assert await answers(stage, old) == [200, 200]
        assert (await status(stage))[0] == shown
        stage.tenant.clock.advance(9)
        assert await answers(stage, new) == [200, 200]
        assert (await status(stage))[0] == "STARTED"


async def test_a_node_that_lags_keeps_its_content_over_several_deploys(
    tenant_with: TenantMaker, tmp_path: Path
) -> None:
    """What an old node still answers with is not thrown away by newer deploys."""
    async with staged(tenant_with(**SLOW, started_means="first-node"), tmp_path) as stage:
        old, new = await both(stage)
        await stage.tenant.control("POST", "nodes", {"node": 2, "lag": 600})
        stage.tenant.clock.advance(10)
        await add_pair(stage, old, new)
        for _ in range(3):
            stage.tenant.clock.advance(10)
            await stage.tenant.deploy("Orders")
        stage.tenant.clock.advance(10)
        assert await answers(stage, old) == [200, 200]
        assert await answers(stage, new) == [200, 403]
        stage.tenant.clock.advance(600)
        assert await answers(stage, new) == [200, 200]


@pytest.mark.parametrize("gap_status", ["503", "404"])
async def test_a_redeploy_may_be_a_brief_downtime(tenant_with: TenantMaker, tmp_path: Path, gap_status: str) -> None:
    """Just before a node has the new content it answers nobody, which is no refusal of the certificate."""
    async with staged(tenant_with(**SLOW, redeploy_gap=1, redeploy_gap_status=gap_status), tmp_path) as stage:
        old, new = await both(stage)
        stage.tenant.clock.advance(1)
        await add_pair(stage, old, new)
        seen = []
        for _ in range(5):
            seen.append((await answers(stage, old))[0])
            stage.tenant.clock.advance(1)
        assert seen == [200, 200, 200, int(gap_status), 200]


async def test_what_changes_meanwhile_is_seen(tenant_with: TenantMaker, tmp_path: Path) -> None:
    """Also what another process on the same file changes: nothing is kept that a deploy made old."""
    async with staged(tenant_with(build_time=0, old_started_time=0, deploy_time=0), tmp_path) as stage:
        old, new = await both(stage)
        assert await answers(stage, new) == [403, 403]
        other = Stage(tenant_with(build_time=0, old_started_time=0, deploy_time=0), stage.side, tmp_path, stage.root)
        await add_pair(other, old, new)
        stage.tenant.clock.advance(1)
        assert await answers(stage, new) == [200, 200]


async def test_an_undeployed_flow_is_not_found(stage: Stage) -> None:
    """404 with the container's HTML page, at once at every node."""
    certificate = stage.issue()
    await stage.flow_for(certificate)
    stage.tenant.clock.advance(1)
    assert (await stage.tenant.write("DELETE", "IntegrationRuntimeArtifacts('Orders')")).status_code == 202
    answer = await stage.sender(certificate).post("/http/orders")
    assert (answer.status_code, answer.text.startswith("<!doctype html>")) == (404, True)
    assert (await stage.last())["gate"] == Gate.NOT_DEPLOYED


async def test_a_deploy_that_fails_to_start_answers_nobody(stage: Stage) -> None:
    """The runtime shows ERROR, and so the nodes behave."""
    certificate = stage.issue()
    await stage.flow_for(certificate)
    await stage.tenant.control("POST", "fail-next-deploy", {"flow": "Orders"})
    stage.tenant.clock.advance(1)
    await stage.tenant.deploy("Orders")
    stage.tenant.clock.advance(10)
    assert (await status(stage))[0] == "ERROR"
    assert (await stage.sender(certificate).post("/http/orders")).status_code == 404


@pytest.mark.parametrize("path", ["/cxf/orders", "/http/order", "/http/orders/more", "/orders", "/"])
async def test_another_path_is_not_found(stage: Stage, path: str) -> None:
    """The prefix belongs to the adapter: HTTPS is called under /http/ only."""
    certificate = stage.issue()
    await stage.flow_for(certificate)
    assert (await stage.sender(certificate).post(path)).status_code == 404
    assert stage.messages() == []


@pytest.mark.parametrize("adapter", ["SOAP", "IDOC", "XI"])
async def test_the_other_adapters_are_called_under_cxf(stage: Stage, adapter: str) -> None:
    """They take the message with a 202 and no body."""
    certificate = stage.issue()
    await stage.flow_for(certificate, adapter=adapter)
    sender = stage.sender(certificate)
    answer = await sender.post("/cxf/orders?x=1", content=b"<a/>")
    assert (answer.status_code, answer.content) == (202, b"")
    assert (await sender.post("/http/orders")).status_code == 404


async def test_an_address_may_stand_for_what_is_below(stage: Stage) -> None:
    """`/*` at its end; an exact address of another flow goes first."""
    certificate = stage.issue()
    await stage.flow_for(certificate, "All", address="/orders/*")
    await stage.flow_for(certificate, "One", address="/orders/one")
    sender = stage.sender(certificate)
    for path in ("/http/orders/one", "/http/orders/two/three"):
        assert (await sender.post(path)).status_code == 200
    assert stage.messages() == ["One", "All"]


@pytest.mark.parametrize("name", ["", "sender-certificate"])
async def test_a_flow_may_write_which_certificate_it_saw(tenant_with: TenantMaker, tmp_path: Path, name: str) -> None:
    """The SHA-256 as a custom header property, where the setting says that flows do so; else nothing."""
    async with staged(tenant_with(evidence_property=name), tmp_path) as stage:
        certificate = stage.issue()
        await stage.flow_for(certificate)
        await stage.sender(certificate).post("/http/orders")
        written = (await stage.tenant.rows("MessageProcessingLogs", expand="CustomHeaderProperties"))[0]
        found = [(one["Name"], one["Value"]) for one in written["CustomHeaderProperties"]["results"]]
        assert found == ([(name, hashlib.sha256(certificate.der).hexdigest())] if name else [])


async def test_the_access_log_has_path_and_status_of_every_message(stage: Stage) -> None:
    """Without the query, which may hold anything."""
    await stage.flow_for(stage.issue())
    await stage.sender().post("/http/orders?secret=1", headers=at_node(2))
    rows = stage.side.state.rows("SELECT node, text FROM trace_lines WHERE log_file_type = 'http'")
    assert [(row["node"], row["text"]) for row in rows] == [("2", "POST /http/orders 401")]


async def test_a_csrf_protected_channel_wants_a_token(stage: Stage) -> None:
    """403 with the header in lower case and three cookies; fetched by GET, token and cookies let the message in."""
    certificate = stage.issue()
    await stage.flow_for(certificate)
    await protect(stage)
    sender = stage.sender(certificate)
    refused = await sender.post("/http/orders")
    assert (refused.status_code, refused.headers["X-CSRF-Token"]) == (403, "required")
    assert len(refused.headers.get_list("set-cookie")) == 3
    assert (await stage.last())["gate"] == Gate.CSRF
    fetched = await sender.get("/http/orders", headers={"X-CSRF-Token": "Fetch"})
    token = fetched.headers["X-CSRF-Token"]
    assert len(fetched.headers.get_list("set-cookie")) == 3
    assert (await sender.post("/http/orders", headers={"X-CSRF-Token": token})).status_code == 200
    sender.cookies.clear()
    assert (await sender.post("/http/orders", headers={"X-CSRF-Token": token})).status_code == 403
    assert stage.messages() == ["Orders"]


async def test_the_token_does_not_replace_the_certificate(stage: Stage) -> None:
    """Nobody gets a token either."""
    await stage.flow_for(stage.issue())
    await protect(stage)
    fetched = await stage.sender().get("/http/orders", headers={"X-CSRF-Token": "Fetch"})
    assert (fetched.status_code, "X-CSRF-Token" in fetched.headers) == (401, False)


def protected(content: bytes) -> bytes:
    """The zip with the property of CSRF protection at its sender channel."""
    target = io.BytesIO()
    marker = b"<key>senderAuthType</key>"
    added = b"<key>xsrfProtection</key><value>1</value></ifl:property><ifl:property>" + marker
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.infolist():
            new.writestr(member, old.read(member).replace(marker, added))
    return target.getvalue()


async def protect(stage: Stage) -> None:
    """Switch the channel's CSRF protection on and deploy."""
    content = (await stage.tenant.get(f"{KEY}/$value", accept="application/octet-stream")).content
    body = {"Name": "Orders", "ArtifactContent": encoded(protected(content))}
    assert (await stage.tenant.write("PUT", KEY, body)).status_code == 200
    stage.tenant.clock.advance(1)
    await stage.tenant.deploy("Orders")
    stage.tenant.clock.advance(10)


async def test_what_the_client_reads_is_what_the_nodes_do(stage: Stage) -> None:
    """Two readers, written apart, of one table: each pair that the client's reader lists is let in."""
    certificate = stage.issue('CN="a+b", O="Ä & <Söhne>", C=DE')
    await stage.flow_for(certificate, parameterised=True)
    content = (await stage.tenant.control("GET", "running/Orders")).content
    rows = [NamePair(row.subject, row.issuer) for row in read_flow(content).channels[0].rows]
    assert rows == [certificate.facts.names]
    assert (await stage.sender(certificate).post("/http/orders")).status_code == 200
