"""Where a certificate is used on a tenant: all that changes its meaning when it is renewed. Pure, on an inventory.

A pair of names is found in rows of channels, on participants and in parameters; the certificate itself in mappings
and service keys; through these it reaches the channels that authorise by role.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, TypeVar

from process.facts import MappingKind, NamePair
from tenant.flows import Likeness, Row
from tenant.flows.likeness import name_likeness, row_likeness
from tenant.inventory.model import Cause, Deployment, FlowRecord, Gap, Inventory, by_certificate, by_role
from tenant.model import UserMapping


@dataclass(frozen=True)
class Wanted:
    """What is looked for: a pair of names, and the SHA-256 of the certificate where it is there itself."""

    names: NamePair
    fingerprint: str = ""


@dataclass(frozen=True)
class Place:
    """The flow that something stands in; `deployed` is None where it does not run."""

    package_id: str
    flow: str
    version: str
    deployed: Deployment | None


@dataclass(frozen=True)
class RowUse:
    """A row of a channel. `in_use`: the channel authorises by certificate; else the row lets nobody in."""

    place: Place
    channel: str
    adapter: str
    address: str
    in_use: bool
    match: Likeness
    row: Row


@dataclass(frozen=True)
class LegacyUse:
    """A pair on a sending participant, as channels of the first generation had it."""

    place: Place
    participant: str
    match: Likeness
    row: Row


@dataclass(frozen=True)
class ParameterUse:
    """A parameter of a configure-only flow that holds the subject or the issuer: `part` says which."""

    place: Place
    parameter: str
    part: str
    match: Likeness


@dataclass(frozen=True)
class Namesake:
    """A mapping or service key of another certificate that has the same names, or looks as if.

    A service key that is not pinned compares the names alone, so that it stands for this certificate, too.
    """

    mapping: UserMapping
    match: Likeness


@dataclass(frozen=True)
class RoleUse:
    """A channel that authorises by a role which the user behind the certificate has, or may have."""

    place: Place
    channel: str
    address: str
    role: str


@dataclass(frozen=True)
class Uses:
    """All uses of one certificate. `roles_known` says whether `by_role` was narrowed to the roles of its users.

    `holders` are the mappings and keys that hold the certificate itself; where only names were given, they are all
    among the `namesakes`. `unseen` is what could not be looked at: the answer is complete only where it is empty.
    """

    tenant: str
    wanted: Wanted
    rows: tuple[RowUse, ...] = ()
    legacy: tuple[LegacyUse, ...] = ()
    parameters: tuple[ParameterUse, ...] = ()
    holders: tuple[UserMapping, ...] = ()
    namesakes: tuple[Namesake, ...] = ()
    by_role: tuple[RoleUse, ...] = ()
    roles_known: bool = True
    unseen: tuple[Gap, ...] = ()

    @property
    def complete(self) -> bool:
        """True where everything was looked at."""
        return not self.unseen

    @property
    def clash(self) -> bool:
        """True where two service keys hold the certificate: every call with it is refused then (KBA 3224701)."""
        return sum(mapping.kind is MappingKind.SERVICE_KEY for mapping in self.holders) > 1


def where_used(inventory: Inventory, wanted: Wanted) -> Uses:
    """Every use of the certificate that the inventory knows, the closest matches first."""
    holders = tuple(m for m in inventory.mappings if wanted.fingerprint and m.fingerprint == wanted.fingerprint)
    others = [mapping for mapping in inventory.mappings if mapping not in holders]
    namesakes = _closest_first(_namesakes(others, wanted.names))
    roles = _roles([*holders, *_standing_for(namesakes, wanted)])
    nameless = [_nameless(mapping) for mapping in others if mapping.names is None]
    return Uses(
        tenant=inventory.tenant,
        wanted=wanted,
        rows=_closest_first(_rows(inventory, wanted.names)),
        legacy=_closest_first(_legacy(inventory.flows, wanted.names)),
        parameters=_closest_first(_parameters(inventory.flows, wanted.names)),
        holders=holders,
        namesakes=namesakes,
        by_role=tuple(_by_role(inventory, roles)),
        roles_known=roles is not None,
        unseen=(*inventory.gaps, *nameless),
    )


class _Matched(Protocol):
    @property
    def match(self) -> Likeness: ...


M = TypeVar("M", bound=_Matched)


def _closest_first(found: Iterable[M]) -> tuple[M, ...]:
    return tuple(sorted(found, key=lambda use: list(Likeness).index(use.match)))


def _place(flow: FlowRecord) -> Place:
    return Place(flow.package_id, flow.id, flow.version, flow.deployed)


def _rows(inventory: Inventory, names: NamePair) -> Iterator[RowUse]:
    for flow, channel in inventory.channels:
        for row in channel.rows:
            if (match := row_likeness(row, names)) is not None:
                yield RowUse(
                    _place(flow),
                    channel.name,
                    channel.adapter,
                    channel.address,
                    by_certificate(channel),
                    match,
                    row,
                )


def _legacy(flows: Iterable[FlowRecord], names: NamePair) -> Iterator[LegacyUse]:
    for flow in flows:
        for found in flow.legacy:
            if (match := row_likeness(found.row, names)) is not None:
                yield LegacyUse(_place(flow), found.participant, match, found.row)


def _parameters(flows: Iterable[FlowRecord], names: NamePair) -> Iterator[ParameterUse]:
    for flow in flows:
        for parameter in flow.configured:
            for part, name in (("subject", names.subject), ("issuer", names.issuer)):
                if (match := name_likeness(parameter.value, name)) is not None:
                    yield ParameterUse(_place(flow), parameter.key, part, match)


def _namesakes(mappings: Iterable[UserMapping], names: NamePair) -> Iterator[Namesake]:
    for mapping in mappings:
        if mapping.names is None:
            continue
        match = row_likeness(Row(mapping.names.subject, mapping.names.issuer), names)
        if match is not None:
            yield Namesake(mapping, match)


def _standing_for(namesakes: Iterable[Namesake], wanted: Wanted) -> Iterator[UserMapping]:
    """The namesakes that a call with the certificate may come in by."""
    for namesake in namesakes:
        mapping = namesake.mapping
        unpinned = mapping.kind is MappingKind.SERVICE_KEY and mapping.pinned is not True
        if namesake.match is not Likeness.ALIKE and (unpinned or not wanted.fingerprint):
            yield mapping


def _roles(users: Sequence[UserMapping]) -> frozenset[str] | None:
    """All roles of these users; None where not all are told."""
    told = [mapping.roles for mapping in users]
    return None if None in told else frozenset(chain.from_iterable(filter(None, told)))


def _by_role(inventory: Inventory, roles: frozenset[str] | None) -> Iterator[RoleUse]:
    """Channels of deployed flows alone; of every role where the roles are not known."""
    for flow, channel in inventory.channels:
        if flow.deployed and by_role(channel) and (roles is None or channel.role in roles):
            yield RoleUse(_place(flow), channel.name, channel.address, channel.role)


def _nameless(mapping: UserMapping) -> Gap:
    return Gap(Cause.MAPPING, f"{mapping.kind} {mapping.id} of {mapping.user}", _NAMELESS)


_NAMELESS = "the names in its certificate cannot be read, so that it is not known whether they are the same"
