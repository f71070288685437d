"""Happenings: what others do to the tenant behind the back of a renewal."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rehearsed_tenant import Tenant, TenantMaker, encoded, flow_zip, said

from certificates.rehearsal import RehearsalAuthority
from tenant.simulator.happenings import KINDS, kind_of
from tenant.simulator.key_records import KeyChange, NewKey, insert_instance, keys
from tenant.simulator.state import State

FLOW = "IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')"


async def happens(tenant: Tenant, kind: str, **order: object) -> str:
    """Let it happen; the sentence about it."""
    response = await tenant.control("POST", "happenings", {"kind": kind, **order})
    assert response.status_code == 201, response.text
    outcome: str = response.json()["last_outcome"]
    return outcome


async def status(tenant: Tenant) -> str:
    """What the runtime shows of the flow."""
    response = await tenant.get("IntegrationRuntimeArtifacts('Orders_In')")
    return response.json()["d"]["Status"] if response.status_code == 200 else str(response.status_code)


async def test_a_flow_is_locked_and_freed(tenant: Tenant) -> None:
    """The holder is named in the list of locks; writes are refused meanwhile."""
    await tenant.with_flow()
    assert await happens(tenant, "lock", flow="Orders_In", by="eve") == "eve holds Orders_In."
    assert (await tenant.rows("IntegrationDesigntimeLocks"))[0]["CreatedBy"] == "eve"
    assert (await tenant.write("PUT", FLOW, {"ArtifactContent": encoded(flow_zip())})).status_code == 400
    assert await happens(tenant, "unlock", flow="Orders_In") == "Orders_In is free."
    assert (await tenant.write("PUT", FLOW, {"ArtifactContent": encoded(flow_zip())})).status_code == 200


async def test_the_next_deploy_fails(tenant: Tenant) -> None:
    """Once; the one after it succeeds."""
    await tenant.with_flow()
    await happens(tenant, "fail-next-deploy", flow="Orders_In", text="No memory.")
    for expected in ("ERROR", "STARTED"):
        await tenant.deploy()
        tenant.clock.advance(60)
        assert await status(tenant) == expected


async def test_a_deploy_whose_task_never_ends(tenant: Tenant) -> None:
    """DEPLOYING for ever, and the flow never appears; the next deploy is a normal one."""
    await tenant.with_flow()
    await happens(tenant, "deploy-never-starts", flow="Orders_In")
    task = await tenant.deploy()
    tenant.clock.advance(10**6)
    assert (await tenant.one(f"BuildAndDeployStatus(TaskId='{task}')"))["Status"] == "DEPLOYING"
    assert await status(tenant) == "404"
    await tenant.deploy()
    tenant.clock.advance(60)
    assert await status(tenant) == "STARTED"


async def test_a_deploy_that_the_runtime_never_shows(tenant: Tenant) -> None:
    """The task succeeds, yet what ran before still runs, with its old DeployedOn."""
    await tenant.with_flow()
    await tenant.deploy()
    tenant.clock.advance(60)
    before = await tenant.one("IntegrationRuntimeArtifacts('Orders_In')")
    await happens(tenant, "deploy-never-starts", flow="Orders_In", stage="runtime")
    task = await tenant.deploy()
    tenant.clock.advance(10**6)
    assert (await tenant.one(f"BuildAndDeployStatus(TaskId='{task}')"))["Status"] == "SUCCESS"
    assert await tenant.one("IntegrationRuntimeArtifacts('Orders_In')") == before


async def test_a_transport_puts_back_what_ran_before(tenant: Tenant) -> None:
    """The change is gone from design time and runtime; the flow has a new version, by the user transport."""
    await tenant.with_flow()
    await tenant.deploy()
    tenant.clock.advance(60)
    await tenant.write("PUT", FLOW, {"ArtifactContent": encoded(flow_zip(subject="CN=new"))})
    await tenant.write("POST", "IntegrationDesigntimeArtifactSaveAsVersion?Id='Orders_In'&SaveAsVersion='1.0.1'")
    await tenant.deploy()
    tenant.clock.advance(60)
    said_so = await happens(tenant, "transport", flow="Orders_In")
    assert said_so == "transport overwrote Orders_In and deployed it as 1.0.2."
    flow = await tenant.one(FLOW)
    assert (flow["Version"], flow["ModifiedBy"]) == ("1.0.2", "transport")
    assert (await tenant.get(f"{FLOW}/$value", accept="*/*")).content == flow_zip()
    tenant.clock.advance(60)
    running = await tenant.one("IntegrationRuntimeArtifacts('Orders_In')")
    assert (running["Version"], running["DeployedBy"]) == ("1.0.2", "transport")
    assert (await tenant.control("GET", "running/Orders_In")).content == flow_zip()


async def test_a_transport_brings_a_content_of_its_own(tenant: Tenant) -> None:
    """Over a lock too: a transport asks nobody."""
    await tenant.with_flow()
    await happens(tenant, "lock", flow="Orders_In")
    other = flow_zip(subject="CN=other")
    await happens(tenant, "transport", flow="Orders_In", content=encoded(other), by="ctms")
    assert (await tenant.get(f"{FLOW}/$value", accept="*/*")).content == other


async def test_a_transport_without_anything_older_does_nothing(tenant: Tenant) -> None:
    """And says so."""
    await tenant.with_flow()
    assert "nothing happened" in await happens(tenant, "transport", flow="Orders_In")


async def test_a_mapping_is_deleted(tenant: Tenant) -> None:
    """Of a user, or by its id."""
    authority = RehearsalAuthority.create(now=datetime.now(UTC))
    for user in ("A", "B"):
        await tenant.control("POST", "mappings", {"user": user, "certificate": authority.issue(user).pem})
    assert await happens(tenant, "delete-mapping", user="A") == "1 certificate-to-user mapping deleted."
    (left,) = await tenant.rows("CertificateUserMappings")
    assert left["User"] == "B"
    await happens(tenant, "delete-mapping", id=left["Id"])
    assert await tenant.rows("CertificateUserMappings") == []


async def test_a_service_key_is_deleted(tenant_with: TenantMaker, tmp_path: Path) -> None:
    """By its name."""
    tenant = tenant_with(profile="cloud-foundry")
    issued = RehearsalAuthority.create(now=datetime.now(UTC)).issue("x")
    state, now = State(tmp_path / "tenant.sqlite"), tenant.clock.now
    with state.transaction():
        instance = insert_instance(state, "inbound", "integration-flow", ("ESBMessaging.send",), now)
        KeyChange(state, now, 0).create(NewKey(instance.guid, "old-key", issued.der, issued.pem))
    assert await happens(tenant, "delete-service-key", key="old-key") == "1 service key deleted."
    assert [key for key in keys(state, now) if not key.gone(now)] == []
    state.close()


async def test_every_session_ends(tenant: Tenant) -> None:
    """The next write lacks its token."""
    await tenant.with_package()
    await happens(tenant, "end-sessions")
    response = await tenant.write("POST", "IntegrationPackages", {"Id": "B", "ShortText": "b"})
    assert (response.status_code, response.headers["X-CSRF-Token"]) == (403, "Required")


async def test_every_token_ends(tenant: Tenant, tmp_path: Path) -> None:
    """As if their time were over."""
    state = State(tmp_path / "tenant.sqlite")
    state.insert("tokens", digest="d", audience="api", roles="[]", expires_at=tenant.clock.now + 1000)
    assert await happens(tenant, "expire-tokens") == "1 access token ended."
    row = state.row("SELECT expires_at FROM tokens")
    assert row is not None
    assert row["expires_at"] == tenant.clock.now
    state.close()


async def test_a_node_lags(tenant: Tenant, tmp_path: Path) -> None:
    """The runtime reads its lag from the state."""
    await happens(tenant, "node-lags", node="2", seconds=30)
    state = State(tmp_path / "tenant.sqlite")
    assert [tuple(row) for row in state.rows("SELECT * FROM node_lags")] == [("2", 30.0)]
    state.close()


async def test_what_is_ordered_can_be_listed_and_taken_back(tenant: Tenant) -> None:
    """Also what happened already; one by its number, or all."""
    await tenant.with_flow()
    await happens(tenant, "lock", flow="Orders_In")
    await happens(tenant, "unlock", flow="Orders_In", after=60)
    listed = (await tenant.control("GET", "happenings")).json()["happenings"]
    assert [(one["happening"]["kind"], one["happened"]) for one in listed] == [("lock", 1), ("unlock", 0)]
    assert (await tenant.control("DELETE", f"happenings/{listed[1]['id']}")).status_code == 204
    tenant.clock.advance(61)
    assert len(await tenant.rows("IntegrationDesigntimeLocks")) == 1
    assert (await tenant.control("DELETE", "happenings")).status_code == 204
    assert (await tenant.control("GET", "happenings")).json() == {"happenings": []}


async def test_a_flow_that_is_not_there(tenant: Tenant) -> None:
    """Nothing happens, and the list says so: the flow may have been there when it was ordered."""
    assert await happens(tenant, "lock", flow="Nope") == "There is no flow Nope; nothing happened."


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"kind": "earthquake"},
        {"kind": "lock"},
        {"kind": "lock", "flow": "x", "colour": "red"},
        {"kind": "lock", "flow": "x", "every": 0},
        {"kind": "transport", "flow": "x", "content": "bm8gemlw"},
        {"kind": "node-lags", "node": "1", "seconds": -1},
    ],
)
async def test_an_order_that_cannot_be_read_is_refused(tenant: Tenant, order: dict[str, Any]) -> None:
    """400 with the reason; nothing is ordered."""
    response = await tenant.control("POST", "happenings", order)
    assert response.status_code == 400
    assert response.json()["error"].startswith("The order cannot be read: ")
    assert (await tenant.control("GET", "happenings")).json() == {"happenings": []}


def test_every_kind_has_a_word_and_a_sentence() -> None:
    """The command line is made of them."""
    assert len({kind_of(model) for model in KINDS}) == len(KINDS)
    assert all((model.__doc__ or "").split("\n")[0].endswith(".") for model in KINDS)


async def test_a_sentence_of_sap_stays(tenant: Tenant) -> None:
    """A lock that happened refuses with SAP's own words."""
    await tenant.with_flow()
    await happens(tenant, "lock", flow="Orders_In")
    refused = await tenant.write("PUT", FLOW, {"ArtifactContent": encoded(flow_zip())})
    assert said(refused) == "Cannot update the artifact as it is locked"
