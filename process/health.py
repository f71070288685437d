"""How a case is doing, and when that will next change of itself."""

from datetime import datetime, timedelta
from enum import StrEnum

from process.acceptance.presented import may_present as may_present
from process.case import Case
from process.due import LOOKING, judge_again_at, look_again_at


class Health(StrEnum):
    """The search attribute that an operator filters by, worst first."""

    EXPIRED = "expired"  # the old certificate has expired and the renewal is not finished
    BROKEN = "broken"  # the last look at the tenant found something not to be as it must be
    FAILING = "failing"  # ordered work failed for good
    NOT_PROVED = "not proved"  # nobody could look, or not everywhere
    EXPIRING = "expiring"  # less than two weeks are left
    PROVED = "proved"  # the last look showed everything to be as it must be


EXPIRING_WITHIN = timedelta(days=14)
"""Two weeks: SAP's process takes days or weeks, so from here on it may fail for want of time."""


def health(case: Case, now: datetime) -> Health:
    """The worst that is true now. Once the switch is confirmed, the end of the old certificate harms nobody."""
    in_use = not case.is_done("8") and not case.closed
    if in_use and case.old.not_after <= now:
        return Health.EXPIRED
    if case.alarms:
        return Health.BROKEN
    if case.troubles.keys() - {LOOKING}:
        return Health.FAILING
    if not case.closed and (case.not_proved_since is not None or case.looked_at is None):
        return Health.NOT_PROVED
    if in_use and case.old.not_after - EXPIRING_WITHIN <= now:
        return Health.EXPIRING
    return Health.PROVED


def proof(case: Case) -> str:
    """What the last look at the tenant proves, and since when."""
    if case.alarms:
        return "broken: " + " ".join(case.alarms.values())
    if case.not_proved_since is not None:
        return f"not proved since {case.not_proved_since:%Y-%m-%d %H:%M} UTC"
    if case.looked_at is None:
        return "not proved: the tenant was not looked at yet"
    return f"proved at {case.looked_at:%Y-%m-%d %H:%M} UTC"


def next_moment(case: Case, now: datetime) -> datetime | None:
    """When the case changes without anybody's act: something is looked at again, or its health turns."""
    moments = [case.old.not_after, case.old.not_after - EXPIRING_WITHIN]
    moments += [
        moment for moment in (case.read_again_at, judge_again_at(case), look_again_at(case)) if moment is not None
    ]
    return min((moment for moment in moments if moment > now), default=None)


def moment_words(case: Case, moment: datetime) -> str:
    """What happens at that moment, for the timer that waits for it."""
    if moment == case.read_again_at:
        return "Read the tenant again, which could not be read"
    if moment == look_again_at(case):
        return "Look at the tenant again"
    if moment == judge_again_at(case):
        return "Judge the new certificate again, for the list of roots may have changed"
    if moment == case.old.not_after:
        return "The old certificate expires"
    return f"The old certificate expires in {EXPIRING_WITHIN.days} days"
