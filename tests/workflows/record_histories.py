"""Records the histories that the replay test keeps: `python tests/workflows/record_histories.py [NAME ...]`.

Each story is played on a real server, worker and simulated tenant. Written is what replaying needs: stack traces
and the names of processes and machines are taken out.
"""

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from golden_stories import STORIES
from house import House, connect, temporal_server
from temporalio.worker import Worker

from certificates.policy import Policy
from worker import Settings, worker_for
from workflows.leaving import leave

HISTORIES = Path(__file__).resolve().with_name("histories")


def without_traces(value: Any) -> Any:
    """The same JSON without what tells of the machine that recorded it."""
    if isinstance(value, list):
        return [without_traces(part) for part in value]
    if not isinstance(value, dict):
        return value
    kept = {key: without_traces(part) for key, part in value.items() if key != "stackTrace"}
    return kept | ({"identity": "recorded"} if "identity" in kept else {})


def as_lines(history: dict[str, Any]) -> str:
    """A history with one event on each line, so that a change can be read."""
    events = ",\n".join(json.dumps(event, separators=(",", ":")) for event in history["events"])
    return '{"events":[\n' + events + "\n]}\n"


def _working(house: House) -> Worker:
    """A worker that knows the tenants of the moment by name, as the watch over expiry needs it."""
    return worker_for(house.client, Settings(house.tenants(), Policy(), Path("backups")))


async def record(name: str, address: str) -> None:
    """Play one story and write its history."""
    with tempfile.TemporaryDirectory() as folder:
        house = House(await connect(address), Path(folder))
        os.chdir(folder)  # evidence names files, and a history must not tell where it was recorded
        async with house.stage(Path(folder)) as stage, _working(house):
            id = await STORIES[name](house, stage)
            history = await house.client.get_workflow_handle(id).fetch_history()
    text = as_lines(without_traces(json.loads(history.to_json())))
    (HISTORIES / f"{name}.json").write_text(text)
    print(f"{name}: {len(history.events)} events, {len(text) // 1024} KB")


async def main(names: list[str]) -> None:
    """Record the named stories, or all of them."""
    HISTORIES.mkdir(exist_ok=True)
    for name in names or STORIES:
        async with temporal_server() as address:
            await record(name, address)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
    leave(0)
