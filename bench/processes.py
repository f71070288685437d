"""Real worker processes: memory at rest, and how long a crash or a hand-over is noticed."""

import asyncio
import os
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from house import House, Play, Stage, begin, connect, new_names, temporal_server

from bench.result import Result
from desk.desk import Desk
from process.steps import Role

_FLOOR = "import temporalio.worker, pydantic, cryptography.x509, httpx; import sys; sys.stdin.read()"


def _megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@asynccontextmanager
async def _worker(house: House, address: str) -> AsyncIterator[asyncio.subprocess.Process]:
    house.tenants()
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "worker",
        env={**os.environ, "TEMPORAL_ADDRESS": address, "CERTRELAY_TENANTS": str(house.folder / "tenants.toml")},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert worker.stdout is not None
    await worker.stdout.readline()
    try:
        yield worker
    finally:
        if worker.returncode is None:
            worker.terminate()
        await worker.wait()


async def _answered(play: Play) -> float:
    """Seconds until an act is answered."""
    begin_at = time.perf_counter()
    await play.act("comment", Role.TENANT_ADMINISTRATOR, text=uuid.uuid4().hex)
    return time.perf_counter() - begin_at


async def _floor_memory() -> float:
    bare = await asyncio.create_subprocess_exec(sys.executable, "-c", _FLOOR, stdin=asyncio.subprocess.PIPE)
    await asyncio.sleep(2)
    megabytes = _megabytes(bare.pid)
    bare.kill()
    await bare.wait()
    return megabytes


async def results() -> AsyncIterator[Result]:
    """Memory, crash, hand-over."""
    folder = Path(tempfile.mkdtemp())
    async with temporal_server() as address:
        house = House(await connect(address), folder)
        async with house.stage(folder) as stage:
            async for result in _measured(house, stage, address):
                yield result


async def _measured(house: House, stage: Stage, address: str) -> AsyncIterator[Result]:
    pair = new_names()
    async with _worker(house, address) as first:
        play = await begin(house, stage, pair.old)
        play = Play(Desk(house.client, timedelta(seconds=30)), play.id)
        await play.until(lambda case: case.facts is not None)
        usual = sorted([await _answered(play) for _ in range(9)])[4]
        memory, bare = _megabytes(first.pid), await _floor_memory()
        yield Result("a worker at rest", memory, "the libraries loaded", bare, "MB", "≤ 150 MB")
        first.kill()
        await first.wait()
        async with _worker(house, address) as second:
            crashed = await _answered(play)
            yield Result("an act after kill -9, new worker at once", crashed, "an act", usual, "s", "≤ 3 s")
            async with _worker(house, address):
                second.terminate()
                await second.wait()
                left = await _answered(play)
                yield Result("first act after SIGTERM of one of two workers", left, "an act", usual, "s", "≤ 0.1 s")
    async for result in _at_the_very_instant(play, house, address, usual):
        yield result


async def _at_the_very_instant(play: Play, house: House, address: str, usual: float) -> AsyncIterator[Result]:
    """The worst case: the act is sent while the worker that has the renewal in its cache takes its leave."""
    times = []
    async with _worker(house, address):
        for _ in range(6):
            async with _worker(house, address) as leaving:
                await _answered(play)
                leaving.terminate()
                times.append(await _answered(play))
    yield Result("worst act sent at the very instant of a SIGTERM, of 6", max(times), "an act", usual, "s")
