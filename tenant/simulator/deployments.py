"""Rows of deploys: starting one, ending one, and reading what runs. The times follow from the settings."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import fields
from itertools import groupby

from tenant.simulator.bundle import Bundle, SenderAddress
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import Row, State
from tenant.simulator.timeline import Deployment, Shown, arrived, running, shown
from tenant.simulator.traffic.channels import called_paths

_COLUMNS = tuple(field.name for field in fields(Deployment))
# Without the content, which may be large. Only our own column names stand in it.
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM deployments"  # noqa: S608
HISTORY = 20  # deploys per flow whose task can still be asked for


def deploy(state: State, settings: SimulatorSettings, flow: Row, user: str, now: int) -> str:
    """Deploy a copy of the flow's content as it is now; the task id.

    Whether it will start is decided here, from the content: a model that cannot be generated fails the build,
    an address that another running flow has ends in ERROR, another runtime profile never appears.
    """
    built = now + _ms(settings.build_time)
    # DeployedOn is later than the request, as on a tenant, even where every duration is zero.
    visible = max(built + _ms(settings.old_started_time), now + 1)
    bundle = Bundle(flow["content"])
    build_fault = _ordered_failure(state, flow["id"]) or bundle.fault()
    start_fault = None if build_fault else _clash(state, flow["id"], bundle.sender_addresses(), now)
    elsewhere = bundle.parameters().get("SAP_ProfileId") == "integrationcell"
    never_seen = settings.failed_build == "hidden" if build_fault else elsewhere
    lags = node_lags(state, settings)
    told = max(lags) if settings.started_means == "all-nodes" else min(lags)
    task_id = str(uuid.uuid4())
    state.insert(
        "deployments", task_id=task_id, flow_id=flow["id"], name=flow["name"], version=flow["version"],
        deployed_by=user, content=flow["content"], built_at=built,
        visible_at=None if never_seen else visible,
        settled_at=visible if build_fault else visible + _ms(settings.deploy_time) + told,
        task_outcome="FAIL" if build_fault else "SUCCESS",
        outcome="ERROR" if build_fault or start_fault else "STARTED", error=build_fault or start_fault or "",
        addresses=_addresses(bundle), paths=called_paths(flow["content"]),
        arrivals=json.dumps([lag - told for lag in lags]),
    )  # fmt: skip
    _drop_old_content(state, flow["id"], now)
    return task_id


def insert_running(state: State, flow: Row, user: str, now: int) -> None:
    """Make a flow run since `now`, as if it had been deployed long ago."""
    state.insert(
        "deployments", task_id=str(uuid.uuid4()), flow_id=flow["id"], name=flow["name"],
        version=flow["version"], deployed_by=user, content=flow["content"], built_at=now, visible_at=now,
        settled_at=now, task_outcome="SUCCESS", outcome="STARTED", error="",
        addresses=_addresses(Bundle(flow["content"])), paths=called_paths(flow["content"]), arrivals="",
    )  # fmt: skip


def undeploy(state: State, settings: SimulatorSettings, flow_id: str, now: int) -> None:
    """Stop every deploy of the flow: STOPPING for a while, then gone; the design time keeps its copy."""
    state.change(
        "UPDATE deployments SET stopping_at = ?, gone_at = ? WHERE flow_id = ? AND gone_at IS NULL",
        now, now + _ms(settings.undeploy_time), flow_id,
    )  # fmt: skip


def task(state: State, task_id: str) -> Deployment | None:
    """The deploy that the task id stands for."""
    row = state.row(f"{_SELECT} WHERE task_id = ?", task_id)
    return _deployment(row) if row else None


def current(state: State, flow_id: str, now: int) -> Shown | None:
    """What the runtime shows of a flow, or None."""
    return shown(_of_flow(state, flow_id), now)


def flow_ids(state: State) -> list[str]:
    """Every flow that was ever deployed, sorted."""
    return [row["flow_id"] for row in state.rows("SELECT DISTINCT flow_id FROM deployments ORDER BY flow_id")]


def all_running(state: State, now: int) -> Iterable[Deployment]:
    """The deploy that answers messages, for each flow that has one."""
    rows = state.rows(f"{_SELECT} ORDER BY flow_id")
    flows = groupby((_deployment(row) for row in rows), key=lambda one: one.flow_id)
    return filter(None, (running(list(deployments), now) for _, deployments in flows))


def all_deployments(state: State) -> dict[str, list[Deployment]]:
    """Every deploy that is on record, by flow."""
    rows = state.rows(f"{_SELECT} ORDER BY flow_id, id")
    return {flow: list(group) for flow, group in groupby(map(_deployment, rows), key=lambda one: one.flow_id)}


def last_change(state: State) -> int:
    """A number that grows with every change of a deploy, whoever made it."""
    row = state.row("SELECT MAX(id) AS id FROM deployment_changes")
    return row["id"] or 0 if row else 0


def node_lags(state: State, settings: SimulatorSettings) -> list[int]:
    """For each runtime node how many milliseconds after the first one it gets a deploy that is ordered now."""
    nodes = int(settings.nodes)
    lags = {row["node"]: row["seconds"] for row in state.rows("SELECT * FROM node_lags")}
    share = settings.node_spread / max(1, nodes - 1)
    return [_ms(at * share + lags.get(str(at + 1), 0)) for at in range(nodes)]


def running_deployment(state: State, flow_id: str, now: int) -> Deployment | None:
    """The deploy of a flow that answers messages, or None."""
    return running(_of_flow(state, flow_id), now)


def content_of(state: State, deployment: Deployment) -> bytes:
    """The zip that was deployed; empty where a newer deploy has long replaced it."""
    row = state.row("SELECT content FROM deployments WHERE id = ?", deployment.id)
    return bytes(row["content"] or b"") if row else b""


def _of_flow(state: State, flow_id: str) -> list[Deployment]:
    return [_deployment(row) for row in state.rows(f"{_SELECT} WHERE flow_id = ?", flow_id)]


def _deployment(row: Row) -> Deployment:
    return Deployment(**{name: row[name] for name in _COLUMNS})


def _ordered_failure(state: State, flow_id: str) -> str | None:
    """The text of a failure that a rehearsal ordered for the next deploy; it is used up by this."""
    row = state.row("SELECT text FROM failures_to_come WHERE flow_id = ?", flow_id)
    state.change("DELETE FROM failures_to_come WHERE flow_id = ?", flow_id)
    return row["text"] if row else None


def addresses_of(deployment: Deployment) -> tuple[SenderAddress, ...]:
    """Where the deployed flow can be called."""
    return tuple(SenderAddress(*pair) for pair in json.loads(deployment.addresses))


def _addresses(bundle: Bundle) -> str:
    return json.dumps([[one.protocol, one.address] for one in bundle.sender_addresses()])


def _clash(state: State, flow_id: str, wanted: Iterable[SenderAddress], now: int) -> str | None:
    """HTTP addresses are unique in a tenant: name the running flow that has one of these already."""
    mine = set(wanted)
    for other in all_running(state, now):
        for taken in mine.intersection(addresses_of(other) if other.flow_id != flow_id else ()):
            return f"The endpoint address {taken.address} is already used by the integration flow {other.flow_id}."
    return None


def _drop_old_content(state: State, flow_id: str, now: int) -> None:
    """Keep the zips of what is shown or answers at any node now, and of newer deploys; the rest is history."""
    deployments = _of_flow(state, flow_id)
    found = shown(deployments, now)
    nodes = max(len(json.loads(one.arrivals or "[0]")) for one in deployments)
    known = [arrived(deployments, node, now) for node in range(1, nodes + 1)]
    needed = [found.deployment if found else None, *known]
    # A node that has none yet will get them one after the other.
    oldest = min((one.id if one else 0) for one in needed)
    state.change(
        "UPDATE deployments SET content = NULL WHERE flow_id = ? AND id < ? AND content IS NOT NULL", flow_id, oldest
    )
    state.change(
        "DELETE FROM deployments WHERE content IS NULL AND flow_id = ? AND id NOT IN"
        " (SELECT id FROM deployments WHERE flow_id = ? ORDER BY id DESC LIMIT ?)",
        flow_id, flow_id, HISTORY,
    )  # fmt: skip


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
