"""How a case is doing, and when that changes of itself."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from process_cases import NEW, OLD, T0, full, new_case, until

from process.due import LOOKING, look_again_at
from process.health import EXPIRING_WITHIN, Health, health, may_present, moment_words, next_moment, proof

SECOND = timedelta(seconds=1)


def test_the_worst_that_is_true_now() -> None:
    """Expired weighs more than failing, failing more than expiring."""
    case, late = new_case(looked_at=T0), OLD.not_after - EXPIRING_WITHIN
    failing = replace(case, troubles={"4a/x": "It is locked."})
    assert health(case, late - SECOND) is Health.PROVED
    assert health(case, late) is Health.EXPIRING
    assert health(failing, late) is Health.FAILING
    assert health(failing, OLD.not_after) is Health.EXPIRED


def test_after_the_switch_the_end_of_the_old_certificate_harms_nobody() -> None:
    """From step 8 on the old certificate may expire."""
    assert health(until("7").case, OLD.not_after) is Health.EXPIRED
    assert health(until("8").case, OLD.not_after) is Health.PROVED
    assert health(until("10").case, OLD.not_after) is Health.PROVED


@given(st.integers(-60 * 24 * 3600, 60 * 24 * 3600), st.one_of(st.none(), st.integers(-9999, 9999)))
def test_health_does_not_change_before_the_next_moment(offset: int, again: int | None) -> None:
    """Between now and the next moment nothing turns, so one timer is enough."""
    now = OLD.not_after + timedelta(seconds=offset)
    read_again = now + timedelta(seconds=again) if again is not None else None
    case = replace(new_case(), read_again_at=read_again)
    moment = next_moment(case, now)
    until_then = moment - SECOND if moment else now + timedelta(days=999)
    assert moment is None or moment > now
    assert health(case, max(now, until_then)) is health(case, now)
    assert moment is None or read_again is None or not now < read_again < moment


def test_what_the_sender_may_present() -> None:
    """The old one until 6, old and new until 8, then the new one."""
    assert may_present(until("5").case) == (OLD,)
    assert may_present(until("6").case) == (OLD, NEW)
    assert may_present(until("7").case) == (OLD, NEW)
    assert may_present(until("8").case) == (NEW,)
    assert may_present(until("10").case) == (NEW,)


def test_switching_back_keeps_both() -> None:
    """Step 7 is open again, so the sender may try the new one again; the old one counts again after step 8 too."""
    for step in ("6", "7", "8", "9a"):
        assert may_present(until(step).act("switch_back").case) == (OLD, NEW)


def test_a_withdrawal_after_switching_back_ends_the_release() -> None:
    """Who went back needs a new word before it may present the new certificate, also where the withdrawal fails."""
    play = until("7").act("switch_back").act("withdraw")
    assert may_present(play.case) == (OLD,)
    play.work(fails=lambda effect: effect.where == "F1")
    assert play.case.closing is None
    assert may_present(play.case) == (OLD,)


def test_a_replaced_certificate_that_was_released_may_still_be_presented() -> None:
    """A return takes back no word that the sender had: until step 8 it may present it."""
    play = full("3", "4a", "4b", "5", "6").act("return_certificate")
    assert may_present(play.case) == (OLD, NEW)


def test_an_alarm_is_worse_than_failing_work() -> None:
    """Broken weighs more than failing, and less only than an old certificate that has expired in use."""
    case = new_case(looked_at=T0, alarms={"flow F1": "It is gone."}, troubles={"4a/x": "It is locked."})
    assert health(case, T0) is Health.BROKEN
    assert health(case, OLD.not_after) is Health.EXPIRED
    assert proof(case) == "broken: It is gone."


def test_what_nobody_looked_at_is_not_proved() -> None:
    """Neither before the first look nor since one failed; a failed look is no failing work."""
    assert health(new_case(), T0) is Health.NOT_PROVED
    assert proof(new_case()) == "not proved: the tenant was not looked at yet"
    failed = new_case(looked_at=T0, not_proved_since=T0, troubles={LOOKING: "It is down."})
    assert health(failed, T0) is Health.NOT_PROVED
    assert proof(failed) == "not proved since 2026-03-02 08:00 UTC"
    assert proof(new_case(looked_at=T0)) == "proved at 2026-03-02 08:00 UTC"


def test_the_next_look_is_among_the_next_moments() -> None:
    """So that a timer waits for it, in words that say so."""
    case = full().case
    moment = next_moment(case, T0 + timedelta(hours=1))
    assert moment == look_again_at(case)
    assert moment is not None
    assert moment_words(case, moment) == "Look at the tenant again"
