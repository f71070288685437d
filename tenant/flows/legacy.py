"""The DNs that channels of the first generation kept on the sending participant: shown, never changed.

From version 1.3 on a channel has a table of its own, but what was on the participant was often left behind.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from tenant.flows.content import LegacyRow, Row
from tenant.flows.errors import TooBig
from tenant.flows.limits import CHANNEL_LIMIT
from tenant.flows.parameters import parameter_of, resolved
from tenant.flows.scan import Element

_NUMBERED = re.compile(r"(?:subject|issuer)([0-9]+)")


def legacy_rows(elements: Sequence[Element], values: Mapping[str, str]) -> tuple[LegacyRow, ...]:
    """Every filled `subject<n>`/`issuer<n>` of the sending participants; raises TooBig."""
    found = tuple(islice(_rows(elements, values), CHANNEL_LIMIT + 1))
    if len(found) > CHANNEL_LIMIT:
        raise TooBig("The list of pairs on participants", len(found), CHANNEL_LIMIT)
    return found


def _rows(elements: Sequence[Element], values: Mapping[str, str]) -> Iterator[LegacyRow]:
    for element in elements:
        if element.kind != "participant" or element.type != "EndpointSender":
            continue
        texts = {prop.key: prop.value for prop in reversed(element.properties)}
        found = {match[1] for key in texts if (match := _NUMBERED.fullmatch(key))}
        for number in sorted(found, key=lambda digits: (len(digits), digits)):
            subject, issuer = texts.get("subject" + number, ""), texts.get("issuer" + number, "")
            if subject or issuer:
                yield LegacyRow(element.attributes.get("name", ""), number, _row(subject, issuer, values))


def _row(subject: str, issuer: str, values: Mapping[str, str]) -> Row:
    return Row(resolved(subject, values), resolved(issuer, values), parameter_of(subject), parameter_of(issuer))


def legacy_note(found: LegacyRow) -> str:
    """What a person should know about it."""
    return (
        f"Participant {found.participant!r} still lists subject {found.row.subject!r} and issuer "
        f"{found.row.issuer!r}, as channels of the first generation did: they are shown, never changed. "
        "Look in the web UI whether a channel still needs them."
    )
