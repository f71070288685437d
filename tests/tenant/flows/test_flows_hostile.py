"""Hostile files, handed to the program under hard limits of memory and processor time: always a sentence in time."""

import io
import resource
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flow_tools import NEW, OLD, changed, member, one_channel, zipped

from tenant.flows.limits import CHANNEL_LIMIT, MIB, PARAMETERS_LIMIT, TABLES_LIMIT, TEXT_LIMIT

MEMORY, SECONDS = 512 * MIB, 20
ROOT = Path(__file__).resolve().parents[3]
FLOW = one_channel(OLD)
IFLW = member(FLOW, ".iflw")
HEAD, TAIL = IFLW.split(b"<bpmn2:messageFlow", 1)[0], b"</bpmn2:collaboration></bpmn2:definitions>"
CLOSE = b"</bpmn2:collaboration>"


def run(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The program under the limits; whoever breaks them is killed by the system."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))

    command = [sys.executable, "-m", "tenant.flows", words[0], str(path), *words[1:]]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, preexec_fn=limited, timeout=120)


def in_channel(content: bytes, key: bytes = b"clientCertificates") -> bytes:
    """A bare flow whose channel has this as the raw value of a property."""
    start = IFLW.index(b"<value>", IFLW.index(b"<key>" + key)) + len(b"<value>")
    return IFLW[:start] + content + IFLW[IFLW.index(b"</value>", start) :]


def lying_bomb() -> bytes:
    """A member of zeros that promises a hundred bytes."""
    bomb = bytearray(zipped({"x.iflw": bytes(30 * MIB)}))
    for at in (22, bomb.index(b"PK\x01\x02") + 24):
        struct.pack_into("<I", bomb, at, 100)
    return bytes(bomb)


def twice() -> bytes:
    """Two members with one name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x.iflw", b"<a/>")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("x.iflw", b"<b/>")
    return stream.getvalue()


def parameters(data: bytes, value: bytes) -> bytes:
    """A zip whose parameters are these, and whose table is this."""
    flow = changed(FLOW, "parameters.prop", lambda _: data)
    return changed(flow, ".iflw", lambda _: in_channel(value))


LAUGHS = b'<!DOCTYPE a [<!ENTITY a "' + b"x" * 1000 + b'">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 1000) for n in range(6)
) + b"]><a>&g;</a>"  # fmt: skip
CELL = b"&lt;row&gt;&lt;cell id='clientCertificate.subjectDN'&gt;%b&lt;/cell&gt;" + (
    b"&lt;cell id='clientCertificate.issuerDN'&gt;CN=i&lt;/cell&gt;&lt;/row&gt;"
)

REFUSED: dict[str, Callable[[], bytes]] = {
    "bomb.zip": lambda: zipped({"x.iflw": bytes(900 * MIB)}),
    "lying-bomb.zip": lying_bomb,
    "traversal.zip": lambda: zipped({"../../x.iflw": IFLW}),
    "twice.zip": twice,
    "no-zip.zip": lambda: bytes(range(256)) * 1000,
    "wrong-member.zip": lambda: zipped({"src/main/resources/scenarioflows/integrationflow/x.iflw": b"%PDF-1.7"}),
    "half.zip": lambda: FLOW[: len(FLOW) // 2],
    "many.zip": lambda: zipped({str(n): b"" for n in range(20_000)}),
    "laughs.iflw": lambda: LAUGHS,
    "laughs.zip": lambda: zipped({"x.iflw": LAUGHS}),
    "external.iflw": lambda: b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    "deep.iflw": lambda: HEAD + b"<a>" * ((TEXT_LIMIT - len(HEAD)) // 3),
    "deep-tail.iflw": lambda: HEAD + CLOSE + b"<a>" * ((TEXT_LIMIT - len(HEAD) - 22) // 3),
    "channels.iflw": lambda: HEAD + b'<bpmn2:messageFlow sourceRef="Participant_1"/>' * (CHANNEL_LIMIT + 1) + TAIL,
    "table.iflw": lambda: in_channel(CELL % b"CN=a" * (TABLES_LIMIT // 100)),
    "references.iflw": lambda: in_channel(b"&amp;" * (TABLES_LIMIT // 5)),
    "open-rows.iflw": lambda: in_channel(b"&lt;row&gt;" * (TABLES_LIMIT // 11)),
    "parameters.zip": lambda: parameters(b"a=b\n" * (PARAMETERS_LIMIT // 4 + 1), b""),
    "huge-parameter.zip": lambda: parameters(b"p=" + b"x" * 900_000 + b"\n", CELL % b"{{p}}" * 2_000),
    "many-parameters.zip": lambda: parameters(b"p=" + b"x" * 9_000 + b"\n", CELL % (b"{{p}}" * 50_000)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_within_the_limits(tmp_path: Path, name: str) -> None:
    """Half a gigabyte of addresses and seconds of time are enough to say no in one sentence."""
    path = tmp_path / name
    path.write_bytes(REFUSED[name]())
    result = run(path, "show")
    assert result.returncode == 1, result.stderr[-500:]
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith(".\n")


@pytest.mark.parametrize("name", ["big.zip", "big.iflw"])
def test_two_hundred_megabytes_are_refused_unread(tmp_path: Path, name: str) -> None:
    """The size is looked at first; the file is sparse, and reading it would break the limit of memory twice over."""
    path = tmp_path / name
    with path.open("wb") as stream:
        stream.write(b"PK\x03\x04" if name.endswith("zip") else b"<a>")
        stream.truncate(200 * MIB if name.endswith("zip") else 2_000 * MIB)
    result = run(path, "show")
    assert result.returncode == 1
    assert "is the limit" in result.stderr


def test_a_folder_of_too_many_files_is_refused(tmp_path: Path) -> None:
    """The walk stops at the limit."""
    for n in range(10_001):
        (tmp_path / str(n)).touch()
    result = run(tmp_path, "show")
    assert result.returncode == 1
    assert "list of files" in result.stderr


EDGE: dict[str, Callable[[], bytes]] = {
    "properties.iflw": lambda: (
        HEAD + b"<bpmn2:messageFlow>" + b"<ifl:property/>" * 270_000 + b"</bpmn2:messageFlow>" + TAIL
    ),
    "flows.iflw": lambda: HEAD + b"<bpmn2:messageFlow/>" * 200_000 + TAIL,
    "collaborations.iflw": lambda: IFLW.replace(CLOSE, CLOSE + b"<bpmn2:collaboration/>" * 150_000),
    "legacy.iflw": lambda: HEAD + b'<bpmn2:participant ifl:type="EndpointSender">' + b"".join(
        b"<ifl:property><key>subject%d</key></ifl:property>" % n for n in range(70_000)
    ) + b"</bpmn2:participant>" + TAIL,
    "long-name.iflw": lambda: in_channel(CELL % (b"CN=a," * 200_000 + b"O=b")),
    "rows.iflw": lambda: in_channel(b"".join(CELL % b"CN=%d" % n for n in range(5_000))),
    "many-parameters.zip": lambda: parameters(b"".join(b"%x=\n" % n for n in range(150_000)), CELL % b"CN=a"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", EDGE)
def test_a_strange_file_at_the_limits_is_read_within_them(tmp_path: Path, name: str) -> None:
    """What is just allowed is shown, searched and edited in the same memory and time."""
    path = tmp_path / name
    path.write_bytes(EDGE[name]())
    pair = ["--old-subject", "CN=7", "--old-issuer", "CN=i", "--subject", NEW.subject, "--issuer", NEW.issuer]
    for words in (["show"], ["find", "--subject", "CN=7", "--issuer", "CN=i"], ["add", *pair, "--diff"]):
        result = run(path, *words)
        assert result.returncode == (1 if words[0] == "add" and name != "rows.iflw" else 0), result.stderr[-500:]
