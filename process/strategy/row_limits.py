"""What cannot be overlapped in channels: flows of configure-only packages, where nobody can add a row of names.

A rule yields the places where a certificate that the sender may present can be refused.
"""

from collections.abc import Iterator
from datetime import datetime

from process.facts import ChannelFacts
from process.strategy.changes import is_stuck
from process.strategy.facts import PlanFacts
from process.strategy.shapes import Limit, NotOverlapped, Which

Limits = Iterator[NotOverlapped]

_BOTH = (Which.OLD, Which.NEW)

_COPY = (
    "Where the package may be copied, copy the flow into a package of your own, give the copy an address of its own "
    "and the new names, and have the sender switch address and certificate together: then nothing is refused."
)


def one_row(facts: PlanFacts, _: datetime) -> Limits:
    """Names that are two parameters of one row: the old pair or the new one, never both."""
    for channel in _stuck(facts):
        if channel.parameterised:
            yield NotOverlapped(
                Limit.ONE_ROW,
                channel.flow_id,
                "Its package is configure-only and its names are two parameters of one row, so that it lists the old "
                "pair or the new pair, never both.",
                (
                    "If the table has a second externalised row that nobody uses, put the new pair there; or ask the "
                    "package's owner for a version with a second row.",
                    _COPY,
                    "Else agree on a quiet moment for step 7: change both parameters, redeploy, and have the sender "
                    "switch when the flow runs again, with all its nodes at once. To go back, change both again.",
                ),
                "seconds to minutes: the redeploy of the flow and the switch of the sender",
                _BOTH,
                "SAP's API of integration content: a configure-only package takes parameters alone; page 778c7e7",
                channel.channel,
            )


def fixed_row(facts: PlanFacts, _: datetime) -> Limits:
    for channel in _stuck(facts):
        if not channel.parameterised:
            yield NotOverlapped(
                Limit.FIXED_ROW,
                channel.flow_id,
                "Its package is configure-only and its names are no parameters, so that nobody at this tenant can "
                "list the new pair.",
                (
                    "Ask the package's owner for a version that lists both pairs, or whose names are parameters.",
                    _COPY,
                    "Else keep the subject and issuer DN: ask for a new certificate with exactly the old names.",
                ),
                "until the flow lists the new pair: the new certificate must not be used before",
                (Which.NEW,),
                "SAP's API of integration content: a configure-only package takes parameters alone",
                channel.channel,
            )


def _stuck(facts: PlanFacts) -> Iterator[ChannelFacts]:
    return (channel for channel in facts.channels if is_stuck(channel, facts))
