"""The inspection of what a sender administrator hands over: bytes and a time in, a report out. Never raises.

Reading is in `intake` and `reading`, the path and the two engines in `trust`, single checks in the modules of
findings. What the process needs of a report is in `judge`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC

from certificates.chain import leaves, role_at
from certificates.checks import authority_checks, leaf_checks
from certificates.describing import chain_links, leaf_report
from certificates.errors import IntakeRefused
from certificates.facts import chain_pem
from certificates.findings import about, error, note, warning
from certificates.intake import Intake, take_in
from certificates.linking import link_findings, order_findings, unrelated_findings
from certificates.naming import names_report
from certificates.reading import Reading
from certificates.renewal import renewal_findings
from certificates.revocation import revocation_findings
from certificates.shapes import (
    ChainLink,
    Decision,
    EngineOpinion,
    Inspection,
    LeafReport,
    NamesReport,
    Report,
)
from certificates.trust import PathJudgement, explain, judge_path
from process.facts import Finding, Severity
from process.names import Difference

__all__ = [
    "ChainLink",
    "Decision",
    "Difference",
    "EngineOpinion",
    "Inspection",
    "LeafReport",
    "NamesReport",
    "Report",
    "inspect",
]

# Somebody wanted it checked, and it could not be.
_ASK_A_PERSON = frozenset({"revocation-list-unusable"})


def inspect(data: bytes, options: Inspection) -> Report:
    """The report on `data`, errors first.

    Whatever the bytes are, the answer is a report. Where nothing could be read, or where it may hold a private
    key, the report has no certificate and quotes nothing.
    """
    # X.509 knows whole seconds only; the last second of a validity counts to its end.
    options = replace(options, now=options.now.astimezone(UTC).replace(microsecond=0))
    try:
        intake = take_in(data)
    except IntakeRefused as refused:
        return Report(Decision.REJECT, (error(refused.code, refused.sentence, refused.ask),))
    readings = [Reading(der) for der in dict.fromkeys(intake.certificates)]
    candidates = leaves(readings)
    if len(candidates) > 1:
        findings = (_several_leaves(candidates), *_repaired(intake))
        return Report(Decision.REJECT, findings, repairs=intake.repairs)
    return _report(candidates[0], readings, intake, options)


def _report(leaf: Reading, readings: Sequence[Reading], intake: Intake, options: Inspection) -> Report:
    policy, roots = options.policy, options.policy.roots
    judged = judge_path(leaf, readings, options.now, policy)
    findings = list(_findings(judged, intake, options))
    findings += explain(judged, findings)
    handed = frozenset(intake.certificates)
    above = [reading.der for _, reading in judged.chain.above if reading.der in handed]
    return Report(
        verdict=_decision(judged, findings),
        findings=tuple(map(_shown, sorted(findings, key=_weight))),
        leaf=leaf_report(leaf),
        chain=tuple(chain_links(judged.chain, handed, roots)),
        names=names_report(options.old.names, leaf.facts.names) if options.old else None,
        repairs=intake.repairs,
        engines=judged.engines,
        facts=replace(leaf.facts, chain=chain_pem(above)),
        root=judged.root,
        roots=roots.label if roots else "",
    )


def _findings(judged: PathJudgement, intake: Intake, options: Inspection) -> Iterator[Finding]:
    now, policy, chain = options.now, options.policy, judged.chain
    yield from about("leaf", leaf_checks(chain.leaf, now, policy))
    for depth, (_, authority) in enumerate(chain.above, start=1):
        yield from about(role_at(depth), authority_checks(authority, now, policy))
    yield from link_findings(chain, policy.max_intermediates)
    yield from judged.findings
    yield from revocation_findings(chain, options.crls, now)
    if chain.leaf.self_issued:
        yield from about("leaf", [_self_signed(judged.decision)])
    if options.old:
        yield from about("leaf", renewal_findings(chain.leaf, options.old, now, policy))
    yield from _repaired(intake)
    yield from order_findings(chain, intake.certificates)
    yield from unrelated_findings(chain)


def _decision(judged: PathJudgement, findings: Sequence[Finding]) -> Decision:
    """Any error rejects, whatever the engines say: they know neither SAP's demands nor the operator's."""
    if any(finding.severity is Severity.ERROR for finding in findings):
        return Decision.REJECT
    if judged.decision is Decision.ACCEPT and any(finding.code in _ASK_A_PERSON for finding in findings):
        return Decision.PERSON
    return judged.decision


def _shown(finding: Finding) -> Finding:
    """Names and engines' words may hold what a terminal would obey; such characters are written out."""
    if finding.sentence.isprintable():
        return finding
    letters = (each if each.isprintable() else f"\\u{ord(each):04x}" for each in finding.sentence)
    return replace(finding, sentence="".join(letters))


def _weight(finding: Finding) -> int:
    return list(Severity).index(finding.severity)


def _self_signed(decision: Decision) -> Finding:
    """No fault where the operator's list has the certificate itself."""
    said = "The certificate is self-signed; no certificate authority vouches for it."
    finding = error if decision is Decision.REJECT else warning
    return finding("self-signed", said, "Ask a certificate authority that the load balancer trusts.")


def _several_leaves(candidates: Sequence[Reading]) -> Finding:
    subjects = "; ".join(f"{candidate.subject} (serial {candidate.facts.serial})" for candidate in candidates)
    said = f"More than one certificate could be the sender's: {subjects}."
    return error("several-leaves", said, "Hand over one certificate of the sender, with its chain.")


def _repaired(intake: Intake) -> Iterator[Finding]:
    for repair in intake.repairs:
        yield note("repaired", f"To read what was handed over, certrelay {repair}.")
