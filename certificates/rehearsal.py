"""A certificate authority for rehearsals, demonstrations and tests. It never issues anything real.

    root = RehearsalAuthority.create(now=now)                     # a root of its own
    old = root.issue("sender", not_after=now + timedelta(days=20))
    new = root.issue("CN=sender, O=Rehearsal", now, now + timedelta(days=365))
    other = RehearsalAuthority.create(name="Other", now=now)      # another CA: the issuer DN changes
    same = other.issue(old.facts.names.subject, profile=LeafProfile(key=old.key))  # the key used again

`new.pem` is the leaf, `new.bundle_pem` leaf and chain. Keys are held in memory; nothing is written to disk.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certificates.facts import facts_of, pem_of
from process.facts import CertificateFacts
from process.names import parse

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH

_CA_LIFE = timedelta(days=3650)
_LEAF_LIFE = timedelta(days=365)  # the longest that SAP's own service keys offer
_BACKDATED = timedelta(hours=1)  # clocks differ; public CAs backdate for the same reason


@dataclass(frozen=True)
class LeafProfile:
    """What a leaf is made of. `usages` None leaves the EKU extension out; `key` None makes a new P-256 key."""

    usages: tuple[x509.ObjectIdentifier, ...] | None = (CLIENT_AUTH,)
    key: PrivateKey | None = field(default=None, repr=False)
    ca: bool = False


@dataclass(frozen=True)
class Issued:
    """An issued certificate. `chain_pem` goes from the issuing CA up to the root."""

    der: bytes
    chain: tuple[bytes, ...]
    key: PrivateKey = field(repr=False)

    @property
    def pem(self) -> str:
        """The certificate alone."""
        return pem_of(self.der)

    @property
    def chain_pem(self) -> str:
        """The certificates above it, next issuer first, root last."""
        return "".join(map(pem_of, self.chain))

    @property
    def bundle_pem(self) -> str:
        """The certificate and its chain: what a sender administrator hands over."""
        return self.pem + self.chain_pem

    @property
    def facts(self) -> CertificateFacts:
        """The certificate as the process knows it."""
        return facts_of(self.der, self.chain)

    def key_pem(self) -> bytes:
        """The private key as PKCS#8 PEM, for a rehearsed TLS client or a test of refusals; never for disk."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True)
class RehearsalAuthority:
    """A CA with its key in memory; `issuer` is the CA above it, None for a root."""

    certificate: x509.Certificate
    organization: str
    now: datetime
    key: PrivateKey = field(repr=False)
    issuer: "RehearsalAuthority | None" = None

    @classmethod
    def create(
        cls, name: str = "Rehearsal", common_name: str = "Rehearsal Root CA", *, now: datetime
    ) -> "RehearsalAuthority":
        """A self-signed root of organization `name`, valid for ten years from `now` (aware).

        Two roots with the same names have different keys: the case of a CA that was set up anew.
        """
        key = _new_key()
        subject = _ca_name(name, common_name)
        certificate = _ca_builder(subject, subject, key, now).sign(key, hashes.SHA256())
        return cls(certificate, name, now, key)

    def subordinate(self, common_name: str = "Rehearsal Issuing CA") -> "RehearsalAuthority":
        """A CA below this one, of the same organization."""
        key = _new_key()
        builder = _ca_builder(_ca_name(self.organization, common_name), self.certificate.subject, key, self.now)
        return replace(self, certificate=self._sign(builder), key=key, issuer=self)

    def issue(
        self,
        subject: str,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        profile: LeafProfile | None = None,
    ) -> Issued:
        """A certificate for `subject`: a DN as text, or a common name that gets this CA's organization.

        By default a client certificate with a new key, valid from an hour before the CA's `now` for a year.
        Raises process.names.NameSyntaxError where a DN cannot be read.
        """
        profile = profile or LeafProfile()
        key = profile.key or _new_key()
        begins = not_before or self.now - _BACKDATED
        builder = (
            x509.CertificateBuilder()
            .subject_name(self._subject(subject))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(not_after or begins + _LEAF_LIFE)
        )
        certificate = self._sign(_with_leaf_extensions(builder, profile))
        return Issued(certificate.public_bytes(Encoding.DER), tuple(self._chain()), key)

    @property
    def root_pem(self) -> str:
        """The root above this CA (itself, if it is one): what goes on the list of load balancer roots."""
        return pem_of(list(self._chain())[-1])

    def _chain(self) -> Iterator[bytes]:
        authority: RehearsalAuthority | None = self
        while authority:
            yield authority.certificate.public_bytes(Encoding.DER)
            authority = authority.issuer

    def _subject(self, subject: str) -> x509.Name:
        if "=" in subject:
            return encoded_name(subject)
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organization),
                x509.NameAttribute(NameOID.COMMON_NAME, subject),
            ]
        )

    def _sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return builder.add_extension(above, critical=False).sign(self.key, hashes.SHA256())


def encoded_name(text: str) -> x509.Name:
    """A DN text as the name that goes into a certificate: the least specific RDN first.

    Raises process.names.NameSyntaxError, or ValueError for a value that is no text (#hex).
    """
    return x509.Name(
        x509.RelativeDistinguishedName(
            x509.NameAttribute(x509.ObjectIdentifier(attribute.oid), _text(attribute.value)) for attribute in rdn
        )
        for rdn in reversed(parse(text).rdns)
    )


def _text(value: str | bytes) -> str:
    if isinstance(value, bytes):
        raise ValueError("A rehearsal name holds text only.")
    return value


def _new_key() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())  # makes a key in well under a millisecond


def _ca_name(organization: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _ca_builder(subject: x509.Name, issuer: x509.Name, key: PrivateKey, now: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A day back, so that a test may date leaves and clocks somewhat before `now`.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_key_usage(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _with_leaf_extensions(builder: x509.CertificateBuilder, profile: LeafProfile) -> x509.CertificateBuilder:
    builder = builder.add_extension(x509.BasicConstraints(ca=profile.ca, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(ca=profile.ca), critical=True)
    if profile.usages is None:
        return builder
    return builder.add_extension(x509.ExtendedKeyUsage(profile.usages), critical=False)


def _key_usage(ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
