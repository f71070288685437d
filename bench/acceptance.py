"""The acceptance model: one question of the guard over 500 endpoints, against comparing the texts of their rows."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from house import new_names

from bench.result import Result
from process.acceptance import Presented, Standing, TenantState, would_break
from process.case import Effect, EffectKind
from process.facts import CertificateFacts, ChannelFacts, MappingFacts, NamePair, RootTrust, TenantFacts

_ENDPOINTS = 500
_ROUNDS = 20


def _seconds(run: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(_ROUNDS):
            run()
        best = min(best, (time.perf_counter() - begin) / _ROUNDS)
    return best


def _standing(old: CertificateFacts, new: CertificateFacts, now: datetime) -> Standing:
    """A tenant whose channels list both pairs, the half of them in another manner of writing."""
    both = ((old.names, new.names), (_lower(old), _lower(new)))
    channels = tuple(
        ChannelFacts("P", f"F{at}", "in", f"/{at}", old.names, tuple(both[at % 2])) for at in range(_ENDPOINTS)
    )
    facts = TenantFacts(now, channels, (MappingFacts("id", "ERP", old.fingerprint, old.not_after),))
    state = TenantState.of(facts, old).with_mapping("ERP", new)
    places = frozenset(endpoint.place for endpoint in state.endpoints)
    return Standing(state, places, (_good(old), _good(new)))


def _lower(certificate: CertificateFacts) -> NamePair:
    names = certificate.names
    types = (("CN=", "cn="), ("O=", "o="), ("C=", "c="), (", ", ","))
    subject, issuer = names.subject, names.issuer
    for written, other in types:
        subject, issuer = subject.replace(written, other), issuer.replace(written, other)
    return NamePair(subject, issuer)


def _good(certificate: CertificateFacts) -> Presented:
    return Presented(certificate, RootTrust.LISTED, client_auth=True)


def results() -> Iterator[Result]:
    """Releasing the new certificate, and removing the old names, over all endpoints."""
    pair, now = new_names(), datetime.now(UTC)
    old, new = pair.old.facts, pair.new.facts
    both = _standing(old, new, now)
    first = replace(both, presented=(_good(old),), others=(_good(new),))
    last = replace(both, presented=(_good(new),), others=(_good(old),))
    kind = EffectKind.REMOVE_NAMES
    removal = tuple(Effect(kind, f"F{at}", "10", old, new) for at in range(_ENDPOINTS))
    one = Effect(kind, "F1", "10", old, new)
    rows = [row for endpoint in both.state.endpoints for node in endpoint.nodes for row in getattr(node, "rows", ())]

    def texts() -> int:
        return sum(row.subject == new.names.subject and row.issuer == new.names.issuer for row in rows)

    def release() -> None:
        assert not would_break(first, both, now)

    def remove_one() -> None:
        assert not would_break(last, last.after(one), now)

    def remove_all() -> None:
        assert not would_break(last, last.after(*removal), now)

    floor, aim = _seconds(texts) * 1e3, "5 ms"
    for what, run in (("release", release), ("removal from one flow", remove_one), ("removal from all", remove_all)):
        yield Result(
            f"guard of the {what}, {_ENDPOINTS} endpoints", _seconds(run) * 1e3, "comparing texts", floor, "ms", aim
        )
