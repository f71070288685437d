"""An accepted certificate is judged again each day until the release, and another answer closes the gates again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from process_cases import T0, accepted, doubtful, faulty, full, request

from process import refusals as no
from process.acts import ACTS
from process.case import Case, Effect, EffectKind
from process.check import check
from process.due import JUDGE_AGAIN_AFTER, due, judge_again_at
from process.facts import RootTrust
from process.health import moment_words, next_moment
from process.outcomes import write_judged_again, write_judging_again_failed


def ready(*steps: str) -> Case:
    """A case with everything done before step 6, whose root was on the list."""
    return full(*(steps or ("3", "4a", "4b", "5"))).case


def again(case: Case) -> Effect:
    """The effect that is due when the time has come."""
    at = judge_again_at(case)
    assert at is not None
    (effect,) = due(case, at)
    assert effect.kind is EffectKind.JUDGE_AGAIN
    return effect


def release(case: Case, **content: str) -> None:
    """Ask whether the sender may be told."""
    act = "tenant_admin_releases_sender"
    check(case, request(act, role=ACTS[act].roles[0], **content), T0)


def test_once_a_day_until_the_release() -> None:
    """Due a day after the last judgement, announced by the timer; never once the sender was told."""
    case = ready()
    at = judge_again_at(case)
    assert at is not None
    assert case.judged_at is not None
    assert at == case.judged_at + JUDGE_AGAIN_AFTER
    case = replace(case, looked_at=at)
    assert due(case, at - timedelta(seconds=1)) == ()
    assert next_moment(case, at - timedelta(seconds=1)) == at
    assert "list of roots" in moment_words(case, at)
    assert judge_again_at(ready("3", "4a", "4b", "5", "6")) is None


def test_the_same_answer_leaves_no_line() -> None:
    """The next time is a day later, and the record is as it was."""
    case = ready()
    later = T0 + timedelta(days=3)
    after = write_judged_again(case, again(case), case.verdict or accepted(), later)
    assert after.record == case.record
    assert after.judged_at == later


def test_a_root_that_left_the_list_closes_the_gate() -> None:
    """Step 6 asks for a word about the root, though 3 was passed; the record says what changed."""
    case = ready()
    release(case)
    after = write_judged_again(case, again(case), accepted(root=RootTrust.NOT_LISTED), T0 + timedelta(days=2))
    assert "root not listed" in after.record[-1].text
    with pytest.raises(no.RootNotConfirmed):
        release(after)
    release(after, root_confirmed="back on the list tomorrow, says SAP")


def test_an_earlier_word_does_not_stand_against_the_list() -> None:
    """What was confirmed without a list is asked anew when a list says no."""
    case = replace(ready(), root_confirmed="seen", verdict=accepted(root=RootTrust.UNKNOWN))
    after = write_judged_again(case, again(case), accepted(root=RootTrust.NOT_LISTED), T0 + timedelta(days=2))
    with pytest.raises(no.RootNotConfirmed):
        release(after)


@pytest.mark.parametrize("verdict", [doubtful(), faulty()], ids=["the engines differ", "a fault"])
def test_doubt_and_faults_are_for_a_person(verdict: object) -> None:
    """A certificate that was accepted is not thrown away: the tenant administrator decides with the reasons."""
    case = ready()
    after = write_judged_again(case, again(case), verdict, T0 + timedelta(days=2))  # type: ignore[arg-type]
    assert after.new == case.new
    with pytest.raises(no.CertificateUndecided) as refused:
        release(after)
    assert refused.value.opinions
    release(after, decided="tried on the test tenant")


def test_another_certificate_is_not_touched_by_it() -> None:
    """A judgement that arrives after the certificate was returned changes nothing."""
    play = full("3")
    effect = again(play.case)
    play.act("return_certificate", text="wrong system")
    assert write_judged_again(play.case, effect, faulty(), T0) == play.case


def test_a_judgement_that_fails_is_tried_the_next_day() -> None:
    """The one that stands is kept."""
    case = ready()
    after = write_judging_again_failed(case, T0 + timedelta(days=2))
    assert after.verdict == case.verdict
    assert judge_again_at(after) == T0 + timedelta(days=3)
