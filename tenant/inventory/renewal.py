"""What an inventory says about one renewal: all that knows the old certificate, or the new one. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from process.facts import (
    CertificateFacts,
    ChannelFacts,
    MappingFacts,
    NamePair,
    RoleChannels,
    TenantFacts,
    Unreadable,
)
from process.names import equal
from process.spelling import spelled_alike
from tenant.flows import Channel, Row
from tenant.flows.reading import holds
from tenant.inventory.flow_reading import unseen_of
from tenant.inventory.model import Cause, FlowRecord, Inventory, by_certificate, by_role
from tenant.model import UserMapping

MOST_NOTES = 50
"""Notes on flows that are told; they go into the record of a renewal, which must fit into one payload."""

MOST_ADDRESSES = 5
"""Addresses of channels with one role that are told; the number tells of the others."""

_RUNNING = {"STARTED", "STARTING"}


@dataclass(frozen=True)
class Wanted:
    """What the renewal is about. `watched` are flows that are told even where they know neither certificate.

    `further` are other certificates of the renewal (SHA-256): one that was released and then replaced may still be
    presented, whatever its names.
    """

    old: CertificateFacts
    new: CertificateFacts | None = None
    watched: tuple[str, ...] = ()
    further: tuple[str, ...] = ()


def is_running(flow: FlowRecord) -> bool:
    """True when the flow answers messages, or will as soon as its start has ended."""
    return flow.deployed is not None and flow.deployed.status.upper() in _RUNNING


def as_it_runs(flow: FlowRecord, proved: Mapping[str, FlowRecord]) -> FlowRecord:
    """The flow with the content that runs, where that was read before a draft or a newer version hid it.

    What was deployed at that very time still runs, whatever the design time shows since.
    """
    known = proved.get(flow.id)
    if known is None or known.deployed is None or flow.deployed is None or unseen_of(flow) is None:
        return flow
    return known if known.deployed.deployed_on == flow.deployed.deployed_on else flow


def proved_by(inventory: Inventory) -> dict[str, FlowRecord]:
    """The flows of which the content that runs was read."""
    return {flow.id: flow for flow in inventory.flows if flow.read and flow.deployed and unseen_of(flow) is None}


def tenant_facts(inventory: Inventory, wanted: Wanted, proved: Mapping[str, FlowRecord] | None = None) -> TenantFacts:
    """The facts of the renewal. `proved` are flows of which the running content was read before."""
    flows = [as_it_runs(flow, proved or {}) for flow in inventory.flows]
    told = _Told(inventory, wanted, tuple(flows))
    listing, watched = told.channels()
    return TenantFacts(
        read_at=inventory.read_at,
        channels=listing,
        watched=watched,
        mappings=told.mappings_of(wanted.old),
        others=told.other_mappings(),
        unreadable=told.unreadable(),
        notes=told.notes(),
        new_names_in=told.listing_new(),
        new_mapped_to=tuple(m.user for m in told.mappings_of(wanted.new)),
        environment=inventory.environment,
        role_channels=told.role_channels(),
        configure_only=told.configure_only(),
        not_running=told.not_running(),
    )


@dataclass(frozen=True)
class _Told:
    inventory: Inventory
    wanted: Wanted
    flows: tuple[FlowRecord, ...]

    def channels(self) -> tuple[tuple[ChannelFacts, ...], tuple[ChannelFacts, ...]]:
        """Channels of running flows that list the old names; and the others that are to be told."""
        listing: list[ChannelFacts] = []
        watched: list[ChannelFacts] = []
        for flow in filter(is_running, self.flows):
            for channel in filter(by_certificate, flow.channels):
                if _lists(channel, self.wanted.old.names):
                    listing.append(_facts(flow, channel, self.wanted.old.names))
                elif flow.id in self.wanted.watched or self._lists_new(channel):
                    watched.append(_facts(flow, channel, self.wanted.old.names))
        return tuple(listing), tuple(watched)

    def _lists_new(self, channel: Channel) -> bool:
        new = self.wanted.new
        return new is not None and any(_alike(row, new.names) for row in channel.rows)

    def listing_new(self) -> tuple[str, ...]:
        """The flows that list the new names, spelled as they are."""
        return tuple(
            flow.id for flow in self.flows if any(map(self._lists_new, filter(by_certificate, flow.channels)))
        )

    def mappings_of(self, certificate: CertificateFacts | None) -> tuple[MappingFacts, ...]:
        """The mappings or service keys that hold the certificate."""
        wanted = certificate.fingerprint if certificate else None
        return tuple(_mapping(m) for m in self.inventory.mappings if m.fingerprint == wanted)

    def other_mappings(self) -> tuple[MappingFacts, ...]:
        """Those of the other certificates of the renewal, and of any other with the names of old or new."""
        old, new = self.wanted.old, self.wanted.new
        ours = {*self.wanted.further, *([new.fingerprint] if new else [])}
        known = [old.names, *([new.names] if new else [])]
        return tuple(
            _mapping(m)
            for m in self.inventory.mappings
            if m.fingerprint != old.fingerprint
            and (m.fingerprint in ours or any(_same(m.names, names) for names in known))
        )

    def unreadable(self) -> tuple[Unreadable, ...]:
        """What could not be looked at; of a flow that hides what runs only where that may matter."""
        hidden = {flow.id for flow in self.flows if unseen_of(flow) is not None}
        return tuple(
            Unreadable(gap.what, gap.why)
            for gap in self.inventory.gaps
            if gap.cause not in _HIDES or (gap.flow in hidden and self._matters(gap.flow))
        )

    def _matters(self, flow_id: str) -> bool:
        """A flow that lists the old names in its design time is changed, and only deployed if nobody else did so."""
        listed = {c.flow_id for c in self.channels()[0]}
        return flow_id in self.wanted.watched or flow_id not in listed

    def notes(self) -> tuple[str, ...]:
        """What is worth saying about flows, the first of it."""
        asleep = (
            f"flow {flow.id} lists the old names but is not deployed, so it accepts nobody and is left as it is"
            for flow in self.flows
            if not is_running(flow) and self._lists_old(flow)
        )
        said = (f"flow {flow.id}: {note}" for flow in self.flows for note in flow.notes)
        return (*asleep, *said)[:MOST_NOTES]

    def _lists_old(self, flow: FlowRecord) -> bool:
        return any(_lists(channel, self.wanted.old.names) for channel in filter(by_certificate, flow.channels))

    def role_channels(self) -> tuple[RoleChannels, ...]:
        """How many channels each role opens."""
        channels = [c for flow in filter(is_running, self.flows) for c in filter(by_role, flow.channels)]
        counted = Counter(channel.role for channel in channels)
        return tuple(
            RoleChannels(role, count, tuple(c.address for c in channels if c.role == role)[:MOST_ADDRESSES])
            for role, count in sorted(counted.items())
        )

    def configure_only(self) -> tuple[str, ...]:
        """Flows that can only be configured."""
        return tuple(gap.flow for gap in self.inventory.gaps if gap.cause is Cause.CONFIGURE_ONLY)

    def not_running(self) -> tuple[str, ...]:
        """Flows to be watched of which nothing runs, those included that are gone altogether."""
        running = {flow.id for flow in filter(is_running, self.flows)}
        hidden = {gap.flow for gap in self.inventory.gaps if gap.cause is Cause.HIDDEN}
        return tuple(flow for flow in self.wanted.watched if flow not in running | hidden)


_HIDES = {Cause.DRAFT, Cause.OTHER_VERSION, Cause.CHANGED_SINCE}


def _lists(channel: Channel, names: NamePair) -> bool:
    """Whether the channel lists the pair, by the rules for names (RFC 5280, 7.1)."""
    return any(holds(row, names, equal) for row in channel.rows)


def _alike(row: Row, names: NamePair) -> bool:
    return holds(row, names, spelled_alike)


def _same(one: NamePair | None, other: NamePair) -> bool:
    return one is not None and equal(one.subject, other.subject) and equal(one.issuer, other.issuer)


def _facts(flow: FlowRecord, channel: Channel, names: NamePair) -> ChannelFacts:
    deployed = flow.deployed
    return ChannelFacts(
        flow.package_id,
        flow.id,
        channel.name,
        channel.address,
        names,
        tuple(NamePair(row.subject, row.issuer) for row in channel.rows),
        deployed.version if deployed else "",
        deployed.deployed_on if deployed else None,
        deployed.deployed_by if deployed else "",
        any(row.subject_from or row.issuer_from for row in channel.rows),
    )


def _mapping(found: UserMapping) -> MappingFacts:
    return MappingFacts(
        found.id,
        found.user,
        found.fingerprint,
        found.not_after,
        found.kind,
        found.names,
        found.pinned,
        found.roles,
    )
