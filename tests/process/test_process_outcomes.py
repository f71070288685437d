"""What the world answered to ordered work: verdicts, facts, changes made and final failures."""

from dataclasses import replace

import pytest
from process_cases import NEW, OLD, T0, Play, accepted, certificate, facts, faulty, full, new_case, until

from process.case import Added, Closing, Effect, EffectKind, Outcome
from process.health import Health, health
from process.outcomes import (
    READING,
    write_done,
    write_facts,
    write_failed,
    write_judging_failed,
    write_reading_failed,
    write_verdict,
)

READ = Effect(EffectKind.READ_TENANT, "tenant", "2", OLD, None)


def test_a_verdict_that_nobody_waits_for_changes_nothing() -> None:
    """Without a submission there is nothing to judge."""
    case = new_case()
    assert write_verdict(case, accepted(), T0) is case


def test_a_returned_certificate_opens_step_2_again() -> None:
    """Where none was accepted before, the sender is waited for."""
    play = Play().submit(faulty())
    assert play.open == ("2",)
    assert play.case.returned == faulty()
    assert play.case.new is None


@pytest.mark.parametrize("ends", ["returned", "not judged"])
def test_a_second_certificate_that_fails_while_the_tenant_is_read_leaves_no_step_hanging(ends: str) -> None:
    """The tenant is read for the first while the second is judged: step 2 is done, whatever comes of the second."""
    play = Play(new_case(), facts(("F1",))).act("2")
    play.case = write_verdict(play.case, accepted(), T0)
    play.act("2")
    play.case = write_facts(play.case, replace(READ, new=NEW), play.tenant, T0)
    if ends == "returned":
        play.case = write_verdict(play.case, faulty(certificate("worse")), T0)
    else:
        play.case = write_judging_failed(play.case, "The worker broke down.", T0)
    assert play.open == ("3",)


def test_judging_that_failed_wants_the_certificate_again() -> None:
    """It is no fault of the certificate; step 2 opens and the reason is on the record."""
    play = Play().work().act("2")
    play.case = write_judging_failed(play.case, "The worker broke down.", T0)
    assert play.open == ("2",)
    assert play.case.record[-1].outcome is Outcome.FAILED


def test_facts_read_for_another_certificate_are_not_fresh() -> None:
    """The tenant is read again for the one that is accepted now."""
    play = full()
    for other in (None, certificate("replaced")):
        stale = write_facts(play.case, replace(READ, new=other), facts(), T0)
        assert not stale.facts_fresh
    assert write_facts(play.case, replace(READ, new=NEW), facts(), T0).facts_fresh


def test_what_could_not_be_looked_at_is_on_the_record() -> None:
    """Could not look is never looked and fine."""
    case = write_facts(new_case(), READ, facts(("F1",), unreadable=("flow L",)), T0)
    assert "ot looked at: flow L" in case.record[-1].text
    assert "ot looked at" not in write_facts(new_case(), READ, facts(("F1",)), T0).record[-1].text


def test_a_failed_reading_is_tried_again_after_a_pause() -> None:
    """The same failure is one line on the record, however often; a success forgets it."""
    once = write_reading_failed(new_case(), "It is down.", T0)
    assert once.read_again_at == T0 + once.look_again_after
    assert health(once, T0) is Health.FAILING
    again = write_reading_failed(once, "It is down.", T0 + once.look_again_after)
    assert again.record == once.record
    assert len(write_reading_failed(again, "Another fault.", T0).record) == len(again.record) + 1
    mended = write_facts(again, READ, facts(), T0)
    assert READING not in mended.troubles
    assert mended.read_again_at is None


def test_a_failed_reading_that_nobody_waits_for_is_no_trouble() -> None:
    """The certificate was returned meanwhile; its facts are not wanted."""
    play = Play().act("2")
    play.case = write_verdict(play.case, accepted(), T0)
    play.act("return_certificate")
    assert write_reading_failed(play.case, "It is down.", T0) == play.case


def test_handing_over_again_does_not_wait_for_the_pause() -> None:
    """A person acted, so the tenant is read for the new certificate at once."""
    play = Play().act("2")
    play.case = write_verdict(play.case, accepted(), T0)
    play.case = write_reading_failed(play.case, "It is down.", play.now)
    play.submit(accepted(certificate("better")))
    assert play.case.facts_fresh


def test_what_was_added_is_remembered_once() -> None:
    """A repeated answer adds nothing; a removal takes it off."""
    play = until("4a")
    kind = EffectKind.ADD_NAMES
    assert play.case.added == (Added(kind, "F1", NEW), Added(kind, "F2", NEW))
    again = write_done(play.case, Effect(kind, "F1", "4a", OLD, replace(NEW, chain="another chain")), "", T0)
    assert again.added == play.case.added
    gone = write_done(again, Effect(EffectKind.REMOVE_NAMES, "F1", "10", NEW, OLD), "", T0)
    assert gone.added == (Added(kind, "F2", NEW),)


def test_what_was_there_before_is_not_ours_to_take_back() -> None:
    """Names that somebody listed before, and a mapping made before, stay in a withdrawal."""
    play = Play(new_case(), facts(("F1", "F2"), ("ERP",), new_names_in=("F1",), new_mapped_to=("ERP",)))
    play.submit().steps("3", "4a", "4b")
    assert [a.where for a in play.case.added] == ["F2"]


def test_what_we_added_ourselves_is_ours_though_the_tenant_shows_it() -> None:
    """A certificate that is handed over again finds its own traces; a failed withdrawal must not disown them."""
    play = full("3", "4a", "4b").submit(accepted(certificate("better"))).steps("4b")
    play.tenant = replace(play.tenant, new_names_in=("F1", "F2"), new_mapped_to=("ERP",))
    play.submit(accepted())
    assert play.case.facts is not None
    assert play.case.facts.new_names_in == ()
    assert play.case.facts.new_mapped_to == ()
    play.act("withdraw").work(fails=lambda effect: effect.where == "F1")
    play.steps("3", "4a", "4b").act("withdraw")
    assert {(e.where, e.old) for e in play.case.pending} >= {("F1", NEW), ("F2", NEW), ("ERP", NEW)}


def test_an_addition_that_failed_may_be_half_made_and_is_taken_back() -> None:
    """A flow may be saved and not deployed: withdrawing must look there too."""
    play = until("3").act("4a").work(fails=lambda effect: effect.where == "F1")
    assert [a.where for a in play.case.added] == ["F1", "F2"]
    play.act("withdraw")
    assert [e.where for e in play.case.pending] == ["F2", "F1"]


def test_an_addition_that_touched_nothing_is_not_taken_back() -> None:
    """It met somebody's unsaved draft: taking back would publish that."""
    play = until("3").act("4a")
    effect = play.case.pending[0]
    case = write_failed(play.case, effect, "It is a draft.", T0, untouched=True)
    assert case.added == ()


def test_a_final_failure_opens_the_step_when_its_other_work_has_ended() -> None:
    """A line on the record, the rest goes on, then a person orders it again; what succeeded is not forgotten."""
    play = until("3").act("4a")
    first, second = play.case.pending
    play.case = write_failed(play.case, first, "F1 is locked.", T0)
    assert play.case.is_ordered("4a")
    play.case = write_done(play.case, second, "read back", T0)
    assert play.open == ("4a", "4b")
    assert play.case.record[-1].outcome is Outcome.DONE
    assert list(play.case.troubles.values()) == ["F1 is locked."]
    play.steps("4a")
    assert play.case.troubles == {}
    assert play.case.is_done("4a")


def test_a_failed_removal_can_be_ordered_again_and_not_taken_back() -> None:
    """Half of the old names may be gone, so the way is forward."""
    play = until("9b").act("10").work(fails=lambda effect: effect.where == "F2")
    assert play.open == ("10",)
    assert play.case.removed_old
    play.steps("10")
    assert play.case.closing is Closing.COMPLETED


def test_a_withdrawal_that_fails_half_way_can_be_ordered_again() -> None:
    """The renewal is open again from step 3, what is left stays known, and the second order takes the rest back."""
    play = until("5").act("withdraw").work(fails=lambda effect: effect.where == "F1")
    assert play.case.closing is None
    assert play.open == ("3",)
    assert [a.where for a in play.case.added] == ["F1"]
    play.act("withdraw").work()
    assert play.case.closing is Closing.WITHDRAWN


def test_a_withdrawal_that_fails_half_way_can_be_given_up() -> None:
    """Going forward adds again what was taken back, and completes with no failure left."""
    play = until("5").act("withdraw").work(fails=lambda effect: effect.where == "F1")
    play.steps("3", "4a", "4b", "5", "6", "7", "8", "9a", "9b", "10")
    assert play.case.closing is Closing.COMPLETED
    assert health(play.case, play.now) is Health.PROVED
