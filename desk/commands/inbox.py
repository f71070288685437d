"""`certrelay inbox`: what waits for whom."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING

import click

from desk.ending import json_option
from desk.hints import typed_by
from desk.output import Output, columns, day
from desk.running import Person, PersonType, command, desk
from process.steps import Role

if TYPE_CHECKING:
    from desk.listing import Line, Trouble


@click.command()
@click.option(
    "--as", "person", type=PersonType(), envvar="CERTRELAY_AS", show_envvar=True,
    help="Only what waits for this role; the operator sees what must be looked at.",
)  # fmt: skip
@json_option
@command
async def inbox(person: Person | None, output: Output) -> None:
    """List the renewals that wait, soonest expiry first, each with the exact command to act.

    It needs no worker. As operator: workflows that keep failing; renewals that fail, are broken or not proved, or
    whose certificate expired.
    """
    at = await desk()
    if person is not None and person.role is Role.OPERATOR:
        troubles = await at.troubles()
        output.data(troubles, _troubles(troubles))
        return
    lines = await at.inbox(person.role if person else None)
    if person is not None:
        lines = [replace(line, commands=typed_by(line.commands, person.role, person.name)) for line in lines]
    output.data(lines, _lines(lines))


def _lines(lines: Iterable["Line"]) -> Iterator[str]:
    found = list(lines)
    yield from columns(
        (line.sender, line.tenant, ",".join(line.steps), ", ".join(line.waiting_for), day(line.expiry), line.health)
        for line in found
    )
    for line in found:
        yield from (f"  {command}" for command in line.commands or (f"certrelay show {quote(line.id)}",))
    if not found:
        yield "Nothing waits."


def _troubles(troubles: Iterable["Trouble"]) -> Iterator[str]:
    found = list(troubles)
    for trouble in found:
        yield f"{trouble.id} ({trouble.type}): {', '.join(trouble.problems)}"
        yield f"  {trouble.advice}"
    if not found:
        yield "Nothing needs the operator."
