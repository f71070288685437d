"""Revocation by the lists that are given, and only by them: nothing is fetched. What no list covers is said.

Only complete lists that the issuer itself signed count: one with a critical extension (RFC 5280 section 5.2) may
be a part of one, or somebody else's.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from certificates.chain import Chain, role_at
from certificates.errors import Unjudgeable
from certificates.findings import about, error, moment, note, warning
from certificates.reading import LIBRARY_REFUSALS, Reading
from process.facts import Finding

_PEM = re.compile(rb"-----BEGIN X509 CRL-----.*?-----END X509 CRL-----", re.DOTALL)
_NEW_ONE = "Make a new key pair and ask the certificate authority for a new certificate."
_Crl = x509.CertificateRevocationList


def revocation_findings(chain: Chain, crls: Sequence[bytes], now: datetime) -> Iterator[Finding]:
    """What the lists say of each certificate of the chain, and what they leave open."""
    if not crls:
        said = "Whether a certificate of the chain was revoked was not checked; nobody gave a revocation list."
        yield note("revocation-unchecked", said)
        return
    lists: list[_Crl] = []
    for number, data in enumerate(crls, start=1):
        read = list(_read(data))
        lists += read
        if not read:
            said = f"Revocation list {number} cannot be read, so it was not used."
            yield warning("revocation-list-unreadable", said, "Get the list from its authority again.")
    below = chain.leaf
    for depth, (_, issuer) in enumerate(chain.above):
        yield from about(role_at(depth), _of_one(below, issuer, lists, now))
        below = issuer


def _read(data: bytes) -> Iterator[_Crl]:
    try:
        blocks = _PEM.findall(data)
        yield from map(x509.load_pem_x509_crl, blocks)
        if not blocks:
            yield x509.load_der_x509_crl(data)
    except LIBRARY_REFUSALS:
        return


def _of_one(certificate: Reading, issuer: Reading, lists: Sequence[_Crl], now: datetime) -> Iterator[Finding]:
    named = [crl for crl in lists if _names(crl, issuer)]
    usable = [crl for crl in named if _usable(crl, issuer)]
    if any(_entry(crl, certificate, now) for crl in usable):
        said = f"The certificate {certificate.subject} was revoked by {issuer.subject}."
        yield error("revoked", said, _NEW_ONE)
    elif not named:
        said = f"Whether {certificate.subject} was revoked was not checked: no list of its issuer was given."
        yield note("revocation-unchecked", said)
    elif not any(_current(crl, now) for crl in usable):
        why = f"is out of date at {moment(now)}" if usable else "is not a complete list with the issuer's signature"
        said = f"Whether {certificate.subject} was revoked is not known: the list of its issuer {why}."
        yield warning("revocation-list-unusable", said, "Get the current list from the certificate authority.")


def _names(crl: _Crl, issuer: Reading) -> bool:
    try:
        return crl.issuer.public_bytes() == issuer.fields.encoded_subject
    except LIBRARY_REFUSALS:
        return False


def _usable(crl: _Crl, issuer: Reading) -> bool:
    """RFC 5280: the issuer's signature (6.3.3), with the right to sign lists (4.2.1.3), numbered (5.2.3)."""
    try:
        extensions = list(crl.extensions)
        numbered = any(extension.oid == ExtensionOID.CRL_NUMBER for extension in extensions)
        if not numbered or any(extension.critical for extension in extensions):
            return False
        usage = issuer.key_usage
        if usage is not None and not usage.crl_sign:
            return False
        return crl.is_signature_valid(issuer.parsed.public_key())  # type: ignore[arg-type]  # any other: TypeError
    except (Unjudgeable, *LIBRARY_REFUSALS):
        return False


def _current(crl: _Crl, now: datetime) -> bool:
    until = crl.next_update_utc
    return crl.last_update_utc <= now and (until is None or now <= until)


def _entry(crl: _Crl, certificate: Reading, now: datetime) -> bool:
    try:
        entry = crl.get_revoked_certificate_by_serial_number(certificate.fields.serial)
        return entry is not None and entry.revocation_date_utc <= now
    except LIBRARY_REFUSALS:
        return True  # an entry that cannot be read is never taken for fine
