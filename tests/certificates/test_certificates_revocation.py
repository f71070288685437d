"""Revocation: checked by the lists that are given, and said to be unchecked where none covers a certificate."""

from certificates_forge import DAY, NOW, Made, authority, leaf
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.policy import Policy
from certificates.report import Decision, Inspection, Report, inspect
from process.facts import Severity

ROOT = authority("CN=Root")
CA = authority("CN=CA", ROOT)
LEAF = leaf(CA)


def crl(
    issuer: Made, *revoked: Made, until: float = 7, numbered: bool = True, encoding: Encoding = Encoding.PEM
) -> bytes:
    """A list of `issuer`, for so many days from a day ago."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(NOW - 2 * DAY)
        .next_update(NOW + until * DAY)
    )
    if numbered:
        builder = builder.add_extension(x509.CRLNumber(1), critical=False)
    for made in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(made.certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(NOW - DAY).build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(encoding)  # type: ignore[arg-type]


def report(*crls: bytes) -> Report:
    """The report on the leaf with these lists."""
    data = (LEAF.pem + CA.pem).encode()
    return inspect(data, Inspection(NOW, Policy(load_balancer_roots=ROOT.pem), None, crls))


def said(found: Report) -> set[tuple[str, str]]:
    """Codes and certificates."""
    return {(finding.code, finding.certificate) for finding in found.findings}


def test_nothing_given_nothing_checked() -> None:
    """That it was not checked is said once."""
    assert said(report()) == {("revocation-unchecked", "")}
    assert report().findings[0].severity is Severity.NOTE


def test_lists_for_all_leave_nothing_to_say() -> None:
    """PEM and DER, one for each issuer."""
    found = report(crl(CA), crl(ROOT, encoding=Encoding.DER))
    assert (found.verdict, said(found)) == (Decision.ACCEPT, set())


def test_a_revoked_certificate_is_refused() -> None:
    """The leaf and the CA alike."""
    assert said(report(crl(CA, LEAF) + crl(ROOT))) == {("revoked", "leaf")}
    found = report(crl(CA), crl(ROOT, CA))
    assert (found.verdict, said(found)) == (Decision.REJECT, {("revoked", "chain 1")})


def test_what_no_list_covers_is_said() -> None:
    """A list of the issuing CA alone says nothing of the CA itself."""
    found = report(crl(CA))
    assert (found.verdict, said(found)) == (Decision.ACCEPT, {("revocation-unchecked", "chain 1")})


def test_a_list_that_does_not_count_is_for_a_person() -> None:
    """Out of date, without number, or signed by another key of the same name: could not look is not fine."""
    for bad in (crl(CA, until=-1), crl(CA, numbered=False), crl(authority("CN=CA"))):
        found = report(bad, crl(ROOT))
        assert (found.verdict, said(found)) == (Decision.PERSON, {("revocation-list-unusable", "leaf")})


def test_an_outdated_list_still_revokes() -> None:
    """Nothing that was revoked comes back."""
    assert said(report(crl(CA, LEAF, until=-1), crl(ROOT))) == {("revoked", "leaf")}


def test_what_is_no_list_is_said() -> None:
    """A file that cannot be read was not used."""
    assert ("revocation-list-unreadable", "") in said(report(b"no list"))
