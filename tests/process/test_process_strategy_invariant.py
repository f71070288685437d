"""The law of the plan: walked through an independent world, nobody is refused who was not named."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from process_cases import OLD, T0
from process_strategy_cases import (
    ALL,
    HOLDERS,
    NOW,
    TOLD_BY_FACTS,
    Place,
    Walk,
    channel,
    every_combination,
    names_it,
    new_certificate,
    plan_of,
    worlds,
)

from process.facts import RootTrust, Unreadable, Verdict
from process.strategy.facts import PlanFacts, Sender
from process.strategy.planning import plan
from process.strategy.shapes import Need, Plan, Which


def refused(facts: PlanFacts, made: Plan) -> set[tuple[Which, Place]]:
    """Who is refused where, in any world that the facts may be of."""
    assert facts.new is not None
    return {each for world in worlds(facts) for each in Walk(world, made, facts.new).all_of_it().refused}


def test_every_plan_keeps_the_invariant_or_says_where_it_cannot() -> None:
    """All combinations of names, validity, channels, holders and other keys, in every world they may be of.

    Nor is a place named without a cause: some world does refuse somebody then, unless the old one is refused already.
    """
    for words, facts in every_combination():
        made = plan(facts, NOW)
        met = refused(facts, made)
        unnamed = [
            (which, place)
            for which, place in met
            if not any(names_it(item, which, place) for item in made.not_overlapped)
        ]
        assert not unnamed, (words, unnamed)
        lost_already = any(not item.where or item.limit in TOLD_BY_FACTS for item in made.not_overlapped)
        assert made.keeps_invariant or met or lost_already, words


def test_unchanged_names_never_drop_the_mapping() -> None:
    """A mapping or key that holds the old certificate keeps 4b and 9b; a mapping or pinned key is renewed there."""
    for held in HOLDERS[1:]:
        made = {step.id: step for step in plan(plan_of("unchanged", "overlap", "none", held, "none"), NOW).steps}
        for step in ("4b", "9b"):
            assert made[step].need is Need.NEEDED, (step, held)
            if held in ("user", "pinned"):
                assert len(made[step].changes) == 1


@given(
    words=st.tuples(*(st.sampled_from(each) for each in ALL)),
    root=st.sampled_from(RootTrust),
    person=st.booleans(),
    known=st.sampled_from(["all", "stale", "no tenant", "no certificate", "nothing"]),
    sender=st.builds(Sender, st.sampled_from([None, True, False]), st.sampled_from([None, 1, 2, 7])),
    more=st.lists(st.sampled_from(["plain", "one row", "fixed row"]), max_size=3),
    unseen=st.booleans(),
    idle=st.booleans(),
    days=st.integers(-5, 60),
)
def test_every_combination_has_a_plan(
    words: tuple[str, ...], root: RootTrust, person: bool, known: str, sender: Sender, more: list[str], unseen: bool,
    idle: bool, days: int,
) -> None:  # fmt: skip
    """Whatever is known or not, there is a plan: twelve steps, each with a reason; it never promises too much."""
    facts = plan_of(*words)
    assert facts.tenant is not None
    assert facts.new is not None
    extra = tuple(channel(kind, facts.new.names, f"Flow {i}") for i, kind in enumerate(more))
    stuck = tuple(f"Flow {i}" for i, kind in enumerate(more) if "row" in kind)
    tenant = replace(
        facts.tenant,
        channels=facts.tenant.channels + extra,
        configure_only=facts.tenant.configure_only + stuck,
        unreadable=(Unreadable("flow F", "it is locked"),) if unseen else (),
    )
    facts = replace(
        facts,
        new=facts.new if known not in ("no certificate", "nothing") else None,
        tenant=tenant if known not in ("no tenant", "nothing") else None,
        fresh=known == "all",
        verdict=Verdict(facts.new, (), root, needs_person=person),
        sender=sender,
        not_deployed=("Flow 0",) if idle else (),
        drafts=("Flow 1",),
    )
    made = plan(facts, OLD.not_before + timedelta(days=days))
    assert [step.id for step in made.steps] == ["1", "2", "3", "4a", "4b", "5", "6", "7", "8", "9a", "9b", "10"]
    assert all(step.why for step in made.steps)
    assert all(item.why and item.advice and item.gap and item.refused and item.source for item in made.not_overlapped)
    assert all(step.need is Need.NEEDED or not step.changes for step in made.steps)
    assert made.is_whole == (known == "all" and not unseen)
    assert made.point_of_no_return.why
    assert bool(made.foreseen) == (known == "no certificate")
    if (unseen and facts.tenant) or known != "all":
        assert made.needs_person


def test_only_what_is_deployed_counts() -> None:
    """A flow that is not deployed accepts nobody: it is not changed, and drops the steps of names with it."""
    facts = replace(plan_of("both", "overlap", "plain", "none", "none"), not_deployed=("Orders",))
    made = plan(facts, NOW)
    assert made.needed == ("1", "2", "6", "7", "8")
    assert "not-deployed" in {remark.code for remark in made.remarks}


def test_a_renewal_that_began_late_says_so() -> None:
    """An expired old certificate is refused now already, whatever the plan does."""
    facts = plan_of("both", "overlap", "plain", "user", "none")
    made = plan(facts, T0 + timedelta(days=41))
    assert [item.limit for item in made.not_overlapped] == ["old certificate has expired"]
    assert new_certificate().not_after > T0 + timedelta(days=41)
