"""What the tests of activities share: a tenant and no Temporal server, attempts as the server makes them, crashes."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from house import NOW, PASSWORD, Pair, Stage, free_port
from starlette.types import ASGIApp, Receive, Scope, Send
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.shapes import Change
from certificates.rehearsal import RehearsalAuthority
from process.facts import NamePair
from tenant.client import TenantClient
from tenant.flows import find_rows, read_flow
from tenant.settings import BasicLogin, SecretSource, Tenants, TenantSettings
from tenant.simulator.app import create_app
from tenant.simulator.settings import SimulatorSettings

NAME = "prod"


def settings(url: str, **more: Any) -> TenantSettings:
    """Settings of a simulated tenant."""
    login = BasicLogin("certrelay", SecretSource("password_env", env="UNUSED"))
    quick: dict[str, Any] = {"poll_seconds": 0.02, "timeout_seconds": 2, "deploy_timeout_seconds": 5}
    quick["busy_seconds"] = 0
    return TenantSettings(NAME, f"{url}/api/v1", login, **{**quick, **more})


def stage_of(url: str) -> Stage:
    """The stage of a simulated tenant."""
    return Stage(NAME, url, lambda: Tenants(Path("tenants.toml"), {NAME: settings(url)}))


class Landlord:
    """One server for all tenants of these tests, one after the other: starting a server takes longer than they do."""

    def __init__(self) -> None:
        self.tenant: ASGIApp | None = None
        self.url = ""
        self._server = uvicorn.Server(uvicorn.Config(self, log_config=None, access_log=False, lifespan="off"))
        self._server.config.port = free_port()
        self._serving: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The tenant of the moment answers."""
        assert self.tenant is not None, "a request came after its test"
        await self.tenant(scope, receive, send)

    async def open(self) -> None:
        """Listen, once."""
        if self._serving is None:
            self._serving = asyncio.create_task(self._server._serve())  # signals belong to pytest
            await until(lambda: self._server.started)
            self.url = f"http://127.0.0.1:{self._server.config.port}"

    async def close(self) -> None:
        """Stop, at the end of all tests."""
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving


LANDLORD = Landlord()


@asynccontextmanager
async def simulated(folder: Path, **settings: Any) -> AsyncIterator[str]:
    """A simulated tenant over real HTTP; its URL. Only one at a time. Times are short unless said otherwise."""
    quick = {"build_time": 0.02, "old_started_time": 0.02, "deploy_time": 0.05, "endpoint_delay": 0.0}
    app = create_app(SimulatorSettings(folder / "tenant.db", PASSWORD, user="certrelay", **{**quick, **settings}))
    await LANDLORD.open()
    assert LANDLORD.tenant is None
    async with app.router.lifespan_context(app):
        LANDLORD.tenant = app
        try:
            yield LANDLORD.url
        finally:
            LANDLORD.tenant = None


class Killed(BaseException):
    """The worker is gone: nothing catches this, as nothing catches SIGKILL."""


def plain_http() -> httpx.AsyncHTTPTransport:
    """Real HTTP without the list of CAs, whose loading takes longer than most of these tests."""
    return httpx.AsyncHTTPTransport(verify=False)


class Cutting(httpx.AsyncBaseTransport):
    """Real HTTP in which the worker dies at request number `at`, before it is sent or right after its answer."""

    def __init__(self, at: int = 0, after: bool = False) -> None:
        self.at, self.after, self.seen = at, after, 0
        self._inner = plain_http()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send on, or die."""
        self.seen += 1
        if self.seen == self.at and not self.after:
            raise Killed
        response = await self._inner.handle_async_request(request)
        if self.seen == self.at:
            await response.aread()
            await response.aclose()
            raise Killed
        return response

    async def aclose(self) -> None:
        """Close the real one."""
        await self._inner.aclose()


@dataclass
class Opened:
    """Opens clients of one tenant and remembers whether each was closed."""

    url: str
    transport: httpx.AsyncBaseTransport | None = None
    more: dict[str, Any] = field(default_factory=dict)
    clients: list[TenantClient] = field(default_factory=list)

    def __call__(self, _: str) -> TenantClient:
        client = TenantClient(settings(self.url, **self.more), lambda: PASSWORD, self.transport or plain_http())
        self.clients.append(client)
        return client

    @property
    def left_open(self) -> int:
        """Clients whose connections nobody closed."""
        return sum(not client._session._http.is_closed for client in self.clients)


@dataclass
class Attempts:
    """Attempts of one activity: each gets the details of the last heartbeat before, and an empty beat wipes them."""

    details: list[Any] = field(default_factory=list)
    beats: list[tuple[Any, ...]] = field(default_factory=list)
    attempt: int = 0

    async def run(self, activity: Callable[..., Any], argument: Any) -> Any:
        """One attempt."""
        self.attempt += 1
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, attempt=self.attempt, heartbeat_details=list(self.details))
        environment.on_heartbeat = self._beat
        return await environment.run(activity, argument)

    def _beat(self, *details: Any) -> None:
        self.details = list(details)
        self.beats.append(details)


async def run(activity: Callable[..., Any], *argument: Any) -> Any:
    """A first attempt whose heartbeats nobody looks at."""
    return await ActivityEnvironment().run(activity, *argument)


async def failed(activity: Callable[..., Any], argument: Any) -> ApplicationError:
    """The failure of a first attempt, as the workflow sees it."""
    with pytest.raises(ApplicationError) as caught:
        await run(activity, argument)
    assert caught.value.message.endswith("."), "a failure speaks in full sentences"
    return caught.value


def new_spelling() -> Pair:
    """The same names by RFC 5280, in other letters."""
    authority = RehearsalAuthority.create("Same", now=NOW)
    old = authority.issue("CN=erp, O=Acme, C=DE", NOW - timedelta(days=300), NOW + timedelta(days=40))
    return Pair(old, authority.issue("CN=ERP, O=ACME, C=DE", NOW - timedelta(days=1), NOW + timedelta(days=400)))


def change(pair: Pair, where: str, check_only: bool = False) -> Change:
    """The change from old to new."""
    return Change(NAME, where, pair.old.facts, pair.new.facts, check_only)


def listed(content: bytes, names: NamePair) -> int:
    """How many rows of a flow hold the names."""
    return len(find_rows(read_flow(content), names))


def members(content: bytes) -> dict[str, bytes]:
    """The files of a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def running(stage: Stage, flow: str) -> bytes:
    """The zip that answers messages."""
    return (await stage.call("GET", f"running/{flow}")).content


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    """Return when it holds; it is looked at each turn of the loop, for what announces itself by no event."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - heartbeats and tasks have no event
            await asyncio.sleep(0.005)
