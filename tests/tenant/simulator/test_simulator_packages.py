"""IntegrationPackages: creating, reading, the list of flows and its trap."""

import pytest
from rehearsed_tenant import Tenant, TenantMaker, encoded, flow_zip, said

FLOWS = "IntegrationPackages('Orders')/IntegrationDesigntimeArtifacts"


async def test_a_package_is_made_and_read(tenant: Tenant) -> None:
    """201 with the entity; afterwards it is there, editable."""
    body = {"Id": "Orders", "Name": "All orders", "ShortText": "Orders", "Vendor": "me"}
    response = await tenant.write("POST", "IntegrationPackages", body)
    assert (response.status_code, response.json()["d"]["Name"]) == (201, "All orders")
    package = await tenant.one("IntegrationPackages('Orders')")
    assert (package["Mode"], package["Vendor"], package["ShortText"]) == ("EDIT_ALLOWED", "me", "Orders")


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (
            {"Id": "Or_ders", "ShortText": "x"},
            400,
            "Property 'Id' value cannot have a special character. Enter a valid Id.",
        ),
        ({"Id": "Orders"}, 400, "Property 'ShortText' cannot be empty"),
        (
            {"Id": "Taken", "ShortText": "x"},
            409,
            "Entity with the specified IntegrationPackage id already exist.",
        ),
        ({"Id": 7}, 400, "Property 'Id' is not a string."),
        (["no object"], 400, "The request body is not a JSON object."),
    ],
)
async def test_a_package_that_cannot_be_made(tenant: Tenant, body: object, status: int, text: str) -> None:
    """Each reason has SAP's status and words."""
    await tenant.with_package("Taken")
    response = await tenant.write("POST", "IntegrationPackages", body)
    assert (response.status_code, said(response)) == (status, text)


async def test_a_package_that_is_not_there(tenant: Tenant) -> None:
    """The text names the package, also for the list of its flows."""
    for path in ("IntegrationPackages('Nope')", FLOWS.replace("Orders", "Nope")):
        response = await tenant.get(path)
        assert (response.status_code, said(response)) == (404, "Integration package Nope does not exist.")


async def test_counting_packages_is_not_implemented(tenant: Tenant) -> None:
    """$inlinecount is a 501 here; $top and $skip work."""
    for name in ("A", "B", "C"):
        await tenant.with_package(name)
    refused = await tenant.get("IntegrationPackages", inlinecount="allpages")
    assert (refused.status_code, said(refused)) == (501, "$count is not supported")
    assert [row["Id"] for row in await tenant.rows("IntegrationPackages", skip="1", top="1")] == ["B"]


async def test_skip_on_the_flows_of_a_package_gives_the_same_page_again(tenant: Tenant) -> None:
    """$skip and $inlinecount are ignored without a word, $top is honoured."""
    for name in ("a", "b", "c"):
        await tenant.with_flow(name)
    assert [row["Id"] for row in await tenant.rows(FLOWS, skip="2", top="2")] == ["a", "b"]
    assert "__count" not in await tenant.one(FLOWS, inlinecount="allpages")


async def test_a_deleted_package_takes_its_flows_along(tenant: Tenant) -> None:
    """202, then neither package nor flow is there."""
    await tenant.with_flow()
    assert (await tenant.write("DELETE", "IntegrationPackages('Orders')")).status_code == 202
    assert await tenant.rows("IntegrationPackages") == []
    assert (await tenant.get("IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')")).status_code == 404


async def test_a_configure_only_package_lets_only_parameters_change(tenant_with: TenantMaker) -> None:
    """Download, update, versioning, deletion and creation are 400; Configurations and deploy work."""
    tenant = tenant_with()
    await tenant.with_flow(content=flow_zip(parameterised=True))
    assert (await tenant.control("POST", "configure-only", {"package": "Orders"})).status_code == 204
    assert (await tenant.one("IntegrationPackages('Orders')"))["Mode"] == "READ_ONLY"
    flow = "IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')"
    download = await tenant.get(f"{flow}/$value")
    assert (download.status_code, said(download)) == (
        400,
        "Cannot download the artifact from a configure only package",
    )
    content = encoded(flow_zip())
    new = {"Id": "New", "Name": "New", "PackageId": "Orders", "ArtifactContent": content}
    refused = [
        await tenant.write("PUT", flow, {"ArtifactContent": content}),
        await tenant.write("DELETE", flow),
        await tenant.write("POST", "IntegrationDesigntimeArtifacts", new),
        await tenant.write("POST", "IntegrationDesigntimeArtifactSaveAsVersion?Id='Orders_In'&SaveAsVersion='2.0.0'"),
    ]
    for response in refused:
        assert response.status_code == 400
        assert said(response).endswith("artifact consists in a configure only package with Id: Orders.")
    changed = await tenant.write("PUT", f"{flow}/$links/Configurations('SubjectDN')", {"ParameterValue": "CN=b"})
    assert changed.status_code == 202
    await tenant.deploy()
