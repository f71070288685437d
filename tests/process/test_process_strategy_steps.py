"""The steps of a plan: needed exactly where `process.open` says so, with what changes where; the way back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from process_cases import NEW, OLD, OLD_NAMES, OTHER_NAMES, T0, THIRD_NAMES, accepted, certificate, facts, new_case
from process_strategy_cases import NAMES, NOW, channel, every_combination, new_certificate, plan_of

from process.case import Added, EffectKind
from process.facts import NamePair, RootTrust, Verdict
from process.open import is_known, is_needed, why_not_needed
from process.steps import BY_ID, STEPS, Role
from process.strategy.facts import Sender, plan_facts, told_pinned
from process.strategy.planning import plan
from process.strategy.shapes import ChangeKind, Need, Plan, PlanStep


def step(made: Plan, id: str) -> PlanStep:
    """The step of the plan."""
    return next(each for each in made.steps if each.id == id)


LEFT = certificate("left", THIRD_NAMES)
ADDED = (Added(EffectKind.ADD_NAMES, "F1", LEFT), Added(EffectKind.ADD_USER_MAPPING, "ERP", LEFT))


@given(
    new=st.sampled_from([None, *NAMES.values()]),
    fresh=st.booleans(),
    flows=st.sampled_from([None, (), ("F1",), ("F1", "F2")]),
    users=st.sampled_from([(), ("ERP",)]),
    added=st.sets(st.sampled_from(ADDED)).map(tuple),
)
def test_needed_is_what_the_process_needs(
    new: NamePair | None, fresh: bool, flows: tuple[str, ...] | None, users: tuple[str, ...], added: tuple[Added, ...]
) -> None:
    """A step is needed exactly where `is_needed` says so, and the reason why not is the one that people are told."""
    case = replace(
        new_case(),
        new=certificate("new", new) if new else None,
        facts_fresh=fresh and flows is not None,
        facts=None if flows is None else facts(flows, users),
        added=added,
    )
    for planned in plan(plan_facts(case), NOW).steps:
        row = BY_ID[planned.id]
        assert planned.role is row.role
        assert (planned.need is Need.NEEDED) == is_needed(row, case)
        if planned.need is not Need.NEEDED:
            assert planned.why == why_not_needed(row, case)
            assert (planned.need is Need.NOT_KNOWN) == (not is_known(case))
            assert bool(planned.expected) == (planned.need is Need.NOT_KNOWN)


def test_what_a_replaced_certificate_left_is_cleaned_up() -> None:
    """Names and a mapping of a certificate that was replaced are removed in 9b and 10, and are no way back's end."""
    case = replace(new_case(), new=certificate("new"), facts_fresh=True, facts=facts(), added=ADDED)
    made = plan(plan_facts(case), NOW)
    assert made.needed == ("1", "2", "6", "7", "8", "9a", "9b", "10")
    assert [(c.kind, c.where, c.fingerprint) for c in step(made, "9b").changes] == [
        (ChangeKind.REMOVE_USER_MAPPING, "ERP", LEFT.fingerprint)
    ]
    assert [(c.kind, c.where, c.row) for c in step(made, "10").changes] == [
        (ChangeKind.REMOVE_ROW, "F1", THIRD_NAMES)
    ]
    assert "left its names" in step(made, "10").why
    assert "left its mapping" in step(made, "9b").why
    assert made.point_of_no_return.steps == ()


def test_every_change_says_where_and_what() -> None:
    """New names beside the old ones in the channel, the mapping for the same user, and the old ones taken away."""
    made = plan(plan_of("both", "overlap", "parameterised", "user", "none"), NOW)
    (row,) = step(made, "4a").changes
    assert (row.kind, row.where, row.channel, row.address) == (ChangeKind.ADD_ROW, "Orders", "HTTPS", "/in")
    assert (row.row, row.beside, row.parameterised) == (OTHER_NAMES, OLD_NAMES, True)
    (mapping,) = step(made, "4b").changes
    assert (mapping.kind, mapping.where) == (ChangeKind.ADD_USER_MAPPING, "ERP")
    assert mapping.fingerprint == new_certificate().fingerprint
    (gone,) = step(made, "9b").changes
    assert (gone.kind, gone.where, gone.fingerprint) == (ChangeKind.REMOVE_USER_MAPPING, "ERP", OLD.fingerprint)
    (removed,) = step(made, "10").changes
    assert (removed.kind, removed.row) == (ChangeKind.REMOVE_ROW, OLD_NAMES)


def test_on_cloud_foundry_a_mapping_is_a_service_key_of_the_same_instance() -> None:
    """4b adds a key to the instance that has the old one, 9b deletes the old one."""
    made = plan(plan_of("unchanged", "overlap", "none", "pinned", "none"), NOW)
    assert [(c.kind, c.where) for id in ("4b", "9b") for c in step(made, id).changes] == [
        (ChangeKind.ADD_SERVICE_KEY, "A"),
        (ChangeKind.REMOVE_SERVICE_KEY, "A"),
    ]


@pytest.mark.parametrize("held", ["not pinned", "not told"])
def test_beside_a_key_that_is_not_pinned_nothing_is_added(held: str) -> None:
    """With unchanged names a second key would have every call refused (KBA 3364579), and the key itself must stay."""
    made = plan(plan_of("unchanged", "overlap", "none", held, "none"), NOW)
    for id in ("4b", "9b"):
        assert step(made, id).changes == ()
        assert "Add nothing to A" in step(made, id).remarks[0]


@pytest.mark.parametrize("held", ["not pinned", "not told"])
def test_with_other_names_a_pinned_key_goes_beside_any_key(held: str) -> None:
    """Keys with different names never clash, so that this overlaps."""
    made = plan(plan_of("both", "overlap", "none", held, "none"), NOW)
    assert [c.kind for c in step(made, "4b").changes] == [ChangeKind.ADD_SERVICE_KEY]
    assert made.keeps_invariant


def test_several_holders_are_not_made_more() -> None:
    """Two keys with one certificate have every call refused (KBA 3224701): a person chooses where it is added."""
    made = plan(plan_of("both", "overlap", "none", "two pinned", "none"), NOW)
    assert step(made, "4b").changes == ()
    assert "must be decided first" in step(made, "4b").remarks[0]


def test_what_somebody_saw_in_the_cockpit_decides() -> None:
    """Told that the key is pinned, the plan is that of a pinned key; what the tenant tells is not overruled."""
    untold = plan_of("unchanged", "overlap", "none", "not told", "none")
    assert not plan(untold, NOW).keeps_invariant
    assert plan(told_pinned(untold, True), NOW).keeps_invariant
    assert plan(told_pinned(untold, False), NOW).point_of_no_return.steps == ("7",)
    loose = plan_of("unchanged", "overlap", "none", "not pinned", "none")
    assert told_pinned(loose, True) == loose
    assert told_pinned(untold, None) is untold


def test_names_that_are_listed_already_are_not_added_again() -> None:
    """By its rows, or where those are not told by its flow; what this renewal added itself is still its work."""
    listed = plan_of("both", "overlap", "lists new", "none", "none")
    assert step(plan(listed, NOW), "4a").changes == ()
    ours = replace(listed, added=(Added(EffectKind.ADD_NAMES, "Orders", new_certificate()),))
    assert len(step(plan(ours, NOW), "4a").changes) == 1
    assert listed.tenant is not None
    bare = replace(channel("plain", OTHER_NAMES), rows=None)
    by_flow = replace(listed, tenant=replace(listed.tenant, channels=(bare,), new_names_in=("Orders",)))
    assert step(plan(by_flow, NOW), "4a").changes == ()


def test_one_row_is_exchanged_at_the_switch_by_the_developer() -> None:
    """In a configure-only flow with one externalised row, both parameters change at step 7; nothing in 4a and 10."""
    made = plan(plan_of("both", "overlap", "one row", "none", "none"), NOW)
    assert [c.kind for c in step(made, "7").changes] == [ChangeKind.EXCHANGE_ROW]
    assert step(made, "4a").changes == step(made, "10").changes == ()
    assert "can take no second row" in step(made, "4a").remarks[0]


@pytest.mark.parametrize(
    ("words", "steps"),
    [
        (("both", "overlap", "plain", "user", "none"), ("9b",)),
        (("both", "overlap", "plain", "none", "none"), ("10",)),
        (("unchanged", "overlap", "plain", "none", "none"), ()),
        (("unchanged", "overlap", "plain", "pinned", "none"), ("9b",)),
        (("unchanged", "overlap", "plain", "not pinned", "none"), ("7",)),
        (("unchanged", "overlap", "plain", "not told", "none"), ("7",)),
        (("both", "overlap", "plain", "not pinned", "none"), ("9b",)),
    ],
)
def test_the_point_of_no_return(words: tuple[str, ...], steps: tuple[str, ...]) -> None:
    """The first removal; with a key that is, or may be, not pinned the first call; none where nothing is removed."""
    assert plan(plan_of(*words), NOW).point_of_no_return.steps == steps


def test_nothing_old_is_removed_before_the_switch_is_confirmed() -> None:
    """In no combination does a step before 8 remove anything; only one row is exchanged at the switch itself."""
    removing = {ChangeKind.REMOVE_ROW, ChangeKind.REMOVE_USER_MAPPING, ChangeKind.REMOVE_SERVICE_KEY}
    for words, each in every_combination():
        for planned in plan(each, NOW).steps:
            kinds = {change.kind for change in planned.changes}
            if BY_ID[planned.id].number <= BY_ID["8"].number:
                assert not kinds & removing, words
            assert ChangeKind.EXCHANGE_ROW not in kinds or planned.id == "7"


@pytest.mark.parametrize(
    ("sender", "word"),
    [
        (Sender(), "ask before step 6"),
        (Sender(holds_two=True), "go back by choosing the old one"),
        (Sender(holds_two=False), "keep the old one with its key at hand"),
        (Sender(nodes=4), "4 nodes switch"),
    ],
)
def test_what_is_known_of_the_sender_stands_at_the_switch(sender: Sender, word: str) -> None:
    """Whether it can hold two, and how many nodes it has; that nobody knows is said too."""
    made = plan(replace(plan_of("both", "overlap", "plain", "none", "none"), sender=sender), NOW)
    assert word in " ".join(step(made, "7").remarks)


def test_the_facts_of_a_case_are_taken_over() -> None:
    """The plan of a case is made of the case's own certificate, verdict, facts and additions."""
    case = replace(
        new_case(), new=NEW, verdict=accepted(root=RootTrust.NOT_LISTED), facts=facts(("F1",)), facts_fresh=True,
        root_confirmed="seen", decided="why", added=ADDED,
    )  # fmt: skip
    taken = plan_facts(case, Sender(nodes=2))
    assert (taken.old, taken.new, taken.tenant, taken.fresh, taken.added) == (OLD, NEW, case.facts, True, ADDED)
    assert taken.root is RootTrust.NOT_LISTED
    assert taken.sender.nodes == 2
    again = taken.case
    assert (again.root_confirmed, again.decided, again.verdict) == ("seen", "why", case.verdict)


def test_before_the_certificate_is_there_both_futures_are_told() -> None:
    """With a tenant that was read and no new certificate: what follows if the names stay, and if they change."""
    known = plan_of("both", "overlap", "one row", "not told", "none")
    made = plan(replace(known, new=None, verdict=None, fresh=False), NOW)
    stay, change = made.foreseen
    assert stay.needed == ("1", "2", "4b", "6", "7", "8", "9b")
    assert [item.limit for item in stay.not_overlapped] == ["service key may not be pinned"]
    assert change.needed == tuple(row.id for row in STEPS)
    assert [item.limit for item in change.not_overlapped] == ["one externalised row"]
    assert {row.role for row in STEPS} == {each.role for each in made.steps} == set(Role) - {Role.OPERATOR}


def test_a_certificate_before_the_tenant_is_read_settles_the_names() -> None:
    """Names that stay drop their steps whatever the tenant holds; the mapping's steps stay open either way."""
    for names, word in (("unchanged", "drops out"), ("both", "needed where a sender channel lists")):
        known = replace(plan_of(names, "overlap", "none", "none", "none"), tenant=None, fresh=False)
        made = plan(replace(known, verdict=Verdict(known.new)), T0)
        assert word in step(made, "4a").expected
        assert "whatever the names" in step(made, "4b").expected
