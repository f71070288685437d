"""Whether a certificate is accepted at an endpoint: gate by gate, in the order in which a call comes to them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from process.acceptance.comparing import listed, plausible
from process.acceptance.keys import Caller, caller
from process.acceptance.shapes import (
    Acceptance,
    Answer,
    Authorisation,
    ByRole,
    ByUser,
    Endpoint,
    Gate,
    Listed,
    NotDeployed,
    NotRead,
    Objection,
    Presented,
)
from process.acceptance.state import TenantState
from process.facts import RootTrust


def accepted(certificate: Presented, endpoint: Endpoint, state: TenantState, now: datetime | None) -> Acceptance:
    """The answer at this endpoint of the tenant: on every node, with the mappings that every node sees.

    Without a moment it is asked behind the load balancer, as if that had let the certificate pass. A certain refusal
    outweighs what is not known; of several, the first gate counts.
    """
    perhaps = None
    for objection in _objections(certificate, endpoint, state, now):
        if objection.answer is Answer.REFUSED:
            return Acceptance(certificate.facts, endpoint.place, objection)
        perhaps = perhaps or objection
    return Acceptance(certificate.facts, endpoint.place, perhaps)


def _objections(
    certificate: Presented, endpoint: Endpoint, state: TenantState, now: datetime | None
) -> Iterator[Objection]:
    if now is not None:
        yield from at_load_balancer(certificate, now)
    for node in endpoint.nodes:
        yield from _at_node(certificate, node, endpoint, state)


def at_load_balancer(certificate: Presented, now: datetime) -> Iterator[Objection]:
    """What the load balancer has against the certificate (SAP pages 4509f60 and 0f92842)."""
    facts = certificate.facts
    if certificate.root is not RootTrust.LISTED and not certificate.vouched:
        if certificate.root is RootTrust.NOT_LISTED:
            why = "the load balancer does not trust its root (Note 2801396)"
            yield Objection(Gate.ROOT, Answer.REFUSED, why)
        else:
            why = "whether the load balancer trusts its root is not known (Note 2801396)"
            yield Objection(Gate.ROOT, Answer.UNKNOWN, why)
    if certificate.client_auth is False:
        why = "its extended key usage lacks Client Authentication, so that the TLS handshake fails (SAP page 0f92842)"
        yield Objection(Gate.CLIENT_AUTH, Answer.REFUSED, why)
    elif certificate.client_auth is None:
        why = "whether its extended key usage has Client Authentication is not known"
        yield Objection(Gate.CLIENT_AUTH, Answer.UNKNOWN, why)
    if facts.not_after <= now:
        yield Objection(Gate.EXPIRED, Answer.REFUSED, f"it expired at {_when(facts.not_after)}")
    if facts.not_before > now:
        yield Objection(Gate.NOT_YET_VALID, Answer.REFUSED, f"it is valid only from {_when(facts.not_before)} on")


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")


def _at_node(
    certificate: Presented, node: Authorisation, endpoint: Endpoint, state: TenantState
) -> Iterator[Objection]:
    match node:
        case Listed(rows):
            answer = listed(rows, certificate.facts.names, plausible(endpoint.evidence))
            if answer is not Answer.ACCEPTED:
                yield Objection(Gate.DN_LIST, answer, _not_listed(certificate, answer))
        case NotDeployed(why):
            yield Objection(Gate.NOT_DEPLOYED, Answer.REFUSED, why)
        case NotRead(why):
            yield Objection(Gate.DN_LIST, Answer.UNKNOWN, f"what it lists now could not be read: {why}")
        case ByUser() | ByRole():
            for mappings in state.mappings:
                who = caller(certificate.facts, mappings, state.environment, state.used)
                yield from _as_caller(who, node)


def _not_listed(certificate: Presented, answer: Answer) -> str:
    names = certificate.facts.names
    pair = f"subject {names.subject} and issuer {names.issuer}"
    if answer is Answer.REFUSED:
        return f"no row lists {pair} (403, KBA 3538749)"
    return (
        f"{pair} are listed only in another spelling, which the runtime may not take for the same (403, KBA 3538749)"
    )


def _as_caller(who: Caller | Objection, node: ByUser | ByRole) -> Sequence[Objection]:
    if isinstance(who, Objection):
        return (who,)
    if isinstance(node, ByUser):
        why = f"it calls as {who.user} and not as {node.user}"
        return () if who.user == node.user else (Objection(Gate.MAPPING, Answer.REFUSED, why),)
    if who.roles is None:
        why = f"whether {who.user}, as whom it calls, has the role {node.role} is not known"
        return (Objection(Gate.ROLE, Answer.UNKNOWN, why),)
    why = f"{who.user}, as whom it calls, does not have the role {node.role}"
    return () if node.role in who.roles else (Objection(Gate.ROLE, Answer.REFUSED, why),)
