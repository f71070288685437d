"""What cannot be overlapped: every rule in one table, and those of time.

A rule is a function with its reason, its advice and its source; it yields the places where a certificate that the
sender may present can be refused. `row_limits` and `key_limits` have those of channels and of mappings and keys.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from process.strategy import key_limits, row_limits
from process.strategy.facts import PlanFacts
from process.strategy.shapes import Limit, NotOverlapped, Which
from process.words import minute

Limits = Iterator[NotOverlapped]


def _validity(facts: PlanFacts, now: datetime) -> Limits:
    old, new = facts.old, facts.new
    if new is None or new.not_before < old.not_after or old.not_after <= now:
        return
    yield NotOverlapped(
        Limit.VALIDITY,
        "",
        f"The old certificate ends at {minute(old.not_after)}, and the new one begins at {minute(new.not_before)}.",
        ("Ask the certificate authority for a certificate that begins before the old one ends.",),
        "from the end of the old certificate until the new one has begun and the sender has switched",
        (Which.OLD, Which.NEW),
        "RFC 5280 section 4.1.2.5",
        exactly=new.not_before - old.not_after,
    )


def _old_expired(facts: PlanFacts, now: datetime) -> Limits:
    if facts.old.not_after <= now:
        yield NotOverlapped(
            Limit.OLD_EXPIRED,
            "",
            f"The old certificate has expired at {minute(facts.old.not_after)}, so that the sender is refused now.",
            ("Take the steps without waiting; the sender should switch as soon as step 6 allows it.",),
            "from the end of the old certificate until the sender has switched",
            (Which.OLD,),
            "RFC 5280 section 4.1.2.5",
        )


def _new_expired(facts: PlanFacts, now: datetime) -> Limits:
    if facts.new and facts.new.not_after <= now:
        yield NotOverlapped(
            Limit.NEW_EXPIRED,
            "",
            f"The new certificate has expired at {minute(facts.new.not_after)}.",
            ("The sender administrator must hand over another one.",),
            "until another certificate is handed over",
            (Which.NEW,),
            "RFC 5280 section 4.1.2.5",
        )


LIMITS: tuple[Callable[[PlanFacts, datetime], Limits], ...] = (
    _old_expired,
    _new_expired,
    _validity,
    row_limits.one_row,
    row_limits.fixed_row,
    key_limits.same_key,
    key_limits.not_newer,
    key_limits.pin_not_known,
    key_limits.key_spelling,
    key_limits.clash,
    key_limits.held_twice,
    key_limits.taken,
)
"""Every rule, in the order in which people read them."""


def limits(facts: PlanFacts, now: datetime) -> tuple[NotOverlapped, ...]:
    """Every place that cannot be overlapped."""
    return tuple(found for rule in LIMITS for found in rule(facts, now))
