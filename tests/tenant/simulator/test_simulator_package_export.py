"""What packages offer besides: replacement and export; and the check of a flow, which is text."""

import io
import zipfile

import pytest
from rehearsed_tenant import Tenant, encoded, flow_zip, said

FLOW = "IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')"
CHECK = "ValidateIntegrationDesigntimeArtifact?Id='Orders_In'&Version='active'"


async def test_a_package_is_replaced_whole(tenant: Tenant) -> None:
    """202 without a body; what is not sent is emptied, and a description becomes HTML."""
    await tenant.with_package()
    body = {"ShortText": "new", "Description": "words"}
    response = await tenant.write("PUT", "IntegrationPackages('Orders')", body)
    assert (response.status_code, response.content) == (202, b"")
    one = await tenant.one("IntegrationPackages('Orders')")
    assert (one["ShortText"], one["Description"], one["Version"], one["Vendor"]) == ("new", "<p>words</p>", "", "")
    refused = await tenant.write("PUT", "IntegrationPackages('Orders')", {})
    assert (refused.status_code, said(refused)) == (400, "Property 'ShortText' cannot be empty")


@pytest.mark.parametrize("method", ["PATCH", "MERGE"])
async def test_a_package_cannot_be_patched(tenant: Tenant, method: str) -> None:
    """501."""
    await tenant.with_package()
    assert (await tenant.write(method, "IntegrationPackages('Orders')", {"Version": "2"})).status_code == 501


async def test_a_package_with_a_draft_is_not_exported(tenant: Tenant) -> None:
    """500 in SAP's words, which name it; the version saved, its zips come."""
    await tenant.with_flow()
    await tenant.write("PUT", FLOW, {"Name": "Edited", "ArtifactContent": encoded(flow_zip())})
    refused = await tenant.get("IntegrationPackages('Orders')/$value")
    assert (refused.status_code, said(refused)) == (
        500,
        "Package export failed. It contains the following artifacts are in draft state:"
        " [ {Type=IFlow, Name=Edited} ].",
    )
    await tenant.write("POST", "IntegrationDesigntimeArtifactSaveAsVersion?Id='Orders_In'&SaveAsVersion='1.0.1'")
    exported = await tenant.get("IntegrationPackages('Orders')/$value", accept="*/*")
    with zipfile.ZipFile(io.BytesIO(exported.content)) as archive:
        assert [archive.read(name) for name in archive.namelist()] == [flow_zip()]


async def test_a_flow_is_checked(tenant: Tenant) -> None:
    """202 and a sentence: passed, or failed with a reason."""
    await tenant.with_flow()
    passed = await tenant.write("POST", CHECK)
    assert (passed.status_code, passed.text) == (202, "Check execution result: Passed")
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(flow_zip())) as whole, zipfile.ZipFile(target, "w") as damaged:
        for name in whole.namelist():
            damaged.writestr(name, b"<" if name.endswith(".iflw") else whole.read(name))
    await tenant.write("PUT", FLOW, {"ArtifactContent": encoded(target.getvalue())})
    failed = await tenant.write("POST", CHECK)
    assert (failed.status_code, failed.text[:31]) == (202, "Check execution result: Failed ")
