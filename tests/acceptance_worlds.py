"""Makers for tests of the acceptance model: certificates, tenants, small worlds to draw from. No test lives here."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from process_cases import NEW, OLD, OLD_NAMES, OTHER_NAMES, T0, THIRD_NAMES, certificate

from process.acceptance import Endpoint, Listed, Place, Presented, Standing, TenantState
from process.case import Effect, EffectKind
from process.facts import (
    CertificateFacts,
    ChannelFacts,
    Environment,
    MappingFacts,
    MappingKind,
    NamePair,
    RootTrust,
    TenantFacts,
)
from process.names import Attribute, DistinguishedName, render

NOW = T0 + timedelta(days=1)
SAME = replace(certificate("same names"), serial="02", not_before=T0 + timedelta(hours=1))
"""A later certificate with the names of the old one."""
THIRD = certificate("third", THIRD_NAMES)
ALL = (OLD, NEW, SAME, THIRD)


def good(facts: CertificateFacts, **more: Any) -> Presented:
    """A certificate that the load balancer lets through."""
    return Presented(facts, **{"root": RootTrust.LISTED, "client_auth": True, **more})


def channel(flow: str, *rows: NamePair) -> ChannelFacts:
    """A channel that lists these pairs."""
    return ChannelFacts("P", flow, "HTTPS", f"/{flow}", rows[0] if rows else OLD_NAMES, rows)


def user_mapping(user: str, facts: CertificateFacts) -> MappingFacts:
    """A mapping as Neo has it."""
    return MappingFacts(f"id of {user}", user, facts.fingerprint, facts.not_after)


def key(instance: str, facts: CertificateFacts, pinned: bool | None = True, **more: Any) -> MappingFacts:
    """A service key as Cloud Foundry has it."""
    print_ = facts.fingerprint
    return MappingFacts(
        f"key {print_[:4]}", instance, print_, facts.not_after, MappingKind.SERVICE_KEY, facts.names, pinned, **more
    )


def neo(*held: MappingFacts, channels: tuple[ChannelFacts, ...] = (), **more: Any) -> TenantState:
    """A tenant on Neo, read for the old certificate."""
    return TenantState.of(_facts(Environment.NEO, held, channels, **more), OLD, ALL)


def foundry(*held: MappingFacts, used: tuple[CertificateFacts, ...] = (), **more: Any) -> TenantState:
    """A tenant on Cloud Foundry, read for the old certificate."""
    return TenantState.of(_facts(Environment.CLOUD_FOUNDRY, held, (), **more), OLD, ALL, used)


def _facts(
    environment: Environment, held: tuple[MappingFacts, ...], channels: tuple[ChannelFacts, ...], **more: Any
) -> TenantFacts:
    of_old = tuple(m for m in held if m.fingerprint == OLD.fingerprint)
    others = tuple(m for m in held if m.fingerprint != OLD.fingerprint)
    return TenantFacts(T0, channels, of_old, environment=environment, others=others, **more)


def user(state: TenantState, name: str = "ERP") -> Endpoint:
    """Every channel that the user may call."""
    found = state.at(Place(user=name))
    assert found is not None
    return found


def flow(state: TenantState, name: str) -> Endpoint:
    """The channel of a flow."""
    return next(endpoint for endpoint in state.endpoints if endpoint.place.flow == name)


def standing(state: TenantState, *presented: CertificateFacts) -> Standing:
    """Everything on the tenant is at stake; the certificates that nobody presents are its others."""
    others = tuple(good(c) for c in ALL if c not in presented)
    places = frozenset(endpoint.place for endpoint in state.endpoints)
    return Standing(state, places, tuple(map(good, presented)), others)


def work(kind: EffectKind, where: str, old: CertificateFacts = OLD, new: CertificateFacts = NEW) -> Effect:
    """A piece of work."""
    return Effect(kind, where, "", old, new)


VALUES = st.text(
    st.characters(exclude_characters="\0\t\r\n", exclude_categories=("Cs",)), max_size=8
) | st.sampled_from(
    ["Acme, Inc.", "a+b", '"', "#a", "a  b", " a ", "Müller", "MÜLLER", "Straße", "a\\b", "a=b;c", "ﬁ", ""]
)
OIDS = st.sampled_from(["2.5.4.3", "2.5.4.10", "2.5.4.6", "2.5.4.5", "2.5.4.15", "1.2.840.113549.1.9.1"])


def _looks_quoted(value: str) -> bool:
    return len(value) > 1 and value[0] == value[-1] == '"'


ATTRIBUTES = st.builds(Attribute, OIDS, VALUES.filter(lambda value: not _looks_quoted(value)))
TEXTS = st.lists(st.lists(ATTRIBUTES, min_size=1, max_size=2).map(tuple), min_size=1, max_size=3).map(
    lambda rdns: render(DistinguishedName(tuple(rdns)))
)
PAIRS = st.builds(NamePair, TEXTS, TEXTS)
"""Names as facts hold them: Java's toString, with all that is hard in a name."""

FEW_PAIRS = st.sampled_from([OLD_NAMES, OTHER_NAMES, THIRD_NAMES])
ROWS = st.lists(FEW_PAIRS, max_size=3).map(tuple)
FLOWS = st.sampled_from(["F1", "F2"])
USERS = st.sampled_from(["ERP", "CRM"])
CERTIFICATES = st.sampled_from(ALL)


@st.composite
def neo_states(draw: st.DrawFn) -> TenantState:
    """Small tenants on Neo: two flows, two users; a certificate is mapped to one user at most."""
    channels = tuple(channel(name, *draw(ROWS)) for name in ("F1", "F2"))
    mapped = draw(st.dictionaries(st.sampled_from([OLD, NEW, SAME]), USERS)) if draw(st.booleans()) else {OLD: "ERP"}
    return neo(*(user_mapping(who, facts) for facts, who in mapped.items()), channels=channels)


@st.composite
def foundries(draw: st.DrawFn) -> TenantState:
    """Small tenants on Cloud Foundry with any keys, pinned, not pinned or not told."""
    pins = st.sampled_from([True, False, None])
    keys = draw(st.lists(st.builds(key, USERS, CERTIFICATES, pins), max_size=4))
    used = draw(st.lists(CERTIFICATES, max_size=2))
    return foundry(key("ERP", OLD, draw(pins)), *keys, used=tuple(used))


def rows_of(endpoint: Endpoint) -> tuple[NamePair, ...]:
    """The rows of a channel of which all nodes are alike."""
    (node,) = endpoint.nodes
    assert isinstance(node, Listed)
    return node.rows
