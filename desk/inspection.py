"""What `certrelay inspect` is given, and what it gives back as data: several files as one, JSON by stable names.

The judgement is `certificates.report`; the text for people is `inspection_text`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from certificates.errors import IntakeRefused
from certificates.facts import pem_of
from certificates.intake import take_in
from certificates.report import inspect
from certificates.shapes import Decision, Inspection, Report
from process.facts import Finding, Severity


@dataclass(frozen=True)
class Part:
    """One file that was handed over: its name as it was typed, and what is in it."""

    name: str
    content: bytes


def report_on(parts: Sequence[Part], inspection: Inspection) -> Report:
    """The report on all parts together; a part that is not taken in is the whole answer."""
    if len(parts) == 1:
        return inspect(parts[0].content, inspection)
    joined: list[str] = []
    notes: list[str] = []
    for part in parts:
        try:
            taken = take_in(part.content)
        except IntakeRefused as refused:
            said = f"{part.name}: {refused.sentence}"
            return Report(Decision.REJECT, (Finding(refused.code, Severity.ERROR, said, refused.ask),))
        joined += map(pem_of, taken.certificates)
        notes += [f"To read {part.name}, certrelay {repair}." for repair in taken.repairs]
    report = inspect("".join(joined).encode("ascii"), inspection)
    repaired = (Finding("repaired", Severity.NOTE, note) for note in notes)
    return replace(report, findings=(*report.findings, *repaired))


def as_data(report: Report) -> Mapping[str, Any]:
    """The report by the names that programs read: findings have `message` and `remedy`."""
    return {
        "verdict": report.verdict,
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity,
                "certificate": finding.certificate,
                "message": finding.sentence,
                "remedy": finding.ask,
            }
            for finding in report.findings
        ],
        "leaf": report.leaf,
        "chain": report.chain,
        "names": report.names,
    }
