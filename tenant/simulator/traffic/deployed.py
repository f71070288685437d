"""What the runtime nodes have, by path. Rows are read once for each change, content once for each deploy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tenant.simulator.deployments import all_deployments, content_of, last_change
from tenant.simulator.state import State
from tenant.simulator.timeline import Deployment, answering, redeploying
from tenant.simulator.traffic.channels import ANY_BELOW, SenderChannel, channels_of, paths_of


@dataclass(frozen=True)
class Found:
    """The channel that answers at a node, with its deploy; `down`: the node is about to replace that deploy."""

    deployment: Deployment
    channel: SenderChannel
    down: bool


class Deployed:
    """Finds the channel for a path. All nodes share it; what differs is the moment at which each has a deploy."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._read_at = -1
        self._flows: dict[str, list[Deployment]] = {}
        self._by_path: dict[str, set[str]] = {}
        self._channels: dict[int, tuple[SenderChannel, ...]] = {}

    def find(self, path: str, node: int, now: int, gap: int) -> Found | None:
        """The channel that answers under the path at a node (from 1), or None; `gap` is in milliseconds."""
        self._read()
        for called in _could_be(path):
            for flow in sorted(self._by_path.get(called, ())):
                deployments = self._flows[flow]
                deployment = answering(deployments, node, now)
                channel = self._channel(deployment, called) if deployment else None
                if deployment and channel:
                    return Found(deployment, channel, redeploying(deployments, node, now, gap))
        return None

    def _read(self) -> None:
        change = last_change(self._state)
        if change == self._read_at:
            return
        self._flows = all_deployments(self._state)
        self._by_path = _by_path(self._flows)
        known = {deployment.id for deployments in self._flows.values() for deployment in deployments}
        self._channels = {id: channels for id, channels in self._channels.items() if id in known}
        self._read_at = change

    def _channel(self, deployment: Deployment, path: str) -> SenderChannel | None:
        if deployment.id not in self._channels:
            self._channels[deployment.id] = channels_of(content_of(self._state, deployment))
        return next((one for one in self._channels[deployment.id] if one.path == path), None)


def _by_path(flows: dict[str, list[Deployment]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for flow, deployments in flows.items():
        for path in _paths(deployments):
            found.setdefault(path, set()).add(flow)
    return found


def _paths(deployments: Sequence[Deployment]) -> set[str]:
    return {path for deployment in deployments for path in paths_of(deployment.paths)}


def _could_be(path: str) -> Iterator[str]:
    """The path itself, then the addresses that stand for everything below a part of it, the longest first."""
    plain = path.rstrip("/")
    yield plain
    parts = plain.split("/")
    for end in range(len(parts), 2, -1):
        yield "/".join(parts[:end]) + ANY_BELOW
