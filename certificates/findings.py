"""How findings are made, and the checks of validity and role of a single certificate.

Names are in `name_findings`, keys and signatures in `key_findings`, usages and extensions in `usage_findings`,
chains in `linking`, the comparison with the current certificate in `renewal`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from certificates.errors import Unjudgeable
from certificates.policy import Policy
from certificates.reading import Reading
from process.facts import Finding, Severity

ASK_AGAIN = "Ask the certificate authority for a newly issued certificate."
ASK_CURRENT_CHAIN = "Ask the certificate authority for its current chain."


def error(code: str, sentence: str, ask: str) -> Finding:
    """A finding that returns the certificate."""
    return Finding(code, Severity.ERROR, sentence, ask)


def warning(code: str, sentence: str, ask: str = "") -> Finding:
    """A finding that people should weigh."""
    return Finding(code, Severity.WARNING, sentence, ask)


def note(code: str, sentence: str, ask: str = "") -> Finding:
    """A finding that is good to know."""
    return Finding(code, Severity.NOTE, sentence, ask)


def about(certificate: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, said of `certificate` where they do not name another."""
    for finding in findings:
        yield finding if finding.certificate else replace(finding, certificate=certificate)


def moment(at: datetime) -> str:
    """A time as people read it, always UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def unreadable_field(reading: Reading, unreadable: Unjudgeable) -> Finding:
    """What could not be looked at is never taken for fine."""
    said = f"{unreadable.what} of {reading.subject} cannot be read, so it cannot be judged."
    return error("unreadable-field", said, f"Other programs may read it; {ASK_AGAIN[0].lower()}{ASK_AGAIN[1:]}")


def validity_findings(leaf: Reading, now: datetime, policy: Policy) -> Iterator[Finding]:
    """Whether the leaf is valid at `now`, and for how long it is issued."""
    begins, ends = leaf.fields.not_before, leaf.fields.not_after
    if now > ends or ends <= begins:
        yield error("expired", f"The certificate expired on {moment(ends)}.", ASK_AGAIN)
    if now < begins:
        said = f"The certificate is valid only from {moment(begins)}."
        late = begins - now > policy.max_start_delay
        ask = "Hand it over when it is about to become valid, or ask for one that is valid now."
        yield error("not-yet-valid", said, ask) if late else warning("not-yet-valid", said, ask)
    yield from _cadence(leaf, policy)


def _cadence(leaf: Reading, policy: Policy) -> Iterator[Finding]:
    life = leaf.fields.not_after - leaf.fields.not_before
    if policy.max_validity is not None and life > policy.max_validity:
        said = f"The certificate is issued for {life.days} days; at most {policy.max_validity.days} are allowed."
        yield error("validity-cadence", said, "Ask the certificate authority for a shorter validity.")
    if life.total_seconds() > 0 and life <= policy.short_validity:
        # people renew at two thirds of the life
        times = 365 / max(life.days * 2 / 3, 1)
        said = (
            f"The certificate is issued for {life.days} days, so its renewals come about {times:.0f} times a year, "
            f"with {life.days // 3} days each for the people's work."
        )
        yield note("validity-cadence", said)


def authority_findings(authority: Reading, now: datetime) -> Iterator[Finding]:
    """Validity and role of a certificate above the leaf."""
    begins, ends = authority.fields.not_before, authority.fields.not_after
    if now > ends:
        said = f"The CA certificate {authority.subject} expired on {moment(ends)}."
        yield error("issuer-expired", said, ASK_CURRENT_CHAIN)
    if now < begins:
        said = f"The CA certificate {authority.subject} is valid only from {moment(begins)}."
        yield error("issuer-not-yet-valid", said, ASK_CURRENT_CHAIN)
    if not authority.authority:
        said = f"{authority.subject} stands above another certificate but is no CA certificate."
        yield error("issuer-not-ca", said, "Ask the certificate authority for its chain.")
