"""The simulated tenant of the demonstration: what is put on it, and what it shows.

What differs between Neo and Cloud Foundry is told apart here and nowhere else: there a certificate is known by a
certificate-to-user mapping, here by a service key of a service instance.
"""

import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from desk.up.options import Profile
from process.facts import CertificateFacts, NamePair

USER = "certrelay"
_MAPPINGS = "/api/v1/CertificateUserMappings"
_JSON = {"Accept": "application/json"}


@dataclass(frozen=True)
class LoadBalancer:
    """Where senders send, and the CA (PEM) that they must trust."""

    url: str
    authority: str

    def address(self, flow: str) -> str:
        """The URL of a flow that this stage made."""
        return f"{self.url}/http{_address(flow)}"


@dataclass(frozen=True)
class Passed:
    """How many messages with one certificate the tenant itself counted."""

    accepted: int
    refused: int


@dataclass(frozen=True)
class Stage:
    """Talks to the simulator's control calls, and to SAP's API for what a person would look up or do there."""

    http: httpx.AsyncClient
    profile: Profile = Profile.NEO

    @classmethod
    def at(cls, url: str, password: str, profile: Profile = Profile.NEO) -> "Stage":
        """The stage at this URL."""
        return cls(httpx.AsyncClient(base_url=url, auth=(USER, password), timeout=10), profile)

    async def _control(self, method: str, path: str, body: Any = None) -> httpx.Response:
        response = await self.http.request(method, f"/simulator/{path}", json=body)
        return response.raise_for_status()

    async def flow(self, flow: str, certificate: CertificateFacts, parameterised: bool = False) -> None:
        """A running flow with a sender channel that lists the certificate's names."""
        row = {"subject": certificate.names.subject, "issuer": certificate.names.issuer}
        await self._flow(flow, rows=[row], parameterised=parameterised)

    async def flow_by_role(self, flow: str) -> None:
        """A running flow with a sender channel that lets in whoever has the role `ESBMessaging.send`."""
        await self._flow(flow, authorization="RoleBased")

    async def _flow(self, flow: str, **more: Any) -> None:
        channel = {"name": "HTTPS", "address": _address(flow), **more}
        await self._control("POST", "flows", {"flow": flow, "channels": [channel]})

    async def known_as(self, user: str, certificate: CertificateFacts) -> None:
        """A user mapping of the certificate, or a service key in the instance of that name, made where it is not."""
        if self.profile is Profile.NEO:
            await self._control("POST", "mappings", {"user": user, "certificate": certificate.pem})
            return
        listed = (await self._control("GET", "instances")).json()["instances"]
        if user not in {one["name"] for one in listed}:
            await self._control("POST", "instances", {"name": user, "roles": ["ESBMessaging.send"]})
        key = {"instance": user, "name": f"{user.lower()}-in-use", "certificate": certificate.pem, "pinned": True}
        await self._control("POST", "service-keys", key)

    async def trust(self, root: str) -> None:
        """The root (PEM) goes on the load balancer's list."""
        await self._control("POST", "roots", {"pem": root})

    async def load_balancer(self) -> LoadBalancer | None:
        """Where messages go; None where the simulator runs without one."""
        answer = await self.http.get("/simulator/load-balancer")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        told = answer.raise_for_status().json()
        return LoadBalancer(told["url"], told["ca"])

    async def passed(self) -> dict[str, Passed]:
        """The tenant's own count of messages, by the SHA-256 of the certificate."""
        counted = (await self._control("GET", "traffic")).json()["certificates"]
        return {one["sha256"]: Passed(one["accepted"], sum(one["refused"].values())) for one in counted}

    async def lists(self, flow: str, names: NamePair) -> bool:
        """Whether the flow that runs now lists the names."""
        content = (await self._control("GET", f"running/{flow}")).content
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            texts = [bundle.read(name).decode() for name in bundle.namelist() if name.endswith((".iflw", ".prop"))]
        plain = "\n".join(texts).replace("\\", "")
        return names.subject in plain and names.issuer in plain

    async def known(self, user: str) -> tuple[str, ...]:
        """The ids of the user's mappings, or of the service keys with a certificate in the instance of that name."""
        if self.profile is Profile.NEO:
            answer = (await self.http.get(_MAPPINGS, headers=_JSON)).raise_for_status()
            return tuple(row["Id"] for row in answer.json()["d"]["results"] if row["User"] == user)
        keys = (await self._control("GET", "service-keys")).json()["service_keys"]
        return tuple(key["guid"] for key in keys if key["instance"] == user and key["fingerprint"])

    async def forget(self, id: str) -> None:
        """Delete a user mapping as an administrator does by hand, or a service key as in the cockpit."""
        if self.profile is Profile.CLOUD_FOUNDRY:
            await self._control("DELETE", f"service-keys/{id}")
            return
        fetched = (await self.http.get("/api/v1/", headers={**_JSON, "X-CSRF-Token": "Fetch"})).raise_for_status()
        token = {"X-CSRF-Token": fetched.headers["X-CSRF-Token"]}
        (await self.http.delete(f"{_MAPPINGS}('{id}')", headers=token)).raise_for_status()

    async def uploads(self, flow: str) -> int:
        """How often the tenant took the flow that was uploaded."""
        log = (await self._control("GET", f"log?method=PUT&path={flow}")).json()["requests"]
        return sum(1 for request in log if request["status"] == httpx.codes.OK)


@asynccontextmanager
async def found(url: str, password: str) -> AsyncIterator[Stage]:
    """The stage at this URL, whose profile is asked for: only Neo has user mappings. Raises httpx.HTTPError."""
    stage = Stage.at(url, password)
    async with stage.http:
        answer = await stage.http.get(_MAPPINGS, headers=_JSON)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            answer.raise_for_status()
        yield replace(stage, profile=Profile.NEO if answer.is_success else Profile.CLOUD_FOUNDRY)


def _address(flow: str) -> str:
    return f"/{flow.lower()}"
