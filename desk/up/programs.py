"""The programs that make an installation, as data. A new one is one function and one entry here."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from desk.up import temporal_server
from desk.up.errors import BinaryMissing
from desk.up.lock import DATABASE
from desk.up.options import BINARY, UpOptions
from desk.up.ports import LOOPBACK
from desk.up.process import Answers, Program, Says
from desk.up.simulated_tenant import PASSWORD_ENV, TENANTS_ENV, USER, SimulatedTenant
from desk.up.temporal_server import Server

# The server polls its one queue of transfer tasks at most 20 times a second as shipped, which adds 50 ms to
# each serial step, and fires timers up to one second late.
DYNAMIC_CONFIG = (
    "history.transferProcessorMaxPollRPS=1000",
    'history.timerProcessorMaxTimeShift="20ms"',
)
# -P: a file in the current folder must not take the place of a module of ours.
PYTHON = (sys.executable, "-P", "-m")
# One fsync per transaction instead of eight, and what was acknowledged survives a loss of power.
PRAGMAS = ("journal_mode=wal", "synchronous=2")


@dataclass(frozen=True)
class Place:
    """Where an installation runs: folder, ports, server, secrets' whereabouts, all settled.

    `var` and `tenants` are absolute; `lock` is the descriptor of the lock on the database; `tenant` is None where
    no simulated tenant runs.
    """

    options: UpOptions
    environ: Mapping[str, str]
    var: Path
    lock: int
    server: Server
    ui_port: int
    tenant: SimulatedTenant | None
    tenants: Path
    password: str

    @property
    def client_environment(self) -> dict[str, str]:
        """What another process needs in its environment to reach this installation."""
        found = temporal_server.client_environment(self.server, self.environ)
        return {**found, TENANTS_ENV: str(self.tenants)}


BACKUPS = "CERTRELAY_BACKUPS"
"""Where the worker backs up user mappings before a change."""

Programs = Callable[[Place], Sequence[Program]]


def installation(place: Place) -> tuple[Program, ...]:
    """All programs, in the order of starting; stopping goes the other way."""
    server = (temporal(place),) if place.server.own else ()
    tenant = (simulator(place, place.tenant),) if place.tenant else ()
    return (*server, *tenant, worker(place))


def temporal(place: Place) -> Program:
    """Temporal's server with a file database, on loopback only. Raises BinaryMissing."""
    port = place.server.address.rpartition(":")[2]
    argv = (
        *(binary(place.environ), "server", "start-dev", "--namespace", place.server.namespace),
        *("--ip", LOOPBACK, "--port", port, "--ui-port", str(place.ui_port), "--ui-disable-news-fetch"),
        *("--db-filename", str(place.var / DATABASE)),
        *(part for pragma in PRAGMAS for part in ("--sqlite-pragma", pragma)),
        *(part for value in DYNAMIC_CONFIG for part in ("--dynamic-config-value", value)),
    )

    async def probe() -> bool:
        listens = await temporal_server.listens(LOOPBACK, place.ui_port)
        return listens and await temporal_server.answers(place.server)

    async def prepare() -> None:
        await temporal_server.prepare(place.server, place.options.search_attributes)

    return Program(
        name="temporal",
        argv=argv,
        ready=Answers(probe),
        base_env=temporal_server.without_temporal(place.environ),
        prepare=prepare,
        links=(
            ("Temporal Web UI", f"http://{LOOPBACK}:{place.ui_port}/namespaces/{place.server.namespace}"),
            ("Temporal server", place.server.address),
        ),
        keep_open=(place.lock,),
    )


def simulator(place: Place, tenant: SimulatedTenant) -> Program:
    """The simulated tenant behind its load balancer; its state survives in a file."""
    options = place.options
    argv = (
        *(*PYTHON, "tenant.simulator", "--port", str(tenant.port)),
        *("--load-balancer-port", str(tenant.load_balancer_port), "--profile", tenant.profile),
        *("--state", str(place.var / "simulator.db"), "--user", USER, "--client-id", tenant.client_id),
        *(("--load", str(options.flows.absolute())) if options.flows else ()),
        *(f"--{key}={value}" for key, value in options.simulator_options),
    )

    async def probe() -> bool:
        return await http_ok(f"{tenant.url}/simulator/health")

    return Program(
        name="simulator",
        argv=argv,
        ready=Answers(probe),
        env={PASSWORD_ENV: place.password},
        base_env=place.environ,
        links=(
            ("Simulated tenant", tenant.words),
            ("Its load balancer", tenant.load_balancer_url),
        ),
    )


def worker(place: Place) -> Program:
    """The worker, which carries out workflows and activities."""
    secret = {PASSWORD_ENV: place.password} if place.tenant else {}
    own = place.server.own
    return Program(
        name="worker",
        argv=(*PYTHON, "worker"),
        ready=Says("worker ready"),
        env={**place.client_environment, **secret, BACKUPS: place.environ.get(BACKUPS, str(place.var / "backups"))},
        base_env=temporal_server.without_temporal(place.environ) if own else place.environ,
        after=("temporal",) if own else (),
    )


def binary(environ: Mapping[str, str]) -> str:
    """The Temporal server's path: the setting, else beside our Python, else on PATH. Raises BinaryMissing."""
    if given := environ.get(BINARY.env):
        if found := shutil.which(str(Path(given).absolute())):
            return found
        raise BinaryMissing(given, BINARY)
    beside = Path(sys.executable).with_name("temporal")
    found = shutil.which(str(beside)) or shutil.which("temporal", path=environ.get("PATH", os.defpath))
    if found is None:
        raise BinaryMissing(f"temporal, beside {sys.executable} and on PATH,", BINARY)
    return str(Path(found).absolute())


async def http_ok(url: str) -> bool:
    """True when a GET is answered with 200."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=2.0) as client:  # never through a proxy
            return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
