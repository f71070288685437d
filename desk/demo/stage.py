"""The simulated tenant of the demonstration: what is put on it, and what it shows."""

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import httpx

from process.facts import CertificateFacts, NamePair

USER = "certrelay"


@dataclass(frozen=True)
class Stage:
    """Talks to the simulator's control calls, and to SAP's API for what a person would look up there."""

    http: httpx.AsyncClient

    @classmethod
    def at(cls, url: str, password: str) -> "Stage":
        """The stage at this URL."""
        return cls(httpx.AsyncClient(base_url=url, auth=(USER, password), timeout=10))

    async def _control(self, method: str, path: str, body: Any = None) -> httpx.Response:
        response = await self.http.request(method, f"/simulator/{path}", json=body)
        return response.raise_for_status()

    async def flow(self, flow: str, certificate: CertificateFacts, parameterised: bool = False) -> None:
        """A running flow with a sender channel that lists the certificate's names."""
        row = {"subject": certificate.names.subject, "issuer": certificate.names.issuer}
        channel = {"name": "HTTPS", "address": f"/{flow.lower()}", "rows": [row], "parameterised": parameterised}
        await self._control("POST", "flows", {"flow": flow, "channels": [channel]})

    async def mapping(self, user: str, certificate: CertificateFacts) -> None:
        """A user mapping of the certificate."""
        await self._control("POST", "mappings", {"user": user, "certificate": certificate.pem})

    async def lists(self, flow: str, names: NamePair) -> bool:
        """Whether the flow that runs now lists the names."""
        content = (await self._control("GET", f"running/{flow}")).content
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            texts = [bundle.read(name).decode() for name in bundle.namelist() if name.endswith((".iflw", ".prop"))]
        plain = "\n".join(texts).replace("\\", "")
        return names.subject in plain and names.issuer in plain

    async def mapped(self, user: str) -> int:
        """How many certificates are mapped to the user."""
        answer = await self.http.get("/api/v1/CertificateUserMappings", headers={"Accept": "application/json"})
        return sum(1 for row in answer.raise_for_status().json()["d"]["results"] if row["User"] == user)

    async def uploads(self, flow: str) -> int:
        """How often the flow was uploaded."""
        log = (await self._control("GET", f"log?method=PUT&path={flow}")).json()["requests"]
        return sum(1 for request in log if not request["by_fault"])
