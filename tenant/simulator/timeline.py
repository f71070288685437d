"""What the runtime shows at a moment, worked out from what was deployed and undeployed when. Pure.

No job runs in the background: a killed and restarted simulator shows what it would have shown. `shown` is what SAP's
API says; `answering` is what a runtime node does, which hears of a deploy at a moment of its own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Deployment:
    """One deploy of one flow; times are epoch milliseconds.

    Until `built_at` the task says DEPLOYING. From `visible_at` on (None: never) the runtime shows this deploy,
    STARTING until `settled_at`, then `outcome` (STARTED or ERROR). An undeploy sets `stopping_at` and `gone_at`.
    `addresses` is JSON: a list of [protocol, address] of the sender channels in the deployed content; `paths` is JSON
    too, the paths under which the nodes can be called. `arrivals` is JSON: for each node the milliseconds from
    `settled_at` until it has this deploy, negative for a node that is earlier; empty: all at that moment.
    """

    id: int
    flow_id: str
    name: str
    version: str
    deployed_by: str
    built_at: int
    visible_at: int | None
    settled_at: int
    task_outcome: str
    outcome: str
    error: str
    addresses: str
    stopping_at: int | None
    gone_at: int | None
    arrivals: str = ""
    paths: str = "[]"


@dataclass(frozen=True)
class Shown:
    """A deploy and the status under which the runtime shows it."""

    deployment: Deployment
    status: str


def task_status(deployment: Deployment, now: int) -> str:
    """DEPLOYING, then SUCCESS or FAIL."""
    return "DEPLOYING" if now < deployment.built_at else deployment.task_outcome


def shown(deployments: Sequence[Deployment], now: int) -> Shown | None:
    """The runtime artifact at that moment: the newest visible deploy, or None for a 404."""
    for deployment in sorted(deployments, key=lambda one: -one.id):
        if deployment.visible_at is not None and deployment.visible_at <= now:
            return _status(deployment, now)
    return None


def running(deployments: Sequence[Deployment], now: int) -> Deployment | None:
    """The deploy whose content answers messages: STARTED and not stopping."""
    current = shown(deployments, now)
    return current.deployment if current and current.status == "STARTED" else None


def arrives_at(deployment: Deployment, node: int) -> int | None:
    """When a node (from 1) has this deploy; None where it never gets it. Nodes added later are as the last one."""
    if deployment.visible_at is None:
        return None
    arrivals = _milliseconds(deployment.arrivals)
    return deployment.settled_at + (arrivals[min(node, len(arrivals)) - 1] if arrivals else 0)


def arrived(deployments: Sequence[Deployment], node: int, now: int) -> Deployment | None:
    """The newest deploy that a node has. Until it has a new one, the old one is what it knows."""
    for deployment in sorted(deployments, key=lambda one: -one.id):
        at = arrives_at(deployment, node)
        if at is not None and at <= now:
            return deployment
    return None


def answering(deployments: Sequence[Deployment], node: int, now: int) -> Deployment | None:
    """The deploy whose content answers messages at a node; a node that is late hears of an undeploy late, too."""
    found = arrived(deployments, node, now)
    if found is None or found.outcome != "STARTED":
        return None
    stopped = found.stopping_at is not None and found.stopping_at + _late(found, node) <= now
    return None if stopped else found


def redeploying(deployments: Sequence[Deployment], node: int, now: int, gap: int) -> bool:
    """True in the `gap` milliseconds before a node has a new deploy of a flow that it answers for already."""
    if not gap or answering(deployments, node, now) is None:
        return False
    coming = (arrives_at(one, node) for one in deployments if one.outcome == "STARTED")
    return any(at is not None and at - gap <= now < at for at in coming)


def _late(deployment: Deployment, node: int) -> int:
    """By how many milliseconds a node is later than the first one."""
    arrivals = _milliseconds(deployment.arrivals)
    return arrivals[min(node, len(arrivals)) - 1] - min(arrivals) if arrivals else 0


@lru_cache(maxsize=1024)
def _milliseconds(arrivals: str) -> tuple[int, ...]:
    return tuple(json.loads(arrivals)) if arrivals else ()


def _status(deployment: Deployment, now: int) -> Shown | None:
    if deployment.gone_at is not None and deployment.gone_at <= now:
        return None
    if deployment.stopping_at is not None and deployment.stopping_at <= now:
        return Shown(deployment, "STOPPING")
    return Shown(deployment, "STARTING" if now < deployment.settled_at else deployment.outcome)
