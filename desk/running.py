"""Running one command: options that many share, the connection, and how refusals become exit codes.

Exit codes: 0 done, 1 refused, 2 usage, 3 not reachable.
"""

import asyncio
import functools
import getpass
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from desk.output import Output, as_json
from process.steps import Role
from process.words import role_of, short

if TYPE_CHECKING:
    from temporalio.client import Client

    from desk.desk import Desk

T = TypeVar("T")
F = Callable[..., Any]

REFUSED, USAGE, UNREACHABLE = 1, 2, 3


@dataclass(frozen=True)
class Person:
    """Who acts, as what."""

    name: str
    role: Role


class PersonType(click.ParamType[Person, Any]):
    """`ROLE` or `ROLE:NAME`; the name is the system's user where it is left out."""

    name = "ROLE[:NAME]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Person:
        """The person meant, or a usage error that names the roles."""
        if isinstance(value, Person):
            return value
        word, _, name = str(value).partition(":")
        role = role_of(word)
        if role is None:
            known = ", ".join(short(r) for r in Role)
            self.fail(f"{word!r} is no role. Roles are: {known}; write for example tenant:maria.", param, ctx)
        return Person(name or getpass.getuser(), role)


def json_option(function: F) -> F:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")(function)


def as_option(function: F) -> F:
    """`--as ROLE[:NAME]`, required."""
    return click.option(
        "--as", "person", type=PersonType(), required=True, envvar="CERTRELAY_AS", show_envvar=True,
        help="Who acts: sender, tenant, developer or operator, and a name.",
    )(function)  # fmt: skip


def command(function: Callable[..., Awaitable[None]]) -> F:
    """Make a command of an async function: its refusals become a sentence and an exit code."""

    @functools.wraps(function)
    def run(as_json: bool = False, **options: Any) -> None:
        sys.exit(_run(function(output=Output(as_json), **options), Output(as_json)))

    return run


def _run(doing: Awaitable[None], output: Output) -> int:
    from desk.refusals import DeskRefusal, NotReachable

    async def all_of_it() -> None:
        await doing

    try:
        asyncio.run(all_of_it())
    except DeskRefusal as refusal:
        return _refused(output, refusal.code, refusal.sentence, REFUSED)
    except NotReachable as missing:
        return _refused(output, "NotReachable", missing.sentence, UNREACHABLE)
    except KeyboardInterrupt:
        return 130
    return 0


def _refused(output: Output, code: str, sentence: str, exit_code: int) -> int:
    if output.json:
        click.echo(as_json({"refused": code, "sentence": sentence}))
    output.remark(sentence)
    return exit_code


async def client() -> "Client":
    """A connected Temporal client. Raises `NotReachable`."""
    from temporalio.service import RPCError

    from desk.refusals import NotReachable
    from workflows.connection import address, connect

    try:
        return await connect()
    except (RuntimeError, RPCError) as error:
        raise NotReachable(f"Temporal at {address()}") from error


async def desk() -> "Desk":
    """The Desk on a connected client. Raises `NotReachable`."""
    from desk.desk import Desk

    return Desk(await client())
