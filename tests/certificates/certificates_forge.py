"""Certificates of any make, also such as no CA should issue. Keys are made at test time and live in memory."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from certificates.facts import facts_of, pem_of
from certificates.rehearsal import encoded_name
from process.facts import CertificateFacts

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CLIENT = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
SERVER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
# A subject alternative name that is no list of names.
BROKEN_SAN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), b"\x04\x00")

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | dsa.DSAPrivateKey
Extension = tuple[x509.ExtensionType, bool]


def new_key() -> ec.EllipticCurvePrivateKey:
    """A P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def usage(*allowed: str) -> x509.KeyUsage:
    """A key usage that allows these alone."""
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign "
        "crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: name in allowed for name in names.split()})


@dataclass(frozen=True)
class Made:
    """A certificate with its key, and how it was made."""

    certificate: x509.Certificate
    key: Key = field(repr=False)

    @property
    def der(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        """The certificate."""
        return pem_of(self.der)

    @property
    def facts(self) -> CertificateFacts:
        """The certificate as the process knows it."""
        return facts_of(self.der)


@dataclass(frozen=True)
class Wish:
    """What a certificate should be; `issuer` None: self-signed. `issuer_name` overrides the issuer's own name."""

    subject: str | x509.Name = "CN=sender, O=Acme, C=DE"
    issuer: Made | None = None
    issuer_name: x509.Name | None = None
    key: Key = field(default_factory=new_key, repr=False)
    begins: datetime = NOW - DAY
    ends: datetime = NOW + 365 * DAY
    serial: int = 0
    algorithm: hashes.SHA256 | hashes.SHA1 = field(default_factory=hashes.SHA256)
    extensions: tuple[Extension, ...] = ()


def make(wish: Wish) -> Made:
    """The certificate, signed."""
    signer = wish.issuer.key if wish.issuer else wish.key
    subject = encoded_name(wish.subject) if isinstance(wish.subject, str) else wish.subject
    above = wish.issuer.certificate.subject if wish.issuer else subject
    builder = x509.CertificateBuilder(
        issuer_name=wish.issuer_name or above,
        subject_name=subject,
        public_key=wish.key.public_key(),
        serial_number=wish.serial or x509.random_serial_number(),
        not_valid_before=wish.begins.replace(tzinfo=None),
        not_valid_after=wish.ends.replace(tzinfo=None),
    )
    for extension, critical in wish.extensions:
        builder = builder.add_extension(extension, critical)
    return Made(builder.sign(signer, wish.algorithm), wish.key)


def authority(subject: str, issuer: Made | None = None, length: int | None = None, **changes: object) -> Made:
    """A CA of ordinary make."""
    extensions = (
        (x509.BasicConstraints(True, length), True),
        (usage("key_cert_sign", "crl_sign"), True),
        *((extension, False) for extension in changes.pop("more", ())),  # type: ignore[attr-defined]
    )
    wish = Wish(subject, issuer, ends=NOW + 3650 * DAY, extensions=extensions)
    return make(replace(wish, **changes))  # type: ignore[arg-type]


def leaf(
    issuer: Made | None, *more: Extension, eku: x509.ExtendedKeyUsage | None = CLIENT, **changes: object
) -> Made:
    """A client certificate of ordinary make, changed as wished."""
    constraints: list[Extension] = [(x509.BasicConstraints(False, None), True)]
    if not any(isinstance(extension, x509.KeyUsage) for extension, _ in more):
        constraints.append((usage("digital_signature"), True))
    purpose: list[Extension] = [(eku, False)] if eku else []
    wish = Wish(issuer=issuer, extensions=(*constraints, *purpose, *more))
    return make(replace(wish, **changes))  # type: ignore[arg-type]
