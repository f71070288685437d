"""Deploys that come to no end because a rehearsal wants it so: the order, and what it does to the next deploy."""

from enum import StrEnum

from tenant.simulator.state import State

NEVER = 253_402_300_799_000
"""The last second of the year 9999, in epoch milliseconds: a moment that no rehearsal lives to see."""


class Stage(StrEnum):
    """Where a deploy gets stuck: its task never ends, or the runtime never shows it."""

    TASK = "task"
    RUNTIME = "runtime"


def hold_next_deploy(state: State, flow_id: str, stage: Stage) -> None:
    """Let the next deploy of the flow get stuck; a second order replaces the first."""
    state.change("INSERT OR REPLACE INTO deploys_held_back VALUES (?, ?)", flow_id, str(stage))


def hold_back(state: State, flow_id: str, task_id: str) -> None:
    """Let the deploy just begun get stuck where that was ordered; the order is used up by this."""
    row = state.row("SELECT stage FROM deploys_held_back WHERE flow_id = ?", flow_id)
    if row is None:
        return
    state.change("DELETE FROM deploys_held_back WHERE flow_id = ?", flow_id)
    built_at = NEVER if row["stage"] == Stage.TASK else None
    state.change(
        "UPDATE deployments SET visible_at = NULL, built_at = COALESCE(?, built_at) WHERE task_id = ?",
        built_at, task_id,
    )  # fmt: skip
