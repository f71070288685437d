"""The operator's limits and list of roots."""

import pytest
from certificates_pki import Pki

from certificates.errors import RootsUnreadable
from certificates.policy import Policy
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
