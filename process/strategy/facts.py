"""The facts that a plan rests on, and how they are taken from a case. Only shapes and plain readings, no rule."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from process.case import Added, Case, EffectKind, Subject
from process.facts import (
    CertificateFacts,
    ChannelFacts,
    MappingFacts,
    NamePair,
    RootTrust,
    TenantFacts,
    Unreadable,
    Verdict,
)
from process.names import NameChange, compare_pairs, equal
from process.pinning import told_of


@dataclass(frozen=True)
class Sender:
    """What people know of the sending system. None: nobody has said.

    `holds_two`: it can keep the old and the new certificate at once. `nodes`: how many machines present one.
    """

    holds_two: bool | None = None
    nodes: int | None = None


@dataclass(frozen=True)
class PlanFacts:
    """All that a plan is made of. `tenant` is None where nobody looked; `fresh` as `Case.facts_fresh`.

    `added` is what this renewal put on the tenant so far. `not_deployed` and `drafts` are ids of flows: their
    channels accept nobody, or they have changes that somebody did not save as a version.
    """

    old: CertificateFacts
    new: CertificateFacts | None = None
    verdict: Verdict | None = None
    tenant: TenantFacts | None = None
    fresh: bool = False
    root_confirmed: str = ""
    decided: str = ""
    added: tuple[Added, ...] = ()
    sender: Sender = field(default_factory=Sender)
    not_deployed: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()

    @cached_property
    def case(self) -> Case:
        """A case with these facts, for `process.open` to judge; who and when do not matter there."""
        tenant = replace(self.tenant, channels=self.channels) if self.tenant else None
        return Case(
            subject=Subject("", "", self.old),
            started_at=self.old.not_before,
            new=self.new,
            verdict=self.verdict,
            facts=tenant,
            facts_fresh=self.fresh,
            added=self.added,
            root_confirmed=self.root_confirmed,
            decided=self.decided,
        )

    @cached_property
    def change(self) -> NameChange | None:
        """What becomes of the names; None while there is no new certificate."""
        return compare_pairs(self.old.names, self.new.names) if self.new else None

    @property
    def root(self) -> RootTrust:
        """Whether the load balancer trusts the root of the new certificate, by the operator's list."""
        return self.verdict.root if self.verdict else RootTrust.UNKNOWN

    @cached_property
    def channels(self) -> tuple[ChannelFacts, ...]:
        """The channels of deployed flows that list the old names."""
        return tuple(c for c in self.tenant.channels if c.flow_id not in self.not_deployed) if self.tenant else ()

    @property
    def mappings(self) -> tuple[MappingFacts, ...]:
        """The user mappings and service keys that hold the old certificate."""
        return self.tenant.mappings if self.tenant else ()

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """What could not be looked at."""
        return self.tenant.unreadable if self.tenant else ()

    def is_configure_only(self, channel: ChannelFacts) -> bool:
        """Whether the flow of the channel can only be configured, so that nobody can add a row there."""
        return self.tenant is not None and channel.flow_id in self.tenant.configure_only

    def lists_new(self, channel: ChannelFacts) -> bool:
        """Whether the channel listed the new names before this renewal added them."""
        if self.new is None or self.tenant is None:
            return False
        ours = any(a.kind is EffectKind.ADD_NAMES and a.where == channel.flow_id for a in self.added)
        in_rows = self.new.names in (channel.rows or ()) and not ours
        # A flow with several channels may list the new names in one of them: only rows tell which.
        return in_rows or (channel.flow_id in self.tenant.new_names_in and channel.rows is None)

    @cached_property
    def holders_of_new(self) -> frozenset[str]:
        """The users or service instances that had the new certificate before this renewal added it."""
        if self.new is None or self.tenant is None:
            return frozenset()
        others = {m.user for m in self.tenant.others if m.fingerprint == self.new.fingerprint}
        ours = {a.where for a in self.added if a.kind is EffectKind.ADD_USER_MAPPING}
        return frozenset((others - ours) | set(self.tenant.new_mapped_to))


def plan_facts(case: Case, sender: Sender | None = None) -> PlanFacts:
    """The facts of a case; what is said of the sender here counts before what its administrator said at step 2."""
    said = sender or Sender()
    return PlanFacts(
        old=case.old,
        new=case.new,
        verdict=case.verdict,
        tenant=case.facts,
        fresh=case.facts_fresh,
        root_confirmed=case.root_confirmed,
        decided=case.decided,
        added=case.added,
        sender=Sender(
            holds_two=case.holds_two if said.holds_two is None else said.holds_two,
            nodes=said.nodes or case.nodes,
        ),
    )


def told_pinned(facts: PlanFacts, pinned: bool | None) -> PlanFacts:
    """The facts with what a person saw in the cockpit, for the service keys of which the tenant does not tell."""
    if pinned is None or facts.tenant is None:
        return facts
    mappings = tuple(told_of(mapping, pinned) for mapping in facts.tenant.mappings)
    return replace(facts, tenant=replace(facts.tenant, mappings=mappings))


def same_pair(one: NamePair | None, other: NamePair | None) -> bool:
    """Whether a service key that compares names alone could take the one pair for the other.

    How names are compared there is not documented, so that another spelling may count as the same.
    """
    if one is None or other is None or one == other:
        return one is not None and one == other
    return equal(one.subject, other.subject) and equal(one.issuer, other.issuer)
