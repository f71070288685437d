"""Timing: what is ordered happens when it is due, as often as ordered, and not after its end."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from rehearsed_tenant import START, Tenant, TenantMaker

from tenant.simulator.schedule import Timing, carry_out_due, next_due, order, ordered, take_back
from tenant.simulator.state import State


def happened(state: State, now: int) -> list[int]:
    """The moments at which something happens when somebody looks at `now`."""
    moments: list[int] = []

    def effect(_: str, at: int) -> str:
        moments.append(at)
        return "done"

    with state.transaction():
        carry_out_due(state, effect, now)
    return moments


@pytest.fixture
def state(tmp_path: Path) -> State:
    """An empty state."""
    return State(tmp_path / "state.sqlite")


def test_it_happens_once_when_it_is_due(state: State) -> None:
    """Not before; dated when it was due, not when somebody looked."""
    order(state, "{}", Timing(after=10), 1000)
    assert happened(state, 10_999) == []
    assert happened(state, 60_000) == [11_000]
    assert happened(state, 90_000) == []
    assert [(one["happened"], one["due_at"], one["last_outcome"]) for one in ordered(state)] == [(1, None, "done")]


def test_it_happens_again_and_again(state: State) -> None:
    """At most so often; the rhythm is that of the order, whenever somebody looks."""
    order(state, "{}", Timing(after=1, every=10, times=3), 0)
    assert [happened(state, now) for now in (1_500, 12_000, 25_000, 99_000)] == [[1_000], [11_000], [21_000], []]


def test_missed_repetitions_happen_once(state: State) -> None:
    """A simulator that was stopped for hours does not do a thousand things at its start."""
    order(state, "{}", Timing(every=10), 0)
    assert happened(state, 3_605_000) == [0]
    assert happened(state, 3_610_000) == [3_610_000]


def test_nothing_happens_after_the_end(state: State) -> None:
    """`until` counts from the order on, as `after` does."""
    order(state, "{}", Timing(after=5, every=5, until=12), 0)
    assert [happened(state, now) for now in (5_000, 10_000, 15_000, 20_000)] == [[5_000], [10_000], [], []]


def test_what_is_taken_back_does_not_happen(state: State) -> None:
    """One by its id, or all."""
    first = order(state, "{}", Timing(after=5), 0)
    order(state, "{}", Timing(after=6), 0)
    order(state, "{}", Timing(after=7), 0)
    assert take_back(state, first) == 1
    assert happened(state, 6_000) == [6_000]
    assert take_back(state) == 2
    assert happened(state, 9_000) == []


def test_several_happen_in_the_order_of_their_times(state: State) -> None:
    """Whatever the order in which they were ordered."""
    for after in (9, 3, 6):
        order(state, "{}", Timing(after=after), 0)
    assert happened(state, 10_000) == [3_000, 6_000, 9_000]


@given(st.integers(0, 10**9), st.floats(0.001, 10**5), st.integers(0, 10**9))
def test_the_next_moment_is_later_and_in_rhythm(due: int, every: float, later: int) -> None:
    """After now, by less than one step, and a whole number of steps after the last."""
    now, step = due + later, max(1, round(every * 1000))
    following = next_due(due, every, now)
    assert now < following <= now + step
    assert (following - due) % step == 0


@pytest.mark.parametrize("wrong", [{"after": -1}, {"every": 0}, {"times": 0}, {"until": -1}, {"at": 1}])
def test_a_timing_that_makes_no_sense_is_refused(wrong: dict[str, int]) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValidationError):
        Timing.model_validate(wrong)


async def statuses(tenant: Tenant, *moments: float) -> list[int]:
    """The status of a request at each of these seconds after the start."""
    found = []
    for moment in moments:
        tenant.clock.now = START + round(moment * 1000)
        found.append((await tenant.get("IntegrationPackages")).status_code)
    return found


async def test_a_fault_begins_and_ends(tenant: Tenant) -> None:
    """From `after` on, and no more once `until` is over."""
    await tenant.control("POST", "faults", {"status": 503, "times": None, "after": 10, "until": 20})
    assert await statuses(tenant, 0, 9.9, 10, 19.9, 20, 30) == [200, 200, 503, 503, 200, 200]
    assert (await tenant.control("GET", "faults")).json() == {"faults": []}


async def test_a_fault_hits_one_request_in_a_while(tenant: Tenant) -> None:
    """`every` ten seconds the first request; three times, then never again."""
    await tenant.control("POST", "faults", {"status": 503, "times": 3, "every": 10})
    assert await statuses(tenant, 0, 1, 11, 12, 25, 31) == [503, 200, 503, 200, 503, 200]


async def test_one_fault_can_be_taken_back(tenant: Tenant) -> None:
    """By its number; an unknown one is said so."""
    for status in (500, 503):
        await tenant.control("POST", "faults", {"status": status, "times": None})
    first = (await tenant.control("GET", "faults")).json()["faults"][0]["id"]
    assert (await tenant.control("DELETE", f"faults/{first}")).status_code == 204
    assert await statuses(tenant, 0) == [503]
    assert (await tenant.control("DELETE", f"faults/{first}")).status_code == 404


async def test_what_is_due_happens_before_a_message_is_answered(tenant: Tenant, tmp_path: Path) -> None:
    """The runtime asks too: a mapping that was deleted a second ago lets nobody in."""
    await tenant.with_flow()
    await tenant.control("POST", "happenings", {"kind": "lock", "flow": "Orders_In", "after": 60})
    runtime_side, state = tenant.app.state.runtime_side, State(tmp_path / "tenant.sqlite")
    for seconds, locks in ((59, 0), (1, 1)):
        tenant.clock.advance(seconds)
        with runtime_side.state.transaction():
            runtime_side.before(tenant.clock.now)
        assert len(state.rows("SELECT 1 FROM locks")) == locks
    state.close()


async def test_a_schedule_outlives_a_restart(tenant_with: TenantMaker) -> None:
    """Due while the simulator was stopped, it has happened when it answers again."""
    first = tenant_with()
    await first.with_flow()
    await first.control("POST", "happenings", {"kind": "lock", "flow": "Orders_In", "after": 60})
    second = tenant_with()
    assert await second.rows("IntegrationDesigntimeLocks") == []
    second.clock.advance(61)
    (lock,) = await second.rows("IntegrationDesigntimeLocks")
    assert lock["CreatedAt"] == f"/Date({START + 60_000})/"
