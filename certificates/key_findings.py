"""Findings on keys, signatures and serial numbers, against the operator's limits."""

from collections.abc import Iterator

from certificates.findings import error, warning
from certificates.policy import Policy
from certificates.reading import Reading
from process.facts import Finding

_MAX_SERIAL_OCTETS = 20  # RFC 5280 section 4.1.2.2
_OTHER_KEY = "Make a new RSA or EC key pair and request a certificate for it."


def key_findings(reading: Reading, policy: Policy, of_leaf: bool) -> Iterator[Finding]:
    """Whether the key is strong enough. Raises Unjudgeable."""
    kind, bits = reading.key_strength
    whose = "the certificate" if of_leaf else f"the CA certificate {reading.subject}"
    ask = "Ask the certificate authority for a certificate of a CA with a stronger key."
    if kind in policy.refused_keys:
        yield error(
            "weak-key", f"The key of {whose} is of the kind {kind}, which is refused.", _OTHER_KEY if of_leaf else ask
        )
        return
    least = {"RSA": policy.min_rsa_bits, "DSA": policy.min_rsa_bits, "EC": policy.min_ec_bits}.get(kind, 0)
    if bits < least:
        said = f"The {kind} key of {whose} has {bits} bits; at least {least} are demanded."
        own = f"Make a new key pair of at least {least} bits and request a certificate."
        yield error("weak-key", said, own if of_leaf else ask)


def signature_findings(reading: Reading, policy: Policy) -> Iterator[Finding]:
    """Whether the signature on it still counts; a root is trusted as it is. Raises Unjudgeable."""
    algorithm = reading.signature_hash
    if algorithm in policy.refused_hashes and not reading.self_issued:
        said = f"The signature on {reading.subject} uses {algorithm.upper()}, which TLS no longer accepts (RFC 9155)."
        yield error("weak-signature", said, "Ask the certificate authority for a certificate signed with SHA-256.")


def serial_findings(reading: Reading) -> Iterator[Finding]:
    """Serial numbers against RFC 5280 section 4.1.2.2: positive, and at most 20 octets."""
    serial = reading.fields.serial
    if serial > 0 and serial.bit_length() <= _MAX_SERIAL_OCTETS * 8:
        return
    fault = "is not positive" if serial <= 0 else f"is longer than {_MAX_SERIAL_OCTETS} octets"
    said = f"The serial number of {reading.subject} {fault}; some programs refuse such a certificate."
    yield warning("serial", said, "Ask the certificate authority for a certificate with a positive serial number.")
