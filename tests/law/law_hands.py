"""What people of the law do on the tenant with their own hands: the stage is set, and steps done without us."""

import asyncio
from dataclasses import dataclass

from law_certificates import Certificates
from law_draws import Draw
from law_world import LawTenant

from certificates.facts import mapping_id
from certificates.rehearsal import Issued
from process.spelling import comparison
from tenant.client import TenantClient
from tenant.flows import add_names
from tenant.runtime import DeployOrder, Watch, prove_deployed

IN_USE = "in-use"
"""The service key that holds the old certificate."""


@dataclass(frozen=True)
class Hands:
    """The hands of one renewal's people."""

    tenant: LawTenant
    draw: Draw
    certificates: Certificates

    @property
    def flows(self) -> tuple[str, ...]:
        """The flows that list names."""
        return tuple(f"R{self.draw.number}F{at}" for at in range(len(self.draw.listing)))

    @property
    def user(self) -> str:
        """Whom the old certificate is mapped to; empty where nobody."""
        return f"U{self.draw.number}" if self.draw.by_role else ""

    @property
    def paths(self) -> list[str]:
        """Where the sender sends."""
        paths = [
            f"/{flow}/{at}" for flow, count in zip(self.flows, self.draw.listing, strict=True) for at in range(count)
        ]
        return paths + ([f"/R{self.draw.number}Role"] if self.user else [])

    async def stage(self) -> None:
        """Flows, mappings and roots, as they have been for long."""
        stage, old = self.tenant.stage, self.certificates.old
        for root in self.certificates.roots:
            await stage.call("POST", "roots", {"pem": root})
        for flow in self.flows:
            addresses = [path for path in self.paths if path.startswith(f"/{flow}/")]
            await stage.flow(flow, old.facts, *addresses, parameterised=self.draw.parameterised)
        if self.user:
            flow = f"R{self.draw.number}Role"
            channel = {"name": "in", "address": f"/{flow}", "authorization": "RoleBased"}
            await stage.call("POST", "flows", {"flow": flow, "channels": [channel]})
            if self.tenant.cloud_foundry:
                await stage.call("POST", "instances", {"name": self.user})
            await self._map(old, IN_USE)
        await asyncio.sleep(self.tenant.lag)

    async def map_new(self, new: Issued) -> bool:
        """Map the new certificate; false where a key that compares names alone must stay the only one."""
        if self.draw.one_way:
            return False
        await self._map(new, mapping_id(new.der))
        return True

    async def edit(self, new: Issued) -> bool:
        """Add the new names to each flow in the editor, save and deploy."""
        async with self.tenant.stage.client() as client:
            for flow in self.flows:
                await self._edit(client, flow, new)
        return True

    async def _edit(self, client: TenantClient, flow: str, certificate: Issued) -> None:
        old, new = self.certificates.old.facts.names, certificate.facts.names
        known = await client.flow(flow)
        edit = add_names(await client.download_flow(flow), old, new, comparison(old, new))
        version = f"{known.version}.1"
        await client.upload_flow(flow, known.name, edit.zip_bytes)
        await client.save_version(flow, version)
        await self._deploy(client, flow, version)

    async def deploy_again(self, flow: str) -> None:
        """Deploy the flow as it is saved: a deploy that failed for good left nothing that runs."""
        async with self.tenant.stage.client() as client:
            await self._deploy(client, flow, (await client.flow(flow)).version)

    async def _deploy(self, client: TenantClient, flow: str, version: str) -> None:
        before = await client.runtime_artifact(flow)
        task = await client.deploy(flow)
        order = DeployOrder(flow, version, before.deployed_on if before else None, task)
        await prove_deployed(client, order, Watch(0.05, 2, asyncio.get_running_loop().time, asyncio.sleep))

    async def _map(self, certificate: Issued, name: str) -> None:
        if not self.tenant.cloud_foundry:
            await self.tenant.stage.mapping(self.user, certificate.facts)
            return
        key = {"instance": self.user, "name": name, "certificate": certificate.facts.pem}
        await self.tenant.stage.call("POST", "service-keys", {**key, "pinned": self.draw.pinned or name != IN_USE})
