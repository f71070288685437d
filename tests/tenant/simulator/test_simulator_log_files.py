"""LogFiles and LogFileArchives: what the nodes wrote, by kind and day, as files and as an archive."""

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from rehearsed_tenant import START, Tenant, TenantMaker

from tenant.simulator.log_files import http_line, trace
from tenant.simulator.state import State

DAY = 24 * 3_600_000
ARCHIVE = "LogFileArchives(Scope='{}',LogFileType='{}',NodeScope='worker')/$value"


@pytest.fixture
def written(tenant: Tenant, tmp_path: Path) -> Iterator[State]:
    """Lines of two nodes and two days, and one that is too old."""
    state = State(tmp_path / "tenant.sqlite")
    with state.transaction():
        trace(state, "node1", START - 8 * DAY, "long ago")
        trace(state, "node1", START - DAY, "Certificate of yesterday is not listed")
        trace(state, "node1", START - 2, "Certificate of today is not listed")
        http_line(state, "node2", START - 1, "POST /http/orders 403")
    yield state
    state.close()


@pytest.mark.usefixtures("written")
async def test_a_file_for_each_node_kind_and_day(tenant: Tenant) -> None:
    """Not those that the tenant no longer keeps (7 days); sizes are those of the compressed files, as strings."""
    files = await tenant.rows("LogFiles")
    assert [(one["Name"], one["LogFileType"]) for one in files] == [
        ("http_access_node2_2027-01-15.log.gz", "http"),
        ("ljs_trace_node1_2027-01-14.log.gz", "trace"),
        ("ljs_trace_node1_2027-01-15.log.gz", "trace"),
    ]
    for one in files:
        key = f"LogFiles(Name='{one['Name']}',Application='{one['Application']}')"
        content = (await tenant.get(f"{key}/$value", accept="*/*")).content
        assert len(content) == int(one["Size"])
        assert (await tenant.one(key))["Name"] == one["Name"]
    assert gzip.decompress(content).decode() == (
        "2027-01-15T07:59:59.998Z node1 Certificate of today is not listed\n"
    )


@pytest.mark.usefixtures("written")
async def test_files_are_filtered(tenant: Tenant) -> None:
    """By kind, and by time."""
    assert len(await tenant.rows("LogFiles", filter="LogFileType eq 'trace'")) == 2
    assert len(await tenant.rows("LogFiles", filter="LastModified gt datetime'2027-01-15T00:00:00'")) == 2


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(
    ("scope", "kind", "query", "count"),
    [
        ("all", "trace", "", 2),
        ("latest", "trace", "", 1),
        ("all", "http", "", 1),
        ("all", "trace", "?modifiedAfter=2027-01-15T00:00:00Z", 1),
        ("all", "trace", "?ModifiedAfter=2027-01-15T00:00:00", 1),
    ],
)
async def test_an_archive_holds_the_files_of_a_kind(
    tenant: Tenant, scope: str, kind: str, query: str, count: int
) -> None:
    """All or the latest; either spelling of the parameter leaves older ones out."""
    response = await tenant.client.get(f"/api/v1/{ARCHIVE.format(scope, kind)}{query}")
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert len(archive.namelist()) == count
        assert archive.testzip() is None


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        (ARCHIVE.format("some", "trace"), 404),
        (ARCHIVE.format("all", "audit"), 404),
        (ARCHIVE.format("all", "trace") + "?modifiedAfter=yesterday", 400),
        ("LogFiles(Name='x',Application='y')/$value", 404),
        ("LogFileArchives(Scope='all',LogFileType='http',NodeScope='worker')", 501),
    ],
)
async def test_what_is_not_there(tenant: Tenant, path: str, status: int) -> None:
    """SAP's kind of answer."""
    assert (await tenant.client.get(f"/api/v1/{path}")).status_code == status


@pytest.mark.usefixtures("written")
async def test_elsewhere_than_on_neo_the_sets_are_empty(tenant_with: TenantMaker) -> None:
    """They are in the metadata of Cloud Foundry; what they return there is not known."""
    tenant = tenant_with(profile="cloud-foundry")
    assert await tenant.rows("LogFiles") == []
    assert await tenant.rows("LogFileArchives") == []
