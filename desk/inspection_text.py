"""A report on a certificate as text that a sender administrator can forward to the certificate authority."""

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime

from certificates.shapes import ChainLink, Decision, LeafReport, NamesReport, Report
from process.facts import Finding, Severity
from process.names import Difference, NameChange

WIDTH = 100

_VERDICTS = {
    Decision.ACCEPT: "ACCEPTED: no fault was found in this client certificate for SAP Cloud Integration.",
    Decision.REJECT: "REJECTED: this cannot be used as a client certificate for SAP Cloud Integration.",
    Decision.PERSON: "UNDECIDED: whether SAP Cloud Integration accepts this certificate is for a person to decide.",
}
_CHANGES = {
    NameChange.UNCHANGED: "unchanged",
    NameChange.SPELLING: "the same name in another spelling",
    NameChange.CHANGED: "changed",
}
_HEADINGS = {Severity.ERROR: "Errors", Severity.WARNING: "Warnings", Severity.NOTE: "Notes"}


def lines_of(report: Report, now: datetime) -> Iterator[str]:
    """The lines, without anything that a terminal would take for a command."""
    return map(_visible, _lines(report, now))


def _visible(line: str) -> str:
    """Names come from strangers: what cannot be seen, or would move the cursor, is written as its code point."""
    return "".join(f"<U+{ord(c):04X}>" if unicodedata.category(c) in _UNSEEN else c for c in line)


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _lines(report: Report, now: datetime) -> Iterator[str]:
    yield from _wrapped(_VERDICTS[report.verdict])
    against = f"against the list of load balancer roots {report.roots}" if report.roots else "without a list of roots"
    yield f"Judged for {_moment(now)}, {against}."
    yield from _section("What is to be done", _numbered(_remedies(report)))
    if report.verdict is Decision.PERSON:
        opinions = (line for opinion in report.engines for line in _wrapped(opinion.reason, "  - ", "    "))
        yield from _section("What the two engines say that judge the chain", opinions)
    for severity, heading in _HEADINGS.items():
        of_it = [finding for finding in report.findings if finding.severity is severity]
        yield from _section(heading, (line for finding in of_it for line in _finding(finding)))
    if report.leaf:
        yield from _section("The certificate", _leaf(report.leaf))
    yield from _section("The certificates above it", (line for link in report.chain for line in _link(link)))
    if report.names:
        yield from _section("Its names beside those of the certificate in use", _names(report.names))


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    """Heading and lines; nothing where there are no lines."""
    found = list(lines)
    if found:
        yield from ("", f"{heading}:", *found)


def _wrapped(text: str, first: str = "", rest: str | None = None) -> list[str]:
    """Long sentences in lines; what has no blanks, such as a digest, is never broken."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _remedies(report: Report) -> list[str]:
    """What to do about that which decided, each once: the errors, or what leaves it to a person."""
    decisive = {Decision.REJECT: Severity.ERROR, Decision.PERSON: Severity.WARNING}.get(report.verdict)
    return list(dict.fromkeys(f.ask for f in report.findings if f.severity is decisive and f.ask))


def _numbered(texts: Iterable[str]) -> Iterator[str]:
    for number, text in enumerate(texts, start=1):
        yield from _wrapped(text, f"  {number}. ", "     ")


def _finding(finding: Finding) -> Iterator[str]:
    about = f", {finding.certificate}" if finding.certificate else ""
    yield from _wrapped(f"[{finding.code}{about}] {finding.sentence}", "  - ", "    ")
    yield from _wrapped(finding.ask, "    > ", "      ")


def _leaf(leaf: LeafReport) -> Iterator[str]:
    yield from _fields(
        ("subject DN", leaf.subject),
        ("issuer DN", leaf.issuer),
        ("serial number", leaf.serial),
        ("SHA-256", leaf.sha256),
        ("valid", f"{_moment(leaf.not_before)} to {_moment(leaf.not_after)}"),
        ("key", leaf.key),
        ("signature", leaf.signature),
        ("extended key usage", "absent" if leaf.eku is None else ", ".join(leaf.eku)),
        ("alternative names", ", ".join(leaf.san)),
    )


def _link(link: ChainLink) -> Iterator[str]:
    standing = "handed over" if link.handed_over else "not handed over, taken from the list of load balancer roots"
    listed = ", on the list of load balancer roots" if link.listed and link.handed_over else ""
    yield f"  {link.role}: {standing}{listed}"
    yield from _fields(
        ("subject DN", link.subject),
        ("issuer DN", link.issuer),
        ("SHA-256", link.sha256),
        ("valid", f"{_moment(link.not_before)} to {_moment(link.not_after)}"),
        ("key", link.key),
    )


def _fields(*rows: tuple[str, str]) -> Iterator[str]:
    for name, value in rows:
        yield f"    {name.ljust(20)}{value or 'none'}"


def _names(names: NamesReport) -> Iterator[str]:
    yield from _fields(("subject DN", _CHANGES[names.subject]), ("issuer DN", _CHANGES[names.issuer]))
    for difference in names.differences:
        yield f"      {_difference(difference)}"
    if names.meaning:
        yield from _wrapped(names.meaning, "  ")


def _difference(difference: Difference) -> str:
    old, new = ("absent" if value is None else f'"{value}"' for value in (difference.old, difference.new))
    return f"{difference.attribute or 'name'}: in use {old}, new {new}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
