"""The report on what is handed over: engines, lists, names, and what is decided."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from certificates_forge import BROKEN_SAN, CLIENT, DAY, NOW, SERVER, Made, Wish, authority, leaf, make, usage
from certificates_house import House, found, new_house
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from certificates.der import first_element
from certificates.der_writing import sequence, value
from certificates.facts import fingerprint, pem_of
from certificates.policy import Policy
from certificates.report import Decision, Inspection, inspect
from process.facts import CertificateFacts, RootTrust, Severity
from process.names import NameChange

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
REJECT, PERSON, ACCEPT = Decision.REJECT, Decision.PERSON, Decision.ACCEPT


@pytest.fixture(scope="module")
def house() -> House:
    """Made once."""
    return new_house()


def test_a_good_certificate_is_accepted_with_both_opinions(house: House) -> None:
    """Leaf, chain up to the listed root, both engines, and what was not checked."""
    made = leaf(house.issuing, (x509.SubjectAlternativeName([x509.DNSName("erp.example")]), False))
    report = house.with_chain(made, old=house.old)
    assert report.verdict is ACCEPT
    assert [(engine.engine, engine.accepts) for engine in report.engines] == [
        ("cryptography", True),
        ("OpenSSL", True),
    ]
    assert {finding.code for finding in report.findings} == {"revocation-unchecked", "san-changed"}
    assert report.leaf is not None
    assert report.leaf.sha256 == fingerprint(made.der)
    assert (report.leaf.key, report.leaf.signature) == ("EC P-256", "ECDSA with SHA-256")
    assert (report.leaf.san, report.leaf.eku) == (("DNS:erp.example",), ("client authentication",))
    assert [(link.role, link.handed_over, link.listed) for link in report.chain] == [
        ("chain 1", True, False), ("chain 2", False, True),
    ]  # fmt: skip
    assert report.root is RootTrust.LISTED
    assert report.facts == replace(made.facts, chain=house.issuing.pem)


def test_names_are_compared_by_attribute(house: House) -> None:
    """What changed, in which attribute, and what that means for the steps."""
    report = house.with_chain(leaf(house.issuing, subject="CN=sender-2, O=acme, C=DE"), old=house.old)
    assert report.names is not None
    assert (report.names.subject, report.names.issuer) == (NameChange.CHANGED, NameChange.UNCHANGED)
    assert [(d.attribute, d.old, d.new, d.rdn) for d in report.names.differences] == [
        ("CN", "sender", "sender-2", 1), ("O", "Acme", "acme", 2),
    ]  # fmt: skip
    assert "steps 3 to 5" in report.names.meaning
    spelling = house.with_chain(leaf(house.issuing, subject="CN=SENDER, O=Acme, C=DE"), old=house.old).names
    assert spelling is not None
    assert spelling.subject is NameChange.SPELLING
    same = house.with_chain(leaf(house.issuing), old=house.old).names
    assert same is not None
    assert (same.differences, "no sender channel" in same.meaning) == ((), True)
    assert house.with_chain(leaf(house.issuing)).names is None


def test_without_a_list_the_path_is_judged_and_the_root_is_unknown(house: House) -> None:
    """The engines judge against the root that was handed over; nobody vouches for it, and that is said."""
    report = house.report(house.old, house.issuing, house.root, policy=Policy())
    assert (report.verdict, report.root, report.roots) == (ACCEPT, RootTrust.UNKNOWN, "")
    assert all(engine.accepts for engine in report.engines)
    assert found(report, "root-unknown").severity is NOTE


def test_without_list_and_root_the_top_is_judged_against(house: House) -> None:
    """Many authorities do not deliver the root; that it is missing is noted."""
    report = house.report(house.old, house.issuing, policy=Policy())
    assert report.verdict is ACCEPT
    assert found(report, "issuer-missing").severity is NOTE


def test_a_self_signed_certificate_without_a_list_is_for_a_person(house: House) -> None:
    """There is nothing to judge it against: no engine is asked."""
    report = house.report(leaf(None), policy=Policy())
    assert report.verdict is PERSON
    assert [engine.accepts for engine in report.engines] == [None, None]


def test_a_self_signed_certificate_on_the_list_is_accepted(house: House) -> None:
    """The operator says that the load balancer trusts this very certificate."""
    own = leaf(None)
    report = house.report(own, policy=Policy(load_balancer_roots=own.pem))
    assert (report.verdict, report.root) == (ACCEPT, RootTrust.LISTED)
    assert found(report, "self-signed").severity is WARNING


def test_where_the_engines_differ_a_person_sees_both_reasons(house: House) -> None:
    """A restriction on directory names is read by OpenSSL alone."""
    rule = x509.NameConstraints([x509.DirectoryName(x509.Name([]))], None)
    narrow = authority("CN=Narrow", house.root, extensions=(
        (x509.BasicConstraints(True, None), True), (usage("key_cert_sign"), True), (rule, True),
    ))  # fmt: skip
    report = house.report(leaf(narrow), narrow)
    assert report.verdict is PERSON
    assert [engine.accepts for engine in report.engines] == [False, True]
    said = found(report, "engines-differ").sentence
    assert all(engine.reason in said for engine in report.engines)
    assert found(report, "name-constraints").certificate == "chain 1"


def test_a_better_path_is_found_among_several(house: House) -> None:
    """An expired cross certificate beside a valid one does no harm, and the valid one is the chain."""
    expired = authority("CN=Issuing, O=Acme, C=DE", house.root, key=house.issuing.key, ends=NOW - DAY / 2)
    report = house.report(leaf(house.issuing), expired, house.issuing)
    assert report.verdict is ACCEPT
    assert report.chain[0].sha256 == fingerprint(house.issuing.der)


def test_names_that_one_engine_cannot_read_are_for_a_person(house: House) -> None:
    """An underscore in a PrintableString is common; OpenSSL and Java read it, and so do we."""
    common = x509.NameAttribute(x509.NameOID.COMMON_NAME, "erp-1", x509.name._ASN1Type.PrintableString)
    made = leaf(house.issuing, subject=x509.Name([common]))
    odd = signed_again(made.der.replace(b"erp-1", b"erp_1"), house.issuing)
    report = house.report(pem_of(odd), house.issuing)
    assert report.verdict is PERSON
    assert [engine.accepts for engine in report.engines] == [False, True]
    assert found(report, "unreadable-field").severity is WARNING
    assert report.leaf is not None
    assert (report.leaf.subject, report.leaf.eku) == ("CN=erp_1", ("client authentication",))
    assert report.leaf.key == "EC P-256"


def test_the_clock_may_be_of_any_zone(house: House) -> None:
    """A time with an offset is the same moment for both engines."""
    ends = NOW + DAY / 24
    data = (leaf(house.issuing, ends=ends).pem + house.issuing.pem).encode()
    for hours in (-11, 0, 11):
        zone = timezone(timedelta(hours=hours))
        assert inspect(data, Inspection(NOW.astimezone(zone), house.policy)).verdict is ACCEPT
        late = (ends + DAY / 24).astimezone(zone)
        assert inspect(data, Inspection(late, house.policy)).verdict is REJECT


def test_the_same_names_in_other_bytes_are_unchanged_with_a_note(house: House) -> None:
    """Only the text counts for the steps; that the bytes differ is said."""
    parts = [("DE", x509.NameOID.COUNTRY_NAME), ("Acme", x509.NameOID.ORGANIZATION_NAME)]
    kind = x509.name._ASN1Type.PrintableString
    name = x509.Name(
        x509.NameAttribute(oid, text, kind) for text, oid in (*parts, ("sender", x509.NameOID.COMMON_NAME))
    )
    report = house.with_chain(leaf(house.issuing, subject=name), old=house.old)
    assert report.names is not None
    assert report.names.subject is NameChange.UNCHANGED
    assert found(report, "names-encoded-otherwise").severity is NOTE


def test_no_sentence_holds_what_a_terminal_would_obey(house: House) -> None:
    """Control characters of a name are written out wherever it is quoted."""
    report = house.with_chain(leaf(house.issuing, subject="CN=a\\1B[2Jb", serial=2**160 - 1 << 1))
    assert "\\u001b[2Jb" in found(report, "serial").sentence
    assert all(finding.sentence.isprintable() for finding in report.findings)


def signed_again(der: bytes, issuer: Made) -> bytes:
    """A certificate whose content was changed by hand, with a signature that fits again."""
    tbs, algorithm, _ = first_element(der).children()
    assert isinstance(issuer.key, ec.EllipticCurvePrivateKey)
    signature = issuer.key.sign(tbs.encoded, ec.ECDSA(hashes.SHA256()))
    return sequence(tbs.encoded, algorithm.encoded, value(0x03, b"\0" + signature))


def test_an_empty_subject_after_a_named_one_is_an_error(house: House) -> None:
    """No sender channel could list the new names; where there were none before, it is worth a word."""
    nameless = leaf(house.issuing, subject=x509.Name([]))
    assert found(house.with_chain(nameless), "subject-empty").severity is WARNING
    assert found(house.with_chain(nameless, old=house.old), "subject-empty").severity is ERROR


def test_a_missing_eku_is_the_operators_rule(house: House) -> None:
    """RFC 5280 allows it; SAP's load balancer does not, by default."""
    report = house.with_chain(leaf(house.issuing, eku=None), policy=replace(house.policy, require_eku=False))
    assert report.verdict is ACCEPT
    assert found(report, "eku-missing").severity is WARNING


def test_the_longest_validity_is_the_operators(house: House) -> None:
    """Without a limit none is demanded."""
    report = house.with_chain(leaf(house.issuing), policy=replace(house.policy, max_validity=90 * DAY))
    assert found(report, "validity-cadence").severity is ERROR


def test_differences_of_san_and_eku_are_noted(house: House) -> None:
    """People see what else changed."""
    both = x509.ExtendedKeyUsage([*CLIENT, *SERVER])
    made = leaf(house.issuing, (x509.SubjectAlternativeName([x509.DNSName("a.example")]), False), eku=both)
    report = house.with_chain(made, old=house.old)
    assert "DNS:a.example" in found(report, "san-changed").sentence
    assert "server authentication" in found(report, "eku-changed").sentence


def test_the_list_is_named_by_version_and_date(house: House) -> None:
    """People see on which list the report rests."""
    pem = f"# version: 2026-11\n# date: 2026-11-02\n{house.root.pem}"
    label = house.report(house.old, house.issuing, policy=Policy(load_balancer_roots=pem)).roots
    assert label.startswith("version 2026-11 of 2026-11-02 (")


def test_what_is_reported_of_a_bad_certificate(house: House) -> None:
    """Also a certificate that is refused is shown; old facts need not be readable."""
    blind: CertificateFacts = replace(house.old.facts, pem="")
    data = (leaf(house.issuing, (BROKEN_SAN, False)).pem + house.issuing.pem).encode()
    report = inspect(data, Inspection(NOW, house.policy, blind))
    assert report.leaf is not None
    assert report.leaf.san == ()
    assert found(report, "key-not-compared").severity is NOTE


def test_a_listed_root_without_basic_constraints_is_no_ca(house: House) -> None:
    """RFC 5280 4.2.1.9, for roots of version 3: both engines refuse it, and the CA is named."""
    bare = make(Wish("CN=Bare Root", ends=NOW + 3000 * DAY))
    report = house.report(leaf(bare), policy=Policy(load_balancer_roots=bare.pem))
    assert report.verdict is REJECT
    assert found(report, "issuer-not-ca").certificate == "chain 1"
