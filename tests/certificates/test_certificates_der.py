"""Names and fields out of DER: in Java's form, also where a library gives up."""

import base64
import random
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import der_names as dn
import pytest
from certificates_pki import Pki
from hypothesis import given
from hypothesis import strategies as st

from certificates.der import elements, fields_of, first_element, name_of, oid_of
from certificates.errors import MalformedDer
from process.names import equal, name_key, parse, render

CN, O, OU, MAIL, DC = "2.5.4.3", "2.5.4.10", "2.5.4.11", "1.2.840.113549.1.9.1", "0.9.2342.19200300.100.1.25"  # noqa: E741

# The pairs whose difference is one of encoding: text cannot show it. (a, b, equal by RFC 5280 7.1?)
PAIRS = {
    "UTF8String or PrintableString": (dn.attribute(CN, dn.UTF8, "a"), dn.attribute(CN, dn.PRINTABLE, "a"), True),
    "e-mail in IA5 or UTF-8": (dn.attribute(MAIL, dn.IA5, "a@b.c"), dn.attribute(MAIL, dn.UTF8, "a@b.c"), True),
    "DC in IA5 or UTF-8": (dn.attribute(DC, dn.IA5, "corp"), dn.attribute(DC, dn.UTF8, "corp"), True),
    "umlaut in UTF-8 or BMP": (dn.attribute(CN, dn.UTF8, "Müller"), dn.attribute(CN, dn.BMP, "Müller"), True),
    "umlaut in UTF-8 or Teletex": (
        dn.attribute(CN, dn.UTF8, "Müller"),
        dn.attribute(CN, dn.TELETEX, "Müller"),
        True,
    ),
    "embedded NUL": (dn.attribute(CN, dn.UTF8, "a\0b"), dn.attribute(CN, dn.UTF8, "ab"), False),
    "embedded NUL at the end": (dn.attribute(CN, dn.UTF8, "a\0"), dn.attribute(CN, dn.UTF8, "a"), False),
}


@pytest.mark.parametrize(("a", "b", "same"), PAIRS.values(), ids=PAIRS)
def test_pairs_that_differ_in_encoding(a: bytes, b: bytes, same: bool) -> None:
    """Names in different encodings are the same name where RFC 5280 7.1 says so, and a NUL never vanishes."""
    one, other = name_of(dn.name(a)), name_of(dn.name(b))
    assert equal(render(one), render(other)) is same
    assert (name_key(one) == name_key(other)) is same


def test_a_set_that_is_not_sorted_is_the_same_rdn() -> None:
    """An RDN whose attributes are in another order, which a library refuses, is read and equal."""
    a, b = dn.attribute(CN, dn.UTF8, "a"), dn.attribute(O, dn.UTF8, "b")
    one, other = render(name_of(dn.name([a, b]))), render(name_of(dn.name([b, a])))
    assert (one, other) == ("CN=a + O=b", "O=b + CN=a")
    assert equal(one, other)


def test_the_most_specific_rdn_comes_first() -> None:
    """A certificate holds the country first; Java, and the tenant, write it last."""
    encoded = dn.name(dn.attribute(O, dn.UTF8, "b"), dn.attribute(OU, dn.UTF8, "x"), dn.attribute(CN, dn.UTF8, "a"))
    assert render(name_of(encoded)) == "CN=a, OU=x, O=b"


@given(st.integers(0, 2**48))
def test_rendered_names_are_read_back_as_the_same_name(seed: int) -> None:
    """The text of a name out of DER parses and is equal, unless it holds a NUL or a value in quotation marks."""
    found = name_of(dn.random_name(random.Random(seed)))
    text = render(found)
    values = [attribute.value for rdn in found.rdns for attribute in rdn]
    if not any(isinstance(value, str) and ("\0" in value or value[:1] == '"') for value in values):
        assert equal(text, render(parse(text)))


JAVA = """
import java.io.*; import java.nio.charset.StandardCharsets; import java.util.*;
import javax.security.auth.x500.X500Principal;
public class Names {
  public static void main(String[] arguments) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String name = new X500Principal(HexFormat.of().parseHex(line)).toString();
      System.out.println(Base64.getEncoder().encodeToString(name.getBytes(StandardCharsets.UTF_8)));
    }
  }
}
"""


STORED = Path(__file__).parent / "java_names.txt"  # DER in hex, and Java 17's output in base64, a name a line


def stored_names() -> list[tuple[bytes, str]]:
    """500 names with what Java wrote for each."""
    pairs = (line.split(" ") for line in STORED.read_text(encoding="ascii").splitlines())
    return [(bytes.fromhex(der), base64.b64decode(told).decode("utf-8")) for der, told in pairs]


def test_names_are_identical_to_javas_stored_output() -> None:
    """Where no JDK is at hand, 500 names that one wrote hold the renderer to Java's form."""
    stored = stored_names()
    assert len(stored) == 500
    assert [(render(name_of(der)), told) for der, told in stored if render(name_of(der)) != told] == []


def test_names_are_identical_to_javas_output(tmp_path: Path) -> None:
    """What we write for a name is what X500Principal.toString() writes, on 10,000 names and the stored ones."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("NO JDK AT HAND: only the stored names were compared with Java's output in this run")
    chance = random.Random(20260)
    names = [dn.random_name(chance) for _ in range(10_000)] + [der for der, _ in stored_names()]
    source = tmp_path / "Names.java"
    source.write_text(JAVA, encoding="utf-8")
    lines = "".join(name.hex() + "\n" for name in names)
    run = subprocess.run([java, str(source)], input=lines, capture_output=True, text=True, check=True)
    told = [base64.b64decode(line).decode("utf-8") for line in run.stdout.split("\n")[:-1]]
    assert len(told) == len(names)
    ours = [render(name_of(encoded)) for encoded in names]
    assert [pair for pair in zip(ours, told, strict=True) if pair[0] != pair[1]] == []
    assert told[10_000:] == [stored for _, stored in stored_names()]


def test_fields_of_a_certificate(pki: Pki) -> None:
    """Serial, validity and names are those of the certificate."""
    fields = fields_of(pki.old.der)
    assert render(fields.subject) == "CN=sender, O=Rehearsal"
    assert render(fields.issuer) == "CN=Rehearsal Issuing CA, O=Rehearsal, C=DE"
    assert fields.serial > 0
    assert fields.not_before < pki.now < fields.not_after


@pytest.mark.parametrize(("year", "tag"), [(1950, 0x17), (1999, 0x17), (2049, 0x17), (2050, 0x18), (9999, 0x18)])
def test_both_forms_of_time(pki: Pki, year: int, tag: int) -> None:
    """Two-digit years go from 1950 to 2049 (RFC 5280 4.1.2.5.1), four digits beyond."""
    text = f"{year}0102030405Z"[2 if tag == 0x17 else 0 :].encode()
    validity = dn.tlv(0x30, dn.tlv(tag, text) + dn.tlv(0x18, b"99991231235959Z"))
    fields = fields_of(with_validity(pki.new.der, validity))
    assert fields.not_before == datetime(year, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert fields.not_after == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def with_validity(der: bytes, validity: bytes) -> bytes:
    """The certificate with another validity; its signature no longer fits."""
    tbs, *rest = first_element(der).children()
    parts = [part.encoded for part in tbs.children()]
    parts[4] = validity
    return dn.tlv(0x30, dn.tlv(0x30, b"".join(parts)) + b"".join(part.encoded for part in rest))


@given(st.binary(max_size=200))
def test_reading_der_is_total(data: bytes) -> None:
    """Any bytes are values that add up to the bytes, or MalformedDer."""
    try:
        parts = elements(data)
    except MalformedDer as error:
        assert str(error)  # noqa: PT017 - either outcome is right
    else:
        assert b"".join(part.encoded for part in parts) == data
    with pytest.raises(MalformedDer):
        fields_of(data)


@given(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 2**70), max_size=5))
def test_object_identifiers(first: int, second: int, rest: list[int]) -> None:
    """Arcs of any size are read as they were written."""
    dotted = ".".join(map(str, [first, second, *rest]))
    assert oid_of(first_element(dn.oid(dotted))) == dotted
