"""Real flows: all are read, and every sender channel takes and gives back hard names without a trace."""

import csv
import io
import os
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from flow_tools import HARD, NEW, OLD, escaped_row, members

from tenant.flows import (
    Channel,
    FlowFiles,
    add_names,
    add_to_files,
    find_rows,
    read_files,
    read_flow,
    remove_from_files,
    remove_names,
)
from tenant.flows.adapters import BY_CERTIFICATE
from tenant.flows.archive import open_archive
from tenant.flows.bundle import open_bundle
from tenant.flows.errors import NoFlow, PackageExport
from tenant.flows.properties import escape_value
from tenant.flows.rebuild import rebuild
from tenant.flows.scan import scan_iflw
from tenant.flows.xmltext import escape

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("CERTRELAY_CORPUS", ROOT / "../shared/corpus")) / "iflows"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"NO CORPUS at {FOLDER}: real flows are NOT tested"),
]


@cache
def artifacts() -> dict[str, bytes]:
    """Every artifact zip of the corpus, also those inside package exports, that has a flow."""
    found = {}
    for path in sorted(FOLDER.glob("*/*.zip")):
        data = path.read_bytes()
        for name, artifact in _inside(data):
            found[f"{path.name}!{name}"] = artifact
    return found


def _inside(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "resources.cnt" not in archive.namelist():
            yield "", data
            return
        for name in archive.namelist():
            if name.endswith("_content") and archive.read(name).startswith(b"PK"):
                yield name, archive.read(name)


def flows() -> dict[str, bytes]:
    """The artifacts that are integration flows."""
    return {
        name: data
        for name, data in artifacts().items()
        if any(member.name.endswith(".iflw") for member in open_archive(data).members)
    }


def bare_flows() -> dict[str, bytes]:
    """The .iflw files that lie there without a zip."""
    return {str(path.relative_to(FOLDER)): path.read_bytes() for path in sorted(FOLDER.glob("*/*.iflw"))}


def switched(data: bytes, channel: Channel) -> bytes:
    """The zip with one channel authorising by certificate and listing the old pair."""
    bundle = open_bundle(data)
    return rebuild(bundle.archive, {bundle.files.iflw_name: switched_iflw(bundle.files.iflw_bytes, channel)})


def switched_iflw(data: bytes, channel: Channel) -> bytes:
    """Likewise the .iflw alone, by text means."""
    text = data.decode()
    start = re.search(rf'<bpmn2:messageFlow\b[^>]*\bid="{re.escape(channel.id)}"', text)
    assert start is not None
    end = text.index("</bpmn2:messageFlow>", start.start())
    block = text[start.start() : end]
    odata = channel.adapter == "ODataSender"
    table = escaped_row(escape(escape(OLD.subject)), escape(escape(OLD.issuer)))
    block = _with(
        block, "authentication" if odata else "senderAuthType", "certificate" if odata else "ClientCertificate"
    )
    block = _with(block, "clientCertificates", table)
    return (text[: start.start()] + block + text[end:]).encode()


def _with(block: str, key: str, value: str) -> str:
    element = f"<key>{key}</key><value>{value}</value>"
    pattern = rf"<key>{key}</key>\s*(?:<value/>|<value>.*?</value>)?"
    if re.search(pattern, block, re.DOTALL):
        return re.sub(pattern, lambda _: element, block, count=1, flags=re.DOTALL)
    return block.replace(
        "</bpmn2:extensionElements>", f"<ifl:property>{element}</ifl:property></bpmn2:extensionElements>"
    )


def test_every_zip_is_read_or_refused_for_what_it_is() -> None:
    """Flows are read; package exports, and artifacts of other kinds, are refused as such."""
    for path in sorted(FOLDER.glob("*/*.zip")):
        if "resources.cnt" in members(path.read_bytes()):
            with pytest.raises(PackageExport):
                read_flow(path.read_bytes())
    for name, data in artifacts().items():
        if name in flows():
            assert read_flow(data).symbolic_name, name
        else:
            with pytest.raises(NoFlow):
                read_flow(data)
    assert len(flows()) > 100


def test_every_bare_flow_is_scanned() -> None:
    """All .iflw files parse, and each value stands where the scan says."""
    for name, data in bare_flows().items():
        for element in scan_iflw(data, name):
            for prop in element.properties:
                if (content := prop.content(data)) is not None:
                    assert data[content.end :].startswith(b"</value>"), name
                    assert data[: content.start].endswith(b"<value>"), name


def test_channels_are_counted_as_the_manifest_says() -> None:
    """The manifest, made by other means, tells the sender channels of each .iflw and of most zips by adapter."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name, data in flows().items():
        found[name.partition("!")[0]].update(channel.adapter for channel in read_flow(data).channels)
    for name, data in bare_flows().items():
        found[name.rpartition("/")[2]].update(
            channel.adapter for channel in read_files(FlowFiles(name, data)).channels
        )
    with (FOLDER / "MANIFEST.tsv").open(encoding="utf-8", newline="") as stream:
        listed = {row["file"].rpartition("/")[2]: row["adapters"] for row in csv.DictReader(stream, delimiter="\t")}
    assert found.keys() - listed.keys() == set()
    told = {name: counted for name, counted in found.items() if listed[name] or name.endswith(".iflw")}
    for name, counted in told.items():
        assert dict(counted) == _senders(listed[name]), name
    assert sum(map(Counter.total, told.values())) > 200


def _senders(adapters: str) -> dict[str, int]:
    """`R:HTTPx2,S:HTTPSx3` says three sender channels."""
    counts = (entry[2:].rpartition("x") for entry in adapters.split(",") if re.fullmatch(r"S:.*x[0-9]+", entry))
    singles = {entry[2:]: 1 for entry in adapters.split(",") if re.fullmatch(r"S:(?!.*x[0-9]+$).*", entry)}
    return {name: int(count) for name, _, count in counts} | singles


def test_every_channel_takes_and_returns_hard_names() -> None:
    """Switched to certificates: add, find, remove, and the bytes of every member are back."""
    channels = 0
    for name, data in flows().items():
        for channel in read_flow(data).channels:
            if channel.adapter not in BY_CERTIFICATE:
                continue
            channels += 1
            flow = switched(data, channel)
            for pair in HARD:
                added = add_names(flow, OLD, pair).zip_bytes
                assert [found.id for found, _ in find_rows(read_flow(added), pair)] == [channel.id], name
                back = remove_names(added, pair, keep=OLD).zip_bytes
                assert members(back) == members(flow), name
                swapped = remove_names(added, OLD, keep=pair).zip_bytes
                assert find_rows(read_flow(swapped), OLD) == ()
    assert channels >= 40


def test_every_channel_of_a_bare_flow_takes_and_returns_hard_names() -> None:
    """The same for the .iflw files without a zip: every byte is back."""
    channels = 0
    for name, data in bare_flows().items():
        for channel in read_files(FlowFiles(name, data)).channels:
            if channel.adapter not in BY_CERTIFICATE:
                continue
            channels += 1
            flow = FlowFiles(name, switched_iflw(data, channel))
            for pair in HARD:
                added = flow.with_contents(add_to_files(flow, OLD, pair).contents)
                assert [found.id for found, _ in find_rows(read_files(added), pair)] == [channel.id], name
                back = added.with_contents(remove_from_files(added, pair, keep=OLD).contents)
                assert back.iflw_bytes == flow.iflw_bytes, name
    assert channels >= 40


def test_most_zips_come_back_byte_for_byte(capsys: pytest.CaptureFixture[str]) -> None:
    """Where the compression can be done again, add and remove give back the whole zip, not its members alone."""
    whole = total = 0
    for name, data in flows().items():
        content = read_flow(data)
        channel = next((found for found in content.channels if found.adapter in BY_CERTIFICATE), None)
        if channel is None:
            continue
        flow = switched(data, channel)
        back = remove_names(add_names(flow, OLD, NEW).zip_bytes, NEW, keep=OLD).zip_bytes
        assert members(back) == members(flow), name
        total, whole = total + 1, whole + (back == flow)
    original = sum(rebuilt(data) == data for data in flows().values())
    with capsys.disabled():
        print(f"\nadd and remove give back the whole zip: {whole} of {total}")
        print(f"the stream of the original .iflw is reproduced: {original} of {len(flows())}")
    assert whole == total
    assert original > len(flows()) // 2


def rebuilt(data: bytes) -> bytes:
    """The zip with its .iflw replaced by itself, through another content."""
    archive, name = open_bundle(data).archive, open_bundle(data).files.iflw_name
    content = open_bundle(data).files.iflw_bytes
    there = rebuild(archive, {name: content + b"<!-- -->"})
    return rebuild(open_archive(there), {name: content})


def test_a_real_parameterised_row_is_taken_over() -> None:
    """The public flow with DN parameters, configured for certificates, ends in the shape in which it began."""
    (data,) = {d for d in flows().values() if b"subjectDN=" in open_bundle(d).files.parameter_bytes}
    bundle = open_bundle(data)
    assert bundle.files.parameters_name is not None
    configured = (
        bundle.files.parameter_bytes.replace(b"subjectDN=", b"subjectDN=" + escape_value(escape(OLD.subject)))
        .replace(b"issuerDN=", b"issuerDN=" + escape_value(escape(OLD.issuer)))
        .replace(b"authorization=RoleBased", b"authorization=ClientCertificate")
    )
    flow = rebuild(bundle.archive, {bundle.files.parameters_name: configured})
    added = add_names(flow, OLD, NEW).zip_bytes
    there = remove_names(added, OLD, keep=NEW).zip_bytes
    assert open_bundle(there).files.iflw_bytes == bundle.files.iflw_bytes
    assert find_rows(read_flow(there), NEW)
    back = remove_names(add_names(there, NEW, OLD).zip_bytes, NEW, keep=OLD).zip_bytes
    assert members(back) == members(flow)
