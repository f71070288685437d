"""A whole renewal, all people acting at once, against the least that the engine needs for as many messages."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from house import House, Stage, begin, connect, new_names, temporal_server
from temporalio.worker import Worker

from bench.floor_workflow import Floor
from bench.result import Result, median_seconds

ROUNDS = 5
STEPS = (("3",), ("4a", "4b"), ("5",), ("6",), ("7",), ("8",), ("9a", "9b"), ("10",))


async def _walk(house: House, stage: Stage, number: int) -> None:
    pair = new_names()
    await stage.flow(f"Orders{number}", pair.old.facts)
    await stage.mapping(f"ERP{number}", pair.old.facts)
    play = await begin(house, stage, pair.old, sender=f"erp{number}")
    await play.submit(pair.new)
    for side_by_side in STEPS:
        for step in side_by_side:
            await play.step(step)
        await play.until(lambda case, steps=side_by_side: case.closed or all(map(case.is_done, steps)))
    await house.client.get_workflow_handle(play.id).result()


async def _floor(house: House, number: int) -> None:
    """Eleven updates into a workflow that does nothing, and its end."""
    handle = await house.client.start_workflow(Floor.run, id=f"floor-{number}", task_queue="floor")
    for _ in range(11):
        await handle.execute_update(Floor.act, "x")
    await handle.signal(Floor.end)
    await handle.result()


async def results() -> AsyncIterator[Result]:
    """The walk, with the simulator's deploys taking 0.1 s."""
    folder = Path(tempfile.mkdtemp())
    async with temporal_server() as address:
        house = House(await connect(address), folder)
        async with house.working(), house.stage(folder) as stage:
            counter = iter(range(1000))
            walk = await median_seconds(lambda: _walk(house, stage, next(counter)), ROUNDS)
            async with Worker(house.client, task_queue="floor", workflows=[Floor]):
                floor = await median_seconds(lambda: _floor(house, next(counter)), ROUNDS)
    yield Result(
        "a whole renewal, all people at once", walk, "11 updates into an empty workflow", floor, "s", "≤ 3 s"
    )
