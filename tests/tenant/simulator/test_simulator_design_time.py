"""Design-time flows: reading, downloading, creating, replacing, versioning, deleting."""

import io
import zipfile

import pytest
from rehearsed_tenant import Tenant, TenantMaker, encoded, flow_zip, said

FLOW = "IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')"
LIST = "IntegrationPackages('Orders')/IntegrationDesigntimeArtifacts"
SAVE = "IntegrationDesigntimeArtifactSaveAsVersion?Id='Orders_In'&SaveAsVersion='{}'"


def changed(content: bytes, drop: str = "", **texts: str) -> bytes:
    """The zip without one member, and with texts replaced in the manifest."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            for before, after in texts.items() if name.endswith(".MF") else ():
                data = data.replace(f"{before}".replace("_", "-").encode() + b": 1.0.0", after.encode())
            if not drop or not name.endswith(drop):
                new.writestr(name, data)
    return target.getvalue()


async def listed(tenant: Tenant) -> str:
    """The Version that the list of the package shows."""
    (row,) = await tenant.rows(LIST)
    return str(row["Version"])


@pytest.mark.parametrize("version", ["active", "Active", "1.0.0"])
async def test_a_flow_is_read_under_active_or_its_number(tenant: Tenant, version: str) -> None:
    """A new flow has version 1.0.0 and is no draft."""
    await tenant.with_flow()
    flow = await tenant.one(f"IntegrationDesigntimeArtifacts(Id='Orders_In',Version='{version}')")
    assert (flow["Id"], flow["Version"], flow["PackageId"]) == ("Orders_In", "1.0.0", "Orders")
    assert await listed(tenant) == "1.0.0"


@pytest.mark.parametrize("key", ["Id='Orders_In',Version='9.9.9'", "Id='orders_in',Version='active'"])
async def test_another_number_or_case_is_not_there(tenant: Tenant, key: str) -> None:
    """Ids are case-sensitive, versions other than the current one are not had."""
    await tenant.with_flow()
    response = await tenant.get(f"IntegrationDesigntimeArtifacts({key})")
    assert (response.status_code, said(response)) == (404, "Integration design time artifact not found.")


async def test_a_download_gives_the_very_bytes(tenant: Tenant) -> None:
    """Nothing is repacked; the file name travels in Content-Disposition."""
    content = flow_zip()
    await tenant.with_flow(content=content)
    response = await tenant.get(f"{FLOW}/$value", accept="*/*")
    assert response.content == content
    assert response.headers["Content-Disposition"] == "attachment; filename=Orders_In.zip"


async def test_a_second_flow_of_the_same_id_is_a_server_error(tenant: Tenant) -> None:
    """SAP answers 500, not 409."""
    await tenant.with_flow()
    body = {"Id": "Orders_In", "Name": "Again", "PackageId": "Orders", "ArtifactContent": encoded(flow_zip())}
    response = await tenant.write("POST", "IntegrationDesigntimeArtifacts", body)
    assert (response.status_code, said(response)) == (
        500,
        "An integration flow Again with the ID Orders_In already exists in the Orders package."
        " Please rename the artifact ID.",
    )


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"Name": "1st"}, 400, "Name should begin with alphabet"),
        ({"Name": "ends."}, 400, "Name should begin with alphabet"),
        ({"PackageId": "Nope"}, 404, "Integration package Nope does not exist."),
        ({"Id": ""}, 400, "Property 'Id'"),
        ({"ArtifactContent": ""}, 400, "Property 'ArtifactContent'"),
        ({"ArtifactContent": "%%%"}, 400, "not base64"),
        ({"ArtifactContent": encoded(b"no zip")}, 400, "not a zip file"),
    ],
)
async def test_a_flow_that_cannot_be_made(tenant: Tenant, change: dict[str, str], status: int, words: str) -> None:
    """Each reason has its status; nothing is created."""
    await tenant.with_package()
    body = {"Id": "New", "Name": "New", "PackageId": "Orders", "ArtifactContent": encoded(flow_zip()), **change}
    response = await tenant.write("POST", "IntegrationDesigntimeArtifacts", body)
    assert response.status_code == status
    assert words in said(response)
    assert await tenant.rows(LIST) == []


async def test_a_put_leaves_the_number_and_makes_a_draft(tenant: Tenant) -> None:
    """200 with an empty body; by key the version stays, the list of the package says `Active`."""
    await tenant.with_flow()
    new = flow_zip(subject="CN=new")
    tenant.clock.advance(5)
    response = await tenant.write("PUT", FLOW, {"ArtifactContent": encoded(new)})
    assert (response.status_code, response.content) == (200, b"")
    flow = await tenant.one(FLOW)
    assert (flow["Version"], flow["ModifiedAt"]) == ("1.0.0", str(tenant.clock.now))
    assert await listed(tenant) == "Active"
    assert (await tenant.get(f"{FLOW}/$value", accept="*/*")).content == new


async def test_a_draft_becomes_a_version(tenant: Tenant) -> None:
    """SaveAsVersion: 200 with an empty body, then the list shows the new number."""
    await tenant.with_flow()
    await tenant.write("PUT", FLOW, {"ArtifactContent": encoded(flow_zip())})
    response = await tenant.write("POST", SAVE.format("1.0.1"))
    assert (response.status_code, response.content) == (200, b"")
    assert await listed(tenant) == (await tenant.one(FLOW))["Version"] == "1.0.1"


@pytest.mark.parametrize("query", [SAVE.format("one"), SAVE.format("1.0.1").replace("'", ""), SAVE.split("&")[0]])
async def test_a_version_must_be_a_number_in_quotes(tenant: Tenant, query: str) -> None:
    """Function parameters stand in single quotes."""
    await tenant.with_flow()
    assert (await tenant.write("POST", query)).status_code == 400


async def test_a_name_alone_makes_a_draft(tenant: Tenant) -> None:
    """The content stays as it is."""
    await tenant.with_flow()
    assert (await tenant.write("PUT", FLOW, {"Name": "Renamed"})).status_code == 200
    assert (await tenant.one(FLOW))["Name"] == "Renamed"
    assert await listed(tenant) == "Active"
    assert (await tenant.get(f"{FLOW}/$value", accept="*/*")).content == flow_zip()


async def test_the_manifest_can_decide_the_version(tenant_with: TenantMaker) -> None:
    """As SAP's table has it: content is saved under the Bundle-Version of its manifest."""
    tenant = tenant_with(put_version="manifest")
    await tenant.with_flow()
    content = changed(flow_zip(), Bundle_Version="Bundle-Version: 3.2.1")
    await tenant.write("PUT", FLOW, {"ArtifactContent": encoded(content)})
    assert await listed(tenant) == (await tenant.one(FLOW))["Version"] == "3.2.1"


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (
            {"ArtifactContent": encoded(flow_zip("Other"))},
            400,
            "Could not update artifact of the package; due to change in the Bundle-symbolicName",
        ),
        ({"ArtifactContent": encoded(changed(flow_zip(), "propdef"))}, 500, "InputStream cannot be null"),
        ({"ArtifactContent": encoded(b"PK no zip")}, 400, "The content is not a zip file."),
        (
            {"ArtifactContent": encoded(flow_zip()), "Id": "Orders_In"},
            500,
            "Update of Integration Flow failed : Update of PackageId and Id are not allowed.",
        ),
    ],
)
async def test_a_refused_put_leaves_the_flow_untouched(
    tenant: Tenant, body: dict[str, str], status: int, text: str
) -> None:
    """Symbolic name, missing propdef, no zip, key fields: SAP's status and words, and no change."""
    await tenant.with_flow()
    response = await tenant.write("PUT", FLOW, body)
    assert (response.status_code, said(response)) == (status, text)
    assert (await tenant.get(f"{FLOW}/$value", accept="*/*")).content == flow_zip()
    assert await listed(tenant) == "1.0.0"


async def test_parameters_may_be_missing_altogether(tenant: Tenant) -> None:
    """A propdef without prop is fine; only the other way round fails."""
    await tenant.with_flow()
    content = changed(flow_zip(), "parameters.prop")
    assert (await tenant.write("PUT", FLOW, {"ArtifactContent": encoded(content)})).status_code == 200


async def test_key_fields_can_be_ignored(tenant_with: TenantMaker) -> None:
    """What a flow does with them is not documented; the setting decides."""
    tenant = tenant_with(put_key_fields="ignore")
    await tenant.with_flow()
    assert (await tenant.write("PUT", FLOW, {"Name": "New", "PackageId": "x"})).status_code == 200


async def test_deleting_takes_all_versions(tenant: Tenant) -> None:
    """200, then 404; what runs goes on running."""
    await tenant.with_flow()
    await tenant.deploy()
    tenant.clock.advance(60)
    assert (await tenant.write("DELETE", FLOW)).status_code == 200
    assert (await tenant.write("DELETE", FLOW)).status_code == 404
    assert (await tenant.one("IntegrationRuntimeArtifacts('Orders_In')"))["Status"] == "STARTED"
