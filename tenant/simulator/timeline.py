"""What the runtime shows at a moment, worked out from what was deployed and undeployed when. Pure.

No job runs in the background: a killed and restarted simulator shows what it would have shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Deployment:
    """One deploy of one flow; times are epoch milliseconds.

    Until `built_at` the task says DEPLOYING. From `visible_at` on (None: never) the runtime shows this deploy,
    STARTING until `settled_at`, then `outcome` (STARTED or ERROR). An undeploy sets `stopping_at` and `gone_at`.
    `addresses` is JSON: a list of [protocol, address] of the sender channels in the deployed content.
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


def _status(deployment: Deployment, now: int) -> Shown | None:
    if deployment.gone_at is not None and deployment.gone_at <= now:
        return None
    if deployment.stopping_at is not None and deployment.stopping_at <= now:
        return Shown(deployment, "STOPPING")
    return Shown(deployment, "STARTING" if now < deployment.settled_at else deployment.outcome)
