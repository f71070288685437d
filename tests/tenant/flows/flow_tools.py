"""Tools for the tests of flows: members of zips read and replaced by the standard library, and hard names."""

import io
import re
import zipfile
from collections.abc import Callable

from hypothesis import strategies as st

from process.facts import NamePair
from tenant.flows import SampleChannel, sample_flow
from tenant.flows.errors import KeepMissing, LastRow

OLD = NamePair("CN=old.example, O=Old & Sons, C=DE", "CN=Issuing CA, O=Trust, C=DE")
NEW = NamePair("CN=new.example, O=New & Sons, C=DE", "CN=Issuing CA 2, O=Trust, C=DE")
OTHER = NamePair("CN=other.example, C=FR", "CN=Other CA, C=FR")

HARD = tuple(
    NamePair(subject, "CN=Hard CA, O=Trust")
    for subject in (
        r"CN=comma\, inc, O=A",
        'CN=quoted, O="B, \\"best\\", Inc."',
        'CN="R&D &amp; more", O=C',
        "CN=<x>, O=a > b",
        "CN=plus + UID=7, O=D",
        r"CN=back\\slash, O=E",
        "CN=Müller Straße 東京 🔑, O=F",
        'CN=" leading", O=G',
        "EMAILADDRESS=who+what@example.org, CN=mail, OID.1.2.3=#0c0161",
        "CN=" + "long'name#!=:" * 150 + ", O=H",
    )
)


def one_channel(*rows: NamePair, parameterised: bool = False, authorization: str = "ClientCertificate") -> bytes:
    """A flow with one HTTPS sender channel."""
    channel = SampleChannel("Inbound", rows=rows, parameterised=parameterised, authorization=authorization)
    return sample_flow("Flow_1", "Flow 1", [channel])


def members(zip_bytes: bytes) -> dict[str, bytes]:
    """The content of each member, read by the standard library."""
    with zipfile.ZipFile(io.BytesIO(zip_bytes)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def member(zip_bytes: bytes, ending: str) -> bytes:
    """The content of the one member whose name ends so."""
    (content,) = [content for name, content in members(zip_bytes).items() if name.endswith(ending)]
    return content


def zipped(contents: dict[str, bytes]) -> bytes:
    """A zip by the standard library."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return stream.getvalue()


def changed(zip_bytes: bytes, ending: str, change: Callable[[bytes], bytes]) -> bytes:
    """The zip with one member's content changed."""
    return zipped({n: change(c) if n.endswith(ending) else c for n, c in members(zip_bytes).items()})


def replaced(zip_bytes: bytes, old: str, new: str, ending: str = ".iflw") -> bytes:
    """The zip with a text in one member replaced; the text must be there."""

    def change(content: bytes) -> bytes:
        assert old.encode() in content
        return content.replace(old.encode(), new.encode())

    return changed(zip_bytes, ending, change)


def with_table(zip_bytes: bytes, value_element: str) -> bytes:
    """The zip with the DN table's value element replaced by raw text, in every channel."""
    pattern = re.compile(rb"(<key>clientCertificates</key>\s*)<value(?:/>|>.*?</value>)", re.DOTALL)
    return changed(zip_bytes, ".iflw", lambda data: pattern.sub(lambda m: m[1] + value_element.encode(), data))


def escaped_row(subject: str, issuer: str) -> str:
    """A row of the DN table as it stands in the .iflw; the names are escaped already."""
    return (
        f"&lt;row&gt;&lt;cell id='clientCertificate.subjectDN'&gt;{subject}&lt;/cell&gt;"
        f"&lt;cell id='clientCertificate.issuerDN'&gt;{issuer}&lt;/cell&gt;&lt;/row&gt;"
    )


def as_property(key: str, value: str) -> str:
    """A property of its own, to be put before the key of another one."""
    return f"<key>{key}</key><value>{value}</value></ifl:property><ifl:property>"


Step = tuple[str, NamePair, NamePair]

POOL = (OLD, *HARD[:7])
pairs = st.sampled_from(POOL)
steps = st.lists(st.tuples(st.sampled_from(["add", "remove"]), pairs, pairs), max_size=8)
"""Adds of the second pair beside the first, and removals of the first where the second stays."""


def on_list(names: list[NamePair], step: Step) -> list[NamePair] | type[Exception]:
    """A step on a plain list: the list afterwards, or the refusal."""
    kind, one, two = step
    if one not in names or (kind == "add" and two in names):
        return names
    if kind == "add":
        at = names.index(one) + 1
        return [*names[:at], two, *names[at:]]
    left = [name for name in names if name != one]
    return left if two in left else KeepMissing if left else LastRow
