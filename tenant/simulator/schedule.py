"""When what a rehearsal ordered is due: after a while, again and again, so often, until. Worked out from the clock.

No job waits in the background: whatever is due when somebody looks at the tenant is carried out first, dated when
it was due. A simulator that was stopped meanwhile catches up; repetitions that it missed happen once.
"""

from collections.abc import Callable, Mapping

from pydantic import BaseModel, ConfigDict, Field

from tenant.simulator.state import Row, State

Effect = Callable[[str, int], str]
"""Carries out an ordered happening (its JSON) at a moment (epoch milliseconds) and says in words what happened."""


class Timing(BaseModel):
    """When something happens, in seconds from the order on.

    First `after` so many, then `every` so many again, at most `times` times, and no more once `until` is over.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: float = Field(default=0, ge=0)
    every: float | None = Field(default=None, gt=0)
    times: int | None = Field(default=None, ge=1)
    until: float | None = Field(default=None, ge=0)

    def due_at(self, now: int) -> int:
        """The first moment."""
        return now + round(self.after * 1000)

    def ends_at(self, now: int) -> int | None:
        """The moment from which on nothing more happens; None for never."""
        return None if self.until is None else now + round(self.until * 1000)


def next_due(due_at: int, every: float, now: int) -> int:
    """The first repetition after `now`; the ones that were missed in between are left out."""
    step = max(1, round(every * 1000))
    return due_at + step * (max(0, now - due_at) // step + 1)


def order(state: State, happening: str, timing: Timing, now: int) -> int:
    """Put a happening, as JSON, on the list; its id."""
    times = timing.times if timing.every is not None else 1
    state.insert(
        "happenings", happening=happening, due_at=timing.due_at(now), ends_at=timing.ends_at(now),
        every=timing.every, times_left=times, happened=0, last_at=None, last_outcome="",
    )  # fmt: skip
    row = state.row("SELECT MAX(id) AS id FROM happenings")
    assert row is not None
    return int(row["id"])


def carry_out_due(state: State, effect: Effect, now: int) -> int:
    """Let everything happen whose time has come, in the order of its times; how much that was.

    Call it inside a transaction, before anything is read.
    """
    rows = state.rows("SELECT * FROM happenings WHERE due_at <= ? ORDER BY due_at, id", now)
    for row in rows:
        _carry_out(state, effect, row, now)
    return len(rows)


def _carry_out(state: State, effect: Effect, row: Row, now: int) -> None:
    at = row["due_at"]
    if row["ends_at"] is not None and at >= row["ends_at"]:
        state.change("UPDATE happenings SET due_at = NULL WHERE id = ?", row["id"])
        return
    outcome = effect(row["happening"], at)
    left = None if row["times_left"] is None else row["times_left"] - 1
    due_at = None if left == 0 else next_due(at, row["every"], now)
    state.change(
        "UPDATE happenings SET due_at = ?, times_left = ?, happened = happened + 1, last_at = ?, last_outcome = ?"
        " WHERE id = ?",
        due_at, left, at, outcome, row["id"],
    )  # fmt: skip


def ordered(state: State) -> list[Mapping[str, object]]:
    """Every happening on the list, also those that are over (`due_at` None), oldest first."""
    return [dict(row) for row in state.rows("SELECT * FROM happenings ORDER BY id")]


def take_back(state: State, happening_id: int | None = None) -> int:
    """Take one or all off the list; how many. What happened already stays as it is."""
    if happening_id is None:
        return state.change("DELETE FROM happenings")
    return state.change("DELETE FROM happenings WHERE id = ?", happening_id)
