"""What follows of itself: a step whose work is finished is done, a finished renewal ends."""

from dataclasses import replace
from datetime import timedelta

import pytest
from process_cases import FULL, T0, Play, full, new_case, until

from process.case import Closing, Outcome, Status
from process.settle import CERTRELAY, note, settle, step_failed

LATER = T0 + timedelta(days=1)


@pytest.mark.parametrize("step", ["2", *FULL])
def test_settling_twice_is_settling_once(step: str) -> None:
    """After each step nothing further follows of itself."""
    case = full().case if step == "2" else until(step).case
    assert settle(case, LATER) == case


def test_step_2_is_done_when_the_tenant_is_read_for_the_certificate() -> None:
    """Accepted is not enough: which steps follow is not known before."""
    play = full()
    assert play.case.is_done("2")
    ordered = replace(play.case.steps["2"], status=Status.ORDERED)
    case = replace(play.case, steps={**play.case.steps, "2": ordered})
    assert settle(case, LATER).is_done("2")
    assert not settle(replace(case, facts_fresh=False), LATER).is_done("2")


def test_a_step_with_failed_work_is_not_done() -> None:
    """Only when no work is pending and none failed."""
    play = until("3").act("4a")
    failed = replace(play.case, pending=(), troubles={"4a/F1": "It is locked."})
    assert step_failed(failed, "4a")
    assert not step_failed(failed, "4b")
    assert not settle(failed, LATER).is_done("4a")
    assert settle(replace(failed, troubles={}), LATER).is_done("4a")


def test_a_renewal_completes_once_with_a_line_of_our_own() -> None:
    """All steps of its walk done and no work left: the last line says so, and nothing is failing any more."""
    case = until("10").case
    assert case.closing is Closing.COMPLETED
    assert (case.record[-1].by, case.record[-1].act, case.record[-1].outcome) == (
        CERTRELAY,
        "completed",
        Outcome.DONE,
    )
    assert case.troubles == {}


def test_a_closed_renewal_stays_as_it_is() -> None:
    """Nothing follows any more."""
    closed = new_case(closing=Closing.WITHDRAWN)
    assert settle(closed, LATER) is closed


def test_a_withdrawal_ends_when_all_is_taken_back() -> None:
    """Not before, and with nothing failing."""
    play = until("4b").act("withdraw")
    on_the_way = play.case.closing
    play.work()
    assert (on_the_way, play.case.closing) == (Closing.WITHDRAWING, Closing.WITHDRAWN)
    assert play.case.added == ()
    assert play.case.troubles == {}


def test_a_note_is_a_line_and_nothing_else() -> None:
    """Who stands on it where no person acted is certrelay."""
    case = note(Play().case, T0, "started", Outcome.NOTED, "It has begun.")
    assert case.record[-1].by == CERTRELAY
    assert replace(case, record=()) == new_case()


def test_a_renewal_does_not_end_beside_an_alarm_or_what_was_not_seen() -> None:
    """All steps done is not enough: the last word is a clean look at the tenant."""
    case = replace(until("10").case, closing=None)
    assert settle(case, LATER).closing is Closing.COMPLETED
    assert settle(replace(case, alarms={"flow F1": "It is gone."}), LATER).closing is None
    assert settle(replace(case, touched=("F1",)), LATER).closing is None


def test_a_step_that_changes_is_done_when_it_was_seen() -> None:
    """Work that ended well is not the end of the step: the tenant is looked at first."""
    play = until("3").act("4a")
    seen = replace(play.case, pending=(), touched=())
    assert settle(seen, LATER).is_done("4a")
    assert not settle(replace(seen, touched=("F1",)), LATER).is_done("4a")


def test_a_said_step_that_waited_for_a_look_has_its_meaning() -> None:
    """Step 6 releases the new certificate when the look is over, not before."""
    play = until("5").act("6")
    assert play.case.released == ()
    assert settle(replace(play.case, pending=()), LATER).released == (play.case.new,)
