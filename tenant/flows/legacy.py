"""The DNs that channels of the first generation kept on the sending participant: shown, never changed.

From version 1.3 on a channel has a table of its own, but what was on the participant was often left behind.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from tenant.flows.content import LegacyRow, Row
from tenant.flows.parameters import parameter_of, resolved
from tenant.flows.scan import Element

_NUMBERED = re.compile(r"(?:subject|issuer)([0-9]+)")


def legacy_rows(elements: Sequence[Element], values: Mapping[str, str]) -> Iterator[LegacyRow]:
    """Every filled `subject<n>`/`issuer<n>` of the sending participants."""
    for element in elements:
        if element.kind != "participant" or element.type != "EndpointSender":
            continue
        found = {match[1] for prop in element.properties if (match := _NUMBERED.fullmatch(prop.key))}
        for number in sorted(found, key=lambda digits: (len(digits), digits)):
            subject, issuer = element.get("subject" + number), element.get("issuer" + number)
            if subject or issuer:
                row = Row(
                    resolved(subject, values), resolved(issuer, values), parameter_of(subject), parameter_of(issuer)
                )
                yield LegacyRow(element.attributes.get("name", ""), number, row)


def legacy_note(found: LegacyRow) -> str:
    """What a person should know about it."""
    return (
        f"Participant {found.participant!r} still lists subject {found.row.subject!r} and issuer "
        f"{found.row.issuer!r}, as channels of the first generation did: they are shown, never changed. "
        "Look in the web UI whether a channel still needs them."
    )
