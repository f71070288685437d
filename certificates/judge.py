"""The judgement on what a sender administrator hands over: bytes and a time in, a verdict out. Never raises.

Reading is in `intake` and `reading`, the path in `chain`, single checks in `findings`, `linking`, `renewal`.
Revocation is not checked.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from certificates.chain import Chain, build_chain, leaves
from certificates.errors import IntakeRefused
from certificates.facts import facts_of
from certificates.findings import authority_findings, error, leaf_findings, note
from certificates.intake import Intake, take_in
from certificates.linking import link_findings, trust_of
from certificates.policy import Policy
from certificates.reading import Reading
from certificates.renewal import renewal_findings
from certificates.roots import roots_of
from process.facts import CertificateFacts, Finding, Severity, Verdict


def judge(data: bytes, old: CertificateFacts | None, now: datetime, policy: Policy) -> Verdict:
    """The verdict on `data` as the certificate that follows `old` (None: there is none yet), at `now` (aware).

    Whatever the bytes are, the answer is a verdict, errors first. Where nothing could be read, or where it may
    hold a private key, the verdict has no certificate and quotes nothing.
    """
    try:
        intake = take_in(data)
    except IntakeRefused as refused:
        return Verdict(None, (error(refused.code, refused.sentence, refused.ask),))
    readings = [Reading(der) for der in dict.fromkeys(intake.certificates)]
    candidates = leaves(readings)
    if len(candidates) > 1:
        return Verdict(None, (_several_leaves(candidates), *_about_the_input(intake)))
    chain = build_chain(candidates[0], readings)
    pem = policy.load_balancer_roots
    roots = None if pem is None else roots_of(pem)
    root, trust = trust_of(chain, roots)
    findings = [
        *leaf_findings(chain.leaf, now, policy),
        *(finding for _, above in chain.above for finding in authority_findings(above, now)),
        *link_findings(chain, roots or ()),
        *trust,
        *(renewal_findings(chain.leaf, old, now, policy) if old else ()),
        *_about_the_input(intake),
        *_about_the_order(chain, intake),
    ]
    facts = facts_of(chain.leaf.der, [above.der for _, above in chain.above])
    return Verdict(facts, tuple(sorted(findings, key=_weight)), root)


def _weight(finding: Finding) -> int:
    return list(Severity).index(finding.severity)


def _several_leaves(candidates: Sequence[Reading]) -> Finding:
    subjects = "; ".join(f"{candidate.subject} (serial {candidate.facts.serial})" for candidate in candidates)
    said = f"More than one certificate could be the sender's: {subjects}."
    return error("several-leaves", said, "Hand over one certificate of the sender, with its chain.")


def _about_the_input(intake: Intake) -> Iterator[Finding]:
    for repair in intake.repairs:
        yield note("repaired", f"To read what was handed over, certrelay {repair}.")
    if len(set(intake.certificates)) < len(intake.certificates):
        yield note("duplicate", "A certificate was handed over more than once; it counts once.")


def _about_the_order(chain: Chain, intake: Intake) -> Iterator[Finding]:
    places = [intake.certificates.index(reading.der) for reading in (chain.leaf, *(up for _, up in chain.above))]
    if places != sorted(places):
        yield note("wrong-order", "The certificates were not in the order leaf to root; they were put in order.")
