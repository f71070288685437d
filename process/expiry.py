"""Which certificates are due for renewal: the register and the tenants' user mappings in, what is due out."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from process.facts import CertificateFacts, Unreadable
from process.steps import Role

LEAD = timedelta(days=60)
"""How long before its end a certificate is due; SAP's process takes weeks, and holidays come on top."""

LEAD_SHARE = 3
"""A short-lived certificate is due in the last third of its life instead (renewal at two thirds of life)."""


@dataclass(frozen=True)
class Registered:
    """A sender of the register with the certificate it uses now and the people of each role."""

    tenant: str
    sender: str
    certificate: CertificateFacts
    people: dict[Role, tuple[str, ...]] = field(default_factory=dict)
    lead_days: int | None = None


@dataclass(frozen=True)
class PastRenewal:
    """A renewal that has ended, in short."""

    renewal: str
    outcome: str
    at: datetime
    old_fingerprint: str
    new_fingerprint: str = ""


@dataclass(frozen=True)
class Entry:
    """A sender in the register: what is in use now, and the renewals it has had."""

    registered: Registered
    past: tuple[PastRenewal, ...] = ()


@dataclass(frozen=True)
class Mapped:
    """A certificate that a user mapping of a tenant holds."""

    tenant: str
    user: str
    certificate: CertificateFacts


@dataclass(frozen=True)
class Seen:
    """What a watch could look at, and what it could not."""

    registered: tuple[Registered, ...] = ()
    mapped: tuple[Mapped, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True)
class Due:
    """A certificate to be renewed now. `known` is false for a mapping whose certificate nobody registered."""

    registered: Registered
    known: bool = True


def lead(certificate: CertificateFacts, days: int | None = None) -> timedelta:
    """How long before its end this certificate is due: as the register says, else 60 days or a third of its life."""
    if days is not None:
        return timedelta(days=days)
    return min(LEAD, (certificate.not_after - certificate.not_before) / LEAD_SHARE)


def is_due(certificate: CertificateFacts, now: datetime, days: int | None = None) -> bool:
    """True from the lead time on, an expired certificate included."""
    return certificate.not_after - lead(certificate, days) <= now


def due_for_renewal(seen: Seen, now: datetime) -> tuple[Due, ...]:
    """What is due, soonest end first: registered certificates, then mapped ones that nobody registered.

    A mapped certificate that its user has a later one beside is a leftover and not due.
    """
    known = {(r.tenant, r.certificate.fingerprint) for r in seen.registered}
    due = [Due(r) for r in seen.registered if is_due(r.certificate, now, r.lead_days)]
    due += [
        Due(Registered(m.tenant, m.user, m.certificate), known=False)
        for m in seen.mapped
        if (m.tenant, m.certificate.fingerprint) not in known
        and not _has_successor(m, seen.mapped)
        and is_due(m.certificate, now)
    ]
    return tuple(sorted(due, key=lambda d: d.registered.certificate.not_after))


def _has_successor(mapped: Mapped, others: tuple[Mapped, ...]) -> bool:
    return any(
        other.tenant == mapped.tenant
        and other.user == mapped.user
        and other.certificate.not_after > mapped.certificate.not_after
        for other in others
    )
