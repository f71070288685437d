"""A new key and its request: names come out octet by octet, signatures hold, nothing shows the key."""

import random
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import der_names
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from handmade import CLIENT_AUTH, SERVER_AUTH, Handmade, dns_names, extension, handmade, usages
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.der import fields_of, first_element, name_of
from certificates.errors import MalformedDer
from certificates.facts import public_key_digest
from certificates.rehearsal import LeafProfile, RehearsalAuthority
from certificates.request import KeyKind, Request, Wanted, leaf_of, like, make, new_key, request_der, subject_from
from process.names import NameSyntaxError, parse, render

NOW = datetime(2026, 11, 1, tzinfo=UTC)
AUTHORITY = RehearsalAuthority.create(now=NOW)
KEY = new_key(KeyKind.P256)
ERP = subject_from("CN=erp, O=Example, C=DE")
PHRASE = b"correct horse"


def asked_for(request: bytes) -> tuple[bytes, x509.Extensions]:
    """The subject of a request as it is encoded, and its extensions."""
    subject = first_element(request).children()[0].children()[1].encoded
    return subject, x509.load_der_x509_csr(request).extensions


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_the_subject_comes_out_as_it_is_in_the_old_certificate(seed: int) -> None:
    """Whatever string types, multi-valued RDNs and broken texts a subject has, the request has the same octets."""
    subject = der_names.random_name(random.Random(seed))
    wanted = like(handmade(Handmade(subject), AUTHORITY))
    assert wanted.subject == subject
    request = request_der(wanted, KEY)
    assert first_element(request).children()[0].children()[1].encoded == subject
    assert wanted.subject_dn == render(name_of(subject))


HARD = der_names.name(
    der_names.attribute("2.5.4.6", der_names.PRINTABLE, "DE"),
    [
        der_names.attribute("2.5.4.10", der_names.TELETEX, "Müller, Söhne"),
        der_names.attribute("2.5.4.11", der_names.BMP, "Straße"),
    ],
    der_names.attribute("2.5.4.3", der_names.UNIVERSAL, "erp +1"),
)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not on this machine")
@pytest.mark.parametrize("kind", KeyKind)
def test_openssl_accepts_the_request(kind: KeyKind, tmp_path: Path) -> None:
    """`openssl req -verify` verifies the signature of every kind of key, and reads names in every string type."""
    path = tmp_path / "erp.csr"
    old = handmade(Handmade(HARD, (usages(CLIENT_AUTH), dns_names("erp.example"))), AUTHORITY)
    path.write_bytes(make(like(old), kind, None).request_pem)
    told = subprocess.run(
        ["openssl", "req", "-verify", "-noout", "-text", "-in", path], capture_output=True, text=True
    )
    assert told.returncode == 0
    assert "verify OK" in told.stdout + told.stderr
    assert "DNS:erp.example" in told.stdout
    assert "TLS Web Client Authentication" in told.stdout


def test_cryptography_accepts_the_request() -> None:
    """The other library verifies the signature too, and finds version, names and extensions."""
    for kind in (KeyKind.P256, KeyKind.P384):
        read = x509.load_pem_x509_csr(make(Wanted(ERP), kind, None).request_pem)
        assert read.is_signature_valid
        assert read.subject.public_bytes() == ERP


@pytest.mark.parametrize(
    ("kind", "sort", "size"),
    [
        (KeyKind.RSA_3072, rsa.RSAPrivateKey, 3072),
        (KeyKind.P256, ec.EllipticCurvePrivateKey, 256),
        (KeyKind.P384, ec.EllipticCurvePrivateKey, 384),
    ],
)
def test_the_key_is_of_the_kind(kind: KeyKind, sort: type, size: int) -> None:
    """Each kind makes the key that its name says, new every time."""
    key = new_key(kind)
    assert isinstance(key, sort)
    assert key.key_size == size
    assert key.public_key() != new_key(KeyKind.P256).public_key()


@pytest.mark.slow
def test_the_largest_key() -> None:
    """RSA 4096 takes seconds to make."""
    assert new_key(KeyKind.RSA_4096).key_size == 4096


def test_the_key_is_encrypted_with_the_passphrase() -> None:
    """With a passphrase the key opens with it and with nothing else; it fits the request and its digest."""
    made = make(Wanted(ERP), KeyKind.P256, PHRASE)
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in made.key_pem
    key = load_pem_private_key(made.key_pem, PHRASE)
    read = x509.load_pem_x509_csr(made.request_pem)
    assert key.public_key() == read.public_key()
    for wrong in (b"another one", None):
        with pytest.raises((ValueError, TypeError)):
            load_pem_private_key(made.key_pem, wrong)


def test_the_digest_is_that_of_the_certificate_to_come() -> None:
    """The SHA-256 of the public key is the same in the request and in a certificate issued for its key."""
    made = make(Wanted(ERP), KeyKind.P256, None)
    key = load_pem_private_key(made.key_pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    issued = AUTHORITY.issue("CN=erp, O=Example, C=DE", profile=LeafProfile(key=key))
    assert public_key_digest(issued.der) == made.public_key_sha256


def test_the_key_is_in_no_repr() -> None:
    """What is logged of a request shows no key."""
    made = make(Wanted(ERP), KeyKind.P256, None)
    assert "PRIVATE" not in repr(made)
    assert made.key_pem.splitlines()[1].decode() not in repr(made)
    assert repr(made).startswith(Request.__name__)


def test_alternative_names_come_out_as_they_are() -> None:
    """The extension is copied octet by octet, also where the subject is another; none stays none."""
    names = dns_names("erp.example", "erp2.example")
    wanted = like(handmade(Handmade(ERP, (names,)), AUTHORITY))
    assert wanted.alternative_names == extension(*names)
    request = request_der(Wanted(subject_from("CN=other"), wanted.alternative_names), KEY)
    assert extension(*names) in request
    assert like(handmade(Handmade(ERP, (usages(CLIENT_AUTH),)), AUTHORITY)).alternative_names == b""


@pytest.mark.parametrize(
    ("had", "asked"),
    [
        (None, [CLIENT_AUTH]),
        ([CLIENT_AUTH], [CLIENT_AUTH]),
        ([SERVER_AUTH], [SERVER_AUTH, CLIENT_AUTH]),
        ([CLIENT_AUTH, SERVER_AUTH], [CLIENT_AUTH, SERVER_AUTH]),
    ],
)
def test_client_authentication_is_always_asked_for(had: list[str] | None, asked: list[str]) -> None:
    """The usages of the old certificate, and client authentication beside them where it was missing."""
    old = handmade(Handmade(ERP, (usages(*had),) if had else ()), AUTHORITY)
    _, extensions = asked_for(request_der(like(old), KEY))
    found = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert [usage.dotted_string for usage in found.value] == asked
    signing = extensions.get_extension_for_class(x509.KeyUsage)
    assert signing.critical
    assert signing.value.digital_signature
    assert not signing.value.key_cert_sign


def test_a_certificate_of_version_1_has_no_extensions() -> None:
    """Old certificates without extensions and without a version give their subject too."""
    old = first_element(handmade(Handmade(HARD), AUTHORITY))
    tbs, *rest = old.children()
    body = b"".join(part.encoded for part in tbs.children()[1:])
    assert (
        like(der_names.tlv(0x30, der_names.tlv(0x30, body) + b"".join(part.encoded for part in rest))).subject == HARD
    )


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"\x30\x02\x30\x00", b"\x02\x01\x00"])
def test_what_is_no_certificate_is_malformed(der: bytes) -> None:
    """Bytes that are no certificate raise the error of malformed DER and none of Python's own."""
    with pytest.raises(MalformedDer):
        like(der)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 400))
def test_damage_raises_nothing_else(noise: bytes, at: int) -> None:
    """A certificate with octets overwritten gives what can be read, or is malformed."""
    der = bytearray(OLD)
    der[at : at + len(noise)] = noise
    try:
        like(bytes(der))
    except MalformedDer:
        return


OLD = handmade(Handmade(HARD, (usages(CLIENT_AUTH), dns_names("erp.example"))), AUTHORITY)


@pytest.mark.parametrize(
    "text",
    [
        "CN=erp, O=Example, C=DE",
        "CN=erp, OU=a + O=Exämple, DC=example, DC=com",
        'CN="a, b", EMAILADDRESS=a@b.example, SERIALNUMBER=17',
        "2.5.4.99=語, CN=😀",
        "EMAILADDRESS=ü@b.example, C=ÄÖ",
        "CN=#0403010203",
    ],
)
def test_a_subject_as_people_type_it(text: str) -> None:
    """The encoded name reads back as what was typed, and both libraries take it."""
    encoded = subject_from(text)
    assert {*map(frozenset, name_of(encoded).rdns)} == {*map(frozenset, parse(text).rdns)}
    assert x509.load_der_x509_csr(request_der(Wanted(encoded), KEY)).is_signature_valid


def test_string_types_are_those_of_the_rules() -> None:
    """RFC 5280 appendix A: country is PrintableString, mail and domain component IA5String, the rest UTF8String."""
    tags = [
        rdn.children()[0].children()[1].tag
        for rdn in first_element(subject_from("CN=a, EMAILADDRESS=a@b, DC=c, C=DE")).children()
    ]
    assert tags == [0x13, 0x16, 0x16, 0x0C]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_a_typed_value_comes_back(value: str) -> None:
    """Any text can be a common name, except what no encoding holds; then it is a syntax error."""
    written = "CN=" + "".join(f"\\{octet:02x}" for octet in value.encode("utf-8", "surrogatepass"))
    try:
        encoded = subject_from(written)
    except NameSyntaxError:
        assert not value or "\0" in value or any("\ud800" <= c <= "\udfff" for c in value)
        return
    assert Wanted(encoded).common_name == value


@pytest.mark.parametrize("text", ["", "  ", "CN=", "CN=a, O=", "erp", "/CN=erp", "1.50=x", "CN=\udc80"])
def test_a_subject_that_is_none(text: str) -> None:
    """Empty names, empty values, other forms, impossible identifiers and characters are syntax errors."""
    with pytest.raises(NameSyntaxError):
        subject_from(text)


def test_the_leaf_is_found_among_its_chain() -> None:
    """Of a bundle in any order it is the sender's certificate; of two senders' certificates it is none."""
    intermediate = AUTHORITY.subordinate()
    first, second = intermediate.issue("CN=a"), intermediate.issue("CN=b")
    assert leaf_of((*reversed(first.chain), first.der)) == first.der
    assert leaf_of((first.der, first.der)) == first.der
    assert leaf_of((first.der, second.der)) is None


def test_the_names_are_as_process_reads_them() -> None:
    """The subject that is asked for is the one in the facts of the old certificate."""
    old = handmade(Handmade(HARD), AUTHORITY)
    assert like(old).subject_dn == render(fields_of(old).subject)
    assert Wanted(HARD).common_name == "erp +1"
    assert Wanted(subject_from("O=x")).common_name == ""
