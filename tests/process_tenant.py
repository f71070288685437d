"""A tenant as it really is, for tests: rows of channels, what runs, mappings or service keys. It accepts or refuses.

It is written from SAP's pages and shares no rule with `process`: what it refuses is what the sender would meet. No
test lives here.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from process_cases import OLD, OLD_NAMES

from process.case import Effect, EffectKind
from process.facts import (
    CertificateFacts,
    ChannelFacts,
    Environment,
    MappingFacts,
    MappingKind,
    NamePair,
    RoleChannels,
    TenantFacts,
    Unreadable,
)
from process.names import equal
from process.spelling import comparison, spelled_alike

CHANNELS = (1, 2)
ROLE = "ESBMessaging.send"
LOCKED = "flow that is locked"
Rows = dict[tuple[str, int], frozenset[NamePair]]


class WorkFailed(Exception):
    """The tenant refused a change; nothing was changed."""


@dataclass
class ModelTenant:
    """What a tenant holds: pairs by flow and channel, and by user each fingerprint with whether it is compared whole.

    On Neo every mapping is. `told` says whether the interface tells that of a service key.
    """

    rows: Rows = field(default_factory=dict)
    held: dict[str, dict[str, bool]] = field(default_factory=dict)
    environment: Environment = Environment.NEO
    told: bool = True
    stopped: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    known: dict[str, CertificateFacts] = field(default_factory=lambda: {OLD.fingerprint: OLD})
    called: list[CertificateFacts] = field(default_factory=lambda: [OLD])
    """Certificates that have called, which decides at a key that compares names."""

    @property
    def content(self) -> tuple[Rows, dict[str, dict[str, bool]]]:
        """Rows and mappings as they are now."""
        return dict(self.rows), {user: dict(held) for user, held in self.held.items()}

    @property
    def flows(self) -> list[str]:
        """Ids of all flows."""
        return list(dict.fromkeys(flow for flow, _ in self.rows))

    # What is changed

    def change(self, effect: Effect) -> None:
        """Carry an effect out as the activities do, safe to repeat; raises WorkFailed."""
        old, new = effect.old, effect.new
        assert old is not None
        assert new is not None
        self.known |= {new.fingerprint: new, old.fingerprint: old}
        if effect.kind is EffectKind.ADD_NAMES:
            self._add_names(effect.where, old.names, new.names)
        elif effect.kind is EffectKind.REMOVE_NAMES:
            self._remove_names(effect.where, old.names, new.names)
        elif effect.kind is EffectKind.ADD_USER_MAPPING:
            self.held.setdefault(effect.where, {}).setdefault(new.fingerprint, True)
        else:
            self._remove_mapping(effect.where, old, new)

    def _add_names(self, flow: str, old: NamePair, new: NamePair) -> None:
        places = [place for place in self.rows if place[0] == flow]
        missing = [p for p in places if not self._having(p, old, new, new) and self._having(p, old, old, new)]
        if not missing and not any(self._having(p, old, new, new) for p in places):
            raise WorkFailed
        for place in missing:
            self.rows[place] |= {new}
        self.stopped.discard(flow)

    def _remove_names(self, flow: str, gone: NamePair, stay: NamePair) -> None:
        places = [p for p in self.rows if p[0] == flow and self._having(p, gone, gone, stay)]
        if not all(self._having(p, gone, stay, stay) for p in places):
            raise WorkFailed
        for place in places:
            self.rows[place] -= self._having(place, gone, gone, stay)

    def _having(
        self, place: tuple[str, int], one: NamePair, wanted: NamePair, other: NamePair
    ) -> frozenset[NamePair]:
        same = comparison(one, other)
        return frozenset(
            r for r in self.rows[place] if same(r.subject, wanted.subject) and same(r.issuer, wanted.issuer)
        )

    def _remove_mapping(self, user: str, gone: CertificateFacts, stay: CertificateFacts) -> None:
        if stay.fingerprint not in self.held.get(user, {}):
            raise WorkFailed
        self.held[user].pop(gone.fingerprint, None)

    # What is accepted

    def refuses(self, wanted: CertificateFacts) -> set[str]:
        """Where a certificate is refused, of all channels and users."""
        at_channels = {f"{flow}/{at}" for flow, at in self.rows if not self._lists((flow, at), wanted)}
        return at_channels | {user for user in self.held if self._caller(wanted) != user}

    def _lists(self, place: tuple[str, int], wanted: CertificateFacts) -> bool:
        return place[0] not in self.stopped and any(_alike(row, wanted.names) for row in self.rows[place])

    def _caller(self, wanted: CertificateFacts) -> str | None:
        """As whom it calls (pages 4b5afdd and 19af5e2, KBA 3364579 and 3224701)."""
        holding = [
            (user, print_, whole)
            for user, held in self.held.items()
            for print_, whole in held.items()
            if print_ == wanted.fingerprint or (self._is_foundry and self._same_names(print_, wanted))
        ]
        whole = all(pinned for _, _, pinned in holding)
        if not whole:
            older = any(c.names == wanted.names and c.not_before > wanted.not_before for c in self.called)
            return holding[0][0] if len(holding) == 1 and not older else None
        exactly = [user for user, print_, _ in holding if print_ == wanted.fingerprint]
        return exactly[0] if len(exactly) == 1 else None

    @property
    def _is_foundry(self) -> bool:
        return self.environment is Environment.CLOUD_FOUNDRY

    def _same_names(self, print_: str, wanted: CertificateFacts) -> bool:
        return print_ in self.known and _equal(self.known[print_].names, wanted.names)

    # What is read

    def facts(self, now: datetime, new: CertificateFacts | None, watched: tuple[str, ...] = ()) -> TenantFacts:
        """What reading the tenant gives."""
        hidden = {*self.unread, *self.stopped, LOCKED}
        seen = [place for place in self.rows if place[0] not in hidden]
        channels = [place for place in seen if OLD_NAMES in self.rows[place]]
        others = [p for p in seen if p not in channels and (p[0] in watched or (new and new.names in self.rows[p]))]
        locked = {LOCKED} & set(self.flows)
        mappings = tuple(self._mapping(u, p, w) for u, held in self.held.items() for p, w in held.items())
        return TenantFacts(
            read_at=now,
            channels=self._channels(channels),
            watched=self._channels(others),
            mappings=tuple(m for m in mappings if m.fingerprint == OLD.fingerprint),
            others=tuple(m for m in mappings if m.fingerprint != OLD.fingerprint and m.names is not None),
            unreadable=tuple(Unreadable(f"flow {flow}", "it is locked") for flow in sorted({*self.unread, *locked})),
            new_names_in=tuple(dict.fromkeys(f for f, at in seen if new and new.names in self.rows[f, at])),
            new_mapped_to=tuple(user for user, held in self.held.items() if new and new.fingerprint in held),
            environment=self.environment,
            role_channels=(RoleChannels(ROLE, 2, ("/by-role",)),) if self._is_foundry else (),
            not_running=tuple(sorted(self.stopped & set(watched))),
        )

    def _channels(self, places: list[tuple[str, int]]) -> tuple[ChannelFacts, ...]:
        return tuple(
            ChannelFacts("P", flow, f"HTTPS {at}", "/in", OLD_NAMES, tuple(sorted(self.rows[flow, at], key=str)))
            for flow, at in places
        )

    def _mapping(self, user: str, print_: str, whole: bool) -> MappingFacts:
        known = self.known.get(print_)
        kind = MappingKind.SERVICE_KEY if self._is_foundry else MappingKind.USER_MAPPING
        return MappingFacts(
            f"id {user} {print_}",
            user,
            print_,
            known.not_after if known else OLD.not_after,
            kind,
            known.names if known else None,
            (whole if self.told else None) if self._is_foundry else None,
            (ROLE,) if self._is_foundry else None,
        )


@lru_cache(4096)
def _alike(one: NamePair, other: NamePair) -> bool:
    return spelled_alike(one.subject, other.subject) and spelled_alike(one.issuer, other.issuer)


@lru_cache(4096)
def _equal(one: NamePair, other: NamePair) -> bool:
    return equal(one.subject, other.subject) and equal(one.issuer, other.issuer)
