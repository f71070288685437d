"""How a case is doing, and when that will next change of itself."""

from datetime import datetime, timedelta
from enum import StrEnum

from process.case import Case
from process.due import judge_again_at
from process.facts import CertificateFacts


class Health(StrEnum):
    """The search attribute that an operator filters by, worst first."""

    EXPIRED = "expired"  # the old certificate has expired and the renewal is not finished
    FAILING = "failing"  # ordered work failed for good, or the tenant cannot be read
    EXPIRING = "expiring"  # less than two weeks are left
    OK = "ok"


EXPIRING_WITHIN = timedelta(days=14)
"""Two weeks: SAP's process takes days or weeks, so from here on it may fail for want of time."""


def health(case: Case, now: datetime) -> Health:
    """The worst that is true now. Once the switch is confirmed, the end of the old certificate harms nobody."""
    in_use = not case.is_done("8") and not case.closed
    if in_use and case.old.not_after <= now:
        return Health.EXPIRED
    if case.troubles:
        return Health.FAILING
    if in_use and case.old.not_after - EXPIRING_WITHIN <= now:
        return Health.EXPIRING
    return Health.OK


def next_moment(case: Case, now: datetime) -> datetime | None:
    """When the case changes without anybody's act: something is looked at again, or its health turns."""
    moments = [case.old.not_after, case.old.not_after - EXPIRING_WITHIN]
    moments += [moment for moment in (case.read_again_at, judge_again_at(case)) if moment is not None]
    return min((moment for moment in moments if moment > now), default=None)


def moment_words(case: Case, moment: datetime) -> str:
    """What happens at that moment, for the timer that waits for it."""
    if moment == case.read_again_at:
        return "Read the tenant again, which could not be read"
    if moment == judge_again_at(case):
        return "Judge the new certificate again, for the list of roots may have changed"
    if moment == case.old.not_after:
        return "The old certificate expires"
    return f"The old certificate expires in {EXPIRING_WITHIN.days} days"


def may_present(case: Case) -> tuple[CertificateFacts, ...]:
    """The certificates that the sender may present now: old until 6, old and released ones until 8, then new."""
    if case.is_done("8") and case.new is not None:
        return (case.new,)
    return (case.old, *case.released)
