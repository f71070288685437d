"""Lists of renewals, senders and troubles, made from search attributes alone: no worker is needed for them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from shlex import quote
from typing import Any

from temporalio.client import Client, WorkflowExecution
from temporalio.common import SearchAttributeKey

from process.steps import BY_ID, Role
from process.words import command
from workflows import attributes

PROBLEMS = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")
"""Set by the server where a workflow task keeps failing (after about five attempts)."""


@dataclass(frozen=True)
class Line:
    """One renewal in a list. `commands` are the exact commands for the steps that are open."""

    id: str
    tenant: str
    sender: str
    status: str
    steps: tuple[str, ...]
    waiting_for: tuple[str, ...]
    health: str
    expiry: datetime | None
    started: datetime
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trouble:
    """A workflow that the operator must look at, and why."""

    id: str
    type: str
    problems: tuple[str, ...]
    advice: str


def _is_literal(text: str) -> bool:
    """Whether a visibility query can say it. With quotes or backslashes some names are found and others not."""
    return not set(text) & set("'\"\\")


async def running(client: Client, role: Role | None = None) -> list[Line]:
    """The renewals that are not finished, those waiting for the role if one is given; soonest expiry first."""
    query = "WorkflowType = 'Renewal' AND ExecutionStatus = 'Running'"
    if role is not None:
        query += f" AND {attributes.WAITING_FOR.name} = '{role.value}'"
    lines = [line_of(execution) async for execution in client.list_workflows(query)]
    return sorted(lines, key=lambda line: (line.expiry is None, line.expiry, line.id))


async def renewals_of(client: Client, sender: str) -> list[Line]:
    """All renewals of a sender, ended ones included, newest first."""
    query = "WorkflowType = 'Renewal'"
    if _is_literal(sender):
        query += f" AND {attributes.SENDER.name} = '{sender}'"
    lines = [line_of(execution) async for execution in client.list_workflows(query)]
    return [line for line in lines if line.sender == sender]


async def all_renewals(client: Client) -> list[Line]:
    """All renewals within retention, newest first."""
    return [line_of(e) async for e in client.list_workflows("WorkflowType = 'Renewal'")]


def entries(client: Client) -> AsyncIterator[WorkflowExecution]:
    """The register's workflows."""
    return client.list_workflows("WorkflowType = 'Sender' AND ExecutionStatus = 'Running'")


async def troubles(client: Client) -> list[Trouble]:
    """What the operator must look at: workflow tasks that keep failing, renewals that fail, are broken,
    cannot be proved, or whose certificate has expired.
    """
    found = [
        Trouble(e.id, e.workflow_type, _words(e, PROBLEMS), _ADVICE)
        async for e in client.list_workflows("ExecutionStatus = 'Running' AND TemporalReportedProblems IS NOT NULL")
    ]
    seen = {trouble.id for trouble in found}
    bad = ("failing", "broken", "not proved", "expired")
    return found + [
        Trouble(line.id, "Renewal", (f"health {line.health}",), f"Look at it: certrelay show {quote(line.id)}")
        for line in await running(client)
        if line.health in bad and line.id not in seen
    ]


_ADVICE = (
    "Its workflow task keeps failing, so nobody can act in it. Read the worker's log; a worker with the mended "
    "code takes it up again by itself."
)


def line_of(execution: WorkflowExecution) -> Line:
    """A renewal as its search attributes show it."""
    steps = _words(execution, attributes.STEP)
    known = tuple(BY_ID[step] for step in steps if step in BY_ID)
    waiting = _words(execution, attributes.WAITING_FOR)
    return Line(
        id=execution.id,
        tenant=_word(execution, attributes.TENANT),
        sender=_word(execution, attributes.SENDER),
        status=execution.status.name.lower() if execution.status else "",
        steps=steps,
        waiting_for=waiting,
        health=_word(execution, attributes.HEALTH),
        expiry=execution.typed_search_attributes.get(attributes.EXPIRY),
        started=execution.start_time,
        commands=tuple(command(step, execution.id) for step in known if step.role.value in waiting),
    )


def _word(execution: WorkflowExecution, key: SearchAttributeKey[str]) -> str:
    return execution.typed_search_attributes.get(key) or ""


def _words(execution: WorkflowExecution, key: SearchAttributeKey[Any]) -> tuple[str, ...]:
    return tuple(execution.typed_search_attributes.get(key) or ())
