"""Mutated inputs through the intake: nothing but our own refusals comes out, and never key material."""

import base64
import json
import logging
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from certificates_pki import Pki
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)

from certificates.errors import IntakeRefused
from certificates.intake import take_in

ROUNDS = 200_000
# What stands before the secret in PKCS#8 and in SEC 1 (RFC 5208, RFC 5915).
KEY_HEADS = re.compile(rb"\x30[\x20-\xff]{1,2}\x02\x01\x00\x30|\x02\x01\x01\x04\x20", re.DOTALL)


@dataclass(frozen=True)
class Seeds:
    """What is mutated, and pieces of the secret that must never come out again."""

    inputs: tuple[bytes, ...]
    pieces: tuple[bytes, ...]

    def leaks(self, text: bytes) -> bool:
        """Whether a piece of the secret is in it, plain, in base64 or in hexadecimal digits."""
        return any(piece in text for piece in self.pieces)


def pieces_of(secret: bytes) -> Iterator[bytes]:
    """Twelve octets from every place, in every writing; so base64 is met at each of its three alignments."""
    for at in range(len(secret) - 12):
        piece = secret[at : at + 12]
        yield from (piece, base64.b64encode(piece), piece.hex().encode())


@pytest.fixture(scope="module")
def seeds(pki: Pki, rsa_key: rsa.RSAPrivateKey) -> Seeds:
    """Bundles in many shapes, with and without keys."""
    key = pki.new.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    inside = [x509.load_der_x509_certificate(der) for der in (pki.new.der, *pki.new.chain)]
    bundle = pki.new.bundle_pem.encode()
    plain = NoEncryption()
    keys = [
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, plain),
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, plain),
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, plain),
        base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, plain)),
        pkcs12.serialize_key_and_certificates(b"x", key, inside[0], None, BestAvailableEncryption(b"x")),
    ]
    certificates = [
        bundle,
        pki.new.der + pki.new.chain[0],
        pkcs7.serialize_certificates(inside, Encoding.DER),
        pkcs7.serialize_certificates(inside, Encoding.PEM),
        json.dumps({"certificate": bundle.decode()}).encode(),
        base64.b64encode(pki.new.der),
        bundle.decode().encode("utf-16"),
    ]
    secret = key.private_numbers().private_value.to_bytes(32, "big")
    return Seeds((*certificates, *keys, bundle + keys[0], pki.new.der + keys[2]), tuple(pieces_of(secret)))


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Some octets changed, cut out, doubled, or put in from elsewhere; sometimes cut short."""
    found = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        at, size = chance.randrange(len(found) + 1), chance.randrange(60)
        change = chance.choice((_set, _cut, _double, _insert))
        change(found, at, size, chance)
    return bytes(found[: chance.randrange(len(found) + 1)] if chance.random() < 0.1 else found)


def _set(found: bytearray, at: int, size: int, chance: random.Random) -> None:
    found[at : at + 1] = chance.randbytes(1)


def _cut(found: bytearray, at: int, size: int, chance: random.Random) -> None:
    del found[at : at + size]


def _double(found: bytearray, at: int, size: int, chance: random.Random) -> None:
    found[at:at] = found[at : at + size]


def _insert(found: bytearray, at: int, size: int, chance: random.Random) -> None:
    found[at:at] = chance.choice(
        (b"-----BEGIN CERTIFICATE-----\n", b"\r\n", b"\0", b"\\n", b"%0A", b"> ", b"\x30\x80")
    )


def outcome_of(data: bytes) -> bytes:
    """Everything that comes out of the intake, as octets; any error but our own is the failure of the test."""
    try:
        taken = take_in(data)
    except IntakeRefused as refused:
        return f"{refused} {refused!r} {refused.__dict__}".encode()
    return b" ".join((*taken.certificates, repr(taken.repairs).encode()))


def recognisable(data: bytes) -> bool:
    """Whether a key in bare DER still has a beginning: without one it is a number like a signature."""
    return not data.startswith(b"\x30") or KEY_HEADS.search(data) is not None


def run(seeds: Seeds, rounds: int, seed: int, logged: Callable[[], str]) -> None:
    """So many mutated inputs."""
    chance = random.Random(seed)
    for number in range(rounds):
        data = mutated(chance.choice(seeds.inputs), chance)
        out = outcome_of(data)
        assert not (seeds.leaks(out) and recognisable(data)), f"seed {seed}, input {number}"
    assert not seeds.leaks(logged().encode())


def test_some_mutated_inputs(seeds: Seeds, caplog: pytest.LogCaptureFixture) -> None:
    """A short run for every day, with other inputs each time the seed is changed."""
    caplog.set_level(logging.DEBUG)
    run(seeds, 600, 20261124, lambda: caplog.text)


@pytest.mark.slow
def test_two_hundred_thousand_mutated_inputs(seeds: Seeds, caplog: pytest.LogCaptureFixture) -> None:
    """No error but our own, no key material in what comes out or is logged."""
    caplog.set_level(logging.DEBUG)
    run(seeds, ROUNDS, random.randrange(2**32), lambda: caplog.text)
