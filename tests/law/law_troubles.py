"""What goes wrong in a renewal of the law: how each trouble is ordered from the simulated tenant."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from law_draws import Trouble
from law_world import LawTenant

from certificates.facts import mapping_id
from certificates.rehearsal import Issued

_MAPPINGS = {True: "service_credential_bindings", False: "CertificateUserMappings"}
_HELD = 0.8
"""Seconds that somebody holds a flow in the editor, a node lags, or an instance is busy."""


@dataclass(frozen=True)
class Scene:
    """Where it happens: the flows that list names, the user or instance of the mapping, the newest certificate."""

    tenant: LawTenant
    flows: tuple[str, ...]
    user: str
    new: Issued | None
    chance: random.Random

    async def happen(self, trouble: Trouble) -> None:
        """Let it begin."""
        await _EFFECTS[trouble](self)

    async def fault(self, method: str = "", **rule: Any) -> None:
        """A fault of requests about a flow or the mappings of this renewal."""
        paths = [*self.flows[:1], *([_MAPPINGS[self.tenant.cloud_foundry]] if self.user else [])]
        await self.tenant.stage.fault(self.chance.choice(paths), method=method, **rule)

    async def order(self, kind: str, **more: Any) -> None:
        """A happening."""
        await self.tenant.stage.call("POST", "happenings", {"kind": kind, **more})


def _fault(**rule: Any) -> Callable[[Scene], Awaitable[None]]:
    return lambda scene: scene.fault(**rule)


async def _lost(scene: Scene, drop: str) -> None:
    await scene.fault(scene.chance.choice(("PUT", "POST", "DELETE")) if scene.flows else "POST", drop=drop)


async def _lost_before(scene: Scene) -> None:
    await _lost(scene, "before")


async def _lost_after(scene: Scene) -> None:
    await _lost(scene, "after")


async def _signed_out(scene: Scene) -> None:
    await scene.order("expire-tokens", every=2, times=2)
    await scene.order("end-sessions", every=2, times=2)


async def _locked(scene: Scene) -> None:
    await scene.order("lock", flow=scene.flows[0])
    await scene.order("unlock", flow=scene.flows[0], after=_HELD)


async def _failed_deploy(scene: Scene) -> None:
    await scene.order("fail-next-deploy", flow=scene.flows[0])


async def _stuck_task(scene: Scene) -> None:
    await scene.order("deploy-never-starts", flow=scene.flows[0], stage="task")


async def _stuck_start(scene: Scene) -> None:
    await scene.order("deploy-never-starts", flow=scene.flows[0], stage="runtime")


async def _lagging_node(scene: Scene) -> None:
    """Where STARTED means all nodes; where it means the first, the lag of the tenant is all that people wait for."""
    if not scene.tenant.lag:
        await scene.order("node-lags", node=str(scene.chance.randint(1, 4)), seconds=_HELD / 2)


async def _failed_key(scene: Scene) -> None:
    await scene.tenant.stage.call("POST", "fail-next-key", {"type": "create"})


async def _busy_instance(scene: Scene) -> None:
    await scene.tenant.stage.call("POST", "busy-instance", {"instance": scene.user, "seconds": _HELD})


async def _transported(scene: Scene) -> None:
    await scene.order("transport", flow=scene.flows[0])


async def _deleted(scene: Scene) -> None:
    assert scene.new is not None
    id = mapping_id(scene.new.der)
    if scene.tenant.cloud_foundry:
        await scene.order("delete-service-key", key=id)
    else:
        await scene.order("delete-mapping", id=id)


_EFFECTS: dict[Trouble, Callable[[Scene], Awaitable[None]]] = {
    Trouble.SLOW: _fault(delay=0.4, times=3),
    Trouble.HANGING: _fault(delay=2.5),
    Trouble.BUSY: _fault(status=429, retry_after=1, times=2),
    Trouble.BROKEN: _fault(status=500, times=2),
    Trouble.DOWN: _fault(status=503, times=2),
    Trouble.GARBAGE: _fault(garbage=True),
    Trouble.LOST_BEFORE: _lost_before,
    Trouble.LOST_AFTER: _lost_after,
    Trouble.SIGNED_OUT: _signed_out,
    Trouble.LOCKED: _locked,
    Trouble.FAILED_DEPLOY: _failed_deploy,
    Trouble.STUCK_TASK: _stuck_task,
    Trouble.STUCK_START: _stuck_start,
    Trouble.LAGGING_NODE: _lagging_node,
    Trouble.FAILED_KEY: _failed_key,
    Trouble.BUSY_INSTANCE: _busy_instance,
    Trouble.TRANSPORTED: _transported,
    Trouble.DELETED: _deleted,
}
