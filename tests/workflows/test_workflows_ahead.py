"""A query that is answered by a worker without the workflow must not make it run ahead of its workflow tasks."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from asked_workflow import Asked
from house import House
from hypothesis import given
from hypothesis import strategies as st
from temporalio import activity
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import (
    OutboundInterceptor,
    QueryWorkflowInput,
    WorkflowHandle,
    WorkflowHistory,
    WorkflowQueryFailedError,
)
from temporalio.service import RPCError
from temporalio.worker import Replayer, Worker

from workflows.ahead import AT_MOST, NOT_RECORDED, TOO_EARLY, AskAgain, Pace, events_of
from workflows.plugin import CertrelayPlugin

MANY = 12
"""So many at a time: whether the query or the task comes first to the new worker is chance."""

EVENTS = {"resolve_activity": 2, "signal_workflow": 1, "do_update": 0, "fire_timer": 1}
"""The events behind each kind of job: an activity started and ended; what an update makes comes with the answer."""

JOBS = st.sampled_from(sorted(EVENTS))
RECORDED = ("schedule_activity", "start_timer", "upsert_workflow_search_attributes", "update_response")
"""Commands that each make an event."""


ASK = QueryWorkflowInput("id", None, "case", [], None, {}, None, {}, None)


def _activation(job: str, events: int, size: int, replaying: bool = False) -> WorkflowActivation:
    """As the SDK makes one. Time goes with size: both are told by the start of a workflow task."""
    made = WorkflowActivation(history_length=events, history_size_bytes=size, is_replaying=replaying)
    made.timestamp.FromNanoseconds(size)
    getattr(made.jobs.add(), job).SetInParent()
    return made


def _query(id: str = "legacy_query") -> WorkflowActivation:
    made = WorkflowActivation(is_replaying=True)
    made.jobs.add().query_workflow.query_id = id
    return made


def _answer(*commands: str) -> WorkflowActivationCompletion:
    made = WorkflowActivationCompletion()
    for command in commands:
        getattr(made.successful.commands.add(), command).SetInParent()
    return made


def _take(pace: Pace, activation: WorkflowActivation, *commands: str) -> str:
    """The objection, or nothing and this answer."""
    objection = pace.objection(activation)
    if not objection:
        pace.answered(activation, _answer(*commands))
    return objection


def _taken_up() -> Pace:
    """A worker takes up a workflow that others have worked on: three tasks are replayed."""
    pace = Pace()
    assert not _take(pace, _activation("initialize_workflow", 3, 100, replaying=True), *RECORDED)
    assert not _take(pace, _activation("resolve_activity", 9, 200, replaying=True), *RECORDED)
    assert not _take(pace, _activation("do_update", 14, 300, replaying=True), *RECORDED)
    return pace


@given(
    st.booleans(),
    st.lists(
        st.tuples(JOBS, st.lists(st.sampled_from(RECORDED)), st.integers(1, 900), st.integers(0, 2)), min_size=1
    ),
)
def test_tasks_that_start_and_are_recorded_are_taken(
    began_here: bool, tasks: list[tuple[str, list[str], int, int]]
) -> None:
    """Whatever comes, with any number of queries between: a task ends, what it sent is recorded, another starts."""
    pace, events, size = Pace() if began_here else _taken_up(), 14, 300
    if began_here:
        assert not _take(pace, _activation("initialize_workflow", events, size))
    sent: list[str] = []
    for job, commands, bytes, queries in tasks:
        events, size = events + 3 + len(sent) + EVENTS[job], size + bytes
        assert not _take(pace, _activation(job, events, size), *commands)
        assert not any(_take(pace, _query()) for _ in range(queries))
        sent = commands


@given(JOBS, st.integers(1, 5))
def test_what_comes_before_its_task_is_not_taken(job: str, more: int) -> None:
    """More events, and no task that started: they came for a query. The workflow can be let go of then."""
    pace = _taken_up()
    assert _take(pace, _activation(job, 14 + more, 300)) == TOO_EARLY
    assert not _take(pace, _activation("remove_from_cache", 14 + more, 300))


@given(JOBS, JOBS, st.lists(st.sampled_from(RECORDED), min_size=1), st.integers(0, 2), st.integers(0, 3))
def test_what_was_sent_and_not_recorded_was_for_a_query(
    first: str, then: str, sent: list[str], queries: int, failed: int
) -> None:
    """The next task comes without the events of what was sent: it fails, and is given again.

    Only where as many tasks failed as make just that many events, nothing tells it.
    """
    pace = _taken_up()
    assert not _take(pace, _activation(first, 20, 400), *sent)
    assert not any(_take(pace, _query()) for _ in range(queries))
    missing = 20 + 3 + 3 * failed + EVENTS[then]
    expected = "" if 3 * failed == len(sent) else NOT_RECORDED
    assert _take(pace, _activation(then, missing, 500)) == expected


@given(JOBS, st.lists(st.sampled_from(RECORDED), min_size=1), st.integers(1, 3))
def test_tasks_that_failed_between_are_no_reason(then: str, sent: list[str], failed: int) -> None:
    """Unless they look like an answer: then one task more fails, and nothing else happens."""
    pace = _taken_up()
    assert not _take(pace, _activation("do_update", 20, 400), *sent)
    there = 20 + 3 + len(sent) + 3 * failed + EVENTS[then]
    expected = NOT_RECORDED if len(sent) % 3 == 0 else ""
    assert _take(pace, _activation(then, there, 500)) == expected


@given(st.lists(st.sampled_from(RECORDED), min_size=1))
def test_the_answer_to_a_query_is_recorded_nowhere(sent: list[str]) -> None:
    """It does not count, and what was sent before it still does."""
    pace = _taken_up()
    assert not _take(pace, _activation("do_update", 20, 400), *sent)
    assert not _take(pace, _query(), "respond_to_query")
    assert not _take(pace, _activation("do_update", 23 + len(sent), 500))


@given(JOBS, st.integers(1, 5))
def test_an_update_that_was_refused_leaves_nothing(job: str, more: int) -> None:
    """A task that only brought a refused update is not recorded; the next has the same number of events, or more."""
    pace = _taken_up()
    for events, size in ((20, 400), (20, 400), (20 + more, 500)):
        refused = _answer("update_response")
        refused.successful.commands[0].update_response.rejected.SetInParent()
        task = _activation(job, events, size)
        assert not pace.objection(task)
        pace.answered(task, refused)


def test_what_is_recorded_is_counted_at_least() -> None:
    """A timer that is cancelled at once leaves nothing, and neither does a refused update."""
    answer = _answer(*RECORDED, "start_timer", "cancel_timer", "respond_to_query")
    answer.successful.commands[len(RECORDED)].start_timer.seq = 7
    answer.successful.commands[len(RECORDED) + 1].cancel_timer.seq = 7
    assert events_of(answer) == len(RECORDED)


@given(JOBS)
def test_a_server_that_tells_no_sizes_is_not_followed(job: str) -> None:
    """The server for tests that skips time tells none: nothing can be known there."""
    pace = Pace()
    assert not _take(pace, _activation("initialize_workflow", 3, 0))
    assert not _take(pace, _activation(job, 9, 0))


class Scene:
    """Workflows whose work is ended, and that are asked and told, while no worker holds them."""

    def __init__(self, house: House) -> None:
        """Nothing runs."""
        self.house = house
        self.id = f"asked-{uuid.uuid4()}"
        self.go = asyncio.Event()
        self.begun = 0
        self.waiting = asyncio.Event()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """While the block runs, somebody does the work; the second piece waits for `go`."""

        @activity.defn(name="work")
        async def work(name: str) -> str:
            if name == "second":
                self.begun += 1
                if self.begun == MANY:
                    self.waiting.set()
                await self.go.wait()
            return name

        async with Worker(
            self.house.client, task_queue=f"{self.id}-work", activities=[work], max_concurrent_activities=MANY
        ):
            yield

    def deciding(self) -> Worker:
        """A worker that holds no workflow yet."""
        return Worker(self.house.client, task_queue=self.id, workflows=[Asked])

    async def started(self) -> list[WorkflowHandle[Asked, list[str]]]:
        """All of them, at their second piece of work, and the worker gone."""
        async with self.deciding():
            handles = [await self._start(number) for number in range(MANY)]
            await self.waiting.wait()
        return handles

    async def _start(self, number: int) -> WorkflowHandle[Asked, list[str]]:
        return await self.house.client.start_workflow(
            Asked.run,
            f"{self.id}-work",
            id=f"{self.id}-{number}",
            task_queue=self.id,
            task_timeout=timedelta(seconds=1),  # the SDK may lose a task among several queries
        )


async def _ended(handle: WorkflowHandle[Asked, list[str]], count: int) -> None:
    """Return when so many activities have ended."""
    async for event in handle.fetch_history_events(wait_new_event=True):
        count -= event.HasField("activity_task_completed_event_attributes")
        if not count:
            return


async def _asked(handle: WorkflowHandle[Asked, list[str]]) -> int:
    """Asked until there is an answer: the SDK may also lose a query among several."""
    while True:
        with suppress(RPCError):
            return await handle.query(Asked.count, rpc_timeout=timedelta(seconds=2))


async def _asked_and_told(scene: Scene, handles: list[WorkflowHandle[Asked, list[str]]]) -> list[WorkflowHistory]:
    """Asked before the work ended, told after it, and then comes a worker; the histories."""
    queries = [asyncio.create_task(_asked(handle)) for handle in handles for _ in range(2)]
    await asyncio.sleep(0.3)  # no event tells that a query has reached the server
    scene.go.set()
    await asyncio.gather(*(_ended(handle, 2) for handle in handles))
    updates = [asyncio.create_task(handle.execute_update(Asked.tell)) for handle in handles]
    await asyncio.sleep(0.3)  # nor that an update has
    async with scene.deciding():
        assert set(await asyncio.gather(*queries)) <= {1, 2, 3}
        assert set(await asyncio.gather(*updates)) <= {2, 3}
        await asyncio.gather(*(handle.result() for handle in handles))
    return [await handle.fetch_history() for handle in handles]


async def test_every_history_can_be_replayed(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """Asked and told while the worker was away: each query and each update is answered, and all can be replayed."""
    caplog.set_level("INFO", "workflows.ahead")
    scene = Scene(house)
    async with scene.working():
        histories = await _asked_and_told(scene, await scene.started())
    assert TOO_EARLY in caplog.text, "no query came first: this test saw nothing"
    for history in histories:
        await Replayer(workflows=[Asked], plugins=[CertrelayPlugin()]).replay_workflow(history)


class _Failing(OutboundInterceptor):
    """A server whose worker fails so many queries."""

    def __init__(self, times: int, sentence: str) -> None:
        self.left, self.sentence = times, sentence

    async def query_workflow(self, input: QueryWorkflowInput) -> Any:
        if self.left:
            self.left -= 1
            raise WorkflowQueryFailedError(self.sentence)
        return "an answer"


@pytest.mark.parametrize("times", range(AT_MOST))
async def test_a_query_that_came_too_early_is_asked_again(times: int) -> None:
    """The person hears the answer and nothing else."""
    server = _Failing(times, f"Failed: {TOO_EARLY}")
    assert await AskAgain().intercept_client(server).query_workflow(ASK) == "an answer"
    assert server.left == 0


async def test_it_is_not_asked_for_ever() -> None:
    """After so many times the person hears why."""
    with pytest.raises(WorkflowQueryFailedError, match="Nothing is lost and nobody must act"):
        await AskAgain().intercept_client(_Failing(AT_MOST, TOO_EARLY)).query_workflow(ASK)


async def test_what_failed_otherwise_is_not_asked_again() -> None:
    """A query that the workflow itself could not answer."""
    server = _Failing(2, "KeyError")
    with pytest.raises(WorkflowQueryFailedError, match="KeyError"):
        await AskAgain().intercept_client(server).query_workflow(ASK)
    assert server.left == 1
