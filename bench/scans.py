"""A scan of 2,000 flows: against what the rate limit allows, and without a limit against the bare requests.

The simulated tenant is a process of its own, as a tenant is. Its flows are put into its file before it starts.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from house import PASSWORD, free_port, new_names

from bench.result import Result
from tenant.client import TenantClient
from tenant.flows import ROLE_BASED
from tenant.inventory.model import Inventory
from tenant.inventory.scan import scan
from tenant.rates import Family, family
from tenant.settings import BasicLogin, Rates, SecretSource, TenantSettings
from tenant.simulator.staging import ChannelOrder, FlowOrder, NamesOrder, stage_flow
from tenant.simulator.state import State

FLOWS = 2_000
PACKAGES = 50
RATE = 45.0
"""Requests per second, five times what SAP's limit leaves: it takes less time, and to be always in time is harder."""

_ROOT = "/api/v1/"


async def results() -> AsyncIterator[Result]:
    """With a limit and nothing remembered; then without a limit, with nothing and with all remembered."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder, "tenant.sqlite")
        _fill(state)
        async with _simulator(state) as url:
            limited, free = _settings(url, RATE), _settings(url, 0)
            first = await _measured(limited)
            slowed = sum(family(path.removeprefix(_ROOT)) is Family.DESIGN_TIME for path in first.paths)
            told = f"{slowed} requests at {RATE:.0f}/s"
            yield Result(
                f"a scan of {FLOWS:,} flows at the limit", first.seconds, told, slowed / RATE, "s", "≤ 1.1 x"
            )
            yield await _against_bare("the same without a limit", free, None)
            yield await _against_bare("the next scan, nothing changed", free, first.inventory)


async def _against_bare(what: str, settings: TenantSettings, remembered: Inventory | None) -> Result:
    scanned = await _measured(settings, remembered)
    bare = await _bare(settings, scanned.paths)
    told = f"the same {len(scanned.paths)} requests, bare"
    return Result(what, scanned.seconds, told, bare, "s", "≤ 2.5 x")


def _fill(file: Path) -> None:
    state = State(file)
    names = new_names().old.facts.names
    row = NamesOrder(subject=names.subject, issuer=names.issuer)
    with state.transaction():
        for at in range(FLOWS):
            channels = (
                ChannelOrder(name="in", address=f"/in/{at}", rows=(row,), parameterised=at % 3 == 0),
                ChannelOrder(name="role", address=f"/role/{at}", authorization=ROLE_BASED),
            )
            order = FlowOrder(flow=f"Flow_{at:04}", package=f"Package{at % PACKAGES}", channels=channels)
            stage_flow(state, order, 1_700_000_000_000)
    state.close()


@asynccontextmanager
async def _simulator(state: Path) -> AsyncIterator[str]:
    """The simulator's address, once it answers."""
    port = free_port()
    words = [sys.executable, "-m", "tenant.simulator", "--port", str(port), "--state", str(state)]
    environment = {**os.environ, "CERTRELAY_SIMULATOR_PASSWORD": PASSWORD}
    program = await asyncio.create_subprocess_exec(
        *words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert program.stdout is not None
    await program.stdout.readline()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        program.terminate()
        await program.wait()


def _settings(url: str, rate: float) -> TenantSettings:
    login = BasicLogin("rehearsal", SecretSource("password_env", env="UNUSED"))
    settings = TenantSettings("bench", url + _ROOT.rstrip("/"), login)
    return replace(settings, rates=Rates(design_time_per_second=rate))


@dataclass(frozen=True)
class _Measured:
    """A scan: the seconds that it took, and the paths that it asked for."""

    inventory: Inventory
    seconds: float
    paths: Sequence[str]


async def _measured(settings: TenantSettings, remembered: Inventory | None = None) -> _Measured:
    control = settings.url.removesuffix("/api/v1") + "/simulator/log"
    async with httpx.AsyncClient(auth=("rehearsal", PASSWORD)) as http:
        await http.delete(control)
        begin = time.perf_counter()
        async with TenantClient(settings, lambda: PASSWORD) as client:
            inventory = await scan(client, remembered)
        seconds = time.perf_counter() - begin
        log = (await http.get(control)).json()["requests"]
    assert (len(inventory.flows), inventory.gaps) == (FLOWS, ())
    return _Measured(inventory, seconds, [one["path"] for one in log])


async def _bare(settings: TenantSettings, paths: Sequence[str]) -> float:
    """Seconds to ask the same and throw the answers away, with as many connections as the client has."""
    waiting = iter(paths)

    async def worker(http: httpx.AsyncClient) -> None:
        for path in waiting:
            accept = "*/*" if path.endswith("$value") else "application/json"
            (await http.get(path, headers={"Accept": accept})).raise_for_status()

    root = settings.url.removesuffix("/api/v1")
    async with httpx.AsyncClient(auth=("rehearsal", PASSWORD), base_url=root) as http:
        begin = time.perf_counter()
        await asyncio.gather(*(worker(http) for _ in range(settings.concurrency)))
        return time.perf_counter() - begin
