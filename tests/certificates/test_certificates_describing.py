"""Certificates in words: key, signature, alternative names, usages."""

import ipaddress

import pytest
from certificates_forge import BROKEN_SAN, CLIENT, Key, Wish, leaf, make
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.describing import key_words, leaf_report, signature_words
from certificates.once import once
from certificates.reading import Reading


def test_keys_and_signatures_in_words(rsa_key: rsa.RSAPrivateKey) -> None:
    """Kind, size or curve, and how it is signed."""
    kinds: list[tuple[Key, str, str]] = [
        (ec.generate_private_key(ec.SECP384R1()), "EC P-384", "ECDSA with SHA-256"),
        (ec.generate_private_key(ec.SECP256K1()), "EC secp256k1", "ECDSA with SHA-256"),
        (rsa_key, "RSA 2048", "RSA with SHA-256"),
        (dsa.generate_private_key(1024), "DSA 1024", "DSA with SHA-256"),
    ]
    for key, words, signed in kinds:
        reading = Reading(make(Wish(key=key)).der)
        assert (key_words(reading), signature_words(reading)) == (words, signed)


def test_signatures_without_a_hash_of_their_own(rsa_key: rsa.RSAPrivateKey) -> None:
    """Ed25519 says its name; RSA-PSS is told from RSA."""
    name = x509.Name([])
    made = make(Wish()).certificate
    builder = x509.CertificateBuilder(
        name, name, rsa_key.public_key(), 1, made.not_valid_before_utc, made.not_valid_after_utc
    )
    salted = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    pss = builder.sign(rsa_key, hashes.SHA256(), rsa_padding=salted)
    edwards = ed25519.Ed25519PrivateKey.generate()
    pure = builder.sign(edwards, None)
    assert signature_words(Reading(pss.public_bytes(Encoding.DER))) == "RSA-PSS with SHA-256"
    assert signature_words(Reading(pure.public_bytes(Encoding.DER))) == "Ed25519"


def test_alternative_names_and_usages_in_words() -> None:
    """Each with its kind; an extension that cannot be read is empty, an absent usage is None."""
    names = x509.SubjectAlternativeName(
        [
            x509.DNSName("erp.example"),
            x509.IPAddress(ipaddress.ip_address("10.0.0.1")),
            x509.RFC822Name("ops@example.com"),
            x509.UniformResourceIdentifier("urn:x"),
            x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"),
            x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a")])),
        ]
    )
    usages = x509.ExtendedKeyUsage([*CLIENT, x509.ObjectIdentifier("1.2.3.4")])
    report = leaf_report(Reading(leaf(None, (names, False), eku=usages).der))
    assert report.san == (
        "DNS:erp.example", "IP:10.0.0.1", "e-mail:ops@example.com", "URI:urn:x", "other:1.2.3", "directory:CN=a",
    )  # fmt: skip
    assert report.eku == ("client authentication", "1.2.3.4")
    assert leaf_report(Reading(leaf(None, eku=None).der)).eku is None
    assert leaf_report(Reading(leaf(None, (BROKEN_SAN, False)).der)).san == ()


class Counted:
    """Counts how often its property is computed."""

    def __init__(self, fail: bool = False) -> None:
        self.times = 0
        self.fail = fail

    @once
    def value(self) -> int:
        """How often it was computed."""
        self.times += 1
        if self.fail:
            raise ValueError
        return self.times


def test_once_is_once() -> None:
    """A value is computed once for each instance, an error each time."""
    counted = Counted()
    assert (counted.value, counted.value, Counted().value) == (1, 1, 1)
    failing = Counted(fail=True)
    for times in (1, 2):
        with pytest.raises(ValueError):  # noqa: PT011 - any value error is the one above
            failing.value  # noqa: B018 - reading is the act
        assert failing.times == times
