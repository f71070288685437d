"""What must hold at every moment, and whether it does: every certificate that the sender may present is accepted.

It is asked of a tenant as it stands (`broken`) and of a change before it is made (`would_break`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from process.acceptance.comparing import row_like
from process.acceptance.gates import accepted
from process.acceptance.keys import alike
from process.acceptance.presented import as_presented, may_present, used
from process.acceptance.shapes import Acceptance, Answer, ByRole, ByUser, Endpoint, Gate, Place, Presented
from process.acceptance.state import TenantState, after, as_it_stands, during, side_by_side
from process.case import Case, Effect, EffectKind
from process.facts import CertificateFacts, Environment, TenantFacts

_WORSE = list(Answer).index


@dataclass(frozen=True)
class Standing:
    """What the invariant speaks of: a tenant, the places at stake, and who may present what there.

    `others` are certificates of the renewal that nobody may present now.
    """

    state: TenantState
    at_stake: frozenset[Place]
    presented: tuple[Presented, ...]
    others: tuple[Presented, ...] = ()

    @classmethod
    def of(cls, case: Case) -> "Standing":
        """As the case stands: its places, the last reading of them, what the sender may present."""
        present = may_present(case)
        rest = [c for c in _certificates(case) if c not in present]
        about = _about(case)
        places = frozenset(endpoint.place for endpoint in _accepting_old(case, about))
        shown, others = (tuple(as_presented(case, c) for c in some) for some in (present, rest))
        return cls(_as_seen(case, about), places, shown, others)

    def after(self, *effects: Effect) -> "Standing":
        """After these pieces of work, all ended well."""
        return replace(self, state=after(self.state, *effects))


def _certificates(case: Case) -> tuple[CertificateFacts, ...]:
    new = (case.new,) if case.new is not None else ()
    added = tuple(a.certificate for a in case.added)
    return tuple({c.fingerprint: c for c in (*added, case.old, *case.released, *new)}.values())


def _read(case: Case, facts: TenantFacts) -> TenantState:
    ours = [a.certificate.fingerprint for a in case.added if a.kind is EffectKind.ADD_USER_MAPPING]
    return TenantState.of(facts, case.old, _certificates(case), used(case), ours)


def _about(case: Case) -> TenantState:
    """What this renewal is about."""
    return TenantState() if case.facts is None else _read(case, case.facts)


def _as_seen(case: Case, about: TenantState) -> TenantState:
    """The same as the last reading shows it."""
    seen = case.seen
    return about if seen is None or seen is case.facts else as_it_stands(about, _read(case, seen), seen)


def baseline(case: Case) -> tuple[Endpoint, ...]:
    """The endpoints that accept the old certificate: those of the first reading, and all that came to `facts` since.

    A channel that lists the old pair is one; so is each user that a mapping of the old certificate names, unless the
    tenant refuses it there for certain. The end of the old certificate takes none away.
    """
    return tuple(_accepting_old(case, _about(case)))


def _accepting_old(case: Case, state: TenantState) -> Iterator[Endpoint]:
    old = as_presented(case, case.old)
    first = replace(state, used=(case.old,))
    for endpoint in state.endpoints:
        if endpoint.evidence is not None:
            yield endpoint
        elif isinstance(endpoint.nodes[0], ByUser | ByRole):
            answer = accepted(old, endpoint, first, case.old.not_before).answer
            if answer is Answer.ACCEPTED or (endpoint.place.user and answer is Answer.UNKNOWN):
                yield endpoint


def drift(case: Case, seen: TenantFacts) -> tuple[Endpoint, ...]:
    """Endpoints of a reading that accept the old certificate and are not in the baseline yet."""
    known = {endpoint.place for endpoint in baseline(case)}
    return tuple(e for e in _accepting_old(case, _read(case, seen)) if e.place not in known)


@dataclass(frozen=True)
class Counterexample:
    """A certificate that the sender may present and an endpoint that does not accept it for certain."""

    endpoint: Endpoint
    acceptance: Acceptance

    @property
    def certificate(self) -> CertificateFacts:
        """The certificate whose messages are refused."""
        return self.acceptance.certificate

    @property
    def sentence(self) -> str:
        """Which messages would be refused, where and why, who must act and what to do."""
        return f"{self.acceptance.words} {self.remedy}"

    @property
    def remedy(self) -> str:
        """Who must act and what to do."""
        if self.acceptance.for_good:
            return (
                "Nothing brings it back there: the sender must use the newer one, or the tenant administrator must "
                "replace the service key by pinned ones, one for each certificate."
            )
        gate = self.acceptance.gate
        assert gate is not None
        user = self.endpoint.place.user or "the sender"
        return _REMEDIES[gate].format(certificate=self.certificate.fingerprint[:16], user=user, row=self._row())

    def _row(self) -> str:
        """The row that is missing, in the manner of the old one."""
        evidence, names = self.endpoint.evidence, self.certificate.names
        row = row_like(evidence.rows[0], evidence.names, names) if evidence else names
        return f"subject {row.subject} and issuer {row.issuer}"


_REMEDIES = {
    Gate.ROOT: "The tenant administrator must check the root against SAP's list and confirm it, or return the "
    "certificate.",
    Gate.CLIENT_AUTH: "The sender administrator must ask the certificate authority for a certificate with the usage "
    "Client Authentication and hand that one over.",
    Gate.EXPIRED: "The sender administrator must use a certificate that is valid and accepted there, or hand over a "
    "new one.",
    Gate.NOT_YET_VALID: "The sender administrator must wait until then before the sender uses it.",
    Gate.NOT_DEPLOYED: "The integration developer must deploy the flow again with this channel, or check that the "
    "sender no longer calls it.",
    Gate.DN_LIST: "The integration developer must see that the channel lists {row}, written exactly so, and redeploy "
    "the flow.",
    Gate.MAPPING: "The tenant administrator must add a user mapping of the certificate {certificate} for {user}.",
    Gate.SERVICE_KEY: "The tenant administrator must see that a pinned service key of {user} holds the certificate "
    "{certificate}, and that the key of every certificate with the same names is pinned.",
    Gate.KEY_CLASH: "The tenant administrator must see that the certificate {certificate} is in one service key and "
    "that every service key with the same names is pinned.",
    Gate.ROLE: "The tenant administrator must give the role to the caller, or add the certificate {certificate} for "
    "a caller that has it.",
}


def refused(standing: Standing, now: datetime | None) -> tuple[Counterexample, ...]:
    """All that breaks the invariant as things stand; without a moment, what does so behind the load balancer."""
    return tuple(
        Counterexample(endpoint, acceptance)
        for endpoint in standing.state.endpoints
        if endpoint.place in standing.at_stake
        for certificate in standing.presented
        if not (acceptance := accepted(certificate, endpoint, standing.state, now)).accepted
    )


def broken(case: Case, now: datetime | None) -> tuple[Counterexample, ...]:
    """All that breaks the invariant as the case stands, on the last reading of its tenant; likewise."""
    return refused(Standing.of(case), now)


def would_break(before: Standing, then: Standing, now: datetime) -> tuple[Counterexample, ...]:
    """What going from one to the other would break, on the way or in the end; empty where nothing.

    What is broken before stands in nobody's way, so that it can be mended, with one exception: where the change takes
    away what accepts some certificate of the renewal, all that may be presented must be accepted there afterwards
    (nothing that still works is removed beside what does not).
    """
    mixed = during(before.state, then.state)
    moment = _Moment(before, replace(then, state=mixed), now)
    at_stake = before.at_stake | then.at_stake
    found: list[Counterexample] = []
    for was, endpoint in side_by_side(before.state, mixed)[0]:
        if not moment.is_settled(was, endpoint) and endpoint.place in at_stake:
            found += moment.counterexamples(was, endpoint)
    return tuple(found)


@dataclass(frozen=True)
class _Moment:
    """A change on its way: `before` it, and `then` while some of the tenant is as before and some as after."""

    before: Standing
    then: Standing
    now: datetime

    @cached_property
    def _newly_presented(self) -> tuple[Presented, ...]:
        return tuple(c for c in self.then.presented if c not in self.before.presented)

    @cached_property
    def _same_callers(self) -> bool:
        before, then = self.before.state, self.then.state
        return before.mappings == then.mappings and before.used == then.used

    def is_settled(self, was: Endpoint | None, mixed: Endpoint) -> bool:
        """True where nothing changes: who may present what, and what is accepted there."""
        return was is mixed and self._same_callers and not self._newly_presented

    def counterexamples(self, was: Endpoint | None, mixed: Endpoint) -> Iterator[Counterexample]:
        """What breaks at one endpoint."""
        same = was is mixed and self._same_callers
        for certificate in self._newly_presented if same else self.then.presented:
            demanded = certificate not in self._newly_presented
            acceptance = accepted(certificate, mixed, self.then.state, self.now)
            if acceptance.accepted:
                continue
            least = self._answer(certificate, was) if demanded else Answer.ACCEPTED
            if _WORSE(acceptance.answer) > _WORSE(least) or (not same and self._takes_away(was, mixed)):
                yield Counterexample(mixed, acceptance)

    def _answer(self, certificate: Presented, was: Endpoint | None) -> Answer:
        if was is None:
            return Answer.REFUSED
        return accepted(certificate, was, self.before.state, self.now).answer

    def _takes_away(self, was: Endpoint | None, mixed: Endpoint) -> bool:
        """Whether some certificate of the renewal is accepted there before the change and not after it.

        Its end does not count: a certificate is asked about as if it were valid.
        """
        for certificate in (*self.before.presented, *self.before.others):
            valid = certificate.facts.not_before
            before = was is not None and accepted(certificate, was, self.before.state, valid).accepted
            if before and not accepted(certificate, mixed, self.then.state, valid).accepted:
                return True
        return False


def locks_out(state: TenantState, endpoint: Endpoint, certificate: CertificateFacts) -> tuple[CertificateFacts, ...]:
    """The certificates in use that the first call with this one would shut out of the endpoint for ever.

    None, unless it calls through a service key that is not pinned, or of which that is not told: the key takes the
    certificate by its names, and no older one after it (SAP page 19af5e2).
    """
    if state.environment is not Environment.CLOUD_FOUNDRY:
        return ()
    doors = [
        key
        for view in state.mappings
        for key in alike(certificate, view)
        if not key.pinned and any(_leads_to(node, key.user, key.roles) for node in endpoint.nodes)
    ]
    older = (c for c in state.used if c.names == certificate.names and c.not_before < certificate.not_before)
    return tuple(older) if doors else ()


def _leads_to(node: object, user: str, roles: tuple[str, ...] | None) -> bool:
    if isinstance(node, ByUser):
        return node.user == user
    return isinstance(node, ByRole) and node.role in (roles or ())
