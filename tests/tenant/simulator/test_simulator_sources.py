"""Finding flows in folders: zips, packages, unpacked artifacts and bare models; each becomes an artifact's zip."""

import io
import os
import zipfile
from pathlib import Path

import pytest
from rehearsed_tenant import Tenant, TenantMaker, flow_zip

from tenant.flows import read_flow
from tenant.simulator.bundle import Bundle
from tenant.simulator.loading import load_folder
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.sources import find_flows
from tenant.simulator.state import State

CORPUS = Path(os.environ.get("CERTRELAY_CORPUS", Path(__file__).parents[4] / "shared" / "corpus")) / "iflows"


def unpack(content: bytes, folder: Path) -> None:
    """Write every member of a zip below the folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)


def model(content: bytes) -> bytes:
    """The .iflw of an artifact."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".iflw"))
        return archive.read(name)


def test_an_unpacked_flow_says_what_its_zip_says(tmp_path: Path) -> None:
    """Every file of it; those of somebody's version control are left out."""
    unpack(flow_zip(), tmp_path / "Sales" / "Orders_In")
    (tmp_path / "Sales" / "Orders_In" / ".git").mkdir()
    (tmp_path / "Sales" / "Orders_In" / ".git" / "config").write_text("x")
    (found,) = find_flows(tmp_path)
    assert found.package == "Sales"
    assert read_flow(found.read()).channels == read_flow(flow_zip()).channels
    with zipfile.ZipFile(io.BytesIO(found.read())) as packed, zipfile.ZipFile(io.BytesIO(flow_zip())) as whole:
        assert sorted(packed.namelist()) == sorted(whole.namelist())
    assert found.read() == found.read()


def test_a_bare_model_gets_what_it_lacks(tmp_path: Path) -> None:
    """A manifest by its file's name, and the parameters that lie next to it."""
    (tmp_path / "My Flow.iflw").write_bytes(model(flow_zip()))
    (tmp_path / "parameters.prop").write_text("a=b\n")
    (found,) = find_flows(tmp_path)
    bundle = Bundle(found.read())
    assert (bundle.manifest.symbolic_name, bundle.manifest.name) == ("My_Flow", "My Flow")
    assert (bundle.parameters(), bundle.parameters_without_definitions) == ({"a": "b"}, False)
    assert bundle.fault() is None
    assert [one.address for one in bundle.sender_addresses()] == ["orders"]


def test_a_long_name_is_folded_as_a_manifest_wants(tmp_path: Path) -> None:
    """Lines of at most 72 bytes, put together again by whoever reads them."""
    name = "N" * 200
    (tmp_path / f"{name}.iflw").write_bytes(model(flow_zip()))
    (found,) = find_flows(tmp_path)
    with zipfile.ZipFile(io.BytesIO(found.read())) as archive:
        lines = archive.read("META-INF/MANIFEST.MF").split(b"\r\n")
    assert max(map(len, lines)) <= 70
    assert Bundle(found.read()).manifest.symbolic_name == name


def test_each_artifact_of_an_exported_package(tmp_path: Path) -> None:
    """The package is called as its file."""
    with zipfile.ZipFile(tmp_path / "Sales.zip", "w") as archive:
        archive.writestr("resources.cnt", "x")
        for flow_id in ("A", "B"):
            archive.writestr(f"{flow_id * 3}_content", flow_zip(flow_id))
    found = list(find_flows(tmp_path))
    assert [(one.package, Bundle(one.read()).manifest.symbolic_name) for one in found] == [
        ("Sales", "A"),
        ("Sales", "B"),
    ]


def test_a_model_inside_an_unpacked_flow_is_not_taken_twice(tmp_path: Path) -> None:
    """Nor is a zip that lies in its resources."""
    unpack(flow_zip(), tmp_path / "F")
    (tmp_path / "F" / "src" / "main" / "resources" / "lib.zip").write_bytes(flow_zip("Other"))
    assert len(list(find_flows(tmp_path))) == 1


async def test_what_cannot_run_is_reported(tenant_with: TenantMaker, tmp_path: Path) -> None:
    """With the reason; the others are loaded."""
    (tmp_path / "load").mkdir()
    (tmp_path / "load" / "bad.iflw").write_text("<no model")
    (tmp_path / "load" / "good.iflw").write_bytes(model(flow_zip()))
    tenant: Tenant = tenant_with(load=tmp_path / "load")
    assert tenant.app.state.loaded.added == ["good"]
    ((path, why),) = tenant.app.state.loaded.skipped
    assert (path.name, why[:43]) == ("bad.iflw", "The integration flow model cannot be read: ")


async def test_a_folder_is_loaded_while_the_tenant_runs(tenant: Tenant, tmp_path: Path) -> None:
    """By a control call, which reports as the start does."""
    (tmp_path / "load").mkdir()
    (tmp_path / "load" / "a.zip").write_bytes(flow_zip())
    answer = await tenant.control("POST", "load", {"folder": str(tmp_path / "load"), "deploy": False})
    assert answer.json() == {"added": ["Orders_In"], "present": [], "skipped": []}
    assert await tenant.rows("IntegrationRuntimeArtifacts") == []
    for wrong in ({}, {"folder": str(tmp_path / "none")}, {"folder": ".", "landscape": {}}):
        assert (await tenant.control("POST", "load", wrong)).status_code == 400


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of public flows is not here")
def test_public_flows_are_loaded(tmp_path: Path) -> None:
    """Nearly all of them; what is left out is no integration flow, and every one says why."""
    state = State(tmp_path / "state.sqlite")
    settings = SimulatorSettings(state=tmp_path / "state.sqlite", password="x")
    with state.transaction():
        report = load_folder(state, settings, CORPUS, deploy=True, now=0)
    state.close()
    assert len(report.added) > 300
    assert all("not an integration flow" in why or "not a zip" in why for _, why in report.skipped)
