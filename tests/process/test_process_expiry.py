"""What is due for renewal."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from process_cases import certificate

from process.expiry import LEAD, Due, Mapped, Registered, Seen, due_for_renewal, is_due, lead
from process.facts import CertificateFacts

LONG = certificate("long", days=365)
SHORT = certificate("short", days=30)


def until_end(one: CertificateFacts, days: float) -> datetime:
    """That many days before its end."""
    return one.not_after - timedelta(days=days)


def test_a_certificate_is_due_sixty_days_before_its_end() -> None:
    """From the lead time on, the moment included, and after the end."""
    assert lead(LONG) == LEAD
    assert not is_due(LONG, until_end(LONG, 60.01))
    assert is_due(LONG, until_end(LONG, 60))
    assert is_due(LONG, until_end(LONG, -1))


def test_a_short_lived_one_is_due_in_its_last_third() -> None:
    """Sixty days would make it due before it begins."""
    assert lead(SHORT) == timedelta(days=10)


@given(st.integers(1, 5000))
def test_nothing_is_due_in_the_first_half_of_its_life(days: int) -> None:
    """A renewal never follows on a renewal at once."""
    one = certificate("any", days=days)
    assert not is_due(one, one.not_before + timedelta(days=days) / 2)


def test_the_register_may_say_another_lead() -> None:
    """A sender that needs longer gets longer."""
    assert is_due(LONG, until_end(LONG, 90), 90)
    assert not is_due(LONG, until_end(LONG, 90), 89)


def registered(one: CertificateFacts, tenant: str = "acme-prod") -> Registered:
    """A sender with this certificate."""
    return Registered(tenant, "ERP", one)


def test_due_ones_come_soonest_end_first() -> None:
    """Registered and mapped ones in one order; those that are not due are left out."""
    now = until_end(SHORT, 1)
    middle, far = certificate("middle", days=40), certificate("far", days=999)
    seen = Seen((registered(middle), registered(SHORT), registered(far)), (Mapped("acme-prod", "CRM", LONG),))
    assert [d.registered.certificate for d in due_for_renewal(seen, now)] == [SHORT, middle]


def test_a_mapped_certificate_that_nobody_registered_is_due_as_unknown() -> None:
    """It is shown under the user's name; the same one on another tenant is another matter."""
    now = until_end(SHORT, 1)
    mapped = Mapped("acme-prod", "CRM", SHORT)
    assert due_for_renewal(Seen((), (mapped,)), now) == (Due(Registered("acme-prod", "CRM", SHORT), known=False),)
    assert len(due_for_renewal(Seen((registered(SHORT),), (mapped,)), now)) == 1
    assert len(due_for_renewal(Seen((registered(SHORT, "acme-test"),), (mapped,)), now)) == 2


def test_a_leftover_beside_its_successor_is_not_due() -> None:
    """Only a later certificate of the same user on the same tenant is a successor."""
    now, mapped = until_end(SHORT, 1), Mapped("acme-prod", "CRM", SHORT)
    later = replace(mapped, certificate=LONG)
    assert due_for_renewal(Seen((), (mapped, later)), now) == ()
    for other in (replace(later, user="ERP"), replace(later, tenant="acme-test")):
        assert [d.registered.certificate for d in due_for_renewal(Seen((), (mapped, other)), now)] == [SHORT]
