"""A tenant out of its facts, and what each change leaves of it."""

from dataclasses import replace

import pytest
from acceptance_worlds import (
    CERTIFICATES,
    FEW_PAIRS,
    FLOWS,
    NOW,
    SAME,
    USERS,
    channel,
    flow,
    foundry,
    good,
    key,
    neo,
    neo_states,
    rows_of,
    user,
    user_mapping,
    work,
)
from hypothesis import given
from hypothesis import strategies as st
from process_cases import NEW, OLD, OLD_NAMES, OLD_RESPELLED, OTHER_NAMES, T0

from process.acceptance import Endpoint, Evidence, NotDeployed, NotRead, Place, TenantState, accepted, after, during
from process.acceptance.state import as_it_stands
from process.case import EffectKind
from process.facts import (
    CertificateFacts,
    ChannelFacts,
    Environment,
    MappingKind,
    NamePair,
    RoleChannels,
    TenantFacts,
    Unreadable,
)

COMPACT = NamePair(OLD_NAMES.subject.replace(", ", ","), OLD_NAMES.issuer.replace(", ", ","))


def holds(state: TenantState, facts: CertificateFacts) -> set[Place]:
    """Where the certificate is accepted."""
    return {e.place for e in state.endpoints if accepted(good(facts), e, state, NOW).accepted}


def test_facts_become_endpoints() -> None:
    """Channels, every user of a mapping of the old one, and roles; rows that are not told are the pair itself."""
    facts = TenantFacts(
        T0,
        (ChannelFacts("P", "F1", "in", "/1", OLD_NAMES), channel("F2", COMPACT)),
        (user_mapping("ERP", OLD),),
        watched=(channel("F3", OTHER_NAMES),),
        role_channels=(RoleChannels("Send", 2, ("/a", "/b")),),
    )
    state = TenantState.of(facts, OLD)
    places = [endpoint.place for endpoint in state.endpoints]
    assert places[:3] == [Place("F1", "in", "/1"), Place("F2", "HTTPS", "/F2"), Place("F3", "HTTPS", "/F3")]
    assert places[3:] == [Place(user="ERP"), Place(role="Send", address="/a, /b")]
    assert rows_of(state.endpoints[0]) == (OLD_NAMES,)
    assert [endpoint.evidence for endpoint in state.endpoints[1:3]] == [Evidence(OLD_NAMES, (COMPACT,)), None]
    assert state.used == (OLD,)
    assert state.at(Place(user="CRM")) is None


def test_names_and_pins_are_completed() -> None:
    """The names of a certificate that we know, and pinning of a key that we made: keys are pinned by default."""
    old, new = replace(key("CPI", OLD, None), names=None), key("CPI", SAME, None)
    facts = TenantFacts(T0, (), (old,), environment=Environment.CLOUD_FOUNDRY, others=(new,))
    ((one, other),) = TenantState.of(facts, OLD, (SAME,), ours=(SAME.fingerprint,)).mappings
    assert (one.names, one.pinned) == (OLD_NAMES, None)
    assert other.pinned is True


def test_channels_that_nothing_tells_apart_accept_what_each_accepts() -> None:
    """Two channels of one name and address are one endpoint."""
    state = neo(channels=(channel("F1", OLD_NAMES), channel("F1", OLD_NAMES, OTHER_NAMES)))
    assert len(state.endpoints) == 1
    assert holds(state, OLD)
    assert not holds(state, NEW)


@given(neo_states(), FLOWS, FEW_PAIRS, CERTIFICATES)
def test_listing_never_refuses_anybody(
    state: TenantState, where: str, pair: NamePair, facts: CertificateFacts
) -> None:
    """Law: whoever was accepted is accepted after names were added."""
    assert holds(state, facts) <= holds(state.with_names(where, pair), facts)


@given(neo_states(), USERS, st.sampled_from([NEW, SAME]), CERTIFICATES)
def test_mapping_takes_from_nobody_but_the_certificate_itself(
    state: TenantState, who: str, new: CertificateFacts, facts: CertificateFacts
) -> None:
    """Law: another certificate loses nothing; the mapped one may, for on Neo it has one user (SAP page 4b99156)."""
    mapped = state.with_mapping(who, new)
    if facts is not new:
        assert holds(state, facts) <= holds(mapped, facts)
    assert [m.user for m in mapped.mappings[0] if m.fingerprint == new.fingerprint] == [who]


@given(neo_states(), FLOWS)
def test_the_edit_lets_the_new_one_in_where_the_old_one_was(state: TenantState, where: str) -> None:
    """Law: after names were added, every channel of the flow that lets the old one in lets the new one in."""
    then = state.with_names(where, NEW.names)
    for endpoint in then.endpoints:
        if endpoint.place.flow == where and endpoint.evidence is not None:
            assert accepted(good(NEW), endpoint, then, NOW).accepted


@given(neo_states(), FLOWS)
def test_removing_the_old_names_keeps_the_new_ones_if_they_are_listed(state: TenantState, where: str) -> None:
    """Law: the new one is accepted after the removal where it was before, and nowhere else; the old one is not."""
    then = state.without_names(where, OLD_NAMES, OTHER_NAMES)
    assert holds(then, NEW) == holds(state, NEW)
    assert not any(place.flow == where for place in holds(then, OLD))


@given(neo_states(), FLOWS)
def test_adding_and_removing_gives_what_was(state: TenantState, where: str) -> None:
    """Law: where the new pair was not listed, taking it away again leaves the rows as they were."""
    then = state.with_names(where, OTHER_NAMES).without_names(where, OTHER_NAMES, OLD_NAMES)
    for one, other in zip(state.endpoints, then.endpoints, strict=True):
        if one.place.flow and OTHER_NAMES not in rows_of(one):
            assert one == other


@given(neo_states(), neo_states(), CERTIFICATES)
def test_on_the_way_is_accepted_what_is_before_and_after(
    before: TenantState, then: TenantState, facts: CertificateFacts
) -> None:
    """Law: while nodes differ, a certificate is accepted where it is accepted with the old and the new content."""
    then = replace(then, endpoints=tuple(replace(e, evidence=_evidence(before, e)) for e in then.endpoints))
    mixed = during(before, then)
    both = {e.place for e in before.endpoints} & {e.place for e in then.endpoints}
    assert holds(mixed, facts) & both == holds(before, facts) & holds(then, facts)


def _evidence(state: TenantState, endpoint: Endpoint) -> Evidence | None:
    there = state.at(endpoint.place)
    return there.evidence if there else endpoint.evidence


def test_the_new_row_is_written_as_the_old_one() -> None:
    """The blanks of the old row are those of the new one; what is spelled out already is not listed twice."""
    state = neo(channels=(channel("F1", COMPACT),)).with_names("F1", OTHER_NAMES)
    written = NamePair(OTHER_NAMES.subject.replace(", ", ","), OTHER_NAMES.issuer.replace(", ", ","))
    assert rows_of(flow(state, "F1")) == (COMPACT, written)
    assert state.with_names("F1", OTHER_NAMES) == state


def test_only_channels_that_list_the_old_pair_are_edited() -> None:
    """A channel of another sender in the same flow stays as it is."""
    state = neo(channels=(channel("F1", OTHER_NAMES),))
    assert state.with_names("F1", SAME.names) == state


def test_names_in_another_spelling_only_are_told_apart() -> None:
    """Removing the old spelling leaves the new one."""
    state = neo(channels=(channel("F1", OLD_NAMES, OLD_RESPELLED),))
    assert rows_of(flow(state.without_names("F1", OLD_NAMES, OLD_RESPELLED), "F1")) == (OLD_RESPELLED,)
    assert rows_of(flow(state.without_names("F1", OLD_NAMES), "F1")) == ()


def test_on_cloud_foundry_a_pinned_key_is_made_with_the_roles_of_its_instance() -> None:
    """As certrelay makes it."""
    state = foundry(key("CPI", OLD, roles=("Send",))).with_mapping("CPI", NEW)
    made = state.mappings[0][-1]
    assert (made.kind, made.pinned, made.roles) == (MappingKind.SERVICE_KEY, True, ("Send",))
    assert state.with_mapping("CPI", NEW) == state


@pytest.mark.parametrize("kind", list(EffectKind))
def test_every_kind_of_work_leaves_what_its_change_leaves(kind: EffectKind) -> None:
    """Adding and removing change the state, reading does not."""
    state = neo(user_mapping("ERP", OLD), channels=(channel("F1", OLD_NAMES, OTHER_NAMES), channel("F2", OLD_NAMES)))
    wanted = {
        EffectKind.ADD_NAMES: state.with_names("F2", OTHER_NAMES),
        EffectKind.REMOVE_NAMES: state.without_names("F2", OLD_NAMES),
        EffectKind.ADD_USER_MAPPING: state.with_mapping("ERP", NEW),
        EffectKind.REMOVE_USER_MAPPING: state.without_mapping("ERP", OLD.fingerprint),
    }
    where = "ERP" if "mapping" in kind else "F2"
    left = after(state, work(kind, where))
    assert left == wanted.get(kind, state)
    assert (left != state) is (kind in wanted)


@given(neo_states(), st.lists(st.sampled_from([EffectKind.ADD_NAMES, EffectKind.REMOVE_NAMES]), max_size=4), FLOWS)
def test_work_together_is_work_one_after_the_other(state: TenantState, kinds: list[EffectKind], where: str) -> None:
    """Law: several effects leave what each leaves after the one before."""
    effects = [work(kind, where) for kind in kinds]
    step = state
    for effect in effects:
        step = after(step, effect)
    assert after(state, *effects) == step


def test_what_the_last_reading_does_not_show_is_gone_or_not_read() -> None:
    """A flow that stopped, one that cannot be read, a channel that went: each is said as it is."""
    about = TenantState.of(TenantFacts(T0, tuple(channel(f, COMPACT) for f in ("F1", "F2", "F3", "F4"))), OLD)
    seen = TenantFacts(
        T0,
        watched=(channel("F4", OTHER_NAMES),),
        not_running=("F1",),
        unreadable=(Unreadable("flow F2 as it runs", "it is a draft"), Unreadable("flow F33", "other")),
    )
    stands = as_it_stands(about, TenantState.of(seen, OLD), seen)
    one, two, three, four = stands.endpoints
    assert one.nodes == (NotDeployed("the flow F1 is not running"),)
    assert two.nodes == (NotRead("it is a draft"),)
    assert isinstance(three.nodes[0], NotDeployed)
    assert rows_of(four) == (OTHER_NAMES,)
    assert four.evidence == Evidence(OLD_NAMES, (COMPACT,))


def test_a_user_whose_mapping_went_is_still_an_endpoint() -> None:
    """That nobody is mapped any more must be seen, not overlooked."""
    about = neo(user_mapping("ERP", OLD))
    seen = TenantFacts(T0)
    stands = as_it_stands(about, TenantState.of(seen, OLD), seen)
    assert not accepted(good(OLD), user(stands), stands, NOW).accepted
