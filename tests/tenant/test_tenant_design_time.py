"""Packages, flows, uploads, versions, deploys and locks, as they go over the wire."""

import base64
import json
from datetime import UTC, datetime

import pytest
from scripted_tenant import Answer, ScriptedTenant, entity, listing, refusal

from tenant.errors import NonsenseAnswer, NotFound, TenantLocked, TenantRefused
from tenant.model import DeployStatus, Flow, Lock, Package

LOCKED = "Cannot update the artifact as it is locked"
LOCK = {
    "ResourceId": "r1",
    "ArtifactId": "OrderIn",
    "ArtifactName": "Order In",
    "ArtifactType": "IFlow",
    "PackageId": "P",
    "PackageName": "P",
    "CreatedAt": "/Date(1764000000000)/",
    "CreatedBy": "anna@acme.example",
}


async def test_packages_are_read_with_their_mode():
    """Mode tells whether the flows of a package can be changed at all; fields that SAP adds are ignored."""
    rows = [
        {"Id": "Orders", "Name": "Orders", "Mode": "EDIT_ALLOWED", "CreationDate": "1616343770463"},
        {"Id": "Std", "Name": "Standard", "Mode": "READ_ONLY", "Vendor": None},
        {"Id": "Old", "Name": None, "Mode": None},
    ]
    async with ScriptedTenant(listing(*rows)).client() as client:
        packages = await client.packages()
    assert packages[0] == Package("Orders", "Orders", "EDIT_ALLOWED")
    assert [package.is_configure_only for package in packages] == [False, True, False]


async def test_flows_of_a_package_tell_their_drafts():
    """A package's list shows `Active` or `Draft` instead of a version (FlashPipe, live notes)."""
    rows = [{"Id": v, "Name": v, "Version": v, "PackageId": "P"} for v in ("1.0.3", "Active", "Draft", "active")]
    tenant = ScriptedTenant(listing(*rows))
    async with tenant.client() as client:
        flows = await client.flows("P'1")
    assert [flow.is_draft for flow in flows] == [False, True, True, True]
    assert tenant.lines == ["GET IntegrationPackages('P%27%271')/IntegrationDesigntimeArtifacts"]


async def test_a_flow_is_read_by_the_key_that_always_works():
    """Version `active` is a key for drafts and versions alike."""
    tenant = ScriptedTenant(entity(Id="OrderIn", Name="Order In", Version="1.0.1", PackageId="P", Comment=None))
    async with tenant.client() as client:
        assert await client.flow("OrderIn") == Flow("OrderIn", "Order In", "1.0.1", "P")
    assert tenant.lines == ["GET IntegrationDesigntimeArtifacts(Id='OrderIn',Version='active')"]


@pytest.mark.parametrize("fields", [{"Id": "F"}, {"Id": "", "Version": "1"}, {"Id": 7, "Version": "1"}])
async def test_an_entity_without_its_fields_is_nonsense(fields):
    """What is due and missing, or of another type, is named; nothing is filled in."""
    async with ScriptedTenant(entity(**fields)).client() as client:
        with pytest.raises(NonsenseAnswer, match=r"missing or wrong: (Id|Version)"):
            await client.flow("F")


@pytest.mark.parametrize("answer", [Answer(200), Answer(200, html="<html>sign in</html>"), Answer(204)])
async def test_a_body_that_is_due_and_not_there_is_nonsense(answer):
    """An empty body or a sign-in page is never an empty list."""
    async with ScriptedTenant(answer).client() as client:
        with pytest.raises(NonsenseAnswer):
            await client.packages()


async def test_a_flow_that_is_not_there_is_not_found():
    """404 with the tenant's words."""
    async with ScriptedTenant(refusal(404, "Integration design time artifact not found.")).client() as client:
        with pytest.raises(NotFound, match="artifact not found"):
            await client.flow("F")


async def test_a_download_gives_the_bytes_of_the_zip():
    """Not a byte is touched."""
    content = b"PK\x03\x04" + bytes(range(256))
    tenant = ScriptedTenant(Answer(200, content=content))
    async with tenant.client() as client:
        assert await client.download_flow("F") == content
    assert tenant.lines == ["GET IntegrationDesigntimeArtifacts(Id='F',Version='active')/$value"]


async def test_a_sign_in_page_is_no_zip():
    """An HTML page with status 200 would otherwise be patched and uploaded."""
    async with ScriptedTenant(Answer(200, html="<html></html>")).client() as client:
        with pytest.raises(NonsenseAnswer, match="no zip"):
            await client.download_flow("F")


async def test_a_configure_only_package_refuses_the_download_in_atom():
    """Asked for bytes, the tenant answers its errors in Atom; its reason is kept."""
    body = (
        '<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><code>Bad Request</code>'
        '<message xml:lang="en">Cannot download the artifact from a configure only package</message></error>'
    )
    async with ScriptedTenant(Answer(400, text=body)).client() as client:
        with pytest.raises(TenantRefused, match="configure only package"):
            await client.download_flow("F")


async def test_an_upload_sends_name_and_content_only():
    """Id and PackageId in the body are refused for siblings; the answer is 200 and empty."""
    tenant = ScriptedTenant(Answer(200))
    async with tenant.client() as client:
        await client.upload_flow("F", "Order In", b"PK\x03\x04zip")
    assert tenant.lines == ["PUT IntegrationDesigntimeArtifacts(Id='F',Version='active')"]
    body = json.loads(tenant.requests[0].content)
    assert body == {"Name": "Order In", "ArtifactContent": base64.b64encode(b"PK\x03\x04zip").decode()}
    assert tenant.requests[0].headers["x-csrf-token"] == "token-1"


@pytest.mark.parametrize("status", [400, 423, 500])
async def test_a_lock_names_its_holder_where_the_tenant_tells(status):
    """Whatever the status, the person hears who edits the flow."""
    tenant = ScriptedTenant(
        refusal(status, LOCKED), listing({**LOCK, "ArtifactId": "Other", "CreatedBy": "bob"}, LOCK)
    )
    async with tenant.client() as client:
        with pytest.raises(TenantLocked) as caught:
            await client.upload_flow("OrderIn", "Order In", b"PK")
    assert (caught.value.status, caught.value.holder) == (status, "anna@acme.example")
    assert tenant.lines[-1] == "GET IntegrationDesigntimeLocks"


async def test_a_lock_whose_holder_cannot_be_seen_is_a_lock_all_the_same():
    """A missing role on the locks hides the holder, not the reason."""
    async with ScriptedTenant(refusal(400, LOCKED), refusal(403, None)).client() as client:
        with pytest.raises(TenantLocked) as caught:
            await client.save_version("OrderIn", "1.0.1")
    assert caught.value.holder is None


@pytest.mark.parametrize("answer", [Answer(200), Answer(201), Answer(204), entity(Id="F")])
async def test_save_version_needs_no_body(answer):
    """A tenant answers 200 with an empty body though its metadata declares an entity."""
    tenant = ScriptedTenant(answer)
    async with tenant.client() as client:
        await client.save_version("F", "1.0.5")
    assert tenant.lines == ["POST IntegrationDesigntimeArtifactSaveAsVersion?Id='F'&SaveAsVersion='1.0.5'"]


@pytest.mark.parametrize("body", ["task-1", '"task-1"', '{"d":{"DeployIntegrationDesigntimeArtifact":"task-1"}}'])
async def test_a_deploy_gives_the_id_of_its_task(body):
    """Documented as bare text, declared as Edm.String."""
    tenant = ScriptedTenant(Answer(202, text=body))
    async with tenant.client() as client:
        assert await client.deploy("F") == "task-1"
    assert tenant.lines == ["POST DeployIntegrationDesigntimeArtifact?Id='F'&Version='active'"]


@pytest.mark.parametrize(
    ("word", "status"), [("Success", DeployStatus.SUCCESS), ("DEPLOYING", DeployStatus.DEPLOYING)]
)
async def test_the_status_of_a_task_is_compared_without_case(word, status):
    """One of SAP's pages prints `Success`, another `SUCCESS`."""
    tenant = ScriptedTenant(entity(TaskId="t", Status=word))
    async with tenant.client() as client:
        assert await client.deploy_status("t") is status
    assert tenant.lines == ["GET BuildAndDeployStatus(TaskId='t')"]


async def test_a_status_that_nobody_knows_is_nonsense():
    """A new word of SAP's is neither success nor failure."""
    async with ScriptedTenant(entity(TaskId="t", Status="PENDING")).client() as client:
        with pytest.raises(NonsenseAnswer, match="no such word"):
            await client.deploy_status("t")


def test_which_statuses_are_failures():
    """Both words for failure end a deploy."""
    assert {status for status in DeployStatus if status.failed} == {
        DeployStatus.FAIL,
        DeployStatus.FAIL_ON_LICENSE_ERROR,
    }


async def test_locks_are_read():
    """Who edits what, since when."""
    async with ScriptedTenant(listing(LOCK)).client() as client:
        assert await client.locks() == [
            Lock("r1", "OrderIn", "Order In", "P", "anna@acme.example", datetime(2025, 11, 24, 16, 0, tzinfo=UTC))
        ]


async def test_ping_is_content_with_any_answer_of_the_api():
    """The service document may come in any notation; a sign-in page or a missing role may not."""
    tenant = ScriptedTenant(Answer(200, text="<service/>"), Answer(200, html="<html></html>"))
    async with tenant.client() as client:
        await client.ping()
        with pytest.raises(NonsenseAnswer):
            await client.ping()
