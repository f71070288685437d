"""What the tests of the inventory share: a simulated tenant in this process, with the real client in front of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from certificates.rehearsal import Issued, RehearsalAuthority
from process.facts import NamePair
from tenant.client import TenantClient
from tenant.flows import SampleChannel, sample_flow
from tenant.inventory.model import Inventory
from tenant.inventory.scan import scan
from tenant.settings import BasicLogin, SecretSource, TenantSettings
from tenant.simulator.app import create_app
from tenant.simulator.settings import SimulatorSettings

USER, PASSWORD = "rehearsal", "open sesame"
ROOT = "http://127.0.0.1:1/api/v1"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OLD = NamePair("CN=erp, O=Acme, C=DE", "CN=ca, C=DE")
NEW = NamePair("CN=erp-2027, O=Acme, C=DE", "CN=ca, C=DE")

SETTINGS = TenantSettings("dev", ROOT, BasicLogin(USER, SecretSource("password_env", env="UNUSED")))


@dataclass
class Stage:
    """A simulated tenant. Its clock stands still until it is told."""

    app: Starlette
    milliseconds: Callable[[], int]
    advance: Callable[[float], None]
    asleep: list[float] = field(default_factory=list)

    def client(self, of: type[TenantClient] = TenantClient, **changes: Any) -> TenantClient:
        """The real client, speaking to the simulator without a socket."""
        return of(replace(SETTINGS, **changes), lambda: PASSWORD, httpx.ASGITransport(self.app), lambda: NOW)

    async def scan(self, remembered: Inventory | None = None, **more: Any) -> Inventory:
        """A scan that pauses without waiting."""
        async with self.client(**more.pop("settings", {})) as client:
            return await scan(client, remembered, more.pop("progress", None), clock=lambda: NOW, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        """Remember that somebody wanted to wait."""
        self.asleep.append(seconds)
        await asyncio.sleep(0)

    async def control(self, method: str, name: str, json: Any = None) -> Any:
        """A control call of the simulator."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url=ROOT[:-7], auth=(USER, PASSWORD)) as http:
            answer = await http.request(method, f"/simulator/{name}", json=json)
        assert answer.status_code < 400, answer.text
        return answer.json() if answer.content else None

    async def flow(self, flow: str, *channels: dict[str, Any], package: str = "Orders", **more: Any) -> None:
        """A running flow; without channels given it has one that lists the old names."""
        given = channels or (listing(OLD, address=f"/{flow}"),)
        await self.control("POST", "flows", {"flow": flow, "package": package, "channels": given, **more})

    async def fault(self, path: str, **rule: Any) -> None:
        """Something that goes wrong for good with the requests whose path is like this."""
        await self.control("POST", "faults", {"path": path, "times": None, **rule})

    async def write(self, method: str, path: str, body: Any = None) -> None:
        """A write that the client has no method for: undeploying, deleting, setting a parameter."""
        async with self.client() as client:
            await client._session.write(method, path, body)

    async def asked(self, path: str) -> list[str]:
        """The paths of the GETs so far that are like this."""
        log = await self.control("GET", "log")
        return [line["path"] for line in log["requests"] if line["method"] == "GET" and path in line["path"]]


def stage_in(folder: Path, **changes: Any) -> Stage:
    """A tenant with its state in the folder."""
    now = [round(NOW.timestamp() * 1000)]

    def advance(seconds: float) -> None:
        now[0] += round(seconds * 1000)

    settings = SimulatorSettings(
        folder / "tenant.sqlite", PASSWORD, user=USER, **{"endpoint_delay": 0.0, "rate_limit": "off", **changes}
    )
    return Stage(create_app(settings, lambda: now[0]), lambda: now[0], advance)


def listing(*rows: NamePair, name: str = "in", address: str = "/in", **more: Any) -> dict[str, Any]:
    """A channel that authorises by certificate, as the simulator is told."""
    pairs = [{"subject": row.subject, "issuer": row.issuer} for row in rows]
    return {"name": name, "address": address, "rows": pairs, **more}


def by_role(role: str = "ESBMessaging.send", **more: Any) -> dict[str, Any]:
    """A channel that authorises by role."""
    return {"name": "role", "address": "/role", "authorization": "RoleBased", "role": role, **more}


def zip_of(flow: str, *rows: NamePair) -> bytes:
    """The zip of a flow with one channel that lists these names."""
    return sample_flow(flow, flow, [SampleChannel("in", address=f"/{flow}", rows=rows)])


def issued(subject: str = OLD.subject, days: int = 40) -> Issued:
    """A certificate of a CA of its own."""
    now = datetime.now(UTC).replace(microsecond=0)
    authority = RehearsalAuthority.create("Acme", now=now)
    return authority.issue(subject, now - timedelta(days=300), now + timedelta(days=days))
