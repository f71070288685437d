"""What is needed, what is open and who is waited for."""

from dataclasses import replace

import pytest
from process_cases import FULL, NEW, OLD_RESPELLED, Play, accepted, certificate, facts, full, new_case, until

from process.case import Closing
from process.facts import RootTrust
from process.open import (
    before,
    current_steps,
    is_known,
    is_needed,
    may_replace,
    names_change,
    open_steps,
    root_gate,
    root_is_vouched,
    unreadable,
    waiting_for,
    walk,
    why_not_needed,
)
from process.steps import BY_ID, STEPS, Role


def test_only_identical_names_are_unchanged() -> None:
    """Another spelling is a change; without a new certificate nothing has changed yet."""
    assert not names_change(new_case())
    assert not names_change(new_case(new=certificate("n")))
    assert names_change(new_case(new=certificate("n", OLD_RESPELLED)))
    assert names_change(new_case(new=NEW))


def test_unknown_is_not_needed_yet() -> None:
    """Before the tenant is read for the certificate, conditional steps are no part of the walk."""
    assert [step.id for step in walk(new_case())] == ["1", "2", "6", "7", "8"]
    stale = replace(full().case, facts_fresh=False)
    assert not is_known(stale)
    assert [step.id for step in walk(stale)] == ["1", "2", "6", "7", "8"]
    assert "not known" in why_not_needed(BY_ID["3"], stale)


def test_a_step_that_is_needed_needs_no_reason() -> None:
    """The reason is empty exactly where the step is needed."""
    for case in (new_case(), full().case, Play().submit().case):
        for step in STEPS:
            assert bool(why_not_needed(step, case)) is not is_needed(step, case)


def test_a_step_waits_for_all_with_smaller_numbers() -> None:
    """5 waits for both 4a and 4b; 4a and 4b do not wait for each other."""
    case = until("3").case
    assert [step.id for step in before(BY_ID["5"], case)] == ["4a", "4b"]
    assert before(BY_ID["4a"], case) == before(BY_ID["4b"], case) == ()


@pytest.mark.parametrize("step", FULL)
def test_who_is_waited_for_is_who_can_act(step: str) -> None:
    """The roles are those of the open steps, each once."""
    case = until(step).case
    assert waiting_for(case) == tuple(dict.fromkeys(s.role for s in open_steps(case)))


def test_at_the_start_the_sender_is_waited_for() -> None:
    """Step 2 is open from the first moment on, and not while its certificate is judged."""
    play = Play()
    assert waiting_for(play.case) == (Role.SENDER_ADMINISTRATOR,)
    play.act("2")
    assert play.open == ()
    assert [step.id for step in current_steps(play.case)] == ["2"]


def test_nothing_is_open_on_the_way_out() -> None:
    """A renewal that is withdrawn or has ended waits for nobody."""
    for closing in Closing:
        assert open_steps(replace(full().case, closing=closing)) == ()


def test_replacing_is_possible_until_step_8() -> None:
    """There must be a certificate, and the switch must not be confirmed."""
    assert not may_replace(new_case())
    assert may_replace(until("7").case)
    assert not may_replace(until("8").case)
    assert may_replace(until("8").act("switch_back").case)
    assert not may_replace(until("4b").act("withdraw").case)


def test_the_root_is_vouched_for_at_3_or_at_6() -> None:
    """Where step 3 drops out, the gate moves to the release."""
    assert root_gate(full().case) is BY_ID["3"]
    assert root_gate(Play().submit().case) is BY_ID["6"]


def test_silence_about_the_root_is_not_consent() -> None:
    """Only the operator's list or a person vouches; a new certificate needs it anew."""
    play = full().submit(accepted(root=RootTrust.UNKNOWN))
    assert not root_is_vouched(play.case)
    play.steps("3")
    assert root_is_vouched(play.case)
    play.submit(accepted(certificate("n"), RootTrust.UNKNOWN))
    assert not root_is_vouched(play.case)
    play.submit(accepted(root=RootTrust.LISTED))
    assert root_is_vouched(play.case)


def test_what_could_not_be_looked_at_is_named_with_its_reason() -> None:
    """An empty list means that all was looked at."""
    assert unreadable(new_case()) == ()
    assert unreadable(new_case(facts=facts(unreadable=("flow L",)))) == ("flow L (it is locked)",)


def test_what_a_replaced_certificate_left_brings_the_cleaning_steps_in() -> None:
    """Names and mapping of a replaced certificate are cleaned up although the last one asks for neither."""
    play = full("3", "4a", "4b", "5")
    play.submit(accepted(certificate("same names")))
    case = replace(play.case, facts=facts())
    assert [step.id for step in walk(case)] == ["1", "2", "6", "7", "8", "9a", "9b", "10"]
