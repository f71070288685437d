"""What is due: the work that an order means, and which of it may start now."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from process_cases import NEW, OLD, OTHER_NAMES, T0, Play, accepted, certificate, facts, full, new_case, until

from process.case import Closing, Effect, EffectKind
from process.due import (
    LOOKED_BEFORE,
    SIDE_BY_SIDE,
    due,
    look_again_at,
    look_before,
    withdrawal_complete,
    work_of,
    work_of_withdrawal,
)
from process.steps import STEPS

MAPPINGS = (EffectKind.ADD_USER_MAPPING, EffectKind.REMOVE_USER_MAPPING)


def places(effect: Effect) -> str:
    """Where an effect works: all mappings are one artifact on the tenant."""
    return "mappings" if effect.kind in MAPPINGS else effect.where


def test_the_tenant_is_read_from_the_first_moment() -> None:
    """Before any certificate is there the tenant administrator already sees what knows the old one."""
    (effect,) = due(new_case(), T0)
    assert (effect.kind, effect.old, effect.new) == (EffectKind.READ_TENANT, OLD, None)


def test_a_certificate_is_judged_before_the_tenant_is_read_for_it() -> None:
    """One thing after the other; then nothing is due."""
    play = Play().act("2")
    assert [e.kind for e in due(play.case, play.now)] == [EffectKind.JUDGE_CERTIFICATE]
    play.work()
    assert due(play.case, play.now) == ()


def test_after_a_failed_reading_there_is_a_pause() -> None:
    """The tenant is read again at the moment that stands in the case, not before."""
    case = replace(new_case(), read_again_at=T0)
    assert due(case, T0 - timedelta(seconds=1)) == ()
    assert [e.kind for e in due(case, T0)] == [EffectKind.READ_TENANT]


def test_nothing_is_read_on_the_way_out() -> None:
    """A renewal that is withdrawn reads and judges no more."""
    for closing in Closing:
        assert due(replace(new_case(), closing=closing), T0) == ()


def test_each_flow_and_each_user_is_one_piece_of_work() -> None:
    """Two channels of a flow, or two mappings of a user, are changed together."""
    play = Play(new_case(), facts(("F1", "F2", "F1"), ("ERP", "ERP"))).submit()
    assert [e.where for e in work_of("4a", play.case)] == ["F1", "F2"]
    assert [e.where for e in work_of("4b", play.case)] == ["ERP"]


def test_work_names_what_goes_and_what_stays() -> None:
    """Additions name the old to stand beside, removals the new that must be there to stay."""
    case = until("8").case
    for step in ("4a", "4b", "9b", "10"):
        assert {(e.old, e.new, e.step) for e in work_of(step, case)} == {(OLD, NEW, step)}


def test_what_replaced_certificates_left_is_cleaned_with_the_old() -> None:
    """Steps 9b and 10 remove the old certificate and each replaced one; the new one is what stays."""
    last = certificate("last", OLD.names)
    play = full("3", "4a", "4b").submit(accepted(last))
    assert [(e.where, e.old) for e in work_of("9b", play.case)] == [("ERP", OLD), ("ERP", NEW)]
    assert [(e.where, e.old) for e in work_of("10", play.case)] == [("F1", NEW), ("F2", NEW)]
    assert {e.new for e in work_of("10", play.case)} == {last}


def test_names_that_stay_in_use_are_not_removed() -> None:
    """A replacement of the same names keeps the rows of the replaced one."""
    play = full("3", "4a", "4b").submit(accepted(certificate("again", OTHER_NAMES)))
    assert {e.old for e in work_of("10", play.case)} == {OLD}


def test_a_withdrawal_undoes_what_was_added() -> None:
    """Each addition has its removal, with the old certificate as what must stay."""
    undo = work_of_withdrawal(until("4b").case)
    assert [(e.kind, e.where, e.old, e.new) for e in undo] == [
        (EffectKind.REMOVE_USER_MAPPING, "ERP", NEW, OLD),
        (EffectKind.REMOVE_NAMES, "F2", NEW, OLD),
        (EffectKind.REMOVE_NAMES, "F1", NEW, OLD),
    ]


def test_a_withdrawal_is_complete_when_nothing_is_left() -> None:
    """No work and nothing added; and only a withdrawal can be."""
    case = new_case(closing=Closing.WITHDRAWING)
    assert withdrawal_complete(case)
    assert not withdrawal_complete(new_case())
    assert not withdrawal_complete(replace(until("4a").case, closing=Closing.WITHDRAWING))


EFFECTS = st.builds(
    Effect,
    st.sampled_from([EffectKind.ADD_NAMES, EffectKind.REMOVE_NAMES, *MAPPINGS]),
    st.sampled_from(["F1", "F2", "F3", "F4", "F5", "F6"]),
    st.just("10"),
    st.sampled_from([OLD, certificate("left")]),
    st.just(NEW),
)


@given(st.lists(EFFECTS, max_size=12, unique_by=lambda e: e.key), st.integers(0, 12))
def test_one_piece_in_one_place_and_not_too_many_at_once(pending: list[Effect], running: int) -> None:
    """With what runs, no two share a place, none starts twice, no more than four run; and all comes to its end."""
    case = replace(new_case(facts_fresh=True), pending=tuple(pending))
    at_work: list[Effect] = []
    for _ in range(len(pending) + 1):
        started = due(case, T0, at_work)
        at_work += started
        assert len({places(e) for e in at_work}) == len(at_work) <= SIDE_BY_SIDE
        assert set(at_work) <= set(case.pending)
        assert due(case, T0, at_work) == ()
        if at_work:
            done = at_work.pop(running % len(at_work))
            case = replace(case, pending=tuple(e for e in case.pending if e.key != done.key))
    assert case.pending == ()


def test_the_steps_that_hand_over_or_remove_are_preceded_by_a_look() -> None:
    """It is ordered with the step, before its work, and names every flow that may know one of the two."""
    case = until("8").case
    assert [step.id for step in STEPS if look_before(step, case)] == list(LOOKED_BEFORE)
    play = until("9a").act("9b")
    assert [e.kind for e in play.case.pending] == [EffectKind.LOOK, EffectKind.REMOVE_USER_MAPPING]
    assert play.case.pending[0].watched == ("F1", "F2")


def test_what_was_ordered_after_a_look_waits_for_it() -> None:
    """Neither before it starts nor while it runs."""
    play = until("9a").act("9b")
    (look,) = due(play.case, play.now)
    assert look.kind is EffectKind.LOOK
    assert due(play.case, play.now, (look,)) == ()
    other = Effect(EffectKind.REMOVE_NAMES, "F9", "10", OLD, NEW)
    waiting = replace(play.case, pending=(look, replace(other, where="F1")))
    assert due(waiting, play.now, (other,)) == ()


def test_nothing_is_looked_at_in_the_middle_of_a_change() -> None:
    """What is neither before nor after proves nothing: the look waits for running changes, and they for it."""
    play = until("3").act("4a")
    changes = due(play.case, play.now)
    assert {e.kind for e in changes} == {EffectKind.ADD_NAMES}
    look = look_before(STEPS[-1], play.case)
    assert look is not None
    waiting = replace(play.case, pending=(look, *play.case.pending))
    assert due(waiting, play.now, changes) == ()
    assert due(play.case, play.now, (look,)) == ()


def test_when_the_tenant_is_looked_at_again() -> None:
    """At once after a change of ours, else after a while; not while work is pending, nor on the way out."""
    case = until("3").case
    assert case.looked_at is not None
    assert look_again_at(case) == case.looked_at + case.look_every
    assert look_again_at(replace(case, touched=("F1",))) == case.looked_at
    assert look_again_at(replace(case, read_again_at=T0)) == T0
    for other in (
        replace(case, closing=Closing.WITHDRAWING),
        replace(case, facts_fresh=False),
        replace(case, looked_at=None),
        until("3").act("4a").case,
    ):
        assert look_again_at(other) is None


def test_a_look_is_due_at_its_moment_and_not_before() -> None:
    """The whole of a quiet day has four."""
    play = until("3")
    moment = look_again_at(play.case)
    assert moment is not None
    assert due(play.case, moment - timedelta(seconds=1)) == ()
    (look,) = due(play.case, moment)
    assert (look.kind, look.step) == (EffectKind.LOOK, "")
