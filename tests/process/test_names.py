"""Distinguished names as text: what is read, what is written, what is the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from process.facts import NamePair
from process.names import (
    Attribute,
    DistinguishedName,
    NameChange,
    NameSyntaxError,
    compare,
    compare_pairs,
    equal,
    parse,
    render,
    render_compact,
)

CN, O, C = "2.5.4.3", "2.5.4.10", "2.5.4.6"  # noqa: E741 - the attribute's own name
ANY_TEXT = st.text(st.characters(), max_size=30)
DN_LIKE = st.lists(
    st.sampled_from(["CN=", "OU", "=", ",", "+", ";", '"', "\\", "#", "41", "OID.2.5.4.3=", " ", "ü", "x", "\0"]),
    max_size=14,
).map("".join)
OIDS = st.sampled_from([CN, O, C, "2.5.4.5", "2.5.4.15", "1.2.840.113549.1.9.1", "1.3.6.1.4.1.311.60.2.1.3"])
VALUES = st.text(st.characters(exclude_characters="\0"), max_size=12)
NAMES = st.lists(st.lists(st.builds(Attribute, OIDS, VALUES), min_size=1, max_size=3).map(tuple), max_size=4).map(
    lambda rdns: DistinguishedName(tuple(rdns))
)


def looks_quoted(value: str | bytes) -> bool:
    """Whether Java takes the value for quoted already: its output cannot be read back as it was."""
    return isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"'


def attributes(name: DistinguishedName) -> list[Attribute]:
    """All attributes of a name."""
    return [attribute for rdn in name.rdns for attribute in rdn]


def same_but_blanks(one: DistinguishedName, other: DistinguishedName) -> bool:
    """Equal names, where tabs and carriage returns at the ends of a value do not count."""

    def stripped(name: DistinguishedName) -> list[list[Attribute]]:
        return [[Attribute(a.oid, a.value.strip(" \t\r\n")) for a in rdn] for rdn in name.rdns]  # type: ignore[arg-type]

    return stripped(one) == stripped(other)


@pytest.mark.parametrize(
    ("typed", "java"),
    [
        ("CN=a,O=b,C=DE", "CN=a, O=b, C=DE"),
        ("cn = a ;  o = b", "CN=a, O=b"),
        ("CN=a,\n\tO=b", "CN=a, O=b"),
        ("CN=a,\u00a0O=b", "CN=a, O=b"),
        ('CN="Acme, \\"Inc.\\""', 'CN="Acme, \\"Inc.\\""'),
        ('CN=Acme\\, \\"Inc.\\"', 'CN="Acme, \\"Inc.\\""'),
        ("CN=M\\C3\\BCller", "CN=Müller"),
        ("CN=a\\ ", 'CN="a "'),
        ("CN=a  b", 'CN="a  b"'),
        ("CN=", "CN="),
        ("CN=#0c0161", "CN=a"),
        ("CN=#020105", "CN=#020105"),
        ("OID.2.5.4.3=a,2.5.4.10=b", "CN=a, O=b"),
        ("2.5.4.15=Private Organization", "OID.2.5.4.15=Private Organization"),
        ("jurisdictionC=DE", "OID.1.3.6.1.4.1.311.60.2.1.3=DE"),
        ("E=a@b.c, emailAddress=a@b.c", "EMAILADDRESS=a@b.c, EMAILADDRESS=a@b.c"),
        ("S=x, ST=x, SP=x", "ST=x, ST=x, ST=x"),
        ("CN=a + serialNumber=5, O=b", "CN=a + SERIALNUMBER=5, O=b"),
        ("CN=a=b", 'CN="a=b"'),
        ("", ""),
    ],
)
def test_typed_names_are_rendered_as_java_writes_them(typed: str, java: str) -> None:
    """Every way in which people write a name ends in the one form that the tenant shows."""
    assert render(parse(typed)) == java


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("CN=a,", 5),
        ("CN=a,,O=b", 5),
        ("/C=DE/O=Acme/CN=a", 0),
        ("O=Acme, Inc., C=DE", 8),
        ("CN", 0),
        ("NOSUCH=a", 0),
        ("3.5.4=a", 0),
        ("OID.2..5=a", 0),
        ('CN="a', 3),
        ('CN="a" b', 7),
        ('CN=a"b', 4),
        ("CN=#abc", 6),
        ("CN=#zz", 3),
        ("CN=#0c05aa", 3),
        ("CN=a\\", 4),
        ("CN=\\C3", 3),
        ("CN=a\0", 4),
        ("CN=a\\00b", 7),
    ],
)
def test_what_is_no_name_says_where_and_why(text: str, position: int) -> None:
    """A text that is no name is refused with the place, and the sentence tells what to do."""
    with pytest.raises(NameSyntaxError) as refused:
        parse(text)
    assert (refused.value.text, refused.value.position) == (text, position)
    assert refused.value.reason in str(refused.value)
    assert "Copy the name from the certificate again" in str(refused.value)


def test_order_is_kept_as_written() -> None:
    """RDNs and the attributes of one RDN stay in the order of the text."""
    assert parse("CN=a+O=b,C=DE").rdns == ((Attribute(CN, "a"), Attribute(O, "b")), (Attribute(C, "DE"),))


def test_the_compact_form_has_no_blank_at_separators() -> None:
    """The form of service keys: the same quoting, no blank between RDNs or attributes."""
    assert render_compact(parse("CN=a b + O=c, C=DE")) == "CN=a b+O=c,C=DE"


@given(NAMES)
def test_what_is_rendered_is_read_back(name: DistinguishedName) -> None:
    """Both forms lose nothing but tabs and carriage returns at the ends of values."""
    if not any(looks_quoted(a.value) for a in attributes(name)):
        assert same_but_blanks(parse(render(name)), name)
        assert same_but_blanks(parse(render_compact(name)), name)


@given(DN_LIKE | ANY_TEXT)
def test_reading_is_total(text: str) -> None:
    """Any text is a name or a NameSyntaxError whose position lies in it; a name rendered stays equal."""
    try:
        name = parse(text)
    except NameSyntaxError as error:
        position = error.position
    else:
        position = 0
        assert any(looks_quoted(a.value) for a in attributes(name)) or equal(text, render(name))
    assert 0 <= position <= len(text)


@given(DN_LIKE | ANY_TEXT, DN_LIKE | ANY_TEXT)
def test_equality_is_reflexive_and_symmetric(a: str, b: str) -> None:
    """Equality holds for a text and itself, in both directions, and is never an error."""
    assert equal(a, a)
    assert equal(a, b) == equal(b, a)


def louder(attribute: Attribute) -> Attribute:
    """The attribute with its ASCII letters in upper case (others may not come back), and blanks around it."""
    raised = "".join(c.upper() if c.isascii() else c for c in str(attribute.value))
    return Attribute(attribute.oid, f" {raised}  ")


@given(NAMES)
def test_letter_case_and_blanks_are_only_spelling(name: DistinguishedName) -> None:
    """A name in upper case with more blanks is another string but the same name by RFC 5280 7.1."""
    loud = DistinguishedName(tuple(tuple(map(louder, reversed(rdn))) for rdn in name.rdns))
    old, new = render(name), render(loud)
    if not any(looks_quoted(a.value) for a in attributes(name)):
        assert compare(old, new) is (NameChange.UNCHANGED if old == new else NameChange.SPELLING)


# (a, b, equal?) - the pairs whose difference is visible as text; those of encodings are in test_der_names.
PAIRS = {
    "same": ("CN=a, O=b", "CN=a, O=b", True),
    "CN letter case": ("CN=Sender", "CN=sender", True),
    "country letter case": ("C=DE", "C=de", True),
    "two blanks inside": ('O="Acme  Inc"', "O=Acme Inc", True),
    "trailing blank": ('O="Acme "', "O=Acme", True),
    "leading blank": ('O=" Acme"', "O=Acme", True),
    "no-break space": ("O=Acme\u00a0Inc", "O=Acme Inc", True),
    "zero-width space": ("CN=a\u200bb", "CN=ab", True),
    "order reversed": ("CN=a, O=b", "O=b, CN=a", False),
    "two OUs swapped": ("OU=a, OU=b", "OU=b, OU=a", False),
    "OU dropped": ("CN=a, OU=b, O=c", "CN=a, O=c", False),
    "extra OU": ("CN=a, O=c", "CN=a, OU=b, O=c", False),
    "multi-valued in another order": ("CN=a + O=b", "O=b + CN=a", True),
    "multi-valued or two RDNs": ("CN=a + O=b", "CN=a, O=b", False),
    "OU or O": ("OU=x", "O=x", False),
    "e-mail case": ("EMAILADDRESS=Ops@b.c", "EMAILADDRESS=ops@B.C", True),
    "e-mail dropped": ("EMAILADDRESS=a@b.c, CN=a", "CN=a", False),
    "DC case": ("DC=Corp", "DC=corp", True),
    "composed or decomposed": ("CN=M\u00fcller", "CN=Mu\u0308ller", True),
    "umlaut case": ("CN=MÜLLER", "CN=Müller", True),
    "umlaut spelled out": ("CN=Müller", "CN=Mueller", False),
    "sharp s folds": ("CN=Straße", "CN=STRASSE", True),
    "Cyrillic letter": ("CN=\u0430cme", "CN=acme", False),
    "serial number differs": ("CN=a, SERIALNUMBER=1", "CN=a, SERIALNUMBER=2", False),
    "escaped comma or two RDNs": ("CN=Doe\\, OU\\=y", "CN=Doe, OU=y", False),
    "embedded NUL": ("CN=a\0b", "CN=ab", False),
    "empty OU": ("CN=a, OU=", "CN=a", False),
    "full stop": ("O=Corp.", "O=Corp", False),
    "CN twice": ("CN=a, CN=a", "CN=a", False),
    "state spelled out": ("ST=California", "ST=CA", False),
}


@pytest.mark.parametrize(("a", "b", "same"), PAIRS.values(), ids=PAIRS)
def test_tricky_pairs(a: str, b: str, same: bool) -> None:
    """Equality is that of RFC 5280 7.1 and RFC 4518, in both directions, on every tricky pair."""
    assert equal(a, b) is same
    assert equal(b, a) is same
    expected = NameChange.UNCHANGED if a == b else NameChange.SPELLING if same else NameChange.CHANGED
    assert compare(a, b) is expected


def test_an_unreadable_text_equals_only_itself() -> None:
    """What cannot be read is never taken for the same name, except letter by letter."""
    assert equal("/C=DE/CN=a", "/C=DE/CN=a")
    assert not equal("/C=DE/CN=a", "/c=de/CN=a")
    assert not equal("CN=a", "/CN=a")


@pytest.mark.parametrize(
    ("subject", "issuer", "expected"),
    [
        ("CN=a", "CN=ca", NameChange.UNCHANGED),
        ("CN=A", "CN=ca", NameChange.SPELLING),
        ("CN=a", "CN=CA", NameChange.SPELLING),
        ("CN=A", "CN=other", NameChange.CHANGED),
        ("CN=other", "CN=ca", NameChange.CHANGED),
    ],
)
def test_a_pair_is_as_bad_as_its_worse_half(subject: str, issuer: str, expected: NameChange) -> None:
    """Subject and issuer count together, as a sender channel lists them together."""
    assert compare_pairs(NamePair("CN=a", "CN=ca"), NamePair(subject, issuer)) is expected
