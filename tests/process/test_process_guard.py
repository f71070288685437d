"""The guard: what would newly be refused is told before an act; what is broken before stands in nobody's way."""

from dataclasses import replace
from datetime import timedelta

import pytest
from process_cases import (
    NEW,
    OLD,
    T0,
    THIRD_NAMES,
    Play,
    accepted,
    certificate,
    facts,
    full,
    new_case,
    request,
    until,
)

from process import refusals as no
from process.case import Case
from process.check import check, guards
from process.guard import MOST_TOLD, breaks, counterexamples, held_back
from process.steps import BY_ID
from process.write import write

NOW = T0 + timedelta(hours=1)


def lost(case: Case, what: str) -> Case:
    """The case whose last reading lacks the old or the new names, or the mapping of one."""
    assert case.seen is not None
    seen = case.seen
    if what == "row":
        channels = (*seen.channels, *seen.watched)
        changed = tuple(replace(c, rows=(THIRD_NAMES,)) for c in channels)
        return replace(case, seen=replace(seen, channels=(), watched=changed))
    return replace(case, seen=replace(seen, others=tuple(m for m in seen.others if m.fingerprint != NEW.fingerprint)))


def asked(step: str, **content: object) -> tuple[str, ...]:
    """What the guard says of a step of the full renewal before it."""
    case = until("5").case
    return counterexamples(case, request(BY_ID[step].act or "", **content), NOW)


def test_the_right_acts_meet_no_counterexample() -> None:
    """Each step in its order, and a withdrawal before the release."""
    assert asked("6") == ()
    for before, step in (("3", "4a"), ("4a", "4b"), ("9a", "9b"), ("9b", "10")):
        case = until(before).case
        assert counterexamples(case, request(BY_ID[step].act or ""), NOW) == ()
    assert counterexamples(until("4b").case, request("withdraw"), NOW) == ()


@pytest.mark.parametrize("what", ["row", "mapping"])
def test_a_release_without_its_place_is_refused(what: str) -> None:
    """Step 6 hands out the new certificate: whatever lacks it is named, with who must act and what to do."""
    case = lost(until("5").case, what)
    wanted = request("tenant_admin_releases_sender")
    found = counterexamples(case, wanted, NOW)
    assert found
    assert all("is refused at" in sentence and "must" in sentence for sentence in found)
    with pytest.raises(no.WouldRefuse) as refused:
        check(case, wanted, NOW)
    assert refused.value.counterexamples == found


def test_a_removal_is_asked_about_and_what_was_done_by_hand_is_not() -> None:
    """The removal of the old names where the new ones are not; by hand it was done already."""
    case = until("9b").case
    assert case.seen is not None
    only_old = tuple(replace(c, rows=(OLD.names,)) for c in case.seen.channels)
    back = replace(case, seen=replace(case.seen, channels=only_old))
    wanted = request("developer_removes_names")
    assert counterexamples(back, wanted, NOW)
    assert counterexamples(back, replace(wanted, by_hand=True), NOW) == ()


def test_a_withdrawal_after_the_release_would_refuse() -> None:
    """It takes away what the sender may present; after a switch-back that is only the old one."""
    play = until("6")
    wanted = request("withdraw")
    assert counterexamples(play.case, wanted, NOW)
    assert counterexamples(play.act("switch_back").case, wanted, NOW) == ()


def test_a_lifted_guard_lets_the_act_pass() -> None:
    """`WouldRefuse` for the steps; for a withdrawal either word."""
    case = lost(until("5").case, "mapping")
    assert guards(case, NOW) == ("WouldRefuse",)
    wanted = request("override", guard="WouldRefuse")
    check(case, wanted, NOW)
    check(write(case, wanted, NOW), request("tenant_admin_releases_sender"), NOW)
    released = replace(until("6").case, lifted=("WithdrawUnsafe",))
    check(released, request("withdraw"), NOW)


def test_an_expired_certificate_is_not_released() -> None:
    """What a person took in spite of its faults is still asked about at the release."""
    play = Play(new_case(), facts(("F1",)), accepted(certificate("ended", OLD.names, -1))).submit()
    with pytest.raises(no.WouldRefuse, match="it expired at"):
        play.act("6")


def test_many_places_are_counted() -> None:
    """A refusal names the first and how many more there are."""
    flows = tuple(f"F{at}" for at in range(MOST_TOLD + 3))
    play = Play(new_case(), facts(flows)).submit().steps("3", "4a", "5")
    found = counterexamples(lost(play.case, "row"), request("tenant_admin_releases_sender"), NOW)
    assert len(found) == MOST_TOLD + 1
    assert found[-1].startswith("And ")


def test_before_anything_was_read_nothing_is_known_to_break() -> None:
    """The other rules say that no step is open then."""
    case = replace(until("5").case, facts=None, seen=None)
    assert counterexamples(case, request("tenant_admin_releases_sender"), NOW) == ()


def test_what_breaks_says_which_step_mends_it() -> None:
    """The new certificate by 4a and 4b once they are done; the old one by no step, and its end is no drift."""
    case = until("6").case
    row, mapping = breaks(lost(case, "row")), breaks(lost(case, "mapping"))
    assert {b.mended_by for b in row} == {"", "4a"}
    assert [b.mended_by for b in mapping] == ["4b"]
    assert breaks(case) == ()
    reopened = replace(case, steps={k: v for k, v in case.steps.items() if k != "4b"})
    assert [b.mended_by for b in breaks(lost(reopened, "mapping"))] == [""]


def test_a_step_is_held_back_by_alarms_by_its_counterexamples_and_by_what_is_unread() -> None:
    """In this order; nothing holds it back once the guard is lifted."""
    play = until("5").act("6")
    case = play.case
    assert held_back(case, "6", (), NOW) == ()
    assert held_back(case, "6", ("It is gone.",), NOW) == ("It is gone.",)
    assert held_back(lost(case, "mapping"), "6", (), NOW)
    assert case.facts is not None
    blind = replace(case, facts=replace(case.facts, unreadable=facts(unreadable=("flow L",)).unreadable))
    (sentence,) = held_back(blind, "6", (), NOW)
    assert "flow L (it is locked)" in sentence
    assert held_back(replace(blind, lifted=("NotLookedAt",)), "6", (), NOW) == ()
    assert held_back(replace(case, lifted=("WouldRefuse",)), "6", ("It is gone.",), NOW) == ()


def test_a_switch_back_and_other_words_are_never_asked_about() -> None:
    """What has happened cannot be refused."""
    case = lost(full("3", "4a", "4b", "5", "6").case, "row")
    for act in ("switch_back", "comment", "sender_switches", "developer_reports_ready"):
        assert counterexamples(case, request(act), NOW) == ()
