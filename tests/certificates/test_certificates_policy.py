"""The operator's limits and list of roots."""

from datetime import date

import pytest
from certificates_pki import Pki

from certificates.errors import RootsUnreadable
from certificates.judge import judge
from certificates.policy import Policy
from certificates.rehearsal import RehearsalAuthority
from certificates.roots import roots_of


def test_a_list_may_hold_text_around_and_many_roots(pki: Pki) -> None:
    """Comments between the blocks do not matter, nor does the number of roots."""
    assert len(roots_of(f"# ours\n{pki.root.root_pem}\n" * 25).certificates) == 25


def test_a_list_without_certificates_is_refused() -> None:
    """With it, every root would count as not listed without a word."""
    with pytest.raises(RootsUnreadable):
        roots_of("# nothing here\n")


def test_a_bad_list_is_refused_when_it_is_set(pki: Pki) -> None:
    """The operator hears which block is bad, before the first certificate is judged."""
    bad = pki.root.root_pem + "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
    with pytest.raises(RootsUnreadable, match="Block 2") as refused:
        Policy(load_balancer_roots=bad)
    assert refused.value.number == 2


def test_a_list_has_a_version_and_a_date(pki: Pki) -> None:
    """Comment lines say them; without, the digest of the certificates alone names the list."""
    plain, named = roots_of(pki.root.root_pem), roots_of(f"# Version: 7\n# date: 2026-11-02\n{pki.root.root_pem}")
    assert (named.version, named.date) == ("7", date(2026, 11, 2))
    assert (plain.version, plain.date) == ("", None)
    assert plain.digest == named.digest
    assert roots_of(f"# date: 2026-13-40\n{pki.root.root_pem}").date is None


def test_a_verdict_is_judged_again_when_the_list_changes(pki: Pki) -> None:
    """It names the list that it rests on, and names another where the list is another."""
    first = Policy(load_balancer_roots=pki.root.root_pem)
    other = Policy(load_balancer_roots=pki.root.root_pem + RehearsalAuthority.create(now=pki.now).root_pem)
    verdict = judge(pki.new.bundle_pem.encode(), None, pki.now, first)
    assert first.roots is not None
    assert other.roots is not None
    assert verdict.roots == first.roots.label
    assert verdict.roots != other.roots.label
    assert judge(pki.new.bundle_pem.encode(), None, pki.now, Policy()).roots == ""
