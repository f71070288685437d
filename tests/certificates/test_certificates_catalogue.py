"""The catalogue of findings: how each comes about, what it is about, and what is decided."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from certificates_forge import BROKEN_SAN, DAY, NOW, SERVER, authority, leaf, new_key, usage
from certificates_house import House, found, new_house
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from certificates.intake import MAX_BYTES
from certificates.policy import Policy
from certificates.report import Decision, Report
from process.facts import Severity

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
REJECT, PERSON, ACCEPT = Decision.REJECT, Decision.PERSON, Decision.ACCEPT


@pytest.fixture(scope="module")
def house() -> House:
    """Made once."""
    return new_house()


def p12(house: House, password: bool) -> bytes:
    """A PKCS#12 file."""
    made = leaf(house.issuing)
    how = BestAvailableEncryption(b"password") if password else NoEncryption()
    assert isinstance(made.key, ec.EllipticCurvePrivateKey)
    return pkcs12.serialize_key_and_certificates(b"x", made.key, made.certificate, None, how)


def request(house: House) -> str:
    """A certificate request."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(new_key(), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def key_pem(house: House) -> bytes:
    """A private key."""
    return new_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def printable(house: House) -> Report:
    """A leaf whose issuer DN is the CA's in another string type."""
    name = x509.Name(
        x509.NameAttribute(attribute.oid, str(attribute.value), x509.name._ASN1Type.PrintableString)
        for attribute in house.issuing.certificate.subject
    )
    return house.with_chain(leaf(house.issuing, issuer_name=name))


def below_a_leaf(house: House) -> Report:
    """A leaf that another leaf signed."""
    between = leaf(house.issuing, subject="CN=between")
    return house.report(leaf(between, subject="CN=x"), between, house.issuing)


def too_long(house: House) -> Report:
    """Two CAs below one that allows none."""
    short = authority("CN=Short", house.root, 0)
    below = authority("CN=Below", short)
    return house.report(leaf(below), below, short)


def constrained(house: House) -> Report:
    """A name that a CA does not permit."""
    rule = x509.NameConstraints([x509.DNSName("example.com")], None)
    narrow = authority("CN=Narrow", house.root, more=[rule])
    return house.report(leaf(narrow, (x509.SubjectAlternativeName([x509.DNSName("other.net")]), False)), narrow)


def from_expired_ca(house: House, **when: object) -> Report:
    """A leaf below a CA that is not valid now."""
    aged = authority("CN=Aged", house.root, **when)
    return house.report(leaf(aged), aged)


UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
PUBLIC = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.2"), None)])
WEAK = ec.SECP224R1()

# code -> how it comes about, its severity, what it is about, and the decision.
CATALOGUE: dict[str, tuple[Callable[[House], Report], Severity, str, Decision]] = {
    "private-key": (lambda h: h.report(h.old, key_pem(h)), ERROR, "", REJECT),
    "pkcs12": (lambda h: h.report(p12(h, True)), ERROR, "", REJECT),
    "java-keystore": (lambda h: h.report(b"\xfe\xed\xfe\xed" + bytes(40)), ERROR, "", REJECT),
    "certificate-request": (lambda h: h.report(request(h)), ERROR, "", REJECT),
    "not-a-certificate": (lambda h: h.report("hello"), ERROR, "", REJECT),
    "damaged": (lambda h: h.report(h.old.pem[:200]), ERROR, "", REJECT),
    "too-large": (lambda h: h.report(b"x" * (MAX_BYTES + 1)), ERROR, "", REJECT),
    "several-leaves": (lambda h: h.report(h.old, leaf(h.issuing), h.issuing), ERROR, "", REJECT),
    "unrelated": (lambda h: h.report(h.old, h.issuing, authority("CN=Else")), NOTE, "fingerprint", ACCEPT),
    "duplicate": (lambda h: h.report(h.old, h.issuing, h.old), NOTE, "", ACCEPT),
    "wrong-order": (lambda h: h.report(h.issuing, h.old), NOTE, "", ACCEPT),
    "ca-as-leaf": (lambda h: h.report(h.issuing), ERROR, "leaf", REJECT),
    "self-signed": (lambda h: h.report(leaf(None)), ERROR, "leaf", REJECT),
    "expired": (lambda h: h.with_chain(leaf(h.issuing, ends=NOW - DAY / 2)), ERROR, "leaf", REJECT),
    "not-yet-valid": (lambda h: h.with_chain(leaf(h.issuing, begins=NOW + 3 * DAY)), ERROR, "leaf", REJECT),
    "issuer-expired": (lambda h: from_expired_ca(h, ends=NOW - DAY / 2), ERROR, "chain 1", REJECT),
    "issuer-not-yet-valid": (lambda h: from_expired_ca(h, begins=NOW + DAY), ERROR, "chain 1", REJECT),
    "issuer-missing": (lambda h: h.report(h.old), ERROR, "leaf", REJECT),
    "root-not-listed": (
        lambda h: h.report(h.old, h.issuing, h.root, policy=Policy(load_balancer_roots=authority("CN=Else").pem)),
        WARNING, "chain 2", PERSON,
    ),
    "root-listed-other-key": (
        lambda h: h.report(
            h.old, h.issuing, h.root, policy=Policy(load_balancer_roots=authority("CN=Root, O=Acme, C=DE").pem)
        ),
        WARNING, "chain 2", PERSON,
    ),
    "signature-mismatch": (
        lambda h: h.report(h.old, authority("CN=Issuing, O=Acme, C=DE", h.root)), ERROR, "leaf", REJECT,
    ),
    "issuer-not-ca": (below_a_leaf, ERROR, "chain 1", REJECT),
    "path-too-long": (too_long, ERROR, "chain 2", REJECT),
    "name-constraints": (constrained, ERROR, "leaf", REJECT),
    "unknown-critical-extension": (lambda h: h.with_chain(leaf(h.issuing, (UNKNOWN, True))), ERROR, "leaf", REJECT),
    "eku-missing": (lambda h: h.with_chain(leaf(h.issuing, eku=None)), ERROR, "leaf", REJECT),
    "eku-lacks-client-auth": (lambda h: h.with_chain(leaf(h.issuing, eku=SERVER)), ERROR, "leaf", REJECT),
    "key-usage": (lambda h: h.with_chain(leaf(h.issuing, (usage("key_encipherment"), True))), ERROR, "leaf", REJECT),
    "weak-key": (lambda h: h.with_chain(leaf(h.issuing, key=ec.generate_private_key(WEAK))), ERROR, "leaf", REJECT),
    "weak-signature": (
        lambda h: h.with_chain(leaf(h.issuing), policy=replace(h.policy, refused_hashes=("sha256",))),
        ERROR, "leaf", REJECT,
    ),
    "outlives-issuer": (lambda h: h.with_chain(leaf(h.issuing, ends=NOW + 4000 * DAY)), WARNING, "leaf", ACCEPT),
    "encoding-mismatch": (printable, WARNING, "leaf", PERSON),
    "unreadable-field": (lambda h: h.with_chain(leaf(h.issuing, (BROKEN_SAN, False))), ERROR, "leaf", REJECT),
    "serial": (lambda h: h.with_chain(leaf(h.issuing, serial=2**160 - 1 << 1)), WARNING, "leaf", ACCEPT),
    "key-reused": (lambda h: h.with_chain(leaf(h.issuing, key=h.old.key), old=h.old), WARNING, "leaf", ACCEPT),
    "same-certificate": (lambda h: h.with_chain(h.old, old=h.old), ERROR, "leaf", REJECT),
    "older-than-current": (
        lambda h: h.with_chain(leaf(h.issuing, begins=NOW - 301 * DAY), old=h.old), WARNING, "leaf", ACCEPT,
    ),
    "overlap-too-short": (
        lambda h: h.with_chain(leaf(h.issuing), old=leaf(h.issuing, begins=NOW - 9 * DAY, ends=NOW + 3 * DAY)),
        WARNING, "leaf", ACCEPT,
    ),
    "invisible-characters": (lambda h: h.with_chain(leaf(h.issuing, subject="CN=a\u200bb")), WARNING, "leaf", ACCEPT),
    "risky-to-type": (lambda h: h.with_chain(leaf(h.issuing, subject="CN=a, SERIALNUMBER=1")), NOTE, "leaf", ACCEPT),
    "validity-cadence": (lambda h: h.with_chain(leaf(h.issuing, ends=NOW + 46 * DAY)), NOTE, "leaf", ACCEPT),
    "public-tls-ca": (lambda h: h.with_chain(leaf(h.issuing, (PUBLIC, False))), WARNING, "leaf", ACCEPT),
}  # fmt: skip


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_finding_of_the_catalogue(house: House, code: str) -> None:
    """Each comes about where it should, of its severity, about its certificate, with its decision and a sentence."""
    bring, severity, certificate, decision = CATALOGUE[code]
    report = bring(house)
    finding = found(report, code)
    about = "fingerprint" if len(finding.certificate) == 64 else finding.certificate
    assert (finding.severity, about, report.verdict) == (severity, certificate, decision)
    assert finding.sentence.endswith(".")
    assert finding.ask.endswith(".") or severity is NOTE
