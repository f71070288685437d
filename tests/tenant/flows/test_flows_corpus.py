"""Real flows: all are read, and every sender channel takes and gives back hard names without a trace."""

import io
import os
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from flow_tools import HARD, NEW, OLD, escaped_row, members

from tenant.flows import Channel, add_names, find_rows, read_flow, remove_names
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


def switched(data: bytes, channel: Channel) -> bytes:
    """The flow with one channel authorising by certificate and listing the old pair, by text means alone."""
    bundle = open_bundle(data)
    text = bundle.files.iflw_bytes.decode()
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
    text = text[: start.start()] + block + text[end:]
    return rebuild(bundle.archive, {bundle.files.iflw_name: text.encode()})


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
    for path in sorted(FOLDER.glob("*/*.iflw")):
        data = path.read_bytes()
        for element in scan_iflw(data, path.name):
            for prop in element.properties:
                if (content := prop.content(data)) is not None:
                    assert data[content.end :].startswith(b"</value>"), path.name
                    assert data[: content.start].endswith(b"<value>"), path.name


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
