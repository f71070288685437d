"""What the tests of the simulator share: a clock that is set, a tenant driven over HTTP in this process, flows."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from process.facts import NamePair
from tenant.flows.sample import SampleChannel, sample_flow
from tenant.simulator.app import create_app
from tenant.simulator.settings import SimulatorSettings

USER, PASSWORD = "rehearsal", "open sesame"
JSON = {"Accept": "application/json"}
START = 1_800_000_000_000


@dataclass
class SetClock:
    """Epoch milliseconds that move only when told."""

    now: int = START

    def __call__(self) -> int:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += round(seconds * 1000)


@dataclass
class Tenant:
    """A simulated tenant, a client that is signed in, and the delays that were asked for."""

    client: httpx.AsyncClient
    clock: SetClock
    delays: list[float]
    app: Starlette
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, accept: str = "application/json", **query: str) -> httpx.Response:
        """GET below the service root; `$` is put before each option's name."""
        params = {f"${name}": value for name, value in query.items()}
        return await self.client.get(f"/api/v1/{path}", params=params, headers={"Accept": accept})

    async def one(self, path: str, **query: str) -> dict[str, Any]:
        """The entity or list under `d`."""
        response = await self.get(path, **query)
        assert response.status_code == 200, response.text
        return response.json()["d"]

    async def rows(self, path: str, **query: str) -> list[dict[str, Any]]:
        """The rows of a list."""
        return (await self.one(path, **query))["results"]

    async def write(self, method: str, path: str, json: object = None) -> httpx.Response:
        """A write with a fetched CSRF token."""
        if not self.headers:
            fetched = await self.client.get("/api/v1/", headers={"X-CSRF-Token": "Fetch"})
            self.headers = {"X-CSRF-Token": fetched.headers["X-CSRF-Token"]}
        return await self.client.request(method, f"/api/v1/{path}", json=json, headers={**JSON, **self.headers})

    async def control(self, method: str, name: str, json: object = None) -> httpx.Response:
        """A control call."""
        return await self.client.request(method, f"/simulator/{name}", json=json)

    async def with_package(self, package_id: str = "Orders") -> None:
        """Make a package."""
        response = await self.write("POST", "IntegrationPackages", {"Id": package_id, "Name": "x", "ShortText": "x"})
        assert response.status_code == 201, response.text

    async def with_flow(self, flow_id: str = "Orders_In", content: bytes | None = None) -> None:
        """Make a package, if needed, and a flow in it."""
        if not await self.rows("IntegrationPackages"):
            await self.with_package()
        body = {
            "Id": flow_id,
            "Name": "A flow",
            "PackageId": "Orders",
            "ArtifactContent": encoded(content or flow_zip()),
        }
        response = await self.write("POST", "IntegrationDesigntimeArtifacts", body)
        assert response.status_code == 201, response.text

    async def deploy(self, flow_id: str = "Orders_In") -> str:
        """Ask for a deploy; the task id."""
        response = await self.write("POST", f"DeployIntegrationDesigntimeArtifact?Id='{flow_id}'&Version='active'")
        assert response.status_code == 202, response.text
        return response.text


TenantMaker = Callable[..., Tenant]


def make_tenant(folder: Path, **changes: Any) -> Tenant:
    """A tenant with its state in `folder`; `changes` are settings."""
    clock, delays = SetClock(), []

    async def pause(seconds: float) -> None:
        delays.append(seconds)

    app = create_app(SimulatorSettings(state=folder / "tenant.sqlite", password=PASSWORD, **changes), clock, pause)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://tenant.example", auth=(USER, PASSWORD)
    )
    return Tenant(client, clock, delays, app)


def flow_zip(flow_id: str = "Orders_In", address: str = "/orders", subject: str = "CN=a", **channel: Any) -> bytes:
    """A flow with one HTTPS channel that lists one pair."""
    row = NamePair(subject, "CN=ca")
    return sample_flow(flow_id, flow_id, [SampleChannel("HTTPS", address=address, rows=(row,), **channel)])


def encoded(content: bytes) -> str:
    """Base64, as content travels in JSON."""
    return base64.b64encode(content).decode()


def said(response: httpx.Response) -> str:
    """The text of an OData error in JSON."""
    return response.json()["error"]["message"]["value"]
