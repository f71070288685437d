"""Certificates as people read them: key, signature, alternative names, usages in words. Nothing is judged."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding

from certificates.chain import Chain, role_at
from certificates.errors import Unjudgeable
from certificates.reading import Reading
from certificates.roots import Roots
from certificates.shapes import ChainLink, LeafReport

_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "secp224r1": "P-224"}
_HASHES = {"sha1": "SHA-1", "sha224": "SHA-224", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
_SIGNED = {  # signature algorithms without a hash of their own
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}
_USAGES = {
    "1.3.6.1.5.5.7.3.1": "server authentication",
    "1.3.6.1.5.5.7.3.2": "client authentication",
    "1.3.6.1.5.5.7.3.3": "code signing",
    "1.3.6.1.5.5.7.3.4": "e-mail protection",
    "1.3.6.1.5.5.7.3.8": "time stamping",
    "1.3.6.1.5.5.7.3.9": "OCSP signing",
    "2.5.29.37.0": "any",
    "1.3.6.1.4.1.311.20.2.2": "smart card logon",
}
_NAMES: tuple[tuple[type[x509.GeneralName], str], ...] = (
    (x509.DNSName, "DNS"),
    (x509.IPAddress, "IP"),
    (x509.RFC822Name, "e-mail"),
    (x509.UniformResourceIdentifier, "URI"),
)


def leaf_report(leaf: Reading) -> LeafReport:
    """The leaf for people. What cannot be read is empty here; the findings say so."""
    facts = leaf.facts
    return LeafReport(
        subject=leaf.subject,
        issuer=leaf.issuer,
        serial=facts.serial,
        sha256=facts.fingerprint,
        not_before=facts.not_before,
        not_after=facts.not_after,
        key=key_words(leaf),
        signature=signature_words(leaf),
        san=_readable(alternative_names, leaf),
        eku=_readable(usage_words, leaf),
    )


def chain_links(chain: Chain, handed_over: frozenset[bytes], roots: Roots | None) -> Iterator[ChainLink]:
    """The certificates above the leaf; `handed_over` is their DER."""
    for depth, (_, reading) in enumerate(chain.above, start=1):
        yield ChainLink(
            role=role_at(depth),
            subject=reading.subject,
            issuer=reading.issuer,
            sha256=reading.sha256,
            not_before=reading.fields.not_before,
            not_after=reading.fields.not_after,
            key=key_words(reading),
            handed_over=reading.der in handed_over,
            listed=roots is not None and roots.lists(reading),
        )


def key_words(reading: Reading) -> str:
    """The key such as "EC P-256", "RSA 3072" or "Ed25519"; empty where it cannot be read."""
    try:
        kind, bits = reading.key_strength
        curve = reading.curve
    except Unjudgeable:
        return ""
    if curve:
        return f"{kind} {_CURVES.get(curve, curve)}"
    return f"{kind} {bits}" if bits else kind


def signature_words(reading: Reading) -> str:
    """The signature such as "ECDSA with SHA-256"; its object identifier where that is not known here."""
    try:
        algorithm = reading.signature_hash
        parameters = reading.legible.signature_algorithm_parameters
        oid = reading.legible.signature_algorithm_oid.dotted_string
    except (Unjudgeable, ValueError, TypeError):
        return ""
    if not algorithm:
        return _SIGNED.get(oid, oid)
    kind = "ECDSA"
    if isinstance(parameters, padding.PSS):
        kind = "RSA-PSS"
    elif isinstance(parameters, padding.PKCS1v15):
        kind = "RSA"
    elif parameters is None:
        kind = "DSA"
    return f"{kind} with {_HASHES.get(algorithm, algorithm.upper())}"


def alternative_names(reading: Reading) -> tuple[str, ...]:
    """The subject alternative names with their kind, such as "DNS:erp.example". Raises Unjudgeable."""
    names = reading.extension(x509.SubjectAlternativeName)
    return tuple(map(_general_name, names or ()))


def usage_words(reading: Reading) -> tuple[str, ...] | None:
    """The extended key usages in words, None where the extension is absent. Raises Unjudgeable."""
    usages = reading.extension(x509.ExtendedKeyUsage)
    if usages is None:
        return None
    return tuple(_USAGES.get(usage.dotted_string, usage.dotted_string) for usage in usages)


_T = TypeVar("_T")


def _readable(read: Callable[[Reading], tuple[str, ...] | _T], leaf: Reading) -> tuple[str, ...] | _T:
    try:
        return read(leaf)
    except Unjudgeable:
        return ()


def _general_name(name: x509.GeneralName) -> str:
    known = next((word for kind, word in _NAMES if isinstance(name, kind)), None)
    if known:
        return f"{known}:{name.value}"
    if isinstance(name, x509.OtherName):
        return f"other:{name.type_id.dotted_string}"
    if isinstance(name, x509.DirectoryName):
        return f"directory:{name.value.rfc4514_string()}"
    return "other"
