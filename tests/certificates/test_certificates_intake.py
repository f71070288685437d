"""Whatever people paste: taken in with its repairs named, or refused by what it is."""

import base64
import html
import json
import random
import urllib.parse
from collections.abc import Callable

import pytest
from certificates_forge import leaf
from certificates_pki import Pki
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, pkcs7
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.der import first_element
from certificates.errors import (
    DamagedInput,
    IntakeRefused,
    NotACertificate,
    RequestRefused,
    SecretRefused,
    TooLarge,
)
from certificates.intake import MAX_BYTES, MAX_CERTIFICATES, Intake, take_in
from certificates.rehearsal import RehearsalAuthority

SHAPES: dict[str, Callable[[str], bytes]] = {
    "as it is": lambda pem: pem.encode(),
    "CRLF": lambda pem: pem.replace("\n", "\r\n").encode(),
    "CR only": lambda pem: pem.replace("\n", "\r").encode(),
    "UTF-8 with mark": lambda pem: pem.encode("utf-8-sig"),
    "UTF-16": lambda pem: pem.encode("utf-16"),
    "UTF-16 little-endian without mark": lambda pem: pem.encode("utf-16-le"),
    "UTF-16 big-endian without mark": lambda pem: pem.encode("utf-16-be"),
    "bag attributes": lambda pem: b"Bag Attributes\n    localKeyID: 01\nsubject=CN = sender\n" + pem.encode(),
    "text around": lambda pem: b"Hello,\nplease find it below.\n\n" + pem.encode() + b"\nRegards\n",
    "indented": lambda pem: ("tls:\n  cert: |\n    " + pem.replace("\n", "\n    ")).encode(),
    "JSON": lambda pem: json.dumps({"certificate": pem}).encode(),
    "JSON in JSON": lambda pem: json.dumps(json.dumps({"certificate": pem})).encode(),
    "JSON of a program that escapes plus and equals signs": lambda pem: (
        json.dumps(pem).replace("+", "\\u002B").replace("=", "\\u003D").encode()
    ),
    "URL in URL": lambda pem: urllib.parse.quote(urllib.parse.quote(pem)).encode(),
    "HTML": lambda pem: html.escape(pem).replace("\n", "&#10;").replace("+", "&#43;").encode(),
    "URL": lambda pem: urllib.parse.quote(pem).encode(),
    "form": lambda pem: urllib.parse.urlencode({"certificate": pem}).encode(),
    "forwarded client certificate header": lambda pem: f'Cert="{urllib.parse.quote(pem)}"'.encode(),
    "quoted mail": lambda pem: "\n".join("> " + line for line in pem.splitlines()).encode(),
    "twice quoted mail": lambda pem: "\n".join("> > " + line for line in pem.splitlines()).encode(),
    "one line": lambda pem: pem.replace("\n", " ").encode(),
    "typographic dashes": lambda pem: pem.replace("-----", "\u2013\u2013\u2013\u2013\u2013").encode(),
    "zero-width spaces": lambda pem: pem.replace("MII", "\u200bMII").encode(),
    "old label": lambda pem: pem.replace("CERTIFICATE", "X509 CERTIFICATE").encode(),
    "trusted label": lambda pem: pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE").encode(),
    "headers": lambda pem: pem.replace("E-----\nM", "E-----\nComment: mine\n\nM").encode(),
    "lost hyphens": lambda pem: pem.replace("-----", "---").encode(),
    "em dashes": lambda pem: pem.replace("-----", "\u2014\u2014-").encode(),
    "base64 once more, as in a secret of Kubernetes": lambda pem: (
        b"tls.crt: " + base64.b64encode(pem.encode()) + b"\n"
    ),
    "PowerShell's Base64 of UTF-16": lambda pem: base64.b64encode(pem.encode("utf-16")),
    "blank lines inside": lambda pem: pem.replace("\n", "\n\n").encode(),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_every_shape_of_pem_gives_the_same_certificates(pki: Pki, shape: Callable[[str], bytes]) -> None:
    """A certificate and its chain come out byte for byte and in order, however they were pasted."""
    assert take_in(shape(pki.new.bundle_pem)).certificates == (pki.new.der, *pki.new.chain)


@pytest.mark.parametrize("name", ["UTF-16", "JSON", "URL", "quoted mail", "typographic dashes"])
def test_repairs_are_reported(pki: Pki, name: str) -> None:
    """What had to be undone is said; what is plain needs no word."""
    assert take_in(SHAPES[name](pki.new.pem)).repairs
    assert not take_in(pki.new.pem.encode()).repairs


def test_der_alone_in_a_row_and_with_a_line_end(pki: Pki) -> None:
    """DER is taken, also several values one after the other, also with an editor's line end."""
    assert take_in(pki.new.der) == Intake((pki.new.der,))
    row = take_in(pki.new.der + pki.new.chain[0] + b"\n")
    assert row.certificates == (pki.new.der, pki.new.chain[0])
    assert row.repairs


def test_base64_without_begin_line(pki: Pki) -> None:
    """The base64 text alone is taken."""
    assert take_in(base64.encodebytes(pki.new.der)).certificates == (pki.new.der,)


@pytest.mark.parametrize("label", ["PKCS7", "CMS", "CERTIFICATE"])
def test_pkcs7_by_content(pki: Pki, label: str) -> None:
    """The certificates of a PKCS#7 bundle are taken out, whatever the label says."""
    inside = [x509.load_der_x509_certificate(der) for der in (pki.new.der, *pki.new.chain)]
    der = pkcs7.serialize_certificates(inside, Encoding.DER)
    body = base64.encodebytes(der).decode()
    pem = f"-----BEGIN {label}-----\n{body}-----END {label}-----\n"
    for data in (der, pem.encode()):
        assert set(take_in(data).certificates) == {pki.new.der, *pki.new.chain}


def indefinite(der: bytes, depth: int = 4) -> bytes:
    """The outer frames of PKCS#7 in indefinite length, as some programs write them."""
    element = first_element(der)
    if not depth or element.tag & 0x20 == 0 or element.tag == 0x31:
        return der
    inside = b"".join(indefinite(child.encoded, depth - 1) for child in element.children())
    return bytes([element.tag, 0x80]) + inside + b"\0\0"


def test_pkcs7_of_indefinite_length(pki: Pki) -> None:
    """The frames are read; the certificates inside keep their bytes, and what was done is said."""
    inside = [x509.load_der_x509_certificate(der) for der in (pki.new.der, *pki.new.chain)]
    data = indefinite(pkcs7.serialize_certificates(inside, Encoding.DER), depth=3)
    assert data[1] == 0x80
    for handed in (data, data + b"\r\n", base64.encodebytes(data)):
        taken = take_in(handed)
        assert set(taken.certificates) == {pki.new.der, *pki.new.chain}
        assert "read a value of indefinite length" in taken.repairs


@pytest.mark.parametrize("data", [b"\x30\x80", b"\x30\x80" * 40, b"\x30\x80\x30\x05\x02", b"\x30\x80\x30\x80\0\0"])
def test_broken_indefinite_length_is_damaged(data: bytes) -> None:
    """Neither an end that is missing nor frames without end do harm."""
    with pytest.raises(DamagedInput):
        take_in(data)


def test_several_base64_values_without_begin_lines(pki: Pki) -> None:
    """Such as the x5c member of a JSON Web Key Set: each in a string of its own."""
    chain = [base64.b64encode(der).decode() for der in (pki.new.der, *pki.new.chain)]
    taken = take_in(json.dumps({"x5c": chain}).encode())
    assert taken.certificates == (pki.new.der, *pki.new.chain)
    assert taken.repairs == ("read base64 that had no BEGIN line",)


def test_a_lost_begin_line_is_damage(pki: Pki) -> None:
    """None of two certificates is dropped in silence, wherever the line was lost."""
    first, second = pki.new.pem, pki.new.chain_pem
    begin = "-----BEGIN CERTIFICATE-----\n"
    for text, number in ((first.replace(begin, ""), 1), (first.replace(begin, "") + second, 1),
                         (first + second.replace(begin, "", 1), 2)):  # fmt: skip
        with pytest.raises(DamagedInput, match="BEGIN line") as refused:
            take_in(text.encode())
        assert refused.value.number == number


def test_the_usual_case_needs_no_repair_and_hides_no_key(pki: Pki) -> None:
    """Plain PEM is told at a glance; a certificate that carries a key in any writing is refused."""
    assert take_in(pki.new.bundle_pem.encode()) == Intake((pki.new.der, *pki.new.chain))
    der = pki.new.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for hidden in (
        der,
        pki.new.key_pem(),
        base64.b64encode(der),
        der.hex().encode(),
        pki.new.key_pem().decode().encode("utf-16"),
    ):
        carrier = leaf(None, (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), hidden), False))
        with pytest.raises(SecretRefused):
            take_in(carrier.pem.encode())


def test_a_bundle_without_certificates_is_named() -> None:
    """PKCS#7 that carries revocation lists only, or nothing."""
    signed = bytes.fromhex("301a06092a864886f70d010702a00d300b020101310030003100")
    with pytest.raises(IntakeRefused):
        take_in(signed)


def request(pki: Pki) -> bytes:
    """A certificate request in PEM."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(pki.new.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def test_a_request_is_named(pki: Pki) -> None:
    """Somebody who hands over the request is told to bring what the CA returns; beside a certificate it waits."""
    with pytest.raises(RequestRefused, match="certificate request"):
        take_in(request(pki))
    taken = take_in(request(pki) + pki.new.pem.encode())
    assert taken == Intake((pki.new.der,), ("left aside a certificate request",))


def test_a_revocation_list_and_a_public_key_are_named(pki: Pki) -> None:
    """Other things that a CA or a tool makes are told apart."""
    crl = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509.Name([]))
        .last_update(pki.now)
        .next_update(pki.now.replace(year=2027))
        .sign(pki.root.key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
    key = pki.new.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for data, found in ((crl, "a certificate revocation list"), (key, "a public key")):
        with pytest.raises(NotACertificate) as refused:
            take_in(data)
        assert refused.value.found == found


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "empty"),
        (b"  \r\n", "empty"),
        (b"PK\x03\x04rest", "a ZIP archive"),
        (b"\x1f\x8b\x08rest", "a compressed file"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\nx\n-----END PGP PUBLIC KEY BLOCK-----", "a PGP message"),
        (b"ssh-rsa AAAA me@here", "an SSH public key"),
        (b'{"a": 1}', "a JSON text without a certificate"),
        (b"\xd0\xcf\x11\xe0rest", "an old Office document or an Outlook message"),
        (b"\x89PNG\r\n", "a picture"),
        (b"see attachment", "of a form that is not known here"),
    ],
)
def test_what_is_no_certificate_is_named(data: bytes, found: str) -> None:
    """The person hears what the file is, in a full sentence."""
    with pytest.raises(NotACertificate) as refused:
        take_in(data)
    assert refused.value.found == found
    assert refused.value.code == "not-a-certificate"
    assert refused.value.sentence.endswith(".")


def test_damage_is_reported_by_block(pki: Pki) -> None:
    """A block that cannot be read to its end is named by its number; none is skipped in silence."""
    first, second = pki.new.pem, pki.new.chain_pem
    damaged = {
        first + second.replace("-----END CERTIFICATE-----", "", 1): 2,
        first.replace("-----END CERTIFICATE-----\n", "") + second: 1,
        first + second[:300] + "*" + second[301:]: 2,
        first[:200] + "\n-----END CERTIFICATE-----\n": 1,
        first + "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----": 2,
    }
    for text, number in damaged.items():
        with pytest.raises(DamagedInput) as refused:
            take_in(text.encode())
        assert refused.value.number == number
        assert f"Block {number}" in refused.value.sentence


def test_truncated_der_is_damaged(pki: Pki) -> None:
    """A binary file that was cut off says so."""
    with pytest.raises(DamagedInput):
        take_in(pki.new.der[:-5])


def test_limits_come_first(pki: Pki) -> None:
    """Too many bytes or certificates are refused before anything is parsed."""
    for data, limit in (
        (b"x" * (MAX_BYTES + 1), MAX_BYTES),
        (pki.new.pem.encode() * (MAX_CERTIFICATES + 1), MAX_CERTIFICATES),
        (pki.new.der * (MAX_CERTIFICATES + 1), MAX_CERTIFICATES),
        (b"-----BEGIN CERTIFICATE-----" * 10_000, MAX_CERTIFICATES),
    ):
        with pytest.raises(TooLarge) as refused:
            take_in(data)
        assert refused.value.limit == limit
    assert len(take_in(pki.new.pem.encode() * MAX_CERTIFICATES).certificates) == MAX_CERTIFICATES


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
@settings(max_examples=200)
def test_intake_is_total_over_bytes(data: bytes) -> None:
    """Any bytes are taken in or refused with a sentence; no other error comes out."""
    try:
        outcome: object = take_in(data)
    except IntakeRefused as refused:
        outcome = refused.sentence
    assert outcome


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=150)
def test_intake_is_total_over_mutations(pki: Pki, seed: int, binary: bool) -> None:
    """A real bundle with some bytes changed, cut out or doubled is taken in or refused, nothing else."""
    chance = random.Random(seed)
    data = bytearray(pki.new.der if binary else pki.new.bundle_pem.encode())
    for _ in range(chance.randrange(1, 6)):
        at, size = chance.randrange(len(data) + 1), chance.randrange(40)
        octet = bytes([chance.randrange(256)])
        # an octet changed, some cut out, some doubled
        start, end, instead = chance.choice(
            [(at, at + 1, octet), (at, at + size, b""), (at, at, data[at : at + size])]
        )
        data[start:end] = instead
    try:
        outcome: object = take_in(bytes(data))
    except IntakeRefused as refused:
        outcome = refused.sentence
    assert outcome


def test_twenty_certificates_are_enough_for_a_chain(pki: Pki) -> None:
    """A chain of several CAs is far below the limit."""
    authority: RehearsalAuthority = pki.root
    for depth in range(5):
        authority = authority.subordinate(f"CA {depth}")
    assert len(take_in(authority.issue("sender").bundle_pem.encode()).certificates) == 7
