"""What somebody else does to the tenant while a renewal waits: a lock, a transport, a mapping deleted, and more.

Each kind is an order with its own fields; `happen` lets it happen and says in a sentence what came of it.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from tenant.simulator.bundle import Bundle, UnreadableBundleError
from tenant.simulator.deployments import deploy
from tenant.simulator.flows import find_flow
from tenant.simulator.held_deploys import Stage, hold_next_deploy
from tenant.simulator.key_records import KeyChange, keys
from tenant.simulator.locks import lock_flow, release_flow
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import Row, State

TRANSPORT = "transport"
"""The user that a transport works as."""


@dataclass(frozen=True)
class Place:
    """Where something happens: a tenant, its settings, and how its sessions are ended."""

    state: State
    settings: SimulatorSettings
    end_sessions: Callable[[], None]


def _content(text: str) -> str:
    try:
        Bundle(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, UnreadableBundleError) as error:
        raise ValueError("not the base64 of a flow's zip") from error
    return text


class _Happening(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lock(_Happening):
    """A person opens a flow in the editor and holds it."""

    kind: Literal["lock"]
    flow: str
    by: str = "a.developer@example.com"


class Unlock(_Happening):
    """Whoever holds a flow closes it."""

    kind: Literal["unlock"]
    flow: str


class FailNextDeploy(_Happening):
    """The next deploy of a flow fails in the build, with this text."""

    kind: Literal["fail-next-deploy"]
    flow: str
    text: str = "The integration flow could not be generated."


class DeployNeverStarts(_Happening):
    """The next deploy of a flow comes to no end.

    `stage` task: its task says DEPLOYING for ever. `stage` runtime: the task succeeds, the runtime never shows it.
    """

    kind: Literal["deploy-never-starts"]
    flow: str
    stage: Stage = Stage.TASK


class Transport(_Happening):
    """Another content overwrites a flow, gets a version and is deployed.

    `content` is the zip of a flow (base64 in an order); without it the newest deployed content that differs from
    the present one comes back, that is, what ran before the last change.
    """

    kind: Literal["transport"]
    flow: str
    content: Annotated[str, AfterValidator(_content)] | None = None
    by: str = TRANSPORT


class DeleteMapping(_Happening):
    """Somebody deletes the certificate-to-user mapping of an id, or all of a user."""

    kind: Literal["delete-mapping"]
    id: str = ""
    user: str = ""


class DeleteServiceKey(_Happening):
    """Somebody deletes a service key, named by its guid or its name."""

    kind: Literal["delete-service-key"]
    key: str


class ExpireTokens(_Happening):
    """Every access token ends at once: the next call of each client is a 401."""

    kind: Literal["expire-tokens"]


class EndSessions(_Happening):
    """Every session ends: the next write of each client lacks its CSRF token."""

    kind: Literal["end-sessions"]


class NodeLags(_Happening):
    """A worker node gets every deploy so many seconds later than the others; 0 ends that."""

    kind: Literal["node-lags"]
    node: str
    seconds: float = Field(ge=0)


Happening = Annotated[
    Lock
    | Unlock
    | FailNextDeploy
    | DeployNeverStarts
    | Transport
    | DeleteMapping
    | DeleteServiceKey
    | ExpireTokens
    | EndSessions
    | NodeLags,
    Field(discriminator="kind"),
]
HAPPENING: TypeAdapter[Any] = TypeAdapter(Happening)
KINDS: tuple[type[_Happening], ...] = (
    Lock, Unlock, FailNextDeploy, DeployNeverStarts, Transport, DeleteMapping, DeleteServiceKey, ExpireTokens,
    EndSessions, NodeLags,
)  # fmt: skip


def kind_of(model: type[BaseModel]) -> str:
    """The word by which a kind is ordered."""
    return str(model.model_fields["kind"].annotation.__args__[0])  # type: ignore[union-attr]


def happen(place: Place, order: str, at: int) -> str:
    """Let the happening of that JSON happen at `at` (epoch milliseconds); a sentence says what came of it.

    Where what it needs is not there, nothing happens, and the sentence says so.
    """
    happening = HAPPENING.validate_json(order)
    flow_id = getattr(happening, "flow", None)
    if flow_id is not None and not place.state.row("SELECT 1 FROM flows WHERE id = ?", flow_id):
        return f"There is no flow {flow_id}; nothing happened."
    return _EFFECTS[type(happening)](place, happening, at)


def _lock(place: Place, order: Lock, at: int) -> str:
    lock_flow(place.state, order.flow, order.by, at)
    return f"{order.by} holds {order.flow}."


def _unlock(place: Place, order: Unlock, at: int) -> str:
    del at
    return f"{order.flow} is free." if release_flow(place.state, order.flow) else f"Nobody held {order.flow}."


def _fail_next_deploy(place: Place, order: FailNextDeploy, at: int) -> str:
    del at
    place.state.change("INSERT OR REPLACE INTO failures_to_come VALUES (?, ?)", order.flow, order.text)
    return f"The next deploy of {order.flow} will fail."


def _deploy_never_starts(place: Place, order: DeployNeverStarts, at: int) -> str:
    del at
    hold_next_deploy(place.state, order.flow, order.stage)
    return f"The next deploy of {order.flow} will come to no end."


def _transport(place: Place, order: Transport, at: int) -> str:
    flow = find_flow(place.state, order.flow, "active")
    content = base64.b64decode(order.content) if order.content else _content_before(place.state, flow)
    if content is None:
        return f"{order.flow} never ran with another content; nothing happened."
    version = _next_version(flow["version"])
    place.state.change(
        "UPDATE flows SET content = ?, version = ?, draft = 0, modified_by = ?, modified_at = ? WHERE id = ?",
        content, version, order.by, at, order.flow,
    )  # fmt: skip
    deploy(place.state, place.settings, find_flow(place.state, order.flow, "active"), order.by, at)
    return f"{order.by} overwrote {order.flow} and deployed it as {version}."


def _content_before(state: State, flow: Row) -> bytes | None:
    row = state.row(
        "SELECT content FROM deployments WHERE flow_id = ? AND content IS NOT NULL AND content <> ?"
        " ORDER BY id DESC LIMIT 1",
        flow["id"], flow["content"],
    )  # fmt: skip
    return bytes(row["content"]) if row else None


def _next_version(version: str) -> str:
    head, _, last = version.rpartition(".")
    return f"{head}.{int(last) + 1}" if head and last.isdecimal() else f"{version}.1"


def _delete_mapping(place: Place, order: DeleteMapping, at: int) -> str:
    del at
    gone = place.state.change("DELETE FROM mappings WHERE id = ? OR user = ?", order.id, order.user)
    return f"{gone} certificate-to-user mapping{'' if gone == 1 else 's'} deleted."


def _delete_service_key(place: Place, order: DeleteServiceKey, at: int) -> str:
    found = [key for key in keys(place.state, at) if order.key in (key.guid, key.name)]
    for key in found:
        KeyChange(place.state, at, 0).delete(key.guid)
    return f"{len(found)} service key{'' if len(found) == 1 else 's'} deleted."


def _expire_tokens(place: Place, order: ExpireTokens, at: int) -> str:
    del order
    ended = place.state.change("UPDATE tokens SET expires_at = ? WHERE expires_at > ?", at, at)
    return f"{ended} access token{'' if ended == 1 else 's'} ended."


def _end_sessions(place: Place, order: EndSessions, at: int) -> str:
    del order, at
    place.end_sessions()
    return "Every session ended."


def _node_lags(place: Place, order: NodeLags, at: int) -> str:
    del at
    place.state.change("INSERT OR REPLACE INTO node_lags VALUES (?, ?)", order.node, order.seconds)
    return f"Node {order.node} lags by {order.seconds:g} s."


_EFFECTS: dict[type[_Happening], Callable[[Place, Any, int], str]] = {
    Lock: _lock,
    Unlock: _unlock,
    FailNextDeploy: _fail_next_deploy,
    DeployNeverStarts: _deploy_never_starts,
    Transport: _transport,
    DeleteMapping: _delete_mapping,
    DeleteServiceKey: _delete_service_key,
    ExpireTokens: _expire_tokens,
    EndSessions: _end_sessions,
    NodeLags: _node_lags,
}
