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
from temporalio.client import (
    OutboundInterceptor,
    QueryWorkflowInput,
    WorkflowHandle,
    WorkflowHistory,
    WorkflowQueryFailedError,
)
from temporalio.service import RPCError
from temporalio.worker import Replayer, Worker

from workflows.ahead import AT_MOST, SENTENCE, AskAgain, Pace
from workflows.plugin import CertrelayPlugin

MANY = 12
"""So many at a time: whether the query or the task comes first to the new worker is chance."""

JOBS = st.sampled_from(["resolve_activity", "signal_workflow", "do_update", "fire_timer"])


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


def _taken_up() -> Pace:
    """A worker takes up a workflow that others have worked on: three tasks are replayed."""
    pace = Pace()
    assert pace.may_take(_activation("initialize_workflow", 3, 100, replaying=True))
    assert pace.may_take(_activation("resolve_activity", 9, 200, replaying=True))
    assert pace.may_take(_activation("do_update", 14, 300, replaying=True))
    return pace


@given(st.lists(st.tuples(JOBS, st.integers(3, 20), st.integers(1, 900), st.integers(0, 2)), min_size=1))
def test_from_the_beginning_on_everything_is_taken(tasks: list[tuple[str, int, int, int]]) -> None:
    """A workflow that this worker began: tasks that have started, with any number of queries between them."""
    pace, events, size = Pace(), 3, 100
    assert pace.may_take(_activation("initialize_workflow", events, size))
    assert pace.may_take(_query())
    for job, more, bytes, queries in tasks:
        events, size = events + more, size + bytes
        assert pace.may_take(_activation(job, events, size))
        assert all(pace.may_take(_query()) for _ in range(queries))


@given(st.integers(0, 3))
def test_what_is_only_replayed_answers_every_query(queries: int) -> None:
    """No news: what is known was done in tasks."""
    pace = _taken_up()
    assert all(pace.may_take(_query()) for _ in range(queries))


@given(JOBS, st.integers(1, 5))
def test_what_comes_before_its_task_is_not_taken(job: str, more: int) -> None:
    """More events, and no task that started; the workflow can be let go of then."""
    pace = _taken_up()
    assert not pace.may_take(_activation(job, 14 + more, 300))
    assert pace.may_take(_activation("remove_from_cache", 14 + more, 300))


@given(JOBS)
def test_the_first_news_may_have_come_for_a_query(job: str) -> None:
    """The task has started, and somebody else may hold it: a query at once is refused, one within a task is not."""
    pace = _taken_up()
    assert pace.may_take(_activation(job, 20, 400))
    assert pace.may_take(_query("one within a task"))
    assert not pace.may_take(_query())
    assert not pace.may_take(_query())


@given(JOBS, JOBS, st.integers(0, 3))
def test_the_second_news_show_that_the_first_were_a_task(first: str, second: str, queries: int) -> None:
    """From then on every query is answered."""
    pace = _taken_up()
    assert pace.may_take(_activation(first, 20, 400))
    assert pace.may_take(_activation(second, 26, 500))
    assert all(pace.may_take(_query()) for _ in range(queries))


@given(JOBS)
def test_an_update_that_was_refused_is_no_running_ahead(job: str) -> None:
    """A task that only brought a refused update leaves no events; the next has the same number, or a few more."""
    pace = Pace()
    assert pace.may_take(_activation("initialize_workflow", 3, 100))
    assert pace.may_take(_activation("do_update", 9, 500))
    assert pace.may_take(_activation("do_update", 9, 500))
    assert pace.may_take(_activation(job, 10, 600))


@given(JOBS)
def test_a_server_that_tells_no_sizes_is_not_followed(job: str) -> None:
    """The server for tests that skips time tells none: nothing can be known there."""
    pace = Pace()
    assert pace.may_take(_activation("initialize_workflow", 3, 0))
    assert pace.may_take(_activation(job, 9, 0))


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
    assert "came before its workflow task" in caplog.text, "no query came first: this test saw nothing"
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
    server = _Failing(times, f"Failed: {SENTENCE}")
    assert await AskAgain().intercept_client(server).query_workflow(ASK) == "an answer"
    assert server.left == 0


async def test_it_is_not_asked_for_ever() -> None:
    """After so many times the person hears why."""
    with pytest.raises(WorkflowQueryFailedError, match="Nothing is lost and nobody must act"):
        await AskAgain().intercept_client(_Failing(AT_MOST, SENTENCE)).query_workflow(ASK)


async def test_what_failed_otherwise_is_not_asked_again() -> None:
    """A query that the workflow itself could not answer."""
    server = _Failing(2, "KeyError")
    with pytest.raises(WorkflowQueryFailedError, match="KeyError"):
        await AskAgain().intercept_client(server).query_workflow(ASK)
    assert server.left == 1
