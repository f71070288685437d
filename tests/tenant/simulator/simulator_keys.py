"""What the tests of service keys share: clients of the platform APIs, instances, certificates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from rehearsed_tenant import PASSWORD, USER, Tenant

from certificates.rehearsal import Issued, RehearsalAuthority

NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
CLIENT = "sb-rehearsal!b1|it!b1"
BEARERLESS = httpx.Auth()
AUTHORITY = RehearsalAuthority.create(now=NOW)
OTHER_AUTHORITY = RehearsalAuthority.create("Other", now=NOW)


def issued(subject: str = "sender", day: int = 0, authority: RehearsalAuthority = AUTHORITY) -> Issued:
    """A certificate whose validity begins so many days after the day of the tests."""
    return authority.issue(subject, NOW + timedelta(days=day))


def one_line(pem: str) -> str:
    """A PEM text without line breaks, as people send it."""
    return "".join(pem.split("\n"))


async def token(tenant: Tenant, secret: str = PASSWORD, **query: str) -> httpx.Response:
    """Ask for a token by client credentials."""
    query = query or {"grant_type": "client_credentials"}
    return await tenant.client.post("/oauth/token", params=query, auth=(CLIENT, secret))


async def user_token(tenant: Tenant, **changes: str) -> httpx.Response:
    """Ask for a token by password, as Cloud Foundry's command line does."""
    form = {"grant_type": "password", "username": USER, "password": PASSWORD, **changes}
    return await tenant.client.post("/uaa/oauth/token", data=form, auth=("cf", ""))


@dataclass
class Platform:
    """A client of one of the platform APIs with a token of its own; `root` is the path of the API."""

    tenant: Tenant
    root: str
    headers: Mapping[str, str] = field(default_factory=dict)

    async def call(self, method: str, path: str, json: object = None, **query: str) -> httpx.Response:
        """One call."""
        return await self.tenant.client.request(
            method, f"{self.root}/{path}", json=json, params=query or None, headers=self.headers, auth=BEARERLESS
        )

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """What a GET that works answers."""
        response = await self.call("GET", path, **query)
        assert response.status_code == 200, response.text
        return response.json()


def bearer(answer: httpx.Response) -> dict[str, str]:
    """The header that a token answer is good for."""
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def cloud_foundry(tenant: Tenant) -> Platform:
    """A signed-in client of Cloud Foundry's API."""
    return Platform(tenant, "/cf/v3", bearer(await user_token(tenant)))


async def service_manager(tenant: Tenant) -> Platform:
    """A signed-in client of the Service Manager."""
    return Platform(tenant, "/sm/v1", bearer(await token(tenant)))


async def instance(tenant: Tenant, name: str = "senders", **order: Any) -> str:
    """Stage a service instance; its guid."""
    response = await tenant.control("POST", "instances", {"name": name, **order})
    assert response.status_code == 201, response.text
    return response.json()["guid"]


async def staged_key(tenant: Tenant, of: str, name: str, certificate: str = "", **order: Any) -> str:
    """Stage a service key; its guid."""
    body = {"instance": of, "name": name, "certificate": certificate, **order}
    response = await tenant.control("POST", "service-keys", body)
    assert response.status_code == 201, response.text
    return response.json()["guid"]
