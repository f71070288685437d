"""What is remembered saves reading and changes nothing: a scan with memory is a scan without."""

import asyncio
import json
import stat
import tempfile
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inventory_stage import NEW, NOW, OLD, Stage, by_role, issued, listing, stage_in, zip_of

from tenant.client import TenantClient
from tenant.errors import TenantError
from tenant.inventory.model import FlowRecord, Inventory
from tenant.inventory.remembered import file_of, keep, recall
from tenant.inventory.scan import scan
from tenant.model import Flow

FLOWS = ("A", "B", "C")
ACTIVE = "IntegrationDesigntimeArtifacts(Id='{}',Version='active')"
CERTIFICATE = issued()


class Change(StrEnum):
    """What may happen to a tenant between two scans."""

    NEW_FLOW = "new flow"
    UPLOAD = "upload"
    SAVE = "save"
    CONFIGURE = "configure"
    DEPLOY = "deploy"
    UNDEPLOY = "undeploy"
    DELETE = "delete"
    MAP = "map"
    CONFIGURE_ONLY = "configure-only"


changes = st.lists(
    st.tuples(st.sampled_from(Change), st.sampled_from(FLOWS), st.sampled_from([OLD, NEW])), max_size=6
)


async def carry_out(stage: Stage, change: Change, flow: str, names: object) -> None:
    """One change, a second after the last; what the tenant refuses does not happen."""
    stage.advance(1)
    rows = [OLD] if names is OLD else [NEW, OLD]
    async with stage.client() as client:
        match change:
            case Change.NEW_FLOW:
                await stage.flow(f"{flow}{stage.milliseconds()}", listing(*rows))
            case Change.UPLOAD:
                await client.upload_flow(flow, flow, zip_of(flow, *rows))
            case Change.SAVE:
                await client.save_version(flow, f"1.0.{stage.milliseconds() // 1000 % 1000}")
            case Change.CONFIGURE:
                path = f"{ACTIVE.format(flow)}/$links/Configurations('SubjectDN')"
                await stage.write("PUT", path, {"ParameterValue": rows[0].subject})
            case Change.DEPLOY:
                await client.deploy(flow)
            case Change.UNDEPLOY:
                await stage.write("DELETE", f"IntegrationRuntimeArtifacts('{flow}')")
            case Change.DELETE:
                await stage.write("DELETE", ACTIVE.format(flow))
            case Change.MAP:
                await client.add_user_mapping("ERP", CERTIFICATE.pem)
            case Change.CONFIGURE_ONLY:
                await stage.control("POST", "configure-only", {"package": "Orders", "on": flow == "A"})


async def both_scans(happened: list[tuple[Change, str, object]]) -> tuple[Inventory, Inventory]:
    """After the changes, a scan that remembers and one that does not."""
    with tempfile.TemporaryDirectory() as folder:
        stage = stage_in(Path(folder))
        await stage.flow("A", listing(OLD, parameterised=True))
        await stage.flow("B", listing(NEW), by_role())
        await stage.flow("C", package="Other")
        stage.advance(60)
        first = await stage.scan()
        for change, flow, names in happened:
            with suppress(TenantError):
                await carry_out(stage, change, flow, names)
        stage.advance(60)
        file = Path(folder, "memory.json")
        keep(first, file)
        return await stage.scan(recall(file).inventory), await stage.scan()


@settings(max_examples=25, deadline=None)
@given(happened=changes)
def test_a_scan_with_memory_is_a_scan_without(happened: list[tuple[Change, str, object]]) -> None:
    """Whatever happened in between: the memory, through its file and back, changes nothing but the time it takes."""
    remembering, fresh = asyncio.run(both_scans(happened))
    assert remembering == fresh


async def test_only_what_changed_is_read(staged: Stage) -> None:
    """One flow of three was uploaded anew: one download, and the rest is told to be remembered."""
    for flow in FLOWS:
        await staged.flow(flow)
    staged.advance(60)
    first = await staged.scan()
    async with staged.client() as client:
        await client.upload_flow("B", "B", zip_of("B", NEW))
    await staged.control("DELETE", "log")
    second = await staged.scan(first)
    assert await staged.asked("$value") == ["/api/v1/IntegrationDesigntimeArtifacts(Id='B',Version='active')/$value"]
    assert (first.reused, second.reused) == (0, 2)
    assert second == await staged.scan()


async def test_a_new_value_of_a_parameter_is_noticed_by_its_deploy(staged: Stage) -> None:
    """Where a tenant leaves version and time of change alone, the deploy that makes the value count is later."""
    await staged.flow("A", listing(OLD, parameterised=True))
    seen = await staged.scan()
    (flow,) = seen.flows
    assert flow.deployed is not None
    earlier = replace(flow, deployed=replace(flow.deployed, deployed_on=NOW.replace(year=2020)))
    assert (await staged.scan(replace(seen, flows=(earlier,)))).reused == 0
    assert (await staged.scan(seen)).reused == 1


class _Timeless(TenantClient):
    """A client of a tenant that tells no time of change."""

    async def flows(self, package_id: str) -> list[Flow]:
        return [replace(flow, modified_at=None) for flow in await super().flows(package_id)]


@pytest.mark.parametrize("draft", [False, True])
async def test_what_has_no_time_of_change_is_always_read(staged: Stage, draft: bool) -> None:
    """A version alone proves nothing, for an upload may keep it; a draft least of all."""
    await staged.flow("A")
    async with staged.client(of=_Timeless) as client:
        if draft:
            await client.upload_flow("A", "A", zip_of("A", NEW))
        seen = await scan(client)
        assert (seen.flows[0].modified_at, seen.flows[0].draft) == (None, draft)
        assert (await scan(client, seen)).reused == 0


async def test_the_memory_of_another_tenant_is_none(staged: Stage) -> None:
    """A name in the settings may be given to another tenant: the address must be the same."""
    await staged.flow("A")
    seen = await staged.scan()
    assert (await staged.scan(replace(seen, url="https://elsewhere.example/api/v1"))).reused == 0


async def test_the_memory_is_one_file_for_its_owner_alone(staged: Stage, tmp_path: Path) -> None:
    """Read back it is the same; it is written as a whole and leaves nothing else behind."""
    await staged.flow("A", listing(OLD, parameterised=True), by_role())
    await staged.control("POST", "mappings", {"user": "ERP", "certificate": CERTIFICATE.pem})
    seen = await staged.scan()
    file = file_of(tmp_path / "var" / "inventory", "dev")
    keep(seen, file)
    keep(seen, file)
    assert recall(file).inventory == seen
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["dev.json"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "..", ".hidden", "Größe"])
def test_no_name_of_a_tenant_leaves_the_folder(tmp_path: Path, name: str) -> None:
    """A name in the settings is any text."""
    file = file_of(tmp_path, name)
    assert file.parent == tmp_path
    assert file.name.endswith(".json")
    assert not file.name.startswith(".")


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: "",
        lambda whole: "{}",
        lambda whole: json.dumps(json.loads(whole) | {"shape": 2}),
        lambda whole: whole.replace('"draft":false', '"draft":"perhaps"'),
    ],
)
def test_a_damaged_memory_is_a_full_scan_with_a_word(tmp_path: Path, damage: object) -> None:
    """Cut off, empty, of another shape: never half believed, and never an error that stops a scan."""
    file = tmp_path / "dev.json"
    keep(Inventory("dev", "x", NOW, flows=(FlowRecord("A", "A", "P", "1.0.0", draft=False),)), file)
    assert callable(damage)
    file.write_text(damage(file.read_text()))
    memory = recall(file)
    assert memory.inventory is None
    assert str(file) in memory.word
    assert "the whole tenant is read" in memory.word


def test_no_memory_is_no_word(tmp_path: Path) -> None:
    """The first scan of a tenant is nothing to remark upon; a folder in the file's place is."""
    assert recall(tmp_path / "none.json").word == ""
    assert "cannot be read" in recall(tmp_path).word
