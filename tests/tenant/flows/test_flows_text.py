"""The small text layers below an edit: XML escapes, properties, names in a style, tables, splices."""

import xml.etree.ElementTree as ET

import pytest
from flow_tools import HARD
from hypothesis import given
from hypothesis import strategies as st

from process.names import equal
from tenant.flows.properties import escape_value, read_properties
from tenant.flows.splice import Span, Splice, first_difference, spliced
from tenant.flows.style import relative_names, styled
from tenant.flows.table import TableSyntaxError, cell_bytes, parse_table, row_like
from tenant.flows.xmltext import can_carry, escape, unescape, unescape_located

carried = st.text().filter(can_carry)


@given(carried)
def test_escaping_is_what_an_xml_parser_undoes(text: str) -> None:
    """What `escape` writes is read back by another XML parser, and by `unescape`."""
    assert unescape(escape(text)) == text
    assert (ET.fromstring(f"<a>{escape(text)}</a>").text or "") == text


@pytest.mark.parametrize(("raw", "text"), [("B & C", "B & C"), ("&#65;&#x42;", "AB"), ("&no;&#x;", "&no;&#x;")])
def test_reading_is_tolerant(raw: str, text: str) -> None:
    """An ampersand that starts no reference stays; numeric references are understood."""
    assert unescape(raw) == text


@given(carried, st.integers(0, 9))
def test_places_point_at_the_bytes(text: str, base: int) -> None:
    """Each character's place is where its escaped bytes start."""
    raw = escape(text).encode()
    located = unescape_located(raw, base)
    places = [located.place(at) for at in range(len(located.text) + 1)]
    ends = places[1:]
    pieces = [raw[a - base : b - base].decode() for a, b in zip(places, ends, strict=False)]
    assert [unescape(piece) for piece in pieces] == list(text) == list(located.text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_written_property_is_read_back(value: str) -> None:
    """`escape_value` and `read_properties` are inverse, with lines around that stay apart."""
    data = b"#c\n\na=1\nkey=" + escape_value(value) + b"\r\nz=2\n"
    read = {name: parameter.value for name, parameter in read_properties(data).items()}
    assert read == {"a": "1", "key": value, "z": "2"}


def test_properties_are_escaped_as_java_escapes_them() -> None:
    """Equals, colon, hash, bang and backslash; upper-case units; only a leading blank."""
    written = rb"\ CN\=a b, O\=\u00FC\uD83D\uDD11\#\!\:\\,"
    assert escape_value(" CN=a b, O=ü🔑#!:\\,") == written


def test_properties_are_read_as_java_reads_them() -> None:
    """Escaped keys, all separators, comments, blank lines, continuations, a value at the end of the file."""
    data = b"#Tue\n  ! note\\\nStart\\ Timer=<row>\nb : 2\nc 3\n\nd=one\\\n   two\ne\\=f=\ng=\\u00e9"
    read = {name: parameter.value for name, parameter in read_properties(data).items()}
    assert read == {"Start Timer": "<row>", "b": "2", "c": "3", "d": "onetwo", "e=f": "", "g": "é"}
    assert read_properties(data)["b"].span.of(data) == b"2"


@pytest.mark.parametrize(
    ("name", "like", "written"),
    [
        ("CN=b, O=X, C=DE", ["CN=a,O=X"], "CN=b,O=X,C=DE"),
        ("CN=b,O=X", ["CN=a, O=X"], "CN=b, O=X"),
        ("CN=b, O=X", ["cn=a,o=x"], "cn=b,o=X"),
        ("cn=b, O=X", ["CN=a, O=X"], "CN=b, O=X"),
        ("CN=b, O=X", ["CN=a", "CN=ca"], "CN=b, O=X"),
        ("CN=b, O=X", ["CN=a", "CN=ca,O=T"], "CN=b,O=X"),
        (r"CN=b\, c, O=X", ["CN=a,O=X"], r"CN=b\, c,O=X"),
        ('CN="b, c", O=X', ["CN=a,O=X"], 'CN="b, c",O=X'),
        ("no name", ["CN=a,O=X"], "no name"),
        ("CN=b, O=X", ["anything"], "CN=b, O=X"),
    ],
)
def test_a_name_takes_the_style_of_its_neighbour(name: str, like: list[str], written: str) -> None:
    """Blanks after commas and the case of types follow the neighbour; values and quoting stay."""
    assert styled(name, like, equal) == written


@pytest.mark.parametrize("subject", [pair.subject for pair in HARD])
@pytest.mark.parametrize("like", ["cn=a,o=b", "CN=a, O=b", "x"])
def test_a_style_never_changes_what_a_name_means(subject: str, like: str) -> None:
    """The styled name is the same name by RFC 5280."""
    assert equal(styled(subject, [like], equal), subject)
    assert ",".join(relative_names(subject)) == subject


def test_a_row_is_written_as_the_row_it_copies() -> None:
    """Issuer first, bare `>` and escaped double quotes are kept in a copy, and read by id."""
    raw = (
        b"&lt;row>&lt;cell id=&quot;clientCertificate.issuerDN&quot;>I&lt;/cell>"
        b"&lt;cell id='clientCertificate.subjectDN'&gt;S&lt;/cell>&lt;/row>"
    )
    (row,) = parse_table(raw, base=0)
    assert (row.subject.text, row.issuer.text) == ("S", "I")
    copy = row_like(raw, row, "CN=a & b", "CN=c")
    assert copy == raw.replace(b">I&", b">CN=c&").replace(b";S&", b";CN=a &amp;amp; b&")


@pytest.mark.parametrize("raw", [b"&lt;row&gt;", b"text", b"&lt;row&gt;&lt;/row&gt;", b"<b/>"])
def test_a_table_of_another_form_is_an_error(raw: bytes) -> None:
    """What is not rows with a subject and an issuer is never read as an empty table."""
    with pytest.raises(TableSyntaxError):
        parse_table(raw)


@given(carried)
def test_a_cell_passes_both_layers(text: str) -> None:
    """Two XML parsers in a row read what `cell_bytes` wrote."""
    once = ET.fromstring(b"<v>" + cell_bytes(text) + b"</v>").text or ""
    assert (ET.fromstring(f"<cell>{once}</cell>").text or "") == text


@given(st.binary(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5), st.binary(max_size=4))))
def test_a_splice_changes_its_span_alone(data: bytes, wishes: list[tuple[int, int, bytes]]) -> None:
    """Outside the splices nothing differs; one byte changed elsewhere is found."""
    splices, at = [], 0
    for start, size, new in sorted(wishes):
        span = Span(max(start, at), max(start, at) + size)
        if span.end <= len(data):
            splices.append(Splice(span, new))
            at = span.end + 1
    result = spliced(data, splices)
    assert first_difference(data, result, splices) is None
    assert first_difference(data, result + b"x", splices) is not None


def test_overlapping_splices_are_an_error() -> None:
    """Two changes of one byte cannot both be meant."""
    with pytest.raises(ValueError, match="overlap"):
        spliced(b"abcd", [Splice(Span(0, 3), b""), Splice(Span(2, 4), b"")])
