"""Facts of plans, alone and in every combination, and a small world to walk a plan through. No test lives here.

The world knows nothing of the rules under test: it accepts certificates as SAP's pages say (19af5e2 and KBA 3364579
and 3224701 for service keys, KBA 3538749 for channels), and its changes are the plan's own, carried out literally.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import product

from process_cases import OLD, OLD_NAMES, OLD_RESPELLED, OTHER_NAMES, T0, certificate

from process.facts import (
    CertificateFacts,
    ChannelFacts,
    Environment,
    MappingFacts,
    MappingKind,
    NamePair,
    RootTrust,
    TenantFacts,
    Verdict,
)
from process.names import equal
from process.strategy.facts import PlanFacts
from process.strategy.shapes import Change, ChangeKind, Limit, NotOverlapped, Plan, Which

NAMES = {
    "unchanged": OLD_NAMES,
    "respelled": OLD_RESPELLED,
    "subject": replace(OLD_NAMES, subject=OTHER_NAMES.subject),
    "issuer": replace(OLD_NAMES, issuer=OTHER_NAMES.issuer),
    "both": OTHER_NAMES,
}
NOW = T0 + timedelta(days=10)
VALIDITY = {
    "overlap": (timedelta(days=9), timedelta(days=300)),
    "begins later": (timedelta(days=20), timedelta(days=300)),
    "gap": (timedelta(days=45), timedelta(days=300)),
    "ends early": (timedelta(days=9), timedelta(days=30)),
    "older": (timedelta(days=-1), timedelta(days=300)),
    "ended": (timedelta(days=1), timedelta(days=9)),
}
"""When the new certificate begins and ends, from the beginning of the old one, which lasts 40 days."""

CHANNELS = ("none", "plain", "parameterised", "one row", "fixed row", "lists new", "configure-only lists new")
HOLDERS = ("none", "user", "pinned", "not pinned", "not told", "two pinned", "two loose")
OTHERS = (
    "none", "new is there", "new is elsewhere", "old names pinned", "old names loose", "new names pinned",
    "new names loose", "new names not told",
)  # fmt: skip
ALL = (tuple(NAMES), tuple(VALIDITY), CHANNELS, HOLDERS, OTHERS)


def new_certificate(names: str = "both", validity: str = "overlap") -> CertificateFacts:
    """A new certificate."""
    begins, ends = VALIDITY[validity]
    return replace(certificate("new", NAMES[names]), not_before=T0 + begins, not_after=T0 + ends)


def channel(kind: str, new: NamePair, flow: str = "Orders") -> ChannelFacts:
    """A channel that lists the old names."""
    rows = (OLD_NAMES, new) if "lists new" in kind else (OLD_NAMES,)
    return ChannelFacts(
        "P", flow, "HTTPS", "/in", OLD_NAMES, rows, parameterised=kind in ("parameterised", "one row")
    )


def key(user: str, of: CertificateFacts, pinned: bool | None) -> MappingFacts:
    """A service key."""
    id = f"{of.fingerprint[:8]} in {user}"
    return MappingFacts(id, user, of.fingerprint, of.not_after, MappingKind.SERVICE_KEY, of.names, pinned)


def holders(kind: str) -> tuple[MappingFacts, ...]:
    """What holds the old certificate."""
    if kind == "user":
        return (MappingFacts("md5", "ERP", OLD.fingerprint, OLD.not_after, names=OLD.names),)
    pinned = {"pinned": True, "two pinned": True, "not pinned": False, "two loose": False}.get(kind)
    users = {"none": (), "two pinned": ("A", "B"), "two loose": ("A", "B")}.get(kind, ("A",))
    return tuple(key(user, OLD, pinned) for user in users)


def others(kind: str, new: CertificateFacts, user: str) -> tuple[MappingFacts, ...]:
    """What holds the new certificate, or another one with the old or the new names."""
    if kind == "none":
        return ()
    if kind in ("new is there", "new is elsewhere"):
        where = user if kind == "new is there" else "X"
        if user == "ERP":
            return (MappingFacts("new md5", where, new.fingerprint, new.not_after, names=new.names),)
        return (key(where, new, True),)
    stranger = certificate("stranger", OLD_NAMES if kind.startswith("old") else new.names)
    return (key("Y", stranger, {"pinned": True, "loose": False}.get(kind.rpartition(" ")[2])),)


def tenant(channels: str, held: str, other: str, new: CertificateFacts) -> TenantFacts:
    """What a tenant holds."""
    mappings = holders(held)
    return TenantFacts(
        read_at=T0,
        channels=() if channels == "none" else (channel(channels, new.names),),
        mappings=mappings,
        others=others(other, new, mappings[0].user if mappings else "A"),
        environment=Environment.NEO if held == "user" else Environment.CLOUD_FOUNDRY,
        configure_only=("Orders",) if "row" in channels or "only" in channels else (),
    )


def plan_of(names: str, validity: str, channels: str, held: str, other: str) -> PlanFacts:
    """The facts of one combination, all known."""
    new = new_certificate(names, validity)
    verdict = Verdict(new, (), RootTrust.LISTED)
    return PlanFacts(OLD, new, verdict, tenant(channels, held, other, new), fresh=True)


def every_combination() -> Iterator[tuple[tuple[str, ...], PlanFacts]]:
    """All combinations of what decides; times are alike for all channels, so that one kind stands for them there."""
    for words in product(*ALL):
        if words[1] == "overlap" or words[2] == "none":
            yield words, plan_of(*words)


@dataclass(frozen=True)
class Place:
    """An endpoint: a channel that lists names, or what a user or service instance may call."""

    where: str
    channel: str = ""


@dataclass(frozen=True)
class Key:
    """A service key in the world, where everything is known."""

    instance: str
    of: CertificateFacts
    pinned: bool


@dataclass
class World:
    """What a tenant accepts. `loose_names`: keys that are not pinned compare names as RFC 5280 does."""

    rows: dict[Place, list[NamePair]] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    loose_names: bool = False
    last: dict[Key, CertificateFacts] = field(default_factory=dict)
    certificates: dict[str, CertificateFacts] = field(default_factory=dict)

    def accepts(self, one: CertificateFacts, place: Place, at: datetime) -> bool:
        """Whether a call with the certificate gets through."""
        if not one.not_before <= at <= one.not_after:
            return False
        if place in self.rows:
            return one.names in self.rows[place]
        if place.where in self.users.values():
            return self.users.get(one.fingerprint) == place.where
        found = self._key_for(one)
        return found is not None and found.instance == place.where

    def _key_for(self, one: CertificateFacts) -> Key | None:
        named = [k for k in self.keys if self._same(k.of.names, one.names)]
        if len(named) > 1 and not all(k.pinned for k in named):
            return None
        fits = [k for k in self.keys if (k.of == one if k.pinned else k in named and self._is_newer(one, k))]
        return fits[0] if len(fits) == 1 else None

    def _same(self, a: NamePair, b: NamePair) -> bool:
        return a == b or (self.loose_names and equal(a.subject, b.subject) and equal(a.issuer, b.issuer))

    def _is_newer(self, one: CertificateFacts, key: Key) -> bool:
        last = self.last.get(key, key.of)
        return one == last or one.not_before > last.not_before

    def call(self, one: CertificateFacts) -> None:
        """The certificate is used; a key that is not pinned remembers it."""
        if (found := self._key_for(one)) and not found.pinned:
            self.last[found] = one

    def change(self, change: Change) -> None:
        """Carry out one change of a plan, as it is written."""
        place = Place(change.where, change.channel)
        if change.kind is ChangeKind.ADD_ROW:
            self.rows[place].append(change.row)
        elif change.kind is ChangeKind.REMOVE_ROW:
            self.rows[place].remove(change.row)
        elif change.kind is ChangeKind.EXCHANGE_ROW:
            self.rows[place] = [change.row]
        elif change.kind is ChangeKind.ADD_USER_MAPPING:
            self.users[change.fingerprint] = change.where
        elif change.kind is ChangeKind.REMOVE_USER_MAPPING:
            del self.users[change.fingerprint]
        elif change.kind is ChangeKind.ADD_SERVICE_KEY:
            self.keys.append(Key(change.where, self.certificates[change.fingerprint], True))
        elif change.kind is ChangeKind.REMOVE_SERVICE_KEY:
            self.keys = [k for k in self.keys if (k.instance, k.of.fingerprint) != (change.where, change.fingerprint)]


def worlds(facts: PlanFacts) -> Iterator[World]:
    """Every world that the facts may be of: what was not told may be so or so."""
    assert facts.tenant is not None
    assert facts.new is not None
    certificates = {c.fingerprint: c for c in (OLD, facts.new)}
    told = all(m.pinned is not None for m in (*facts.tenant.mappings, *facts.tenant.others))
    respelled = facts.new.names == OLD_RESPELLED
    for guess, loose in product((True,) if told else (True, False), (True, False) if respelled else (False,)):
        world = World(loose_names=loose, certificates=certificates)
        for each in facts.tenant.channels:
            world.rows[Place(each.flow_id, each.channel)] = list(each.rows)
        for held in (*facts.tenant.mappings, *facts.tenant.others):
            if held.kind is MappingKind.USER_MAPPING:
                world.users[held.fingerprint] = held.user
                continue
            of = certificates.get(held.fingerprint) or certificate("stranger", held.names or OLD_NAMES)
            world.keys.append(Key(held.user, of, guess if held.pinned is None else held.pinned))
        yield world


@dataclass
class Walk:
    """A plan carried out in a world; `refused` is what a sender would have met."""

    world: World
    plan: Plan
    new: CertificateFacts
    refused: set[tuple[Which, Place]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Only what accepts the old certificate when the renewal starts is to be kept so."""
        places = [*self.world.rows, *map(Place, self._holders())]
        self.at = NOW
        self.kept = [place for place in places if self.world.accepts(OLD, place, NOW)]

    def _holders(self) -> set[str]:
        return {k.instance for k in self.world.keys if k.of == OLD} | {
            user for fingerprint, user in self.world.users.items() if fingerprint == OLD.fingerprint
        }

    def present(self, *which: Which) -> None:
        """Whoever may present a certificate presents it, at every endpoint."""
        for each, place in product(which, self.kept):
            one = OLD if each is Which.OLD else self.new
            if not self.world.accepts(one, place, self.at):
                self.refused.add((each, place))

    def change(self, step: str, *may_present: Which) -> None:
        """The changes of a step, one by one."""
        for change in next(s for s in self.plan.steps if s.id == step).changes:
            self.present(*may_present)
            self.world.change(change)
            self.present(*may_present)

    def all_of_it(self) -> "Walk":
        """From the start to the end, the old certificate tried again after the new one was used."""
        old, new = Which.OLD, Which.NEW
        self.change("4a", old)
        self.change("4b", old)
        self.at = max(NOW, self.new.not_before)
        self.present(old, new)
        self.change("7", old, new)
        self.world.call(self.new)
        self.present(old, new)
        for step in ("9b", "10"):
            self.change(step, new)
        self.present(new)
        return self


def names_it(item: NotOverlapped, which: Which, place: Place) -> bool:
    """Whether the plan says of this place that this certificate may be refused there."""
    here = item.where in ("", place.where) and item.channel in ("", place.channel)
    return here and which in item.refused


TOLD_BY_FACTS = (Limit.HELD_TWICE, Limit.CLASH, Limit.TAKEN)
"""Limits that may stand where the old certificate is refused already, so that there is nothing to keep."""
