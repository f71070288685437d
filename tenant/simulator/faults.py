"""Faults that a rehearsal orders: the tenant is slow, down, rate-limited, talks nonsense or drops connections.

A fault lasts for a number of requests or until it is taken back, also across a restart.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tenant.simulator.schedule import Timing, next_due
from tenant.simulator.state import State


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return text


class FaultRule(Timing):
    """What happens to requests whose path and query match `path` (a regular expression, searched for).

    `delay` comes first, in seconds; then one of `status`, `garbage` and `drop`, or the true answer.
    `drop` "before" loses the request, "after" carries it out and loses the answer. The fault begins `after` so many
    seconds, ends with `until`, and with `every` hits one request in that many seconds.
    """

    path: Annotated[str, AfterValidator(_pattern)] = ""
    method: str = ""
    times: int | None = Field(default=1, ge=1)
    status: int | None = Field(default=None, ge=200, le=599)
    retry_after: int | None = Field(default=None, ge=0)
    body: str = ""
    delay: float = Field(default=0, ge=0, le=600)
    drop: bool | Literal["before", "after"] = False
    garbage: bool = False

    def matches(self, method: str, path: str) -> bool:
        """Whether this rule is for that request."""
        return self.method.upper() in ("", method) and re.search(self.path, path) is not None

    def answer(self) -> Response | None:
        """The wrong answer, or None where the request goes on to the true one."""
        if self.drop in (True, "before"):
            return DroppedConnection()
        if self.garbage:
            return Response('{"d": <<< \x00 not an answer', 200, media_type="application/json")
        if self.status is None:
            return None
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return Response(self.body, self.status, headers, media_type="text/plain")


class DroppedConnection(Response):
    """Announces a body and sends none of it: the server then closes the connection in the middle."""

    def __init__(self) -> None:
        super().__init__(status_code=200)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head only."""
        del scope, receive
        head = [(b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": self.status_code, "headers": head})


def add_fault(state: State, rule: FaultRule, now: int) -> None:
    """Order a fault; the oldest that matches a request applies. `now` is epoch milliseconds."""
    state.insert(
        "faults", rule=rule.model_dump_json(), times_left=rule.times, due_at=rule.due_at(now),
        ends_at=rule.ends_at(now),
    )  # fmt: skip


def list_faults(state: State) -> list[dict[str, object]]:
    """Every fault with the number of times it still applies (None: until taken back) and from when on."""
    rows = state.rows("SELECT * FROM faults ORDER BY id")
    return [
        {"id": row["id"], **_rule(row["rule"]).model_dump(), "times": row["times_left"], "due_at": row["due_at"]}
        for row in rows
    ]


def take_fault(state: State, method: str, path: str, now: int) -> FaultRule | None:
    """The fault for a request at `now`, counted as used; those that are over are forgotten."""
    state.change("DELETE FROM faults WHERE ends_at <= ?", now)
    for row in state.rows("SELECT * FROM faults WHERE due_at <= ? ORDER BY id", now):
        rule = _rule(row["rule"])
        if rule.matches(method, path):
            due_at = row["due_at"] if rule.every is None else next_due(row["due_at"], rule.every, now)
            state.change("UPDATE faults SET times_left = times_left - 1, due_at = ? WHERE id = ?", due_at, row["id"])
            state.change("DELETE FROM faults WHERE times_left = 0")
            return rule
    return None


def clear_faults(state: State, fault_id: int | None = None) -> int:
    """Take one or all faults back; how many."""
    if fault_id is None:
        return state.change("DELETE FROM faults")
    return state.change("DELETE FROM faults WHERE id = ?", fault_id)


def _rule(text: str) -> FaultRule:
    return FaultRule.model_validate_json(text)
