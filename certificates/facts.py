"""The facts of one certificate, as the process uses them: names in Java's form, digests, PEM.

Read from the DER itself, so that a field which a library refuses is still shown. No judgement here.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace

from certificates.der import CertificateFields, fields_of
from process.facts import CertificateFacts, NamePair
from process.names import render


def facts_of(der: bytes, chain: Sequence[bytes] = ()) -> CertificateFacts:
    """The facts of `der`, with `chain` (DER, next issuer first) as PEM. Raises MalformedDer."""
    fields = fields_of(der)
    names = NamePair(render(fields.subject), render(fields.issuer))
    return replace(facts_from(der, fields, names), chain=chain_pem(chain))


def chain_pem(chain: Sequence[bytes]) -> str:
    """A chain, DER, as PEM."""
    return "".join(map(pem_of, chain))


def facts_from(der: bytes, fields: CertificateFields, names: NamePair) -> CertificateFacts:
    """The facts without a chain, of what was read from `der` already."""
    return CertificateFacts(
        fingerprint=fingerprint(der),
        names=names,
        serial=serial_text(fields.serial),
        not_before=fields.not_before,
        not_after=fields.not_after,
        pem=pem_of(der),
    )


def fingerprint(der: bytes) -> str:
    """SHA-256 of the DER in lower-case hex."""
    return hashlib.sha256(der).hexdigest()


def mapping_id(der: bytes) -> str:
    """The key of a certificate-to-user mapping: MD5 of the DER in lower-case hex (SAP page e01d3f0)."""
    return hashlib.md5(der, usedforsecurity=False).hexdigest()


def public_key_digest(der: bytes) -> str:
    """SHA-256 of the SubjectPublicKeyInfo in lower-case hex: equal for equal keys. Raises MalformedDer."""
    return hashlib.sha256(fields_of(der).public_key).hexdigest()


def serial_text(serial: int) -> str:
    """The serial number in lower-case hex, whole octets, as certificate viewers show it."""
    digits = f"{abs(serial):x}"
    return ("-" if serial < 0 else "") + digits.zfill(len(digits) + len(digits) % 2)


def pem_of(der: bytes) -> str:
    """One certificate as a PEM block with a line end."""
    digits = base64.b64encode(der).decode("ascii")
    body = "\n".join(digits[at : at + 64] for at in range(0, len(digits), 64))
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
