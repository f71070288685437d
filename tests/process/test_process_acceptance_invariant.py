"""The invariant: what breaks it, what a change would break, and what must stay possible in spite of it."""

from dataclasses import replace
from itertools import pairwise

import pytest
from acceptance_worlds import (
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
    standing,
    user,
    user_mapping,
    work,
)
from hypothesis import given
from hypothesis import strategies as st
from process_cases import NEW, OLD, OLD_NAMES, OTHER_NAMES, T0, accepted, new_case

from process.acceptance import (
    Acceptance,
    Answer,
    Counterexample,
    Gate,
    Place,
    Standing,
    TenantState,
    baseline,
    broken,
    drift,
    during,
    locks_out,
    refused,
    would_break,
)
from process.acceptance.shapes import Objection
from process.case import Case, Effect, EffectKind, Status, StepState
from process.facts import CertificateFacts, Environment, NamePair, TenantFacts

ADD, REMOVE = EffectKind.ADD_NAMES, EffectKind.REMOVE_NAMES
MAP, UNMAP = EffectKind.ADD_USER_MAPPING, EffectKind.REMOVE_USER_MAPPING
BOTH = neo(
    user_mapping("ERP", OLD),
    user_mapping("ERP", NEW),
    channels=(channel("F1", OLD_NAMES, OTHER_NAMES), channel("F2", OLD_NAMES, OTHER_NAMES)),
)
ONLY_OLD = neo(user_mapping("ERP", OLD), channels=(channel("F1", OLD_NAMES), channel("F2", OLD_NAMES)))
EFFECTS = st.builds(
    work, st.sampled_from([ADD, REMOVE]), FLOWS, st.sampled_from([OLD, NEW]), st.just(NEW)
) | st.builds(work, st.sampled_from([MAP, UNMAP]), USERS, st.sampled_from([OLD, NEW]), st.sampled_from([NEW, SAME]))
PRESENTED = st.sampled_from([(OLD,), (OLD, NEW), (NEW,), (OLD, SAME), (SAME,)])


def keys(found: tuple[Counterexample, ...]) -> set[tuple[str, Place]]:
    """Certificates and places."""
    return {(c.certificate.fingerprint, c.endpoint.place) for c in found}


def gates(found: tuple[Counterexample, ...]) -> list[Gate | None]:
    """The gates that do not let through."""
    return [counterexample.acceptance.gate for counterexample in found]


def case_with(facts: TenantFacts, *done: str, new: CertificateFacts = NEW, **more: object) -> Case:
    """A renewal in which these steps are done."""
    steps = {step: StepState(Status.DONE, "Ada", T0) for step in done}
    released = (new,) if "6" in done else ()
    case = replace(new_case(), new=new, verdict=accepted(new), facts=facts, facts_fresh=True, steps=steps)
    return replace(case, released=released, **more)  # type: ignore[arg-type]


def old_facts(*rows: NamePair, **more: object) -> TenantFacts:
    """A flow that lists the old pair, and a mapping."""
    return TenantFacts(T0, (channel("F1", OLD_NAMES, *rows),), (user_mapping("ERP", OLD),), **more)  # type: ignore[arg-type]


@given(neo_states(), PRESENTED, FLOWS, st.sampled_from([NEW, SAME]))
def test_listing_breaks_nothing(
    state: TenantState, presented: tuple[CertificateFacts, ...], where: str, new: CertificateFacts
) -> None:
    """Law: adding names breaks nothing, on the way neither."""
    before = standing(state, *presented)
    assert would_break(before, before.after(work(ADD, where, new=new)), NOW) == ()


@given(neo_states(), PRESENTED, st.lists(EFFECTS, max_size=3))
def test_what_is_let_through_leaves_nothing_broken_that_was_not(
    state: TenantState, presented: tuple[CertificateFacts, ...], effects: list[Effect]
) -> None:
    """Law: where nothing would break, nobody is refused on the way or after it who was not before."""
    before = standing(state, *presented)
    then = before.after(*effects)
    if would_break(before, then, NOW):
        return
    on_the_way = replace(then, state=during(before.state, then.state))
    assert keys(refused(then, NOW)) <= keys(refused(before, NOW))
    assert keys(refused(on_the_way, NOW)) <= keys(refused(before, NOW))


@given(neo_states(), PRESENTED, st.lists(EFFECTS, max_size=3))
def test_from_a_whole_tenant_everything_refused_on_the_way_is_told(
    state: TenantState, presented: tuple[CertificateFacts, ...], effects: list[Effect]
) -> None:
    """Law: where nothing was broken, what would break is exactly what is refused during or after the change."""
    before = standing(state, *presented)
    broken_before = {place for _, place in keys(refused(before, NOW))}
    before = replace(before, at_stake=before.at_stake - broken_before)
    then = before.after(*effects)
    on_the_way = replace(then, state=during(before.state, then.state))
    assert keys(would_break(before, then, NOW)) == keys(refused(on_the_way, NOW))


@given(neo_states(), PRESENTED)
def test_doing_nothing_breaks_nothing(state: TenantState, presented: tuple[CertificateFacts, ...]) -> None:
    """Law: however broken a tenant is, an act that changes nothing stands."""
    before = standing(state, *presented)
    assert would_break(before, before, NOW) == ()
    assert would_break(before, replace(before, state=replace(state)), NOW) == ()


@given(neo_states())
def test_the_release_is_refused_exactly_where_the_new_one_is(state: TenantState) -> None:
    """Law: telling the sender that it may use the new one demands the new one everywhere at stake."""
    before, then = standing(state, OLD), standing(state, OLD, NEW)
    assert keys(would_break(before, then, NOW)) == keys(refused(standing(state, NEW), NOW))


def test_the_whole_walk_breaks_nothing() -> None:
    """Add, map, release, switch, unmap, remove: each from the one before."""
    start = standing(ONLY_OLD, OLD)
    added = start.after(work(ADD, "F1"), work(ADD, "F2"))
    mapped = added.after(work(MAP, "ERP"))
    released = replace(mapped, presented=(good(OLD), good(NEW)), others=())
    switched = replace(mapped, presented=(good(NEW),), others=(good(OLD),))
    unmapped = switched.after(work(UNMAP, "ERP"))
    removed = unmapped.after(work(REMOVE, "F1"), work(REMOVE, "F2"))
    walk = (start, added, mapped, released, switched, unmapped, removed)
    assert [would_break(one, other, NOW) for one, other in pairwise(walk)] == [()] * 6
    assert refused(removed, NOW) == ()


def test_the_note_of_the_page_followed_literally_is_an_outage() -> None:
    """With unchanged names its last note drops 4b and keeps 9b (page 2d3cae7): release and removal are refused."""
    state = neo(user_mapping("ERP", OLD), channels=(channel("F1", OLD_NAMES),))
    start, released, switched = standing(state, OLD), standing(state, OLD, SAME), standing(state, SAME)
    assert gates(would_break(start, released, NOW)) == [Gate.MAPPING]
    assert gates(refused(switched, NOW)) == [Gate.MAPPING]
    removal = work(UNMAP, "ERP", new=SAME)
    assert gates(would_break(released, released.after(removal), NOW)) == [Gate.MAPPING, Gate.MAPPING]
    assert gates(would_break(switched, switched.after(removal), NOW)) == [Gate.MAPPING]
    mended = switched.after(work(MAP, "ERP", new=SAME))
    assert would_break(switched, mended, NOW) == ()
    assert would_break(mended, mended.after(removal), NOW) == ()


def test_what_is_broken_can_be_mended() -> None:
    """Where the new one is refused already, adding it is let through, though the channel is not whole on the way."""
    before = standing(ONLY_OLD, OLD, NEW)
    assert keys(refused(before, NOW))
    assert would_break(before, before.after(work(ADD, "F1")), NOW) == ()
    assert would_break(before, before.after(work(MAP, "ERP")), NOW) == ()


def test_nothing_that_works_is_removed_beside_what_does_not() -> None:
    """The old row of one flow may go, that of the other may not, for the new one is not listed there."""
    half = neo(channels=(channel("F1", OLD_NAMES, OTHER_NAMES), channel("F2", OLD_NAMES)))
    before = standing(half, NEW)
    assert would_break(before, before.after(work(REMOVE, "F1")), NOW) == ()
    found = would_break(before, before.after(work(REMOVE, "F1"), work(REMOVE, "F2")), NOW)
    assert [c.endpoint.place.flow for c in found] == ["F2"]


def test_removing_what_has_expired_takes_nothing_away_unseen() -> None:
    """After its end the old one still shows which endpoints are in use."""
    half = neo(channels=(channel("F1", OLD_NAMES),))
    before = standing(half, NEW)
    late = OLD.not_after
    assert gates(would_break(before, before.after(work(REMOVE, "F1")), late)) == [Gate.DN_LIST]


def test_who_is_told_while_nodes_still_differ_is_told_too_early() -> None:
    """Both ends are whole, the way is not: some nodes have the old content and mappings while others have the new."""
    before = standing(ONLY_OLD, OLD)
    then = standing(before.after(work(ADD, "F1"), work(ADD, "F2"), work(MAP, "ERP")).state, OLD, NEW)
    assert refused(then, NOW) == ()
    assert gates(would_break(before, then, NOW)) == [Gate.DN_LIST, Gate.DN_LIST, Gate.MAPPING]


def test_a_withdrawal_is_stopped_while_the_new_one_may_be_presented() -> None:
    """What accepts it must stay."""
    undo = (work(REMOVE, "F1", NEW, OLD), work(UNMAP, "ERP", NEW, OLD))
    told, untold = standing(BOTH, OLD, NEW), standing(BOTH, OLD)
    assert gates(would_break(told, told.after(*undo), NOW)) == [Gate.DN_LIST, Gate.MAPPING]
    assert would_break(untold, untold.after(*undo), NOW) == ()


def test_mapping_for_another_user_is_stopped() -> None:
    """On Neo it would take the certificate from its user."""
    before = standing(BOTH, OLD, NEW)
    assert gates(would_break(before, before.after(work(MAP, "CRM")), NOW)) == [Gate.MAPPING]


def test_the_switch_through_an_unpinned_key_has_no_way_back() -> None:
    """Once the newer one is used the older one is refused for ever; that is said before and after."""
    loose = foundry(key("CPI", OLD, False))
    endpoint = user(loose, "CPI")
    assert locks_out(loose, endpoint, SAME) == (OLD,)
    assert locks_out(loose, endpoint, NEW) == ()
    assert locks_out(loose, endpoint, OLD) == ()
    assert locks_out(foundry(key("CPI", OLD, None)), endpoint, SAME) == (OLD,)
    assert locks_out(foundry(key("CPI", OLD)), endpoint, SAME) == ()
    assert locks_out(ONLY_OLD, user(ONLY_OLD), SAME) == ()
    assert locks_out(loose, flow(ONLY_OLD, "F1"), SAME) == ()
    before = standing(loose, OLD, SAME)
    found = would_break(before, replace(before, state=replace(loose, used=(OLD, SAME))), NOW)
    assert [c.acceptance.for_good for c in found] == [True]
    assert "Nothing brings it back there" in found[0].sentence


def test_a_second_key_of_the_same_names_clashes_with_an_unpinned_one() -> None:
    """Step 4b beside an unpinned key would refuse both certificates at once (KBA 3364579)."""
    before = standing(foundry(key("CPI", OLD, False)), OLD)
    assert gates(would_break(before, before.after(work(MAP, "CPI", new=SAME)), NOW)) == [Gate.KEY_CLASH]
    pinned = standing(foundry(key("CPI", OLD)), OLD)
    assert would_break(pinned, pinned.after(work(MAP, "CPI", new=SAME)), NOW) == ()
    untold = standing(foundry(key("CPI", OLD, None)), OLD)
    (doubt,) = would_break(untold, untold.after(work(MAP, "CPI", new=SAME)), NOW)
    assert doubt.acceptance.answer is Answer.UNKNOWN


def test_the_baseline_is_what_accepted_the_old_one() -> None:
    """Its channels and the users of its mappings; other channels are not at stake; a clash is no acceptance."""
    facts = old_facts(watched=(channel("F2", OTHER_NAMES),))
    assert [e.place for e in baseline(case_with(facts))] == [Place("F1", "HTTPS", "/F1"), Place(user="ERP")]
    assert baseline(new_case()) == ()
    twice = TenantFacts(T0, (), (key("A", OLD), key("B", OLD)), environment=Environment.CLOUD_FOUNDRY)
    assert baseline(case_with(twice)) == ()


def test_the_end_of_the_old_one_takes_nothing_out_of_the_baseline() -> None:
    """What is at stake does not shrink with time, nor with the use of a newer one at an unpinned key."""
    facts = TenantFacts(T0, (), (key("A", OLD, False),), environment=Environment.CLOUD_FOUNDRY)
    assert len(baseline(case_with(facts, "6", "7", "8", new=SAME))) == 1


def test_a_flow_that_comes_later_is_drift_and_then_at_stake() -> None:
    """It lists the old names and was not there; once it is among the facts it belongs to the baseline."""
    first, later = old_facts(), TenantFacts(T0, (channel("F1", OLD_NAMES), channel("F9", OLD_NAMES)))
    case = case_with(first)
    assert [endpoint.place.flow for endpoint in drift(case, later)] == ["F9"]
    assert drift(case_with(replace(first, channels=later.channels)), later) == ()


def test_broken_looks_at_the_last_reading() -> None:
    """A transport that overwrote the channel is seen, though the first reading had it."""
    case = case_with(old_facts(OTHER_NAMES), "6", new=NEW)
    ready = replace(case.facts or old_facts(), others=(user_mapping("ERP", NEW),))
    assert broken(replace(case, facts=ready), NOW) == ()
    (found,) = broken(replace(case, facts=ready, seen=replace(ready, channels=(channel("F1", OLD_NAMES),))), NOW)
    assert found.certificate == NEW
    assert found.sentence == (
        "The certificate CN=erp2.acme.example, O=Acme, C=DE (serial 01, until 2027-03-02 08:00 UTC) is refused at "
        "flow F1, channel HTTPS (/F1): no row lists subject CN=erp2.acme.example, O=Acme, C=DE and issuer "
        "CN=Issuing CA 2, O=Trust, C=DE (403, KBA 3538749). The integration developer must see that "
        "the channel lists subject CN=erp2.acme.example, O=Acme, C=DE and issuer CN=Issuing CA 2, O=Trust, "
        "C=DE, written exactly so, and redeploy the flow."
    )


def test_until_the_release_only_the_old_one_is_demanded() -> None:
    """Nobody asks for the new one before step 6, nor for the old one after step 8."""
    assert broken(case_with(old_facts()), NOW) == ()
    assert [c.certificate for c in broken(case_with(old_facts(), "6"), NOW)] == [NEW, NEW]
    only_new = TenantFacts(T0, watched=(channel("F1", OTHER_NAMES),), others=(user_mapping("ERP", NEW),))
    assert broken(case_with(old_facts(), "6", "7", "8", seen=only_new), NOW) == ()
    assert {c.certificate for c in broken(case_with(old_facts(), seen=only_new), NOW)} == {OLD}


def test_a_case_asks_as_its_standing_does() -> None:
    """The act of step 6 on a case: what is written beside what was."""
    before, then = case_with(old_facts(OTHER_NAMES)), case_with(old_facts(OTHER_NAMES), "6")
    assert gates(would_break(Standing.of(before), Standing.of(then), NOW)) == [Gate.MAPPING]


@pytest.mark.parametrize("gate", list(Gate))
def test_every_gate_has_its_remedy(gate: Gate) -> None:
    """Who must act, and what to do."""
    endpoint = user(ONLY_OLD)
    counterexample = Counterexample(endpoint, Acceptance(NEW, endpoint.place, Objection(gate, Answer.REFUSED, "why")))
    assert counterexample.remedy.startswith(("The tenant administrator must", "The sender administrator must",
                                             "The integration developer must"))  # fmt: skip
    assert counterexample.remedy.endswith(".")
    assert "{" not in counterexample.sentence
