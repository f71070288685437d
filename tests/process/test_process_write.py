"""What an allowed act changes: the case after it, with its line on the record."""

from dataclasses import replace

import pytest
from process_cases import (
    FULL,
    NEW,
    OLD,
    T0,
    Play,
    accepted,
    certificate,
    doubtful,
    facts,
    faulty,
    full,
    new_case,
    request,
    until,
)

from process.case import Closing, Entry, Outcome, Status
from process.check import MOST_RECORD
from process.facts import RootTrust
from process.refusals import CaseClosed
from process.steps import STEPS, Role
from process.strategy.facts import Sender, plan_facts
from process.write import MOST_REFUSALS, again_from, note_refusal, write, write_refusal


@pytest.mark.parametrize("step", FULL)
def test_each_act_leaves_one_line_with_who_when_and_on_which_facts(step: str) -> None:
    """The line names person, role, act, step and request, and a digest of the facts."""
    before = until(FULL[FULL.index(step) - 1]) if step != "3" else full()
    known = before.case.record
    after = before.act(step, root_confirmed="seen on the list", by="Ada").case
    line = after.record[len(known)]
    assert after.record[: len(known)] == known
    assert (line.by, line.step, line.outcome, line.at) == ("Ada", step, Outcome.ACCEPTED, before.now)
    assert line.request_id
    assert len(line.facts) == 12


def test_what_a_person_says_is_on_the_record() -> None:
    """Reason, confirmation of the root, by hand, to whom and which guard: in the words of the person."""
    play = full().submit(accepted(root=RootTrust.UNKNOWN))
    play.act("3", root_confirmed=" SAP Note, row 12 ", text="looked twice")
    assert play.case.record[-1].text == "looked twice; SAP Note, row 12"
    assert play.case.root_confirmed == "SAP Note, row 12"
    play.act("4a", by_hand=True)
    assert "by hand" in play.case.record[-1].text
    play.act("delegate", to="Ruth")
    assert "to Ruth" in play.case.record[-1].text


def test_what_the_sender_can_do_is_kept_for_the_plan() -> None:
    """How many certificates and nodes, as its administrator said last; saying nothing forgets nothing."""
    play = Play(new_case(), facts(("F1",))).act("2", holds="one", nodes=3).work()
    assert "the sender can keep one at once; nodes of the sender: 3" in play.case.record[0].text
    assert plan_facts(play.case).sender == Sender(holds_two=False, nodes=3)
    play.act("2").work()
    assert plan_facts(play.case).sender == Sender(holds_two=False, nodes=3)
    play.act("2", holds="two").work()
    assert plan_facts(play.case).sender == Sender(holds_two=True, nodes=3)
    assert plan_facts(play.case, Sender(holds_two=False, nodes=1)).sender == Sender(holds_two=False, nodes=1)
    assert plan_facts(new_case()).sender == Sender()


def test_a_refused_act_changes_the_record_alone() -> None:
    """Who wanted what, and why not."""
    case, wanted = until("10").case, request("withdraw")
    after = write_refusal(case, wanted, CaseClosed("completed"), T0)
    assert replace(after, record=case.record) == case
    assert after.record[-1].outcome is Outcome.REFUSED
    assert after.record[-1].text == CaseClosed("completed").sentence


def test_an_unknown_act_can_be_put_on_the_record_as_refused() -> None:
    """A message of a name that nobody knows has no step, and is noted all the same."""
    after = write_refusal(new_case(), replace(request("comment"), act="dance"), CaseClosed("x"), T0)
    assert (after.record[-1].act, after.record[-1].step) == ("dance", "")


def test_a_flood_of_refusals_is_counted_not_kept() -> None:
    """The record cannot outgrow a payload; other lines still get in."""
    case, entry = new_case(), Entry(T0, "Eve", "", "dance", Outcome.REFUSED)
    for _ in range(MOST_REFUSALS + 3):
        case = note_refusal(case, entry)
    assert len(case.record) == MOST_REFUSALS
    assert case.refusals_dropped == 3
    assert len(write(case, request("comment"), T0).record) == MOST_REFUSALS + 1


def test_a_full_record_keeps_no_refusals() -> None:
    """They are counted, so that nobody can fill it by being refused."""
    entry = Entry(T0, "Eve", "", "dance", Outcome.REFUSED, "x" * (MOST_RECORD + 1))
    case = note_refusal(note_refusal(new_case(), entry), entry)
    assert (len(case.record), case.refusals_dropped) == (1, 1)


def test_handing_over_says_that_step_1_is_done() -> None:
    """The first certificate takes steps 1 and 2; the second leaves them until it is accepted."""
    play = Play().act("2")
    assert play.case.steps["1"].status is Status.DONE
    assert play.case.steps["2"].status is Status.ORDERED
    assert play.case.submission is not None


def test_the_accepted_certificate_stands_until_the_next_is_accepted() -> None:
    """A faulty replacement costs nothing that was done for the accepted one."""
    play = until("5")
    steps = play.case.steps
    play.submit(faulty(certificate("worse")))
    assert play.case.new == NEW
    assert play.case.steps == steps
    assert play.open == ("6",)


def test_a_replacement_begins_again_after_step_2() -> None:
    """All that was done for the replaced certificate is to be done for the new one; what was put there is known."""
    other = certificate("better")
    play = until("5").submit(accepted(other, RootTrust.UNKNOWN))
    assert play.case.new == other
    assert set(play.case.steps) == {"1", "2"}
    assert {a.certificate for a in play.case.added} == {NEW}
    assert not play.case.root_confirmed


def test_returning_opens_step_2_and_forgets_what_failed() -> None:
    """The reason is on the record; failures of steps that are taken again ask for nobody."""
    play = until("3").act("4a").work(fails=lambda effect: effect.where == "F1")
    assert play.case.troubles
    play.act("return_certificate", text="made for the test system")
    assert play.open == ("2",)
    assert play.case.new is None
    assert play.case.troubles == {}
    assert play.case.record[-1].text == "made for the test system"


def test_a_release_is_kept_over_return_and_replacement() -> None:
    """The sender was told of it, so it may be presented until another switch is confirmed."""
    play = until("6").act("return_certificate").submit(accepted(certificate("better")))
    before = play.case.released
    play.steps("4b", "6")
    assert (before, play.case.released) == ((NEW,), (NEW, certificate("better")))


def test_releasing_twice_is_one_release() -> None:
    """The same certificate stands once among the released."""
    play = until("6").act("return_certificate").submit(accepted()).steps("3", "4a", "4b", "5", "6")
    assert play.case.released == (NEW,)


def test_switching_back_opens_7_and_keeps_6() -> None:
    """The tenant is untouched and the release stands; what followed the switch is to be done again."""
    for step in ("6", "7", "8", "9a"):
        play = until(step).act("switch_back")
        assert play.open == ("7",)
        assert play.case.is_done("6")
        assert play.case.switched_back
        assert not play.act("7").case.switched_back


def test_a_withdrawal_takes_back_last_first() -> None:
    """Where nothing was added it ends at once."""
    play = until("4b").act("withdraw")
    assert [e.where for e in play.case.pending] == ["ERP", "F2", "F1"]
    assert {e.new for e in play.case.pending} == {OLD}
    assert full().act("withdraw").case.closing is Closing.WITHDRAWN


def test_removing_begins_with_the_order() -> None:
    """From the order of 9b or 10 on there is no way back, also where it is done by hand."""
    assert not until("9a").case.removed_old
    assert until("9a").act("9b", by_hand=True).case.removed_old


def test_delegating_names_both() -> None:
    """Who delegates stays; a role without names becomes that of the two."""
    case = new_case()
    case = write(case, request("delegate", by="Ada", role=Role.TENANT_ADMINISTRATOR, to="Ruth"), T0)
    assert case.people == {Role.TENANT_ADMINISTRATOR: ("Ada", "Ruth")}
    case = write(case, request("delegate", by="Ruth", role=Role.TENANT_ADMINISTRATOR, to="Theo"), T0)
    assert case.people == {Role.TENANT_ADMINISTRATOR: ("Ada", "Ruth", "Theo")}
    assert case.subject.people == {}


def test_an_override_stays_on_the_record() -> None:
    """With its reason, under an outcome of its own."""
    play = Play(new_case(), facts(unreadable=("flow L",))).submit()
    play.act("override", guard="NotLookedAt", text="Looked by hand.")
    assert play.case.record[-1].outcome is Outcome.OVERRIDDEN
    assert play.case.record[-1].text == "Looked by hand.; guard NotLookedAt"
    assert play.case.overrides == ("NotLookedAt",)


def test_an_override_holds_for_the_certificate_it_was_given_for() -> None:
    """Another certificate asks anew; that there was an override is shown for ever."""
    play = Play(new_case(), facts(unreadable=("flow L",))).submit()
    play.act("override", guard="NotLookedAt", text="Looked by hand.")
    assert play.case.lifted == ("NotLookedAt",)
    play.act("return_certificate", text="Another one, please.")
    assert play.case.lifted == ()
    assert play.case.overrides == ("NotLookedAt",)


def test_overriding_the_return_takes_the_certificate() -> None:
    """It is the new one, step 2 is done once the tenant is read for it, and the gates after it stay."""
    play = Play(new_case(), facts(("F1",))).submit(faulty()).act("override", guard="CertificateReturned")
    assert play.case.new == NEW
    assert play.case.is_ordered("2")
    play.work()
    assert play.open == ("3",)
    assert play.case.returned is None


def test_again_from_keeps_what_comes_before() -> None:
    """Steps with smaller numbers stay, and so do failures that belong to no step of the rest."""
    case = replace(until("8").case, troubles={"10/x": "a", "withdraw/x": "b", "read tenant": "c"})
    again = again_from(case, 6)
    assert set(again.steps) == {step.id for step in STEPS if step.number < 6}
    assert again.troubles == {"withdraw/x": "b", "read tenant": "c"}


def test_a_decision_holds_for_its_certificate() -> None:
    """What the tenant administrator decided stays on the record, opens the gate, and is asked anew for another."""
    play = full().submit(doubtful())
    assert "needs a decision" in " ".join(entry.text for entry in play.case.record)
    play.act("3", decided="seen with SAP's support")
    assert play.case.decided == "seen with SAP's support"
    assert "seen with SAP's support" in play.case.record[-1].text
    play.act("return_certificate", text="Another one, please.")
    assert play.case.decided == ""
