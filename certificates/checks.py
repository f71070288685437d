"""All checks of one certificate, each by itself: what one cannot read does not hide what another sees."""

from collections.abc import Callable, Iterator
from datetime import datetime

from certificates.errors import Unjudgeable
from certificates.findings import authority_findings, unreadable_field, validity_findings, warning
from certificates.key_findings import key_findings, serial_findings, signature_findings
from certificates.name_findings import name_findings
from certificates.policy import Policy
from certificates.reading import Reading
from certificates.usage_findings import authority_usage_findings, extension_findings, leaf_usage_findings
from process.facts import Finding


def leaf_checks(leaf: Reading, now: datetime, policy: Policy) -> Iterator[Finding]:
    """Everything that is said of the leaf alone."""
    yield from validity_findings(leaf, now, policy)
    yield from name_findings(leaf)
    yield from serial_findings(leaf)
    yield from _readable_names(leaf)
    yield from _each(
        leaf,
        lambda: leaf_usage_findings(leaf, policy),
        lambda: extension_findings(leaf),
        lambda: key_findings(leaf, policy, of_leaf=True),
        lambda: signature_findings(leaf, policy),
    )


def authority_checks(authority: Reading, now: datetime, policy: Policy) -> Iterator[Finding]:
    """Everything that is said of a certificate above the leaf alone."""
    yield from serial_findings(authority)
    yield from _readable_names(authority)
    yield from _each(
        authority,
        lambda: authority_findings(authority, now),
        lambda: authority_usage_findings(authority),
        lambda: extension_findings(authority),
        lambda: key_findings(authority, policy, of_leaf=False),
        lambda: signature_findings(authority, policy),
    )


def _readable_names(reading: Reading) -> Iterator[Finding]:
    """Names that only some programs read; the certificate itself may be in order."""
    try:
        reading.legible  # noqa: B018 - reading is the question
    except Unjudgeable:
        return  # said by the other checks
    try:
        reading.parsed  # noqa: B018 - reading is the question
    except Unjudgeable:
        said = f"The names of {reading.subject} are encoded against the rules of X.509; not every program reads them."
        ask = "Ask the certificate authority to issue it with names in UTF8String."
        yield warning("unreadable-field", said, ask)


def _each(reading: Reading, *checks: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What the checks find; a part that cannot be read is said once, however many checks ask for it."""
    unreadable: set[str] = set()
    for check in checks:
        try:
            yield from check()
        except Unjudgeable as part:
            if part.what not in unreadable:
                yield unreadable_field(reading, part)
            unreadable.add(part.what)
