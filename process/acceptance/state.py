"""A tenant as the acceptance model sees it, and what each change of it leaves. Nothing is judged here."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from process.acceptance.comparing import parsed, rfc_5280, row_like, telling_apart
from process.acceptance.shapes import (
    Authorisation,
    ByRole,
    ByUser,
    Endpoint,
    Evidence,
    Listed,
    NotDeployed,
    NotRead,
    Place,
)
from process.case import Effect, EffectKind
from process.facts import (
    CertificateFacts,
    ChannelFacts,
    Environment,
    MappingFacts,
    MappingKind,
    NamePair,
    TenantFacts,
)

Mappings = tuple[MappingFacts, ...]


@dataclass(frozen=True)
class TenantState:
    """Endpoints, and the mappings or service keys as each node sees them (one view, but while they change).

    `used` are certificates that have called before, which decides at unpinned service keys.
    """

    environment: Environment = Environment.NEO
    endpoints: tuple[Endpoint, ...] = ()
    mappings: tuple[Mappings, ...] = ((),)
    used: tuple[CertificateFacts, ...] = field(default=())

    @classmethod
    def of(
        cls,
        facts: TenantFacts,
        old: CertificateFacts,
        known: Sequence[CertificateFacts] = (),
        used: Sequence[CertificateFacts] = (),
        ours: Sequence[str] = (),
    ) -> "TenantState":
        """The tenant as it was read for `old`.

        `known` are other certificates, whose names complete what the tenant does not tell; `used` those that have
        called, the old one always; `ours` fingerprints of the service keys that were made in this renewal, which are
        pinned as every key is by default (SAP page 19af5e2).
        """
        channels = [_endpoint(channel, old.names) for channel in (*facts.channels, *facts.watched)]
        users = dict.fromkeys(mapping.user for mapping in facts.mappings)
        by_user = [Endpoint(Place(user=user), (ByUser(user),)) for user in users]
        by_role = [
            Endpoint(Place(role=c.role, address=", ".join(c.addresses)), (ByRole(c.role),))
            for c in facts.role_channels
        ]
        names = {c.fingerprint: c.names for c in (old, *known)}
        view = tuple(_completed(m, names, ours) for m in (*facts.mappings, *facts.others))
        called = {c.fingerprint: c for c in (old, *used)}
        endpoints = _merged((*channels, *by_user, *by_role))
        return cls(facts.environment, endpoints, (view,), tuple(called.values()))

    def at(self, place: Place) -> Endpoint | None:
        """The endpoint at a place, if there is one."""
        return next((endpoint for endpoint in self.endpoints if endpoint.place == place), None)

    def with_names(self, flow: str, pair: NamePair) -> "TenantState":
        """After the pair was listed in each channel of the flow that lists the old one, in the manner of that row."""
        return self._with_rows(flow, _adding(pair))

    def without_names(self, flow: str, pair: NamePair, stay: NamePair | None = None) -> "TenantState":
        """After each row of the pair went from the flow; `stay` is the pair that must not be taken for it."""
        return self._with_rows(flow, _removing(pair, stay))

    def _with_rows(self, flow: str, change: "RowChange") -> "TenantState":
        endpoints = (_changed(e, change) if e.place.flow == flow else e for e in self.endpoints)
        return replace(self, endpoints=tuple(endpoints))

    def with_mapping(self, user: str, certificate: CertificateFacts) -> "TenantState":
        """After the certificate was mapped to the user, or put into a pinned key of the service instance.

        On Neo a certificate has one user: mapping it takes it from another (SAP page 4b99156).
        """
        return replace(self, mappings=tuple(self._added(view, user, certificate) for view in self.mappings))

    def _added(self, view: Mappings, user: str, certificate: CertificateFacts) -> Mappings:
        if any(m.user == user and m.fingerprint == certificate.fingerprint for m in view):
            return view
        neo = self.environment is Environment.NEO
        kept = tuple(m for m in view if not (neo and m.fingerprint == certificate.fingerprint))
        kind = MappingKind.USER_MAPPING if neo else MappingKind.SERVICE_KEY
        roles = next((m.roles for m in view if m.user == user), None)
        print_, end = certificate.fingerprint, certificate.not_after
        return (
            *kept,
            MappingFacts("the new one", user, print_, end, kind, certificate.names, None if neo else True, roles),
        )

    def without_mapping(self, user: str, fingerprint: str) -> "TenantState":
        """After the mapping or the service keys of this certificate were removed from the user."""
        views = (tuple(m for m in v if (m.user, m.fingerprint) != (user, fingerprint)) for v in self.mappings)
        return replace(self, mappings=tuple(views))


RowChange = Callable[[Endpoint, tuple[NamePair, ...]], tuple[NamePair, ...]]


def _endpoint(channel: ChannelFacts, old: NamePair) -> Endpoint:
    rows = (channel.names,) if channel.rows is None else channel.rows
    return Endpoint(Place(channel.flow_id, channel.channel, channel.address), (Listed(rows),), _evidence(old, rows))


@lru_cache(4096)
def _evidence(old: NamePair, rows: tuple[NamePair, ...]) -> Evidence | None:
    """One object for what is the same, so that what follows from it is found again at once."""
    return Evidence(old, rows) if any(rfc_5280(row, old) for row in rows) else None


def _merged(endpoints: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    """Channels that nothing tells apart are one endpoint, which accepts what each of them accepts."""
    found: dict[Place, Endpoint] = {}
    for one in endpoints:
        there = found.get(one.place)
        found[one.place] = one if there is None else _joined(there, one)
    return tuple(found.values())


def _joined(one: Endpoint, other: Endpoint) -> Endpoint:
    nodes = tuple(dict.fromkeys((*one.nodes, *other.nodes)))
    return replace(one, nodes=nodes, evidence=one.evidence or other.evidence)


def _completed(mapping: MappingFacts, names: dict[str, NamePair], ours: Sequence[str]) -> MappingFacts:
    pinned = True if mapping.pinned is None and mapping.fingerprint in ours else mapping.pinned
    return replace(mapping, names=mapping.names or names.get(mapping.fingerprint), pinned=pinned)


def _changed(endpoint: Endpoint, change: RowChange) -> Endpoint:
    """The endpoint after a change of its rows; the very same where nothing changes."""
    nodes: tuple[Authorisation, ...] = tuple(
        Listed(change(endpoint, node.rows)) if isinstance(node, Listed) else node for node in endpoint.nodes
    )
    return endpoint if nodes == endpoint.nodes else Endpoint(endpoint.place, nodes, endpoint.evidence)


def _adding(new: NamePair) -> RowChange:
    return lambda endpoint, rows: _rows_with(endpoint, rows, new)


def _removing(pair: NamePair, stay: NamePair | None) -> RowChange:
    same = telling_apart(pair, stay)
    return lambda _, rows: tuple(row for row in rows if not same(row, pair))


def _rows_with(endpoint: Endpoint, rows: tuple[NamePair, ...], new: NamePair) -> tuple[NamePair, ...]:
    """As the edit does it: beside the first row of the old pair, unless the new one is spelled out already."""
    if endpoint.evidence is None or any(parsed(row, new) for row in rows):
        return rows
    old = endpoint.evidence.names
    beside = next((row for row in rows if rfc_5280(row, old)), None)
    return rows if beside is None else (*rows, row_like(beside, old, new))


def after(state: TenantState, *effects: Effect) -> TenantState:
    """The tenant that these pieces of work leave when all end well; what only reads leaves it as it is."""
    of_flow: dict[str, list[Effect]] = defaultdict(list)
    for effect in effects:
        if effect.kind in (EffectKind.ADD_NAMES, EffectKind.REMOVE_NAMES):
            of_flow[effect.where].append(effect)
        else:
            state = _after_mapping(state, effect)
    endpoints = tuple(
        _after_flow(e, of_flow[e.place.flow]) if e.place.flow in of_flow else e for e in state.endpoints
    )
    return replace(state, endpoints=endpoints) if of_flow else state


def _after_mapping(state: TenantState, effect: Effect) -> TenantState:
    if effect.kind is EffectKind.ADD_USER_MAPPING and effect.new is not None:
        return state.with_mapping(effect.where, effect.new)
    if effect.kind is EffectKind.REMOVE_USER_MAPPING and effect.old is not None:
        return state.without_mapping(effect.where, effect.old.fingerprint)
    return state


def _after_flow(endpoint: Endpoint, effects: list[Effect]) -> Endpoint:
    for effect in effects:
        if effect.kind is EffectKind.ADD_NAMES and effect.new is not None:
            endpoint = _changed(endpoint, _adding(effect.new.names))
        elif effect.kind is EffectKind.REMOVE_NAMES and effect.old is not None:
            endpoint = _changed(endpoint, _removing(effect.old.names, effect.new.names if effect.new else None))
    return endpoint


def during(before: TenantState, then: TenantState) -> TenantState:
    """While one becomes the other: some nodes are as before, others as then, and so are the mappings that they see.

    Endpoints that `before` lacks are as in `then`, and the other way round.
    """
    pairs, gone = side_by_side(before, then)
    mixed = [_mixed(was, endpoint) for was, endpoint in pairs]
    views = then.mappings if before.mappings == then.mappings else (*before.mappings, *then.mappings)
    return replace(then, endpoints=(*mixed, *gone), mappings=tuple(dict.fromkeys(views)))


def side_by_side(
    before: TenantState, then: TenantState
) -> tuple[list[tuple[Endpoint | None, Endpoint]], tuple[Endpoint, ...]]:
    """Each endpoint of `then` with what it was, None where it is new; and those that `then` lacks."""
    one, other = before.endpoints, then.endpoints
    if len(one) == len(other) and all(a.place is b.place for a, b in zip(one, other, strict=True)):
        return list(zip(one, other, strict=True)), ()
    was = {endpoint.place: endpoint for endpoint in one}
    pairs = [(was.pop(endpoint.place, None), endpoint) for endpoint in other]
    return pairs, tuple(was.values())


def _mixed(was: Endpoint | None, then: Endpoint) -> Endpoint:
    if was is None or was is then or was.nodes == then.nodes:
        return then
    nodes = (*was.nodes, *(node for node in then.nodes if node not in was.nodes))
    return Endpoint(then.place, nodes, was.evidence or then.evidence)


def as_it_stands(about: TenantState, now: TenantState, seen: TenantFacts) -> TenantState:
    """Every endpoint of `about` and of `now`, as the last reading shows it, with the evidence of the first."""
    there = {endpoint.place: endpoint for endpoint in now.endpoints}
    stand = [_stands(known, there.pop(known.place, None), seen) for known in about.endpoints]
    return replace(now, endpoints=(*stand, *there.values()))


def _stands(known: Endpoint, now: Endpoint | None, seen: TenantFacts) -> Endpoint:
    if now is not None:
        return replace(now, evidence=known.evidence or now.evidence)
    if not known.place.flow:
        return known
    return replace(known, nodes=(_missing(known.place.flow, seen),))


def _missing(flow: str, seen: TenantFacts) -> Authorisation:
    """Why the last reading does not show a channel that was there."""
    if flow in seen.not_running:
        return NotDeployed(f"the flow {flow} is not running")
    for part in seen.unreadable:
        if part.what == f"flow {flow}" or part.what.startswith(f"flow {flow} "):
            return NotRead(part.why)
    return NotDeployed("no sender channel of this name and address is authorised by certificate there any more")
