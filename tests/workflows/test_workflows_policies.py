"""Retries and time-outs: named in one place, each bounded, and kept by every activity that is ever scheduled."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from house import House, Stage, begin, new_names
from temporalio.api.history.v1 import ActivityTaskScheduledEventAttributes

import workflows
from workflows.policies import JUDGING, Patience, Policy, changing, reading, registering

FOLDER = Path(workflows.__file__).parent
ALL = {
    "judging": JUDGING,
    "reading": reading(Patience()),
    "changing": changing(Patience()),
    "registering": registering(Patience()),
}
LONGEST = timedelta(days=7)


@pytest.mark.parametrize("name", ALL)
def test_every_policy_is_bounded(name: str) -> None:
    """Each has an end to all attempts, an end to one, and pauses that grow to two minutes at most."""
    policy = ALL[name]
    assert timedelta(0) < policy.start_to_close_timeout <= policy.schedule_to_close_timeout <= LONGEST
    assert policy.retry_policy.maximum_interval is not None
    assert policy.retry_policy.maximum_interval <= timedelta(minutes=2)
    assert policy.retry_policy.backoff_coefficient > 1


@pytest.mark.parametrize("name", ["reading", "changing"])
def test_waiting_activities_beat(name: str) -> None:
    """Where an attempt may take minutes, the death of its worker is noticed within seconds."""
    heartbeat = ALL[name].heartbeat_timeout
    assert heartbeat is not None
    assert heartbeat <= timedelta(seconds=5)


def test_patience_bounds_one_attempt_too() -> None:
    """With little patience no single attempt is allowed more than all of them together."""
    little = Patience(timedelta(seconds=3), timedelta(seconds=3), timedelta(seconds=60))
    for policy in (reading(little), changing(little), registering(little)):
        assert policy.start_to_close_timeout <= policy.schedule_to_close_timeout


def _calls_of_activities() -> list[tuple[str, ast.Call]]:
    """Every call in workflow code that schedules an activity, with its file."""
    return [
        (file.name, node)
        for file in sorted(FOLDER.glob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr.startswith(("execute_activity", "start_activity", "execute_local", "start_local"))
    ]


def test_every_call_of_an_activity_has_a_policy_and_a_summary() -> None:
    """In the source, each call names a summary, and its options come from a policy, never from numbers of its own."""
    calls = _calls_of_activities()
    assert len(calls) >= 5
    for file, call in calls:
        named = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert "summary" in named, file
        spread = named.get(None, "")
        if not spread.startswith("_options("):
            for option in ("schedule_to_close_timeout", "start_to_close_timeout", "retry_policy"):
                assert named[option].lower().startswith(("policy.", "policies.")), (file, option)


def test_time_outs_are_named_in_one_place() -> None:
    """No other file of workflow code makes a retry policy."""
    for file in sorted(FOLDER.glob("*.py")):
        if file.name != "policies.py":
            assert "RetryPolicy(" not in file.read_text(), file.name
    assert all(isinstance(p, Policy) for p in ALL.values())


def _seconds(scheduled: ActivityTaskScheduledEventAttributes) -> tuple[float, float, float]:
    return (
        scheduled.schedule_to_close_timeout.ToTimedelta().total_seconds(),
        scheduled.start_to_close_timeout.ToTimedelta().total_seconds(),
        scheduled.heartbeat_timeout.ToTimedelta().total_seconds(),
    )


async def test_every_scheduled_activity_is_bounded(house: House, stage: Stage) -> None:
    """In the history of a whole renewal, each activity was scheduled with the time-outs of its class of work."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    await play.steps("3", "4a", "4b", "5", "6", "7", "8", "9a", "9b", "10")
    handle = house.client.get_workflow_handle(play.id)
    await handle.result()
    seen = {}
    async for event in handle.fetch_history_events():
        if event.HasField("activity_task_scheduled_event_attributes"):
            scheduled = event.activity_task_scheduled_event_attributes
            seen[scheduled.activity_type.name] = _seconds(scheduled)
    changed = _of(changing(Patience()))
    assert seen == {
        "judge_certificate": (60.0, 20.0, 0.0),
        "read_tenant": _of(reading(Patience())),
        "add_names": changed,
        "remove_names": changed,
        "add_user_mapping": changed,
        "remove_user_mapping": changed,
        "record_end": _of(registering(Patience())),
    }


def _of(policy: Policy) -> tuple[float, float, float]:
    heartbeat = policy.heartbeat_timeout or timedelta(0)
    times = (policy.schedule_to_close_timeout, policy.start_to_close_timeout, heartbeat)
    return times[0].total_seconds(), times[1].total_seconds(), times[2].total_seconds()
