"""What a person is shown of a case: what changes the digest and what does not, and the difference in words."""

from dataclasses import replace

import pytest
from process_cases import OLD_NAMES, Play, accepted, certificate, doubtful, facts, full, new_case, until

from process import refusals as no
from process.facts import RootTrust
from process.shown import MOST_LINES, MOST_STATES, changes_since, digest, lines, remembered


def test_the_digest_tells_facts_apart() -> None:
    """Another certificate, judgement, channel, mapping, alarm or something unreadable is another digest."""
    case = full().case
    others = [
        replace(case, new=certificate("n")),
        replace(case, verdict=accepted(root=RootTrust.UNKNOWN)),
        replace(case, verdict=doubtful()),
        replace(case, facts=facts(("F1",), ("ERP",))),
        replace(case, facts=facts(("F1", "F2"))),
        replace(case, facts=facts(("F1", "F2"), ("ERP",), ("flow L",))),
        replace(case, facts=None),
        replace(case, alarms={"flow F1": "It is gone."}),
    ]
    assert len({digest(one) for one in (case, *others)}) == len(others) + 1
    assert len(digest(case)) == 12


def test_what_is_said_and_what_this_renewal_does_leaves_the_digest() -> None:
    """A remark, a step of somebody else and the rows that a step adds are no reason to look again."""
    play = full()
    before = digest(play.case)
    assert digest(play.act("comment").case) == before
    assert digest(play.steps("3", "4a").case) == before
    assert digest(play.steps("4b", "5", "6").case) == before


def test_an_act_on_other_facts_is_refused_with_the_difference() -> None:
    """The lines that are gone and those that came, and what it is now."""
    play = full()
    seen = digest(play.case)
    play.tenant = facts(("F1", "F2", "F3"), ("ERP",), ("flow L",))
    play.now += play.case.look_every
    play.work()
    with pytest.raises(no.FactsChanged) as refused:
        play.act("3", seen=seen)
    assert "now: flow F3, channel HTTPS (/F3) lists the old names" in refused.value.changes
    assert "now: not looked at: flow L (it is locked)" in refused.value.changes
    play.act("3", seen=digest(play.case))


def test_what_is_gone_is_told_too() -> None:
    """A certificate that was returned is no longer there."""
    play = full()
    seen = digest(play.case)
    play.act("return_certificate")
    gone = changes_since(play.case, seen)
    assert any(line.startswith("no longer: the new certificate is ") for line in gone)
    assert OLD_NAMES.subject not in " ".join(gone)


def test_a_state_older_than_what_is_kept_has_no_difference() -> None:
    """The act is refused all the same, and the sentence says to look again."""
    case = remembered(full().case)
    first = digest(case)
    for number in range(MOST_STATES):
        assert changes_since(replace(case, alarms={"x": "Now."}), first)
        case = remembered(replace(case, alarms={"flow F1": f"It is gone {number}."}))
    assert len(case.shown) == MOST_STATES
    assert changes_since(case, first) == ()
    assert "too old to be compared" in no.FactsChanged(first, digest(case), ()).sentence


def test_a_state_is_kept_once_and_not_whole() -> None:
    """A state that comes again is the last again; of a large one only the first lines are kept."""
    case = remembered(full().case)
    assert remembered(case) is case
    other = remembered(replace(case, alarms={"x": "It is gone."}))
    again = remembered(replace(other, alarms={}))
    assert [state.digest for state in again.shown].count(digest(case)) == 1
    assert again.shown[-1].digest == digest(case)
    many = replace(new_case(), facts=facts(tuple(f"F{at:03}" for at in range(MOST_LINES + 10))))
    assert len(lines(many)) > MOST_LINES
    assert len(remembered(many).shown[-1].lines) == MOST_LINES


def test_an_act_without_a_digest_rests_on_nothing() -> None:
    """Systems that fire and forget carry none; the sender's own word and a delegation rest on no facts."""
    play = until("6")
    play.act("7", seen="000000000000").act("delegate", to="Tom", seen="000000000000")
    assert play.open == ("8",)


def test_before_the_first_reading_there_is_the_old_certificate() -> None:
    """And nothing else."""
    assert len(lines(Play().case)) == 1
