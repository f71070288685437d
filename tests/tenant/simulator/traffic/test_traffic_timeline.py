"""When a node has which deploy: it follows from the clock alone, and a node never goes back."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tenant.simulator.timeline import Deployment, answering, arrived, arrives_at, redeploying, shown

ONE = Deployment(1, "f", "F", "1.0.0", "me", 10, 20, 30, "SUCCESS", "STARTED", "", "[]", None, None)
TWO = replace(ONE, id=2, built_at=110, visible_at=120, settled_at=130, arrivals="[0, 50]")
ARRIVALS = st.lists(st.integers(-20, 60), min_size=1, max_size=4).map(json.dumps) | st.just("")


@st.composite
def histories(draw: st.DrawFn) -> list[Deployment]:
    """Deploys of a flow, one after the other, each at nodes in an order of its own."""
    found, start = [], 0
    for number in range(1, draw(st.integers(1, 5)) + 1):
        start += draw(st.integers(0, 40))
        times = {"built_at": start, "visible_at": start + 20, "settled_at": start + 40}
        outcome = draw(st.sampled_from(["STARTED", "STARTED", "ERROR"]))
        found.append(replace(ONE, id=number, outcome=outcome, arrivals=draw(ARRIVALS), **times))
    return found


@given(histories(), st.integers(1, 4), st.integers(0, 300), st.integers(0, 100))
def test_a_node_never_goes_back(history: list[Deployment], node: int, at: int, later: int) -> None:
    """What it has at a moment is never newer than what it has afterwards; a first deploy stays until a second."""
    before, after = arrived(history, node, at), arrived(history, node, at + later)
    assert (before.id if before else 0) <= (after.id if after else 0)


@given(histories(), st.integers(1, 4))
def test_in_the_end_every_node_has_the_newest(history: list[Deployment], node: int) -> None:
    """However late it is."""
    found = arrived(history, node, 10_000)
    assert found is not None
    assert found.id == len(history)
    assert answering(history, node, 10_000) == (found if found.outcome == "STARTED" else None)


@given(histories(), st.integers(1, 4), st.integers(0, 300))
def test_without_spread_a_node_has_what_the_api_calls_started(history: list[Deployment], node: int, at: int) -> None:
    """The API's STARTED is then the node's content at the same moment."""
    plain = [replace(one, arrivals="") for one in history]
    current = shown(plain, at)
    if current and current.status == "STARTED":
        assert answering(plain, node, at) == current.deployment


def test_the_old_one_answers_until_the_new_one_is_there() -> None:
    """Node by node; while the API says STARTING, too."""
    assert [getattr(answering([ONE, TWO], node, 129), "id", None) for node in (1, 2)] == [1, 1]
    assert [getattr(answering([ONE, TWO], node, 130), "id", None) for node in (1, 2)] == [2, 1]
    assert [getattr(answering([ONE, TWO], node, 180), "id", None) for node in (1, 2, 3)] == [2, 2, 2]


def test_an_undeploy_reaches_a_late_node_late() -> None:
    """By as much as its deploy did."""
    gone = replace(TWO, stopping_at=300, gone_at=310)
    assert [answering([gone], node, 320) is None for node in (1, 2)] == [True, False]
    assert answering([gone], 2, 350) is None


def test_a_deploy_that_never_appears_reaches_no_node() -> None:
    """The old one goes on."""
    never = replace(TWO, visible_at=None)
    assert arrives_at(never, 1) is None
    assert answering([ONE, never], 1, 999) == ONE


def test_the_downtime_is_just_before_and_of_a_redeploy_only() -> None:
    """A first deploy has nobody to be down for; without a gap there is none."""
    assert [redeploying([ONE, TWO], 1, at, 10) for at in (119, 120, 129, 130)] == [False, True, True, False]
    assert [redeploying([ONE, TWO], 2, at, 10) for at in (129, 169, 170, 180)] == [False, False, True, False]
    assert not redeploying([TWO], 1, 125, 10)
    assert not redeploying([ONE, TWO], 1, 125, 0)
