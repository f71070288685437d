"""Which certificates the sender may present now, and what is known of each at the load balancer."""

from process.acceptance.shapes import Presented
from process.case import Case
from process.facts import CertificateFacts, Severity, Verdict
from process.open import root_is_vouched

_NO_CLIENT_AUTH = ("eku-missing", "eku-lacks-client-auth")
"""Codes of the findings on a leaf that the load balancer refuses for its usage (SAP page 0f92842)."""


def may_present(case: Case) -> tuple[CertificateFacts, ...]:
    """The certificates that the sender may present now: old until 6, old and released ones until 8, then new."""
    if case.is_done("8") and case.new is not None:
        return (case.new,)
    return (case.old, *case.released)


def as_presented(case: Case, certificate: CertificateFacts) -> Presented:
    """The certificate with what is known of it.

    The old one is in use, so the load balancer lets it through; so does it one that was released and then replaced,
    for it passed the gates of step 6. Of the new one the judgement tells, and where a person took it all the same,
    that person's word.
    """
    new = case.new
    if new is None or certificate.fingerprint != new.fingerprint or case.verdict is None:
        proved = certificate.fingerprint != (new.fingerprint if new else "")
        return Presented(certificate, vouched=proved, client_auth=True if proved else None)
    taken = bool(case.decided) or "CertificateReturned" in case.lifted
    usage = taken or _has_client_auth(case.verdict)
    return Presented(certificate, case.verdict.root, root_is_vouched(case), usage)


def _has_client_auth(verdict: Verdict) -> bool:
    """The operator's policy may ask for less, where the tenant has a domain of its own: then it is no error."""
    return not any(
        finding.code in _NO_CLIENT_AUTH and finding.severity is Severity.ERROR and finding.certificate == "leaf"
        for finding in verdict.findings
    )


def used(case: Case) -> tuple[CertificateFacts, ...]:
    """Certificates that have called: the old one, and each that the sender said it switched to, if back or not.

    What is not released yet, for it replaced the one that was gone back from, has called nowhere.
    """
    back = (
        case.switched_back and case.new is not None and case.new.fingerprint in {c.fingerprint for c in case.released}
    )
    switched = case.is_done("7") or case.is_done("8") or back
    current = (case.new,) if switched and case.new is not None else ()
    return tuple({c.fingerprint: c for c in (case.old, *case.called, *current)}.values())
