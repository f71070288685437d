"""One certificate as the judgement looks at it: its own DER reading, and what the library can add.

Every field that the library refuses raises Unjudgeable, so that "could not look" is never "looked and fine".
"""

from dataclasses import dataclass
from functools import cached_property

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from certificates.errors import Unjudgeable
from certificates.facts import facts_of, public_key_digest
from process.facts import CertificateFacts
from process.names import equal

# What the library raises for a certificate, a key or an extension that it does not read.
LIBRARY_REFUSALS = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True)
class Reading:
    """A certificate whose fields were read from the DER; the rest is read on demand."""

    der: bytes

    @cached_property
    def facts(self) -> CertificateFacts:
        """The certificate as the process knows it, without a chain."""
        return facts_of(self.der)

    @property
    def subject(self) -> str:
        """The subject DN in Java's form."""
        return self.facts.names.subject

    @property
    def issuer(self) -> str:
        """The issuer DN in Java's form."""
        return self.facts.names.issuer

    @property
    def self_issued(self) -> bool:
        """Whether it names itself as its issuer."""
        return equal(self.subject, self.issuer)

    @cached_property
    def key_digest(self) -> str:
        """SHA-256 of the public key."""
        return public_key_digest(self.der)

    @cached_property
    def parsed(self) -> x509.Certificate:
        """The library's view. Raises Unjudgeable."""
        try:
            return x509.load_der_x509_certificate(self.der)
        except LIBRARY_REFUSALS as error:
            raise Unjudgeable("The certificate") from error

    @property
    def authority(self) -> bool:
        """Whether it says of itself that it is a CA. Raises Unjudgeable."""
        extensions = self._extensions()
        try:
            return extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except x509.ExtensionNotFound:
            return False

    @property
    def usages(self) -> frozenset[x509.ObjectIdentifier] | None:
        """The extended key usages, None where the extension is absent. Raises Unjudgeable."""
        extensions = self._extensions()
        try:
            return frozenset(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        except x509.ExtensionNotFound:
            return None

    @property
    def key_strength(self) -> tuple[str, int]:
        """The kind of key, `RSA`, `DSA`, `EC` or `other`, and its bits. Raises Unjudgeable."""
        try:
            key = self.parsed.public_key()
        except LIBRARY_REFUSALS as error:
            raise Unjudgeable("The public key") from error
        kinds = ((rsa.RSAPublicKey, "RSA"), (dsa.DSAPublicKey, "DSA"), (ec.EllipticCurvePublicKey, "EC"))
        kind = next((name for sort, name in kinds if isinstance(key, sort)), "other")
        return kind, getattr(key, "key_size", 0)

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
        """Whether its issuer DN is the issuing certificate's subject DN byte for byte. Raises Unjudgeable."""
        try:
            return self.parsed.issuer.public_bytes() == issuer.parsed.subject.public_bytes()
        except LIBRARY_REFUSALS as error:
            raise Unjudgeable("A name") from error

    def _extensions(self) -> x509.Extensions:
        try:
            return self.parsed.extensions
        except LIBRARY_REFUSALS as error:
            raise Unjudgeable("An extension") from error


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


CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
ANY_USAGE = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE


def is_authority(reading: Reading) -> bool:
    """Whether it says that it is a CA; what cannot be read counts as a leaf and is judged as one."""
    try:
        return reading.authority
    except Unjudgeable:
        return False
