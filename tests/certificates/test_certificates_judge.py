"""The verdict on what a sender administrator hands over: every finding, and never an error of its own."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from certificates_pki import Pki
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.facts import fingerprint
from certificates.judge import judge
from certificates.policy import Policy
from certificates.rehearsal import SERVER_AUTH, Issued, LeafProfile, RehearsalAuthority
from process.facts import Finding, RootTrust, Severity, Verdict
from process.names import NameChange, compare_pairs

DAY = timedelta(days=1)


def judged(pki: Pki, handed: Issued | str | bytes, policy: Policy | None = None) -> Verdict:
    """The verdict on something handed over as the successor of the current certificate."""
    data = handed.bundle_pem if isinstance(handed, Issued) else handed
    return judge(data.encode() if isinstance(data, str) else data, pki.old.facts, pki.now, policy or Policy())


# What is said of every chain, as long as nobody keeps a list of roots or gives revocation lists.
ALWAYS = {"root-unknown", "revocation-unchecked"}


def codes(verdict: Verdict, severity: Severity | None = None) -> set[str]:
    """The codes of the findings, of one severity or of all, without what is said always."""
    return {finding.code for finding in verdict.findings if severity in (None, finding.severity)} - ALWAYS


def test_a_good_renewal_has_no_findings(pki: Pki) -> None:
    """A new certificate of the same CA with its chain is accepted, with its facts and its chain.

    What was not looked at is said all the same.
    """
    verdict = judged(pki, pki.new)
    assert verdict == Verdict(pki.new.facts, verdict.findings, RootTrust.UNKNOWN)
    assert {finding.code for finding in verdict.findings} == ALWAYS
    assert verdict.accepted
    assert compare_pairs(pki.old.facts.names, pki.new.facts.names) is NameChange.UNCHANGED


ERRORS: dict[str, Callable[[RehearsalAuthority, timedelta], Issued]] = {
    "eku-missing": lambda ca, _: ca.issue("sender", profile=LeafProfile(usages=None)),
    "eku-lacks-client-auth": lambda ca, _: ca.issue("sender", profile=LeafProfile(usages=(SERVER_AUTH,))),
    "expired": lambda ca, day: ca.issue("sender", ca.now - 100 * day, ca.now - day),
    "not-yet-valid": lambda ca, day: ca.issue("sender", ca.now + 3 * day),
    "ca-as-leaf": lambda ca, _: ca.issue("sender", profile=LeafProfile(ca=True)),
    "weak-key": lambda ca, _: ca.issue("sender", profile=LeafProfile(key=rsa.generate_private_key(65537, 1024))),
}


@pytest.mark.parametrize("code", ERRORS)
def test_errors_return_the_certificate(pki: Pki, code: str) -> None:
    """Each fault of the leaf is the one error, with a full sentence and what to ask for."""
    verdict = judged(pki, ERRORS[code](pki.issuing, DAY))
    assert [finding.code for finding in verdict.errors] == [code]
    assert verdict.errors[0].sentence.endswith(".")
    assert verdict.errors[0].ask
    assert not verdict.accepted


def test_a_weak_curve_is_a_weak_key(pki: Pki) -> None:
    """Curves below P-256 are refused as RSA below 2048 is."""
    weak = pki.issuing.issue("sender", profile=LeafProfile(key=ec.generate_private_key(ec.SECP224R1())))
    assert codes(judged(pki, weak), Severity.ERROR) == {"weak-key"}


def test_the_key_size_is_the_operators(pki: Pki, rsa_key: rsa.RSAPrivateKey) -> None:
    """A stricter operator gets stricter findings."""
    handed = pki.issuing.issue("sender", profile=LeafProfile(key=rsa_key))
    assert judged(pki, handed).accepted
    assert codes(judged(pki, handed, Policy(min_rsa_bits=3072))) == {"weak-key"}


def test_validity_is_judged_at_its_very_ends(pki: Pki) -> None:
    """Both ends belong to the validity; a second beyond does not (RFC 5280 4.1.2.5)."""
    facts = pki.new.facts
    data = pki.new.bundle_pem.encode()

    def at(moment: datetime) -> set[str]:
        return codes(judge(data, None, moment, Policy()))

    second = timedelta(seconds=1)
    assert at(facts.not_before) == at(facts.not_after) == set()
    assert at(facts.not_after + second) == {"expired"}
    assert at(facts.not_before - second) == {"not-yet-valid"}


def test_a_start_within_a_day_is_a_warning(pki: Pki) -> None:
    """The people's work takes longer than that; a later start is an error."""
    verdict = judged(pki, pki.issuing.issue("sender", pki.now + DAY / 2))
    assert codes(verdict) == {"not-yet-valid"}
    assert verdict.accepted


def test_the_same_certificate_is_no_renewal(pki: Pki) -> None:
    """Handing over the current certificate is an error, and nothing else is said of the comparison."""
    assert codes(judged(pki, pki.old)) == {"same-certificate"}


def test_the_key_used_again_is_a_warning(pki: Pki) -> None:
    """A renewal should bring a new key; it works without."""
    verdict = judged(pki, pki.issuing.issue("sender", profile=LeafProfile(key=pki.old.key)))
    assert codes(verdict) == {"key-reused"}
    assert verdict.accepted


def test_an_unreadable_current_certificate_is_said(pki: Pki) -> None:
    """Could not look is not looked and fine."""
    old = replace(pki.old.facts, pem="")
    verdict = judge(pki.new.bundle_pem.encode(), old, pki.now, Policy())
    assert codes(verdict, Severity.NOTE) == {"key-not-compared"}


def test_an_older_certificate_is_a_warning(pki: Pki) -> None:
    """Issued before the current one, or ending before it: an unpinned service key refuses it."""
    issued_before = pki.issuing.issue("sender", pki.old.facts.not_before - DAY / 24, pki.now + 300 * DAY)
    assert codes(judged(pki, issued_before)) == {"older-than-current"}
    ends_before = pki.issuing.issue("sender", None, pki.old.facts.not_after - DAY)
    assert codes(judged(pki, ends_before), Severity.WARNING) == {"older-than-current"}


def test_little_time_for_the_people_is_a_warning(pki: Pki) -> None:
    """What counts is the time in which both certificates are valid, from now on."""
    old, data = pki.old.facts, pki.new.bundle_pem.encode()
    late = old.not_after - 13 * DAY
    verdict = judge(data, old, late, Policy())
    assert codes(verdict) == {"overlap-too-short"}
    assert "13 more days" in verdict.findings[0].sentence
    assert not codes(judge(data, old, late, Policy(min_overlap=13 * DAY)))
    assert "expired already" in judge(data, old, old.not_after + DAY, Policy()).findings[0].sentence


def test_the_issuer_must_come_along(pki: Pki) -> None:
    """A leaf alone is returned with the name of what is missing; a missing root is only noted."""
    alone = judged(pki, pki.new.pem)
    assert codes(alone, Severity.ERROR) == {"issuer-missing"}
    assert "CN=Rehearsal Issuing CA" in alone.errors[0].sentence
    assert alone.certificate == replace(pki.new.facts, chain="")
    without_root = judged(pki, pki.new.pem + pki.issuing.issue("x").chain_pem.removesuffix(pki.root.root_pem))
    assert codes(without_root) == codes(without_root, Severity.NOTE) == {"issuer-missing"}


def test_a_wrong_chain_is_told_from_a_missing_one(pki: Pki) -> None:
    """A CA of the right name with another key is a mismatch."""
    twin = RehearsalAuthority.create(now=pki.now).subordinate().issue("x")
    assert codes(judged(pki, pki.new.pem + twin.chain_pem), Severity.ERROR) == {"signature-mismatch"}


def test_the_right_one_of_two_namesakes_is_found(pki: Pki) -> None:
    """Where two CAs of one name are handed over, the one that signed is taken, the other left aside."""
    twin = RehearsalAuthority.create(now=pki.now).subordinate().issue("x")
    verdict = judged(pki, pki.new.pem + twin.chain_pem + pki.new.chain_pem)
    assert verdict.accepted
    assert codes(verdict) == {"unrelated"}
    assert verdict.certificate == pki.new.facts


def test_roots_are_looked_up_in_the_operators_list(pki: Pki) -> None:
    """Listed with the root handed over or not; not listed; listed by name with another key; no list."""
    twin = RehearsalAuthority.create(now=pki.now).root_pem
    other = RehearsalAuthority.create(name="Other", now=pki.now).root_pem
    without_root = pki.new.bundle_pem.removesuffix(pki.root.root_pem)
    for handed, roots, trust, said in (
        (pki.new.bundle_pem, pki.root.root_pem, RootTrust.LISTED, set()),
        (without_root, other + pki.root.root_pem, RootTrust.LISTED, set()),
        (pki.new.bundle_pem, other, RootTrust.NOT_LISTED, {"root-not-listed"}),
        (pki.new.bundle_pem, twin, RootTrust.NOT_LISTED, {"root-listed-other-key"}),
        (pki.new.bundle_pem, None, RootTrust.UNKNOWN, set()),
    ):
        verdict = judged(pki, handed, Policy(load_balancer_roots=roots))
        assert (verdict.root, codes(verdict)) == (trust, said)
        assert verdict.accepted, "the gate of step 3 asks a person; the certificate is not returned"


def test_a_leaf_alone_below_a_listed_root_is_complete(pki: Pki) -> None:
    """The load balancer has the root; nothing is missing."""
    leaf = pki.root.issue("sender")
    assert judged(pki, leaf.pem, Policy(load_balancer_roots=pki.root.root_pem)).accepted


def test_two_leaves_are_a_question(pki: Pki) -> None:
    """Which one is meant is asked, by subject and serial; none is chosen."""
    verdict = judged(pki, pki.new.bundle_pem + pki.issuing.issue("other").pem)
    assert codes(verdict, Severity.ERROR) == {"several-leaves"}
    assert verdict.certificate is None
    assert "CN=other" in verdict.errors[0].sentence


def test_order_duplicates_and_repairs_are_notes(pki: Pki) -> None:
    """What was put right is said, and the result is the same."""
    handed = json.dumps(pki.new.chain_pem + pki.new.pem + pki.new.pem)
    verdict = judged(pki, handed)
    assert verdict.accepted
    assert codes(verdict, Severity.NOTE) == {"duplicate", "wrong-order", "repaired"}
    assert verdict.certificate == pki.new.facts


def test_a_self_signed_certificate_is_a_warning(pki: Pki) -> None:
    """Nobody vouches for it; the load balancer may list it all the same."""
    root_alone = judged(pki, pki.root.root_pem)
    assert codes(root_alone, Severity.ERROR) == {"ca-as-leaf", "eku-missing"}
    assert "self-signed" in codes(root_alone, Severity.WARNING)


def test_an_expired_ca_is_an_error(pki: Pki) -> None:
    """The chain is judged too: here by a clock beyond the CA's ten years."""
    late = pki.now + timedelta(days=3651)
    leaf = pki.issuing.issue("sender", pki.now, late + 100 * DAY)
    verdict = judge(leaf.bundle_pem.encode(), None, late, Policy())
    assert codes(verdict, Severity.ERROR) == {"issuer-expired"}
    assert codes(verdict, Severity.WARNING) == {"outlives-issuer"}


def test_an_issuer_that_is_no_ca_is_an_error(pki: Pki) -> None:
    """A leaf that signs another leaf is no authority."""
    between = pki.issuing.issue("CN=between")
    below = replace(pki.issuing, certificate=x509_of(between), key=between.key, issuer=pki.issuing).issue("sender")
    assert codes(judged(pki, below), Severity.ERROR) == {"issuer-not-ca", "key-usage"}


def x509_of(issued: Issued) -> x509.Certificate:
    """The library's view of an issued certificate."""
    return x509.load_der_x509_certificate(issued.der)


def test_characters_that_cannot_be_seen_are_named(pki: Pki) -> None:
    """A no-break or zero-width space in a name is shown by its code point."""
    verdict = judged(pki, pki.issuing.issue("CN=a\u00a0b\u200bc, O=Rehearsal"))
    assert codes(verdict) == {"invisible-characters"}
    assert "U+00A0, U+200B" in verdict.findings[0].sentence


def test_a_private_key_leaves_no_trace(pki: Pki) -> None:
    """The verdict has no certificate and holds neither the key nor anything else that was handed over."""
    verdict = judged(pki, pki.new.bundle_pem + pki.new.key_pem().decode())
    assert codes(verdict) == {"private-key"}
    assert verdict.certificate is None
    assert "exposed" in verdict.findings[0].sentence
    assert not any(line in repr(verdict) for line in pki.new.key_pem().decode().splitlines()[1:-1])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"hello", "not-a-certificate"),
        (b"-----BEGIN CERTIFICATE-----\nMII", "damaged"),
        (bytes(600_000), "too-large"),
    ],
)
def test_what_cannot_be_taken_is_a_verdict_too(pki: Pki, data: bytes, code: str) -> None:
    """Refusals of the intake come as one error with the same words."""
    verdict = judged(pki, data)
    assert codes(verdict) == codes(verdict, Severity.ERROR) == {code}
    assert verdict.certificate is None


def test_errors_come_first(pki: Pki) -> None:
    """People read from the top."""
    verdict = judged(
        pki, pki.issuing.issue("sender", profile=LeafProfile(usages=None, key=pki.old.key)).pem + "-" * 3
    )
    weights = [list(Severity).index(finding.severity) for finding in verdict.findings]
    assert weights == sorted(weights)
    assert len(set(weights)) > 1


def sound(finding: Finding) -> bool:
    """A finding that a person can act on."""
    needs_ask = finding.severity is Severity.ERROR
    return bool(finding.code) and finding.sentence.endswith(".") and (bool(finding.ask) or not needs_ask)


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_judgement_is_total_over_bytes(pki: Pki, data: bytes) -> None:
    """Any bytes get a verdict whose findings are sentences."""
    verdict = judged(pki, data)
    assert not verdict.accepted
    assert all(map(sound, verdict.findings))


@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_judgement_is_total_over_changed_certificates(pki: Pki, changes: list[tuple[int, int]]) -> None:
    """A chain with changed octets gets a verdict; unless nothing changed, the leaf accepted is another one."""
    data = bytearray(b"".join((pki.new.der, *pki.new.chain)))
    for at, octet in changes:
        data[at % len(data)] = octet
    verdict = judged(pki, bytes(data))
    assert all(map(sound, verdict.findings))
    changed_leaf = bytes(data[: len(pki.new.der)]) != pki.new.der
    assert not (changed_leaf and verdict.accepted)
    assert changed_leaf or verdict.certificate is None or verdict.certificate.fingerprint == fingerprint(pki.new.der)


def test_a_person_sees_both_opinions(pki: Pki) -> None:
    """The verdict carries what the tenant administrator needs to decide; otherwise it is not burdened with it."""
    other = RehearsalAuthority.create(name="Other", now=pki.now).root_pem
    verdict = judged(pki, pki.new, Policy(load_balancer_roots=other))
    assert verdict.accepted
    assert verdict.needs_person
    assert len(verdict.opinions) == 2
    good = judged(pki, pki.new, Policy(load_balancer_roots=pki.root.root_pem))
    assert (good.needs_person, good.opinions) == (False, ())
    assert good.roots
