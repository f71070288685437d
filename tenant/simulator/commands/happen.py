"""`happen KIND`: what somebody else does to the tenant, now, later or again and again.

There is a command for each kind of `happenings`, with an option for each of its fields.
"""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, BinaryIO

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tenant.simulator.commands.talking import Talk, talks
from tenant.simulator.commands.timing import given, timed
from tenant.simulator.happenings import KINDS, kind_of


@click.group()
def happen() -> None:
    """Let something happen to the tenant behind the back of a renewal."""


@happen.command("list")
@talks
def list_(talk: Talk) -> None:
    """What is ordered and what happened."""
    found = talk.call("GET", "happenings")
    talk.show(found, (_line(one) for one in found["happenings"]))


@happen.command()
@click.argument("number", type=int, required=False)
@talks
def clear(talk: Talk, number: int | None) -> None:
    """Take one order off the list, or all; what happened already stays."""
    talk.call("DELETE", "happenings" if number is None else f"happenings/{number}")


def _line(one: dict[str, Any]) -> str:
    order = {name: value for name, value in one["happening"].items() if name not in ("kind", "content")}
    what = f"{one['happening']['kind']} {json.dumps(order)}"
    if one["due_at"] is None:
        return f"{one['id']:>4}  {what}: {one['last_outcome'] or 'over before it happened'}"
    due = datetime.fromtimestamp(one["due_at"] / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return f"{one['id']:>4}  {what}: due {due} UTC, happened {one['happened']} times {one['last_outcome']}".rstrip()


def _command(model: type[BaseModel]) -> click.Command:
    """The command that orders one kind."""
    kind = kind_of(model)

    @talks
    def order(talk: Talk, **values: Any) -> None:
        made = talk.call("POST", "happenings", {"kind": kind, **given(values)})
        talk.show(made, [_line(made)])

    wrapped: Callable[..., None] = timed(order)
    for name, field in reversed(model.model_fields.items()):
        if name != "kind":
            wrapped = _option(name, field)(wrapped)
    return click.command(kind, help=model.__doc__)(wrapped)


def _option(name: str, field: FieldInfo) -> Callable[[Callable[..., None]], Callable[..., None]]:
    required = field.is_required()
    if name == "content":
        return click.option("--content", type=click.File("rb"), callback=_base64, help="The zip of the flow.")
    kind: Any = field.annotation
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        kind = click.Choice([str(member) for member in kind])
    default = "" if required or field.default in (None, "") else f"Default: {field.default}."
    return click.option(f"--{name}", type=kind, required=required, help=default or None)


def _base64(_: click.Context, __: click.Parameter, file: BinaryIO | None) -> str | None:
    return None if file is None else base64.b64encode(file.read()).decode()


for _model in KINDS:
    happen.add_command(_command(_model))
