"""Certificates written octet by octet, with names as no library writes them, signed by a rehearsal CA."""

from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates import der_writing as der
from certificates.rehearsal import RehearsalAuthority

CLIENT_AUTH, SERVER_AUTH = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"
NO_NAMES = der.sequence()


@dataclass(frozen=True)
class Handmade:
    """What is in it: the DER of the subject, extensions by dotted OID with their DER values."""

    subject: bytes = NO_NAMES
    extensions: tuple[tuple[str, bytes], ...] = ()


def usages(*oids: str) -> tuple[str, bytes]:
    """The extension extended key usage."""
    return "2.5.29.37", der.sequence(*map(der.oid, oids))


def dns_names(*names: str) -> tuple[str, bytes]:
    """The extension subject alternative name."""
    return "2.5.29.17", der.sequence(*(der.value(0x82, name.encode()) for name in names))


def extension(oid: str, value: bytes) -> bytes:
    """One extension, not critical."""
    return der.sequence(der.oid(oid), der.value(0x04, value))


def handmade(what: Handmade, authority: RehearsalAuthority) -> bytes:
    """The DER of a certificate that is valid from 2026 to 2027, with a key that nobody keeps."""
    assert isinstance(authority.key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    algorithm = der.sequence(der.oid("1.2.840.10045.4.3.2"))
    listed = der.sequence(*(extension(*each) for each in what.extensions))
    signed = der.sequence(
        der.value(0xA0, der.small_integer(2)),
        der.small_integer(77),
        algorithm,
        authority.certificate.subject.public_bytes(),
        der.sequence(der.value(0x17, b"260101000000Z"), der.value(0x17, b"271231000000Z")),
        what.subject,
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        *([der.value(0xA3, listed)] if what.extensions else []),
    )
    signature = authority.key.sign(signed, ec.ECDSA(hashes.SHA256()))
    return der.sequence(signed, algorithm, der.bits(signature))
