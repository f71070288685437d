"""What the tests of the runtime side share: a tenant with a load balancer, and senders with certificates."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from rehearsed_tenant import START, Tenant

from certificates.rehearsal import Issued, LeafProfile, RehearsalAuthority
from tenant.simulator.traffic.load_balancer import Limits, load_balancer
from tenant.simulator.traffic.messages import NODE_HEADER
from tenant.simulator.traffic.runtime_side import RuntimeSide

NOW = datetime.fromtimestamp(START / 1000, UTC)
SENDER = "CN=sender, O=Rehearsal, C=DE"


@dataclass
class Stage:
    """A tenant behind its load balancer, the CA on its list, and the clients that were made."""

    tenant: Tenant
    side: RuntimeSide
    folder: Path
    root: RehearsalAuthority
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def issue(self, subject: str = SENDER, **profile: Any) -> Issued:
        """A certificate of a CA below the listed root; `days` is its life from the stage's present on."""
        days = profile.pop("days", 30)
        authority = profile.pop("authority", None) or self.root.subordinate()
        return authority.issue(subject, NOW - timedelta(days=1), NOW + timedelta(days=days), LeafProfile(**profile))

    def terms(self, issued: Issued | None = None, chain: str | None = None) -> ssl.SSLContext:
        """A client's side of TLS with the certificate and its whole chain, or the PEM in `chain`."""
        context = ssl.create_default_context(cadata=self.side.ca)
        if issued:
            path = self.folder / f"{issued.facts.fingerprint}.pem"
            above = issued.chain_pem if chain is None else chain
            path.write_bytes(issued.key_pem() + issued.pem.encode() + above.encode())
            context.load_cert_chain(path)
        return context

    async def stream(self, issued: Issued | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A bare connection over TLS."""
        address = httpx.URL(self.side.url)
        return await asyncio.open_connection(address.host, address.port, ssl=self.terms(issued))

    def sender(self, issued: Issued | None = None, chain: str | None = None) -> httpx.AsyncClient:
        """A client that presents the certificate with its whole chain, or with the PEM in `chain`."""
        context = self.terms(issued, chain)
        client = httpx.AsyncClient(verify=context, base_url=self.side.url, trust_env=False)
        self.clients.append(client)
        return client

    async def flow(self, name: str = "Orders", **channel: Any) -> None:
        """A running flow with one channel, in its first version."""
        order = {"name": "in", "address": f"/{name.lower()}", **channel}
        response = await self.tenant.control("POST", "flows", {"flow": name, "channels": [order]})
        assert response.status_code == 201, response.text

    async def flow_for(self, issued: Issued, name: str = "Orders", **channel: Any) -> None:
        """A running flow whose channel lists the names of a certificate."""
        names = issued.facts.names
        await self.flow(name, rows=[{"subject": names.subject, "issuer": names.issuer}], **channel)

    async def map(self, issued: Issued, user: str = "sender") -> None:
        """A certificate-to-user mapping."""
        response = await self.tenant.control("POST", "mappings", {"user": user, "certificate": issued.pem})
        assert response.status_code == 201, response.text

    async def last(self) -> dict[str, Any]:
        """The newest row of the traffic, with the digest of its certificate."""
        found = (await self.tenant.control("GET", "traffic")).json()
        newest = max(found["certificates"], key=lambda one: one["last"]["id"])
        return {**newest["last"], "sha256": newest["sha256"]}

    def traces(self) -> list[str]:
        """The lines of the trace log."""
        rows = self.side.state.rows("SELECT text FROM trace_lines WHERE log_file_type = 'trace' ORDER BY id")
        return [row["text"] for row in rows]

    def messages(self) -> list[str]:
        """The flows of the message processing logs."""
        return [row["flow_id"] for row in self.side.state.rows("SELECT flow_id FROM message_logs ORDER BY id")]


@asynccontextmanager
async def staged(tenant: Tenant, folder: Path, limits: Limits | None = None) -> AsyncIterator[Stage]:
    """The tenant with a load balancer that trusts one root."""
    root = RehearsalAuthority.create(now=NOW)
    async with load_balancer(tenant.app.state.runtime_side, limits=limits) as side:
        stage = Stage(tenant, side, folder, root)
        response = await tenant.control("POST", "roots", {"pem": root.root_pem})
        assert response.status_code == 201, response.text
        try:
            yield stage
        finally:
            for client in stage.clients:
                await client.aclose()


def at_node(number: int) -> dict[str, str]:
    """The header that asks for a node."""
    return {NODE_HEADER: str(number)}
