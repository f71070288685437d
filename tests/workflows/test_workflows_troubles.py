"""A workflow task that keeps failing is found and shown to the operator, and a mended worker takes it up again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from breaking_interceptor import BadRelease
from house import IMPATIENT, House, begin, connect, new_names, temporal_server
from temporalio.worker import Worker

from desk.desk import Desk
from desk.listing import Trouble
from process.steps import Role
from workflows.names import TASK_QUEUE
from workflows.renewal import Renewal

SOON = "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=1"
"""As shipped the server reports after five attempts, that is after 55 seconds."""


@pytest.fixture(scope="module", params=[SOON, pytest.param("", marks=pytest.mark.slow)], ids=["soon", "as shipped"])
async def idle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house with a server and no worker."""
    extra = ("--dynamic-config-value", request.param) if request.param else ()
    async with temporal_server(*extra) as address:
        yield House(await connect(address), tmp_path_factory.mktemp("idle"))


async def _trouble(desk: Desk, id: str) -> Trouble:
    """The trouble of this workflow, as soon as the server reports it."""
    async with asyncio.timeout(120):
        while True:
            for trouble in await desk.troubles():
                if trouble.id == id:
                    return trouble
            await asyncio.sleep(0.05)  # the server tells nobody; the lists must be asked


async def _taken_up(house: House, id: str) -> None:
    """Return with the first workflow task that succeeds; the server tries one again after a growing pause."""
    async with asyncio.timeout(180):
        async for event in house.client.get_workflow_handle(id).fetch_history_events(wait_new_event=True):
            if event.HasField("workflow_task_completed_event_attributes"):
                return


async def test_a_failing_workflow_task_is_found(idle: House, tmp_path: Path) -> None:
    """The list of troubles names the workflow and advises; acts are kept meanwhile; then all goes on by itself."""
    async with idle.stage(tmp_path) as stage:
        play = await begin(idle, stage, new_names().old)
        async with Worker(idle.client, task_queue=TASK_QUEUE, workflows=[Renewal], interceptors=[BadRelease()]):
            trouble = await _trouble(play.desk, play.id)
            await idle.client.get_workflow_handle(play.id).signal(
                "comment", {"request_id": "kept", "by": "otto", "role": "operator", "text": "meanwhile"}
            )
        assert trouble.type == "Renewal"
        assert any("WorkflowTaskFailed" in problem for problem in trouble.problems)
        assert "worker's log" in trouble.advice
        async with idle.working():
            await _taken_up(idle, play.id)
            case = await play.until(lambda case: case.facts_fresh)
            assert case.entry_of("kept") is not None
            assert (await play.act("comment", Role.OPERATOR, text="after")).accepted
        assert play.id not in [t.id for t in await play.desk.troubles()]


async def test_a_failing_renewal_is_found(house: House, tmp_path: Path) -> None:
    """Work that failed for good shows as health `failing` among the troubles, with the command to look at it."""
    async with house.stage(tmp_path) as stage:
        await stage.fault("IntegrationPackages", times=None, status=503)
        play = await begin(house, stage, new_names().old, patience=IMPATIENT)
        await play.until(lambda case: bool(case.troubles))
        async with asyncio.timeout(5):
            while (trouble := await _trouble(play.desk, play.id)).problems != ("health failing",):
                assert trouble.problems == ("health not proved",)  # the lists follow the workflow a little later
        assert play.id in trouble.advice
