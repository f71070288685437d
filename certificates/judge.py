"""The verdict as the process needs it: a report without what only people read.

The inspection itself is in `report`.
"""

from datetime import datetime

from certificates.policy import Policy
from certificates.report import inspect
from certificates.shapes import Decision, Inspection, Report
from process.facts import CertificateFacts, Verdict


def judge(data: bytes, old: CertificateFacts | None, now: datetime, policy: Policy) -> Verdict:
    """The verdict on `data` as the certificate that follows `old` (None: there is none yet), at `now` (aware).

    Whatever the bytes are, the answer is a verdict, errors first. Where nothing could be read, or where it may
    hold a private key, the verdict has no certificate and quotes nothing.
    """
    return verdict_of(inspect(data, Inspection(now, policy, old)))


def verdict_of(report: Report) -> Verdict:
    """What the process keeps of a report."""
    person = report.verdict is Decision.PERSON
    return Verdict(
        certificate=report.facts,
        findings=report.findings,
        root=report.root,
        needs_person=person,
        opinions=tuple(opinion.reason for opinion in report.engines) if person else (),
        roots=report.roots,
    )
