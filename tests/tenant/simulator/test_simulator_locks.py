"""Design-time locks: who holds a flow, what that forbids, and how it ends."""

import pytest
from rehearsed_tenant import USER, Tenant, TenantMaker, encoded, flow_zip, said

FLOW = "IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')"
CONTENT = {"ArtifactContent": encoded(flow_zip(subject="CN=new"))}
SAVE = "IntegrationDesigntimeArtifactSaveAsVersion?Id='Orders_In'&SaveAsVersion='1.0.1'"


async def locked(tenant: Tenant, by: str = "ann@example.com") -> Tenant:
    """The tenant with a flow that somebody holds."""
    await tenant.with_flow(content=flow_zip(parameterised=True))
    assert (await tenant.control("POST", "locks", {"flow": "Orders_In", "by": by})).status_code == 201
    return tenant


async def test_a_lock_is_listed_with_its_holder(tenant: Tenant) -> None:
    """The properties of SAP's metadata, `ArtifactType` IFlow."""
    await locked(tenant)
    (row,) = await tenant.rows("IntegrationDesigntimeLocks")
    assert (row["ArtifactId"], row["CreatedBy"], row["PackageId"], row["ArtifactType"]) == (
        "Orders_In",
        "ann@example.com",
        "Orders",
        "IFlow",
    )


@pytest.mark.parametrize(
    ("setting", "status", "text"),
    [
        ("400", 400, "Cannot update the artifact as it is locked"),
        ("500", 500, "Update of Integration Flow failed. Cannot update the artifact as it is locked."),
    ],
)
async def test_the_put_of_a_held_flow(tenant_with: TenantMaker, setting: str, status: int, text: str) -> None:
    """400 was reported by clients, 500 is documented for siblings; the word "locked" is in both."""
    tenant = await locked(tenant_with(put_locked_status=setting))
    response = await tenant.write("PUT", FLOW, CONTENT)
    assert (response.status_code, said(response)) == (status, text)


async def test_other_writes_on_a_held_flow_are_server_errors(tenant: Tenant) -> None:
    """Delete, SaveAsVersion and Configurations: 500 "... as it is locked."; reading and deploying go on."""
    await locked(tenant)
    refused = [
        await tenant.write("DELETE", FLOW),
        await tenant.write("POST", SAVE),
        await tenant.write("PUT", f"{FLOW}/$links/Configurations('SubjectDN')", {"ParameterValue": "x"}),
    ]
    for response in refused:
        assert response.status_code == 500
        assert said(response).endswith("as it is locked.")
    assert (await tenant.get(f"{FLOW}/$value")).status_code == 200
    await tenant.deploy()


async def test_a_released_lock_lets_writes_pass(tenant: Tenant) -> None:
    """DELETE by ResourceId, as an administrator does it; a second time it is not there."""
    await locked(tenant)
    (row,) = await tenant.rows("IntegrationDesigntimeLocks")
    lock = f"IntegrationDesigntimeLocks('{row['ResourceId']}')"
    assert (await tenant.write("DELETE", lock)).status_code == 200
    assert (await tenant.write("DELETE", lock)).status_code == 404
    assert (await tenant.write("PUT", FLOW, CONTENT)).status_code == 200


async def test_ones_own_lock_may_block_or_pass(tenant_with: TenantMaker) -> None:
    """Whether SAP lets the holder's API call through is not known; the setting decides."""
    tenant = await locked(tenant_with(own_locks="pass"), by=USER)
    assert (await tenant.write("PUT", FLOW, CONTENT)).status_code == 200
    await tenant.control("POST", "locks", {"flow": "Orders_In", "by": "bob"})
    assert (await tenant.write("PUT", FLOW, CONTENT)).status_code == 400
    strict = tenant_with()
    await strict.control("POST", "locks", {"flow": "Orders_In", "by": USER})
    assert (await strict.write("PUT", FLOW, CONTENT)).status_code == 400


async def test_a_flow_has_one_holder(tenant: Tenant) -> None:
    """A new holder takes the lock over; releasing by flow frees it; unknown flows are said to be unknown."""
    await locked(tenant)
    await tenant.control("POST", "locks", {"flow": "Orders_In", "by": "bob"})
    assert [row["CreatedBy"] for row in await tenant.rows("IntegrationDesigntimeLocks")] == ["bob"]
    assert (await tenant.control("DELETE", "locks?flow=Orders_In")).status_code == 204
    assert (await tenant.control("DELETE", "locks?flow=Orders_In")).status_code == 404
    assert (await tenant.control("POST", "locks", {"flow": "Nope"})).status_code == 404
    await tenant.control("POST", "locks", {"flow": "Orders_In"})
    assert (await tenant.control("DELETE", "locks")).status_code == 204
    assert await tenant.rows("IntegrationDesigntimeLocks") == []


async def test_a_lock_goes_with_its_flow(tenant: Tenant) -> None:
    """A flow made anew under the same Id is free, also after its package was deleted."""
    await locked(tenant)
    await tenant.write("DELETE", "IntegrationPackages('Orders')")
    await tenant.with_flow()
    assert (await tenant.write("PUT", FLOW, CONTENT)).status_code == 200
