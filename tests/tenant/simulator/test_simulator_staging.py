"""Setting the stage by control calls: running flows made from scratch, and user mappings."""

import base64
from datetime import UTC, datetime

import pytest
from rehearsed_tenant import Tenant, said

from certificates.facts import mapping_id
from certificates.rehearsal import Issued, RehearsalAuthority
from process.facts import NamePair
from tenant.flows import find_rows, read_flow
from tenant.simulator.settings import DEFAULT_PACKAGE
from tenant.simulator.staging import STAGE

NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
ROW = {"subject": 'CN=a, O="Acme, Inc.", C=DE', "issuer": "CN=Ä & <ca>, C=DE"}
NAMES = NamePair(**ROW)
CHANNEL = {"name": "in", "address": "/orders", "rows": [ROW]}
KEY = "IntegrationDesigntimeArtifacts(Id='Orders',Version='active')"


def issued(name: str = "sender") -> Issued:
    """A certificate made for the test."""
    return RehearsalAuthority.create(now=NOW).issue(name)


async def stage(tenant: Tenant, **order: object) -> None:
    """Order a flow and see it made."""
    response = await tenant.control("POST", "flows", {"flow": "Orders", "channels": [CHANNEL], **order})
    assert response.status_code == 201, response.text
    assert response.json() == {"flow": order.get("flow", "Orders")}


async def content(tenant: Tenant) -> bytes:
    """The zip of the design time."""
    return (await tenant.get(f"{KEY}/$value", accept="application/octet-stream")).content


async def test_a_staged_flow_runs_in_its_first_version(tenant: Tenant) -> None:
    """It stands in its package, saved and no draft, and what runs is what was designed."""
    await stage(tenant)
    flows = await tenant.rows(f"IntegrationPackages('{DEFAULT_PACKAGE}')/IntegrationDesigntimeArtifacts")
    assert [(f["Id"], f["Name"], f["Version"], f["CreatedBy"]) for f in flows] == [
        ("Orders", "Orders", "1.0.0", STAGE)
    ]
    runs = await tenant.one("IntegrationRuntimeArtifacts('Orders')")
    assert (runs["Status"], runs["Version"], runs["DeployedBy"]) == ("STARTED", "1.0.0", STAGE)
    assert (await tenant.control("GET", "running/Orders")).content == await content(tenant)


@pytest.mark.parametrize("parameterised", [False, True])
async def test_its_channels_are_as_ordered(tenant: Tenant, parameterised: bool) -> None:
    """Names with every odd character come through as they are, in the table or through parameters."""
    second = {"name": "soap", "address": "/soap", "adapter": "SOAP", "authorization": "RoleBased", "role": "A.b"}
    await stage(tenant, name="Orders in", channels=[{**CHANNEL, "parameterised": parameterised}, second])
    flow = read_flow(await content(tenant))
    assert [(c.name, c.adapter, c.address, c.role) for c in flow.channels] == [
        ("in", "HTTPS", "/orders", "ESBMessaging.send"),
        ("soap", "SOAP", "/soap", "A.b"),
    ]
    ((channel, row),) = find_rows(flow, NAMES)
    assert (channel.name, row.subject, row.issuer) == ("in", NAMES.subject, NAMES.issuer)
    assert (row.subject_from is not None) == parameterised


async def test_a_staged_flow_can_be_changed_like_any_other(tenant: Tenant) -> None:
    """Upload, save, deploy: nothing tells it from a flow that came over the API."""
    await stage(tenant)
    body = {"Name": "Orders", "ArtifactContent": base64.b64encode(await content(tenant)).decode()}
    assert (await tenant.write("PUT", KEY, body)).status_code == 200
    saved = await tenant.write("POST", "IntegrationDesigntimeArtifactSaveAsVersion?Id='Orders'&SaveAsVersion='1.0.1'")
    assert saved.status_code == 200
    await tenant.deploy("Orders")
    tenant.clock.advance(60)
    runs = await tenant.one("IntegrationRuntimeArtifacts('Orders')")
    assert (runs["Status"], runs["Version"]) == ("STARTED", "1.0.1")


async def test_a_flow_that_is_there_is_left_alone(tenant: Tenant) -> None:
    """Staging twice is refused and changes nothing, so that a rehearsal does not lose what people did."""
    await stage(tenant)
    before = await content(tenant)
    again = await tenant.control("POST", "flows", {"flow": "Orders", "channels": []})
    assert again.status_code == 409
    assert "Orders" in again.json()["error"]
    assert await content(tenant) == before


@pytest.mark.parametrize(
    ("wanted", "made"), [("Sales", "Sales"), ("Sales & Orders 2", "SalesOrders2"), ("!?", DEFAULT_PACKAGE)]
)
async def test_its_package_is_made_where_it_is_missing(tenant: Tenant, wanted: str, made: str) -> None:
    """Ids of packages hold letters and digits only; a package that is there gets the next flow too."""
    await stage(tenant, package=wanted)
    await stage(tenant, flow="Invoices", package=wanted)
    assert [(p["Id"], p["Name"]) for p in await tenant.rows("IntegrationPackages")] == [(made, wanted)]
    flows = await tenant.rows(f"IntegrationPackages('{made}')/IntegrationDesigntimeArtifacts")
    assert [f["Id"] for f in flows] == ["Invoices", "Orders"]


async def test_two_staged_flows_of_one_address_clash_at_the_next_deploy(tenant: Tenant) -> None:
    """Addresses are unique in a tenant; the stage does not check what only a deploy finds."""
    await stage(tenant)
    await stage(tenant, flow="Twin")
    await tenant.deploy("Twin")
    tenant.clock.advance(60)
    assert (await tenant.one("IntegrationRuntimeArtifacts('Twin')"))["Status"] == "ERROR"


async def test_a_staged_mapping_is_as_the_administrator_would_make_it(tenant: Tenant) -> None:
    """Under the MD5 of the certificate, with its end; the leaf alone, whatever came with it."""
    certificate = issued()
    order = {"user": "ERP", "certificate": certificate.bundle_pem}
    response = await tenant.control("POST", "mappings", order)
    assert (response.status_code, response.json()) == (201, {"Id": mapping_id(certificate.der)})
    (row,) = await tenant.rows("CertificateUserMappings")
    assert (row["Id"], row["User"], row["CreatedBy"]) == (mapping_id(certificate.der), "ERP", STAGE)
    assert base64.b64decode(row["Certificate"]).decode() == certificate.pem
    assert int(row["ValidUntil"]) == round(certificate.facts.not_after.timestamp() * 1000)


async def test_a_certificate_has_one_user(tenant: Tenant) -> None:
    """Staged again for another user it moves, as the API moves it; another certificate comes beside."""
    first, second = issued("a"), issued("b")
    for user, certificate in (("ERP", first), ("SHOP", first), ("SHOP", second)):
        await tenant.control("POST", "mappings", {"user": user, "certificate": certificate.pem})
    rows = {row["Id"]: row["User"] for row in await tenant.rows("CertificateUserMappings")}
    assert rows == {mapping_id(first.der): "SHOP", mapping_id(second.der): "SHOP"}


async def test_a_staged_mapping_can_be_removed_over_the_api(tenant: Tenant) -> None:
    """It is a mapping like any other."""
    certificate = issued()
    await tenant.control("POST", "mappings", {"user": "ERP", "certificate": certificate.pem})
    gone = await tenant.write("DELETE", f"CertificateUserMappings('{mapping_id(certificate.der)}')")
    assert gone.status_code == 204
    assert await tenant.rows("CertificateUserMappings") == []


@pytest.mark.parametrize(
    ("call", "order"),
    [
        ("flows", {}),
        ("flows", {"flow": "Orders", "colour": "red"}),
        ("flows", {"flow": "Orders", "channels": [{"name": "in"}]}),
        ("flows", {"flow": "Orders", "channels": [{**CHANNEL, "rows": [{"subject": "CN=a"}]}]}),
        ("mappings", {"user": "ERP"}),
        ("mappings", {"user": "ERP", "certificate": "no certificate"}),
        ("mappings", {"user": "ERP", "certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}),
        ("mappings", {"user": "ERP", "certificate": "ünlesbar"}),
    ],
)
async def test_an_order_that_does_not_fit_is_refused(tenant: Tenant, call: str, order: dict[str, object]) -> None:
    """With a sentence, and the tenant is as it was: no half-made package or flow."""
    response = await tenant.control("POST", call, order)
    assert response.status_code == 400
    assert response.json()["error"].endswith(".")
    assert await tenant.rows("IntegrationPackages") == []
    assert await tenant.rows("CertificateUserMappings") == []


async def test_only_the_user_may_set_the_stage(tenant: Tenant) -> None:
    """A stranger is turned away as by the API."""
    tenant.client.auth = None
    for call, order in (("flows", {"flow": "Orders"}), ("mappings", {"user": "ERP", "certificate": issued().pem})):
        assert (await tenant.control("POST", call, order)).status_code == 401


async def test_the_stage_is_no_request_of_saps_api(tenant: Tenant) -> None:
    """Control calls are not in the log, whose counts tests and rehearsals rest on."""
    await stage(tenant)
    assert (await tenant.control("GET", "log")).json() == {"requests": []}


async def test_a_configure_only_package_can_be_staged(tenant: Tenant) -> None:
    """Staged, then sealed: its flows are listed and cannot be downloaded."""
    await stage(tenant, package="Sealed")
    assert (await tenant.control("POST", "configure-only", {"package": "Sealed"})).status_code == 204
    refused = await tenant.get(f"{KEY}/$value")
    assert (refused.status_code, said(refused)) == (400, "Cannot download the artifact from a configure only package")
