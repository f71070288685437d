"""The sentences that tell people where a renewal stands."""

from dataclasses import replace

import pytest
from process_cases import FULL, OLD, T0, Play, facts, full, new_case, until

from process.case import Closing
from process.settle import settle
from process.steps import BY_ID, STEPS, Role
from process.words import (
    command,
    current_details,
    details,
    next_words,
    progress,
    role_of,
    short,
    since,
    standing,
    step_words,
    summary,
    upcoming,
)


def test_short_words_and_roles_are_one_to_one() -> None:
    """Each role has its word on the command line; its full name is understood too."""
    for role in Role:
        assert role_of(short(role)) is role
        assert role_of(role.value) is role
    assert role_of("nobody") is None


def test_the_command_of_a_step_names_it_and_the_role() -> None:
    """What a person copies is complete but for names of their own."""
    assert command(BY_ID["2"], "r-1").startswith("certrelay submit r-1 CERTIFICATE.pem --as sender:NAME")
    assert command(BY_ID["4a"], "r-1").startswith("certrelay confirm 4a r-1 --as developer:NAME")


@pytest.mark.parametrize("step", FULL)
def test_each_open_step_is_in_every_view(step: str) -> None:
    """Standing, next words and details name the open steps and their roles."""
    play = until(step)
    if play.case.closed:
        return
    shown = current_details(play.case, "r-1", play.now)
    for opened in play.open:
        role = BY_ID[opened].role.words
        assert f"step {opened} waits for the {role}" in standing(play.case)
        assert any(f"Step {opened} is open: the {role}" in sentence for sentence in next_words(play.case))
        assert command(BY_ID[opened], "r-1") in shown
        assert step_words(BY_ID[opened], play.case) == "open"


def test_work_under_way_and_failures_are_told() -> None:
    """While we work nobody is waited for in vain; a failure keeps its sentence."""
    play = until("3").act("4b").act("4a")
    assert standing(play.case) == "certrelay is at work"
    assert "certrelay carries out step 4a." in next_words(play.case)
    assert step_words(BY_ID["4a"], play.case) == "under way"
    play.work(fails=lambda effect: effect.where == "F1")
    assert "Failed: F1 is locked." in next_words(play.case)
    assert "**F1 is locked.**" in current_details(play.case, "r", play.now)


def test_a_closed_renewal_waits_for_nobody() -> None:
    """Complete, withdrawn and on the way there: each its own words."""
    completed = until("10").case
    withdrawing = until("4b").act("withdraw")
    assert standing(completed) == "completed"
    assert next_words(completed) == ("The renewal is complete. Nobody is waited for.",)
    assert standing(withdrawing.case).startswith("withdrawing")
    assert "takes back" in next_words(withdrawing.case)[0]
    withdrawn = withdrawing.work().case
    assert "The old certificate stays in use" in next_words(withdrawn)[0]
    assert step_words(BY_ID["6"], withdrawn) == "not done"


def test_the_words_of_a_step_before_anything_is_known() -> None:
    """A conditional step says under which condition it comes."""
    case = new_case()
    assert step_words(BY_ID["1"], case) == step_words(BY_ID["2"], case) == "open"
    assert step_words(BY_ID["4b"], case) == "only if a user mapping holds the old certificate"
    assert step_words(BY_ID["6"], case) == "waiting"
    assert step_words(BY_ID["4a"], Play().submit().case).startswith("not needed: no sender channel")
    assert step_words(BY_ID["3"], until("3").case).startswith("done by Ada at 2026-03-02")


def test_progress_has_each_step_once() -> None:
    """The whole table, in order."""
    assert [step for step, _ in progress(full().case)] == list(STEPS)


def test_upcoming_begins_after_what_is_open() -> None:
    """Neither done nor open nor under way."""
    assert [step.id for step in upcoming(until("3").case)] == ["5", "6", "7", "8", "9a", "9b", "10"]
    assert upcoming(until("10").case) == ()


def test_since_is_the_last_line_that_moved_it() -> None:
    """Comments are lines that were accepted; refusals move nothing."""
    play = full()
    moved = play.act("3").now
    assert since(play.case) == moved
    assert since(new_case()) == T0
    assert settle(play.case, play.now) == play.case


def test_cells_cannot_break_the_table() -> None:
    """What people and tenants said goes into a cell as one line, bars escaped."""
    case = replace(full().case, troubles={"4a/x": "one | two\nthree"})
    lines = current_details(case, "r-1", T0).splitlines()
    assert "| Failed | **one \\| two three** |" in lines
    assert all(line.startswith("|") and line.endswith("|") for line in lines)


def test_overrides_are_shown_for_ever() -> None:
    """In every later view of the renewal."""
    play = Play(new_case(), facts(unreadable=("flow L",))).submit().act("override", guard="NotLookedAt")
    play.steps("6", "7", "8")
    assert play.case.closing is Closing.COMPLETED
    assert "| Overridden | **NotLookedAt** |" in current_details(play.case, "r", play.now)


def test_the_fixed_part_names_tenant_sender_and_old_certificate() -> None:
    """Summary and details say what the renewal is about."""
    subject = new_case().subject
    assert subject.sender in summary(subject)
    assert subject.tenant in summary(subject)
    assert f"`{OLD.names.subject}`" in details(subject)
    assert OLD.fingerprint[:16] in details(subject)
