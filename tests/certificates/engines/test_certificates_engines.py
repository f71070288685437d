"""The two engines: what each accepts that enterprise PKI has, and what it refuses, with the certificate at fault."""

from dataclasses import replace

import pytest
from certificates_forge import CLIENT, DAY, NOW, Made, authority, leaf, usage
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from certificates.engines import Question, ask_cryptography, ask_openssl
from certificates.reading import Reading
from certificates.shapes import Decision, EngineOpinion
from certificates.trust import combine

ROOT = authority("CN=Root")
CA = authority("CN=CA", ROOT)
ANY = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
POLICIES = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.4"), None)])


def ask(made: Made, *above: Made, anchor: Made = ROOT) -> tuple[EngineOpinion, EngineOpinion]:
    """Both opinions on a leaf below CAs below an anchor."""
    others = tuple(Reading(each.der) for each in above)
    question = Question(Reading(made.der), others, (Reading(anchor.der),), NOW, 8)
    return ask_cryptography(question), ask_openssl(question)


ENTERPRISE = {
    "no alternative names": leaf(CA),
    "critical alternative names": leaf(CA, (x509.SubjectAlternativeName([x509.DNSName("a")]), True)),
    "critical policies": leaf(CA, (POLICIES, True)),
    "critical usage": leaf(CA, (CLIENT, True), eku=None),
    "no usages at all": leaf(CA, eku=None),
    "key certificate signing beside": leaf(CA, (usage("digital_signature", "key_encipherment"), False)),
}


@pytest.mark.parametrize("made", ENTERPRISE.values(), ids=ENTERPRISE)
def test_both_accept_what_enterprises_issue(made: Made) -> None:
    """The rules of the public web are not those of client certificates."""
    first, second = ask(made, CA)
    assert (first.accepts, second.accepts) == (True, True)
    assert first.path == second.path == (made.der, CA.der, ROOT.der)


REFUSED = {
    "expired leaf": (leaf(CA, ends=NOW - DAY / 2), CA, "leaf"),
    "usage without signatures": (leaf(CA, (usage("key_encipherment"), True)), CA, "leaf"),
    "server only": (leaf(CA, eku=x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])), CA, "leaf"),
    "another key": (leaf(CA), authority("CN=CA", ROOT), "leaf"),
}


@pytest.mark.parametrize(("made", "above", "at"), REFUSED.values(), ids=REFUSED)
def test_both_refuse_and_openssl_names_the_certificate(made: Made, above: Made, at: str) -> None:
    """The reason is a sentence; the certificate and OpenSSL's number are fields."""
    first, second = ask(made, above)
    assert (first.accepts, second.accepts, second.certificate) == (False, False, at)
    assert first.reason.endswith(".")
    assert second.reason.endswith(".")


def test_a_ca_that_is_limited_to_any_usage_divides_them() -> None:
    """cryptography takes anyExtendedKeyUsage of a CA for enough, OpenSSL's purpose of a TLS client does not."""
    limited = authority("CN=Any", ROOT, more=[ANY])
    first, second = ask(leaf(limited), limited)
    assert (first.accepts, second.accepts) == (True, False)
    assert combine((first, second)) is Decision.PERSON


def test_an_anchor_need_not_be_a_root() -> None:
    """What is on the operator's list is trusted, and the path ends there."""
    first, second = ask(leaf(CA), anchor=CA)
    assert (first.accepts, second.accepts) == (True, True)
    assert len(second.path) == 2


def test_what_an_engine_cannot_read_is_an_opinion() -> None:
    """Neither raises, whatever the DER of a certificate is."""
    made = leaf(CA)
    broken = replace(Reading(made.der), der=made.der[:-20])
    question = Question(broken, (), (Reading(ROOT.der),), NOW, 8)
    assert not ask_openssl(question).accepts


@pytest.mark.parametrize(
    ("said", "decision"),
    [
        ((True, True), Decision.ACCEPT),
        ((False, False), Decision.REJECT),
        ((True, False), Decision.PERSON),
        ((False, True), Decision.PERSON),
        ((None, None), Decision.PERSON),
        ((None, True), Decision.PERSON),
        ((None, False), Decision.PERSON),
    ],
)
def test_only_agreement_decides(said: tuple[bool | None, ...], decision: Decision) -> None:
    """Anything but two equal answers is for a person."""
    assert combine([EngineOpinion("x", accepts, "") for accepts in said]) is decision
