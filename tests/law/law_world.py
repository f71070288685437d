"""The world of the law: simulated tenants of four nodes with load balancers, and a worker that can be killed."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from house import PASSWORD, Stage, connect, free_port, temporal_server
from temporalio.client import Client

from tenant.settings import load_tenants
from tenant.simulator.app import create_app
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.traffic.load_balancer import load_balancer
from tenant.simulator.traffic.runtime_side import RuntimeSide

ROOT = Path(__file__).parents[2]
QUICK: dict[str, Any] = {
    "build_time": 0.02, "old_started_time": 0.02, "deploy_time": 0.05, "error_information_time": 0.05,
    "endpoint_delay": 0.0, "key_time": 0.05, "rate_limit": "off", "nodes": "4", "node_spread": 0.12,
}  # fmt: skip
TIMES = """poll_seconds = 0.05
timeout_seconds = 2
deploy_timeout_seconds = 2
busy_seconds = 4
design_time_per_second = 0
security_content_per_second = 0
runtime_per_second = 0
messages_per_second = 0
"""


@dataclass(frozen=True)
class LawTenant:
    """A tenant with its runtime side. `lag` is how long, in seconds, the runtime may take beyond what is shown."""

    stage: Stage
    side: RuntimeSide
    settings: SimulatorSettings
    lag: float

    @property
    def cloud_foundry(self) -> bool:
        """Whether service keys stand for user mappings here."""
        return self.settings.profile == "cloud-foundry"

    def trace(self, flow: str) -> str:
        """What the tenant itself knows: its last refusals, and the last writes."""
        refused = self.side.state.rows(
            "SELECT at, fingerprint, status, gate, words, node, path FROM traffic WHERE gate <> ''"
            " ORDER BY id DESC LIMIT 8"
        )
        writes = self.side.state.rows(
            "SELECT at, method, path, status, by_fault FROM requests WHERE method <> 'GET' AND path LIKE ?"
            " ORDER BY id DESC LIMIT 12",
            f"%{flow}%",
        )
        return "\n".join(str(dict(row)) for row in (*refused, *writes))


@dataclass
class LawWorld:
    """Everything that runs."""

    client: Client
    tenants: Sequence[LawTenant]
    worker: "KillableWorker"


class KillableWorker:
    """The worker program as a process of its own."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._environment = {**os.environ, **environment, "PYTHONPATH": str(ROOT)}
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.killed = 0

    async def start(self) -> None:
        """Start it and wait until it takes work."""
        said = self._folder / f"worker-{self.killed}.log"
        self._process = self._begun(said)
        while b"worker ready" not in said.read_bytes():
            assert self._process.poll() is None, said.read_text()
            await asyncio.sleep(0.05)

    def _begun(self, said: Path) -> subprocess.Popen[bytes]:
        """The process; what it says goes into a file, which outlives it."""
        with said.open("wb") as lines:
            return subprocess.Popen(
                [sys.executable, "-m", "worker"], cwd=ROOT, env=self._environment, stdout=lines, stderr=lines
            )

    async def kill(self) -> None:
        """End it as a power cut would, and start another."""
        await self.end(signal.SIGKILL)
        self.killed += 1
        await self.start()

    async def end(self, number: int = signal.SIGTERM) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(number)
            await asyncio.to_thread(self._process.wait)


@asynccontextmanager
async def killing(worker: KillableWorker, chance: random.Random, pause: float) -> AsyncIterator[None]:
    """While the block runs, the worker is killed at random moments, on average that many seconds after it started."""
    enough = asyncio.Event()

    async def kill_again_and_again() -> None:
        while not enough.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(enough.wait(), chance.uniform(0.5, 1.5) * pause)
                return
            await worker.kill()

    task = asyncio.create_task(kill_again_and_again())
    try:
        yield
    finally:
        enough.set()
        await task


@asynccontextmanager
async def law_world(folder: Path, count: int) -> AsyncIterator[LawWorld]:
    """A Temporal server, so many tenants of every kind in turn, and a worker, while the block runs."""
    async with AsyncExitStack() as running:
        address, *tenants = await asyncio.gather(
            running.enter_async_context(temporal_server()),
            *(running.enter_async_context(_tenant(folder, number)) for number in range(count)),
        )
        _settings_file(folder, tenants)
        environment = {
            "TEMPORAL_ADDRESS": address,
            "CERTRELAY_TENANTS": str(folder / "tenants.toml"),
            "CERTRELAY_BACKUPS": str(folder / "backups"),
        }
        worker = KillableWorker(environment, folder)
        running.push_async_callback(worker.end)
        await worker.start()
        yield LawWorld(await connect(address), tenants, worker)


@asynccontextmanager
async def _tenant(folder: Path, number: int) -> AsyncIterator[LawTenant]:
    name = f"law{number}"
    options = SimulatorSettings(
        folder / f"{name}.db", PASSWORD, user="certrelay",
        profile="cloud-foundry" if number % 2 else "neo",
        started_means="first-node" if number % 4 > 1 else "all-nodes",
        mapping_delay=0.05 if number % 4 > 1 else 0.0, key_delay=0.05 if number % 4 > 1 else 0.0,
        **QUICK,
    )  # fmt: skip
    app = create_app(options)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    serving = asyncio.create_task(server._serve())  # signals belong to pytest
    while not server.started:  # noqa: ASYNC110 - uvicorn has a flag and no event
        await asyncio.sleep(0.005)
    stage = Stage(name, f"http://127.0.0.1:{port}", lambda: load_tenants(folder / "tenants.toml"))
    lag = options.node_spread + options.mapping_delay if options.started_means == "first-node" else 0.0
    try:
        async with load_balancer(app.state.runtime_side) as side:
            if number % 2:
                await stage.call("POST", "instances", {"name": "OTHERS"})
            yield LawTenant(stage, side, options, lag)
    finally:
        server.should_exit = True
        await serving


def _settings_file(folder: Path, tenants: Sequence[LawTenant]) -> None:
    (folder / "password").write_text(PASSWORD)
    (folder / "tenants.toml").write_text("".join(map(_table, tenants)))


def _table(tenant: LawTenant) -> str:
    name, url = tenant.stage.name, tenant.stage.url
    head = f'[tenants.{name}]\nurl = "{url}"\n{TIMES}'
    if not tenant.cloud_foundry:
        return f'{head}user = "certrelay"\npassword_file = "password"\n'
    return (
        f'{head}environment = "cloud-foundry"\ntoken_url = "{url}/oauth/token"\n'
        f'client_id = "{tenant.settings.client_id}"\nclient_secret_file = "password"\n'
        f'[tenants.{name}.service_keys]\napi = "cloud-foundry"\nurl = "{url}/cf"\n'
        f'login_url = "{url}/uaa/oauth/token"\nuser = "certrelay"\npassword_file = "password"\n'
    )
