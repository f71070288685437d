"""Loading exported flows: packages from folders, nothing changed twice, what is no flow named."""

import shutil
from pathlib import Path

import pytest
from rehearsed_tenant import Tenant, TenantMaker, encoded, flow_zip

from tenant.simulator.loading import LoadReport

FLOW = "IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')"


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """Two flows, one of them in a sub folder, and a file that is none."""
    folder = tmp_path / "exported"
    (folder / "Sales & Orders" / "deeper").mkdir(parents=True)
    (folder / "Sales & Orders" / "deeper" / "a.zip").write_bytes(flow_zip())
    (folder / "b.zip").write_bytes(flow_zip("Other", "/other"))
    (folder / "c.zip").write_bytes(b"no zip")
    (folder / "readme.txt").write_text("not looked at")
    return folder


def report(tenant: Tenant) -> LoadReport:
    """What the start loaded."""
    found = tenant.app.state.loaded
    assert isinstance(found, LoadReport)
    return found


async def test_each_zip_becomes_a_running_flow(tenant_with: TenantMaker, exported: Path) -> None:
    """The Id is the Bundle-SymbolicName; the first sub folder is the package, its Id letters and digits only."""
    tenant = tenant_with(load=exported)
    packages = {row["Id"]: row["Name"] for row in await tenant.rows("IntegrationPackages")}
    assert packages == {"SalesOrders": "Sales & Orders", "Rehearsal": "Rehearsal"}
    assert (await tenant.one(FLOW))["PackageId"] == "SalesOrders"
    assert (await tenant.get(f"{FLOW}/$value", accept="*/*")).content == flow_zip()
    running = await tenant.rows("IntegrationRuntimeArtifacts")
    assert [(row["Id"], row["Status"]) for row in running] == [("Orders_In", "STARTED"), ("Other", "STARTED")]
    assert [(path.name, why) for path, why in report(tenant).skipped] == [("c.zip", "The content is not a zip file.")]


async def test_loading_again_changes_nothing(tenant_with: TenantMaker, exported: Path) -> None:
    """A flow that was edited since stays edited."""
    first = tenant_with(load=exported)
    edited = flow_zip(subject="CN=edited")
    await first.write("PUT", FLOW, {"ArtifactContent": encoded(edited)})
    second = tenant_with(load=exported)
    assert (report(second).added, report(second).present) == ([], ["Orders_In", "Other"])
    assert (await second.get(f"{FLOW}/$value", accept="*/*")).content == edited
    assert len(await second.rows("IntegrationPackages")) == 2


async def test_a_second_zip_of_the_same_flow_is_left_out(tenant_with: TenantMaker, exported: Path) -> None:
    """The first in the order of names wins."""
    shutil.copy(exported / "b.zip", exported / "z.zip")
    assert report(tenant_with(load=exported)).present == ["Other"]


async def test_flows_can_be_loaded_without_running(tenant_with: TenantMaker, exported: Path) -> None:
    """Then the runtime is empty."""
    tenant = tenant_with(load=exported, deploy_loaded=False)
    assert await tenant.rows("IntegrationRuntimeArtifacts") == []


async def test_a_loaded_package_can_be_configure_only(tenant_with: TenantMaker, exported: Path) -> None:
    """By its Id, at the start."""
    tenant = tenant_with(load=exported, configure_only=("SalesOrders",))
    assert (await tenant.get(f"{FLOW}/$value")).status_code == 400
