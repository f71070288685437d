"""A new key pair and the certificate request (PKCS#10, RFC 2986) for it. Bytes in and out; nothing touches a disk.

The request is written octet by octet, because a renewal must not change the names: the subject DN and the subject
alternative names of the old certificate are copied as they are encoded, which a library that reads and writes
them anew does not promise.
"""

import base64
import textwrap
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from certificates import der_writing as der
from certificates.chain import leaves
from certificates.der import CONTEXT_0, Element, first_element, name_of, oid_of
from certificates.errors import MalformedDer
from certificates.facts import fingerprint
from certificates.reading import Reading
from process.names import NameSyntaxError, parse, render

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"

_CONTEXT_3 = 0xA3
_KEY_USAGE, _ALTERNATIVE_NAMES, _EXTENDED_KEY_USAGE = "2.5.29.15", "2.5.29.17", "2.5.29.37"
_EXTENSION_REQUEST = "1.2.840.113549.1.9.14"  # RFC 2985 section 5.4.2
_SHA256_RSA, _SHA256_ECDSA, _SHA384_ECDSA = "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3"


class KeyKind(StrEnum):
    """The keys that can be made."""

    RSA_3072 = "rsa3072"
    RSA_4096 = "rsa4096"
    P256 = "p256"
    P384 = "p384"


@dataclass(frozen=True)
class Wanted:
    """What a request asks for.

    `subject` is the DER of a Name; `alternative_names` the DER of the whole extension, empty for none; `usages` are
    dotted OIDs. The usage digital signature is always asked for: a TLS client signs, and does nothing else.
    """

    subject: bytes
    alternative_names: bytes = b""
    usages: tuple[str, ...] = (CLIENT_AUTH,)

    @property
    def subject_dn(self) -> str:
        """The subject DN as Java writes it."""
        return render(name_of(self.subject))

    @property
    def common_name(self) -> str:
        """The most specific common name, empty where there is none that is text."""
        values = (attribute for rdn in name_of(self.subject).rdns for attribute in rdn if attribute.oid == "2.5.4.3")
        return next((value for attribute in values if isinstance(value := attribute.value, str)), "")


@dataclass(frozen=True)
class Request:
    """A private key in PKCS#8 PEM, which is never shown, and the request for it in PEM."""

    key_pem: bytes = field(repr=False)
    request_pem: bytes
    public_key_sha256: str


def make(wanted: Wanted, kind: KeyKind, passphrase: bytes | None) -> Request:
    """A new key of that kind, encrypted where there is a passphrase (1 to 1023 bytes), and the request for it."""
    key = new_key(kind)
    encryption: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    return Request(key_pem, _pem(request_der(wanted, key)), fingerprint(_public(key)))


def new_key(kind: KeyKind) -> PrivateKey:
    """A new key; the larger RSA keys take seconds."""
    if kind in _CURVES:
        return ec.generate_private_key(_CURVES[kind])
    return rsa.generate_private_key(65537, 3072 if kind is KeyKind.RSA_3072 else 4096)


_CURVES: dict[KeyKind, ec.EllipticCurve] = {KeyKind.P256: ec.SECP256R1(), KeyKind.P384: ec.SECP384R1()}


def leaf_of(certificates: tuple[bytes, ...]) -> bytes | None:
    """The DER of the one certificate that is the sender's; None where several could be."""
    found = leaves([Reading(certificate) for certificate in dict.fromkeys(certificates)])
    return found[0].der if len(found) == 1 else None


def like(certificate: bytes) -> Wanted:
    """What has to be asked for so that nothing changes but key and validity; client authentication always.

    `certificate` is DER. Raises MalformedDer.
    """
    try:
        subject, extensions = _subject_and_extensions(certificate)
        usages = extensions.get(_EXTENDED_KEY_USAGE)
        named = tuple(map(oid_of, first_element(usages.children()[-1].content).children())) if usages else ()
    except (IndexError, ValueError) as error:
        raise MalformedDer("certificate") from error
    names = extensions.get(_ALTERNATIVE_NAMES)
    return Wanted(subject, names.encoded if names else b"", tuple(dict.fromkeys((*named, CLIENT_AUTH))))


def _subject_and_extensions(certificate: bytes) -> tuple[bytes, dict[str, Element]]:
    """The DER of the subject, and the extensions by their OIDs (RFC 5280 section 4.1)."""
    parts = first_element(certificate).children()[0].children()
    rest = parts[1:] if parts[0].tag == CONTEXT_0 else parts
    listed = [extension for part in rest if part.tag == _CONTEXT_3 for extension in part.children()[0].children()]
    return rest[4].encoded, {oid_of(extension.children()[0]): extension for extension in listed}


def subject_from(text: str) -> bytes:
    """The DER of a subject DN as people type it. Raises NameSyntaxError."""
    name = parse(text)
    values = [attribute.value for rdn in name.rdns for attribute in rdn]
    if not values or not all(values):
        raise NameSyntaxError(text, 0, "a subject needs at least one attribute, and none without a value")
    try:
        encoded = der.name(name)
    except UnicodeEncodeError:
        raise NameSyntaxError(text, 0, "it holds characters that are none") from None
    if [set(rdn) for rdn in name_of(encoded).rdns] != [set(rdn) for rdn in name.rdns]:
        raise NameSyntaxError(text, 0, "it cannot be encoded as it is written")
    return encoded


def request_der(wanted: Wanted, key: PrivateKey) -> bytes:
    """The signed request."""
    attributes = der.sequence(der.oid(_EXTENSION_REQUEST), der.set_of(_extensions(wanted)))
    signed = der.sequence(
        der.small_integer(0), wanted.subject, _public(key), der.value(CONTEXT_0, attributes)
    )  # fmt: skip
    algorithm, signature = _signature(key, signed)
    return der.sequence(signed, algorithm, der.bits(signature))


def _extensions(wanted: Wanted) -> bytes:
    signs = der.value(0x04, der.bits(b"\x80", unused=7))
    usages = der.value(0x04, der.sequence(*map(der.oid, wanted.usages)))
    return der.sequence(
        der.sequence(der.oid(_KEY_USAGE), der.true(), signs),
        der.sequence(der.oid(_EXTENDED_KEY_USAGE), usages),
        wanted.alternative_names,
    )


def _signature(key: PrivateKey, signed: bytes) -> tuple[bytes, bytes]:
    if isinstance(key, rsa.RSAPrivateKey):
        algorithm = der.sequence(der.oid(_SHA256_RSA), der.null())
        return algorithm, key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    if key.key_size > 256:
        return der.sequence(der.oid(_SHA384_ECDSA)), key.sign(signed, ec.ECDSA(hashes.SHA384()))
    return der.sequence(der.oid(_SHA256_ECDSA)), key.sign(signed, ec.ECDSA(hashes.SHA256()))


def _public(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _pem(request: bytes) -> bytes:
    body = "\n".join(textwrap.wrap(base64.b64encode(request).decode("ascii"), 64))
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n".encode("ascii")
