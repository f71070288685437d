"""The guard alone: a workflow with faulty handlers lives on, because the plugin's interceptor stands before it."""

import uuid
from collections.abc import AsyncIterator

import pytest
from house import House
from raising_workflow import Raising
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

KINDS = ("KeyError", "ValueError", "RuntimeError", "ApplicationError")


@pytest.fixture(scope="module")
async def queue(house: House) -> AsyncIterator[str]:
    """A task queue with a worker of the faulty workflow; the guard comes with the client's plugin."""
    name = f"raising-{uuid.uuid4()}"
    async with Worker(house.client, task_queue=name, workflows=[Raising]):
        yield name


@pytest.fixture
async def raising(house: House, queue: str) -> WorkflowHandle[Raising, list[str]]:
    """One faulty workflow, started."""
    return await house.client.start_workflow(Raising.run, id=f"raising-{uuid.uuid4()}", task_queue=queue)


@pytest.mark.parametrize("signal", ["raise_at_once", "raise_later"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_signal_handler_that_raises(
    kind: str, signal: str, raising: WorkflowHandle[Raising, list[str]]
) -> None:
    """Neither wedges nor fails the workflow; what happened is noted as a sentence by its class, not by its text."""
    await raising.signal(signal, kind)
    await _noted(raising)
    await raising.signal(Raising.finish)
    [note] = await raising.result()
    assert kind in note
    assert "zebra" not in note


async def _noted(handle: WorkflowHandle[Raising, list[str]]) -> None:
    """Return when the workflow has noted something; each move in its history is looked at."""
    async for event in handle.fetch_history_events(wait_new_event=True):
        if event.HasField("workflow_task_completed_event_attributes") and await handle.query(Raising.noted):
            return


@pytest.mark.parametrize("update", ["update_raises", "update_is_refused"])
@pytest.mark.parametrize("kind", KINDS)
async def test_an_update_that_raises(kind: str, update: str, raising: WorkflowHandle[Raising, list[str]]) -> None:
    """Fails its caller alone, with a sentence; the input is repeated only where the handler chose to say it."""
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await raising.execute_update(update, kind)
    cause = caught.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == (None if kind == "ApplicationError" else "BadMessage")
    assert ("zebra" in cause.message) == (kind == "ApplicationError")
    await raising.signal(Raising.finish)
    assert await raising.result() == []
