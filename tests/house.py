"""The house for tests: a real Temporal server, a real worker in this process, real simulated tenants over HTTP.

Tests share one server and one worker; each gets a tenant of its own, so that they do not meet. Names, ids and
certificates are made anew each time.
"""

import asyncio
import json
import socket
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from certificates.policy import Policy
from certificates.rehearsal import Issued, RehearsalAuthority
from desk.desk import Desk
from process.case import Case
from process.expiry import Registered
from process.facts import CertificateFacts
from process.steps import BY_ID, Role
from tenant.client import TenantClient
from tenant.settings import Tenants, load_tenants
from tenant.simulator.app import create_app
from tenant.simulator.settings import SimulatorSettings
from worker import Settings, worker_for
from workflows.attributes import SEARCH_ATTRIBUTES
from workflows.messages import MESSAGES, Answer
from workflows.plugin import CertrelayPlugin
from workflows.policies import Patience

PASSWORD = "a password of tests"
NOW = datetime.now(UTC).replace(microsecond=0)
IMPATIENT = Patience(timedelta(seconds=3), timedelta(seconds=3), timedelta(seconds=10))
"""Work fails for good after three seconds, for tests of final failures."""

KNOBS = ("history.transferProcessorMaxPollRPS=1000", 'history.timerProcessorMaxTimeShift="20ms"')


def free_port() -> int:
    """A port that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def temporal_server(*extra: str) -> AsyncIterator[str]:
    """The real server, in memory, with our search attributes; its address."""
    server, port = await _started(extra)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):
            server.terminate()
        await server.wait()


async def _started(extra: tuple[str, ...]) -> tuple[asyncio.subprocess.Process, int]:
    """A server that answers, and its port. Between looking for a free port and opening it, others may take it."""
    for _ in range(3):
        port = free_port()
        server = await _start(port, extra)
        if await _answering(port, server):
            return server, port
    raise AssertionError("the Temporal server ended at once, three times")


async def _start(port: int, extra: tuple[str, ...]) -> asyncio.subprocess.Process:
    knobs = [part for knob in KNOBS for part in ("--dynamic-config-value", knob)]
    attributes = [part for n, t in SEARCH_ATTRIBUTES.items() for part in ("--search-attribute", f"{n}={t}")]
    binary = Path(sys.executable).with_name("temporal")
    return await asyncio.create_subprocess_exec(
        binary, "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(port),
        *knobs, *attributes, *extra,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def _answering(port: int, server: asyncio.subprocess.Process) -> bool:
    """True when the server takes calls, False when it ended; each try waits in the SDK's own connection attempt."""
    for _ in range(100):
        if server.returncode is not None:
            return False
        try:
            client = await Client.connect(f"127.0.0.1:{port}")
            await client.count_workflows()
        except (RuntimeError, RPCError):
            await asyncio.sleep(0.05)
            continue
        return True
    server.terminate()
    raise AssertionError("the Temporal server does not answer")


async def connect(address: str) -> Client:
    """A client with the plugin, as all programs have it."""
    return await Client.connect(address, plugins=[CertrelayPlugin()])


@dataclass
class Stage:
    """A simulated tenant over real HTTP, with what a test puts on it."""

    name: str
    url: str
    tenants: Callable[[], Tenants]

    def client(self) -> TenantClient:
        """A client as the worker has it."""
        return TenantClient(self.tenants().get(self.name))

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A control call of the simulator."""
        async with httpx.AsyncClient(base_url=self.url, auth=("certrelay", PASSWORD), verify=False) as http:
            response = await http.request(method, f"/simulator/{path}", json=body)
        assert response.status_code < 400, response.text
        return response

    async def flow(self, flow: str, certificate: CertificateFacts, *addresses: str, **more: Any) -> None:
        """A running flow whose channels list the certificate's names."""
        row = {"subject": certificate.names.subject, "issuer": certificate.names.issuer}
        channels = [
            {"name": f"in{at}", "address": address, "rows": [row], **more}
            for at, address in enumerate(addresses or (f"/{flow}",))
        ]
        await self.call("POST", "flows", {"flow": flow, "channels": channels})

    async def mapping(self, user: str, certificate: CertificateFacts) -> None:
        """A user mapping of the certificate."""
        await self.call("POST", "mappings", {"user": user, "certificate": certificate.pem})

    async def fault(self, path: str, **rule: Any) -> None:
        """Something that goes wrong with the requests whose path is like this."""
        await self.call("POST", "faults", {"path": path, **rule})

    async def mend(self) -> None:
        """No faults any more."""
        await self.call("DELETE", "faults")

    async def writes(self, path: str = "", method: str = "PUT") -> int:
        """How many requests of this kind were answered by the tenant itself."""
        log = (await self.call("GET", "log")).json()["requests"]
        return sum(1 for r in log if r["method"] == method and path in r["path"] and not r["by_fault"])


@asynccontextmanager
async def simulated(folder: Path, **settings: Any) -> AsyncIterator[str]:
    """The simulator on a port of its own; its URL. Times are short unless said otherwise."""
    quick = {"build_time": 0.02, "old_started_time": 0.02, "deploy_time": 0.05, "error_information_time": 0.05}
    options = SimulatorSettings(folder / "tenant.db", PASSWORD, user="certrelay", **{**quick, **settings})
    port = free_port()
    config = uvicorn.Config(create_app(options), port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # signals belong to pytest
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has a flag and no event
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@dataclass
class House:
    """Server, worker and desk of a test run; tenants come and go."""

    client: Client
    folder: Path
    stages: dict[str, str] = field(default_factory=dict)

    def tenants(self) -> Tenants:
        """The tenants of the moment, read from a file as the worker reads them."""
        text = "".join(
            f'[tenants.{name}]\nurl = "{url}"\nuser = "certrelay"\npassword_file = "password"\n'
            "poll_seconds = 0.05\ntimeout_seconds = 2\n"
            for name, url in self.stages.items()
        )
        file = self.folder / "tenants.toml"
        file.write_text(text)
        file.with_name("password").write_text(PASSWORD)
        return load_tenants(file)

    @asynccontextmanager
    async def stage(self, folder: Path, **settings: Any) -> AsyncIterator[Stage]:
        """A tenant of one's own."""
        name = f"t{uuid.uuid4().hex[:10]}"
        async with simulated(folder, **settings) as url:
            self.stages[name] = url
            yield Stage(name, url, self.tenants)
            del self.stages[name]

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A worker for as long as the block runs."""
        settings = Settings(_Live(self), Policy(), self.folder / "backups")
        async with worker_for(self.client, settings):
            yield


class _Live(Tenants):
    """Tenants looked up anew each time, since tests bring and take them."""

    def __init__(self, house: House) -> None:
        super().__init__(house.folder / "tenants.toml")
        object.__setattr__(self, "_house", house)

    def get(self, name: str) -> Any:
        """The settings of a tenant."""
        house: House = self._house  # type: ignore[attr-defined]
        return house.tenants().get(name)


@dataclass(frozen=True)
class Pair:
    """An old and a new certificate of one sender."""

    old: Issued
    new: Issued


def new_names() -> Pair:
    """The CA changes, so the names do."""
    before, after = RehearsalAuthority.create("Before", now=NOW), RehearsalAuthority.create("After", now=NOW)
    old = before.issue("CN=erp, O=Acme, C=DE", NOW - timedelta(days=300), NOW + timedelta(days=40))
    return Pair(old, after.issue("CN=erp-2027, O=Acme, C=DE", NOW - timedelta(days=1), NOW + timedelta(days=400)))


def same_names() -> Pair:
    """The same CA and subject with a new key."""
    authority = RehearsalAuthority.create("Same", now=NOW)
    old = authority.issue("CN=erp, O=Acme, C=DE", NOW - timedelta(days=300), NOW + timedelta(days=40))
    return Pair(old, authority.issue("CN=erp, O=Acme, C=DE", NOW - timedelta(days=1), NOW + timedelta(days=400)))


NAMES = {
    Role.SENDER_ADMINISTRATOR: "sam",
    Role.TENANT_ADMINISTRATOR: "tina",
    Role.INTEGRATION_DEVELOPER: "dan",
}


@dataclass(frozen=True)
class Play:
    """One renewal in which the people of a test act."""

    desk: Desk
    id: str

    async def act(self, act: str, role: Role, **content: Any) -> Answer:
        """An act of the person who has the role."""
        content = {"request_id": str(uuid.uuid4()), "by": NAMES.get(role, "otto"), "role": role} | content
        return await self.desk.act(self.id, act, MESSAGES[act](**content))

    async def submit(self, certificate: Issued) -> None:
        """Step 2, until it is judged and the tenant is read."""
        await self.act("sender_submits_certificate", Role.SENDER_ADMINISTRATOR, certificate=certificate.bundle_pem)
        await self.until(lambda case: case.submission is None and case.facts_fresh)

    async def step(self, step: str, **content: Any) -> Answer:
        """A step by the role that has it."""
        known = BY_ID[step]
        assert known.act is not None
        if step in ("3", "6") and "root_confirmed" not in content:
            content["root_confirmed"] = "checked on SAP's list"
        return await self.act(known.act, known.role, **content)

    async def steps(self, *steps: str) -> None:
        """Several steps, each awaited to its end."""
        for step in steps:
            await self.step(step)
            await self.until(lambda case, step=step: case.is_done(step) or case.closed)

    async def until(self, wanted: Callable[..., bool], seconds: float = 20) -> Case:
        """The case, as soon as it is as wanted; every move of the workflow is looked at."""
        async with asyncio.timeout(seconds):
            async for case in self.desk.moves(self.id):
                if wanted(case):
                    return case
        raise AssertionError("the renewal ended and was never as wanted")

    async def case(self) -> Case:
        """The case as it stands."""
        return await self.desk.case(self.id)


async def begin(house: House, stage: Stage, old: Issued, patience: Patience | None = None, **more: Any) -> Play:
    """Start the renewal of a certificate."""
    desk = Desk(house.client)
    registered = Registered(stage.name, more.pop("sender", "erp"), old.facts, more.pop("people", {}))
    return Play(desk, await desk.start(registered, patience=patience))


async def listed(house: House, id: str) -> None:
    """Return when the renewal is in the lists with its step: Temporal's visibility follows a moment later."""
    desk = Desk(house.client)
    async with asyncio.timeout(5):
        while not any(line.id == id and line.waiting_for for line in await desk.inbox()):
            pass


def as_json(value: Any) -> str:
    """Anything as JSON, for raw messages."""
    return json.dumps(value)


async def add_attributes(client: Client) -> None:
    """Register the search attributes on a server that was started without them."""
    types = {n: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{_screaming(t)}") for n, t in SEARCH_ATTRIBUTES.items()}
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=types)
    await client.operator_service.add_search_attributes(request)


def _screaming(kind: str) -> str:
    return "KEYWORD_LIST" if kind == "KeywordList" else kind.upper()


def issuer_spelled_otherwise() -> Issued:
    """A certificate whose issuer DN is its CA's in another string type: OpenSSL takes it, cryptography does not."""
    authority = RehearsalAuthority.create("Elsewhere", now=NOW)
    issuer = x509.Name(
        x509.NameAttribute(attribute.oid, str(attribute.value), x509.name._ASN1Type.PrintableString)
        for attribute in authority.certificate.subject
    )
    model = authority.issue("CN=erp-2028, O=Acme, C=DE", NOW - timedelta(days=1), NOW + timedelta(days=400))
    known = x509.load_der_x509_certificate(model.der)
    builder = (
        x509.CertificateBuilder()
        .subject_name(known.subject)
        .issuer_name(issuer)
        .public_key(known.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(known.not_valid_before_utc)
        .not_valid_after(known.not_valid_after_utc)
    )
    for extension in known.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    certificate = builder.sign(authority.key, hashes.SHA256())
    return Issued(certificate.public_bytes(Encoding.DER), model.chain, model.key)
