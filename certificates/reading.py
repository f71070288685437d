"""One certificate as the judgement looks at it: its own DER reading, and what the library can add.

Every field that the library refuses raises Unjudgeable, so that "could not look" is never "looked and fine".
"""

import hashlib
import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.utils import CryptographyDeprecationWarning

from certificates.der import CertificateFields, fields_of, without_names
from certificates.errors import MalformedDer, Unjudgeable
from certificates.facts import facts_from, fingerprint
from certificates.once import once
from process.facts import CertificateFacts, NamePair
from process.names import NameKey, name_key, render

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)

# What the library raises for a certificate, a key or an extension that it does not read.
LIBRARY_REFUSALS = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


_KEY_KINDS: tuple[tuple[type, str], ...] = (
    (rsa.RSAPublicKey, "RSA"),
    (dsa.DSAPublicKey, "DSA"),
    (ec.EllipticCurvePublicKey, "EC"),
    (ed25519.Ed25519PublicKey, "Ed25519"),
    (ed448.Ed448PublicKey, "Ed448"),
    (mldsa.MLDSA44PublicKey, "ML-DSA-44"),
    (mldsa.MLDSA65PublicKey, "ML-DSA-65"),
    (mldsa.MLDSA87PublicKey, "ML-DSA-87"),
)


@dataclass(frozen=True)
class Reading:
    """A certificate whose fields were read from the DER; the rest is read on demand."""

    der: bytes

    @once
    def fields(self) -> CertificateFields:
        """The fields as the DER holds them."""
        return fields_of(self.der)

    @once
    def facts(self) -> CertificateFacts:
        """The certificate as the process knows it, without a chain."""
        return facts_from(self.der, self.fields, NamePair(self.subject, self.issuer))

    @once
    def sha256(self) -> str:
        """The fingerprint: SHA-256 of the DER in lower-case hex."""
        return fingerprint(self.der)

    @once
    def subject(self) -> str:
        """The subject DN in Java's form."""
        return render(self.fields.subject)

    @once
    def issuer(self) -> str:
        """The issuer DN in Java's form."""
        return render(self.fields.issuer)

    def issued_by_name(self, issuer: "Reading") -> bool:
        """Whether its issuer DN is the subject DN of `issuer` by RFC 5280 section 7.1."""
        return self.encodes_issuer_like(issuer) or self.issuer_key == issuer.subject_key

    @once
    def subject_key(self) -> NameKey:
        """What the subject DN is compared by."""
        return name_key(self.fields.subject)

    @once
    def issuer_key(self) -> NameKey:
        """What the issuer DN is compared by."""
        return name_key(self.fields.issuer)

    @once
    def self_issued(self) -> bool:
        """Whether it names itself as its issuer."""
        return self.issued_by_name(self)

    @property
    def self_signed(self) -> bool:
        """Whether its own key made its signature; where that cannot be checked, its names decide."""
        try:
            return self.self_issued and self.signed_by(self)
        except Unjudgeable:
            return True

    @once
    def key_digest(self) -> str:
        """SHA-256 of the public key."""
        return hashlib.sha256(self.fields.public_key).hexdigest()

    @once
    def parsed(self) -> x509.Certificate:
        """The library's view. Raises Unjudgeable."""
        try:
            return _load(self.der, self.fields.serial)
        except LIBRARY_REFUSALS as error:
            raise Unjudgeable("The certificate") from error

    @property
    def authority(self) -> bool:
        """Whether it says of itself that it is a CA. Raises Unjudgeable."""
        constraints = self.extension(x509.BasicConstraints)
        return constraints is not None and constraints.ca

    @once
    def usages(self) -> frozenset[x509.ObjectIdentifier] | None:
        """The extended key usages, None where the extension is absent. Raises Unjudgeable."""
        found = self.extension(x509.ExtendedKeyUsage)
        return None if found is None else frozenset(found)

    @property
    def key_usage(self) -> x509.KeyUsage | None:
        """The key usage, None where the extension is absent. Raises Unjudgeable."""
        return self.extension(x509.KeyUsage)

    def extension(self, kind: type[_Extension]) -> _Extension | None:
        """The extension of this kind, None where it is absent. Raises Unjudgeable."""
        found = self._values.get(kind.oid)
        return found if isinstance(found, kind) else None

    @once
    def legible(self) -> x509.Certificate:
        """The library's view for everything but names and signature, which may be none of this certificate's.

        A name in a string type that lacks one of its characters makes the library refuse the whole certificate,
        where OpenSSL and Java read it. Raises Unjudgeable.
        """
        try:
            return self.parsed
        except Unjudgeable:
            try:
                return _load(without_names(self.der), self.fields.serial)
            except (MalformedDer, *LIBRARY_REFUSALS) as error:
                raise Unjudgeable("The certificate") from error

    @property
    def path_length(self) -> int | None:
        """How many CA certificates may stand below it, None where that is not limited. Raises Unjudgeable."""
        constraints = self.extension(x509.BasicConstraints)
        return None if constraints is None else constraints.path_length

    @once
    def key_strength(self) -> tuple[str, int]:
        """The kind of key, such as `RSA`, `DSA`, `EC`, `Ed25519` or `other`, and its bits. Raises Unjudgeable.

        Bits are 0 for kinds of one size only.
        """
        key = self._public_key
        kind = next((name for sort, name in _KEY_KINDS if isinstance(key, sort)), "other")
        return kind, getattr(key, "key_size", 0)

    @once
    def curve(self) -> str:
        """The curve of an EC key such as "secp256r1", empty for any other key. Raises Unjudgeable."""
        if self.key_strength[0] != "EC":
            return ""
        key = self._public_key
        return key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else ""

    @property
    def signature_hash(self) -> str:
        """The hash of the signature such as "sha256", empty where the algorithm has none. Raises Unjudgeable."""
        try:
            algorithm = self.legible.signature_hash_algorithm
        except LIBRARY_REFUSALS as error:
            raise Unjudgeable("The signature algorithm") from error
        return algorithm.name if algorithm else ""

    def signed_by(self, issuer: "Reading") -> bool:
        """Whether `issuer`'s key made this signature. Raises Unjudgeable where that cannot be checked."""
        try:
            if self.encodes_issuer_like(issuer):
                self.parsed.verify_directly_issued_by(issuer.parsed)
            else:
                _verify_signature(self.parsed, issuer.parsed)
        except InvalidSignature:
            return False
        except LIBRARY_REFUSALS as error:
            raise Unjudgeable("The signature") from error
        return True

    def encodes_issuer_like(self, issuer: "Reading") -> bool:
        """Whether its issuer DN is the issuing certificate's subject DN byte for byte."""
        return self.fields.encoded_issuer == issuer.fields.encoded_subject

    def valid_at(self, now: datetime) -> bool:
        """Whether `now` lies in its validity; both ends belong to it (RFC 5280 section 4.1.2.5)."""
        return self.fields.not_before <= now <= self.fields.not_after

    @once
    def _values(self) -> dict[x509.ObjectIdentifier, x509.ExtensionType]:
        return {extension.oid: extension.value for extension in self.extensions}

    @once
    def _public_key(self) -> CertificatePublicKeyTypes:
        try:
            return self.legible.public_key()
        except LIBRARY_REFUSALS as error:
            raise Unjudgeable("The public key") from error

    @once
    def extensions(self) -> x509.Extensions:
        """All extensions. Raises Unjudgeable."""
        try:
            return self.legible.extensions
        except LIBRARY_REFUSALS as error:
            raise Unjudgeable("An extension") from error


def _load(der: bytes, serial: int) -> x509.Certificate:
    if serial > 0:
        return x509.load_der_x509_certificate(der)
    with warnings.catch_warnings():
        # A serial number that is not positive is a finding here; the library's warning would go to people's screens.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        return x509.load_der_x509_certificate(der)


def _verify_signature(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    """The signature alone: verify_directly_issued_by demands names that are equal byte for byte."""
    key, parameters = issuer.public_key(), certificate.signature_algorithm_parameters
    signature, signed = certificate.signature, certificate.tbs_certificate_bytes
    if isinstance(key, rsa.RSAPublicKey) and isinstance(parameters, padding.PKCS1v15 | padding.PSS):
        if certificate.signature_hash_algorithm is None:
            raise UnsupportedAlgorithm("RSA without a hash")
        key.verify(signature, signed, parameters, certificate.signature_hash_algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(parameters, ec.ECDSA):
        key.verify(signature, signed, parameters)
    else:
        raise UnsupportedAlgorithm("a key that cannot be used here")


def is_authority(reading: Reading) -> bool:
    """Whether it says that it is a CA; what cannot be read counts as a leaf and is judged as one."""
    try:
        return reading.authority
    except Unjudgeable:
        return False
