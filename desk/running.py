"""Running one command that needs Temporal: options that many share, the connection, how refusals end it.

What a command does without any server, and the exit codes, are in `ending`.
"""

import asyncio
import functools
import getpass
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from desk.ending import INTERRUPTED, REFUSED, UNREACHABLE, refuse
from desk.output import Output
from process.steps import Role
from process.words import role_of, short

if TYPE_CHECKING:
    from temporalio.client import Client
    from temporalio.service import RPCError

    from desk.desk import Desk

T = TypeVar("T")
F = Callable[..., Any]

CONNECT_WITHIN = 5.0
"""Seconds in which Temporal must answer: an address that swallows packets would be tried for a minute."""


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
        return Person(name or system_user() or self.fail(_NAMELESS.format(short(role)), param, ctx), role)


_NAMELESS = "The name of the person is missing, and the system knows none: write {}:NAME."


def system_user() -> str:
    """The name of the system's user; empty where it has none, as in a container with a made-up user id."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def as_option(function: F) -> F:
    """`--as ROLE[:NAME]`, required."""
    return click.option(
        "--as", "person", type=PersonType(), required=True, envvar="CERTRELAY_AS", show_envvar=True,
        help="Who acts: sender, tenant, developer or operator, and a name (else the system user's).",
    )(function)  # fmt: skip


def command(function: Callable[..., Awaitable[None]]) -> F:
    """Make a command of an async function: its refusals become a sentence and an exit code."""

    @functools.wraps(function)
    def run(as_json: bool = False, **options: Any) -> None:
        sys.exit(_run(function(output=Output(as_json), **options), Output(as_json)))

    return run


def _run(doing: Awaitable[None], output: Output) -> int:
    from desk.refusals import DeskRefusal, NotReachable, TemporalRefused

    async def all_of_it() -> None:
        from temporalio.service import RPCError

        try:
            await doing
        except RPCError as error:
            if not _is_silence(error):
                raise TemporalRefused(error.message) from None
            raise NotReachable("Temporal", error.message) from None

    try:
        asyncio.run(all_of_it())
    except DeskRefusal as refusal:
        return refuse(output, refusal.code, refusal.sentence, REFUSED)
    except NotReachable as missing:
        return refuse(output, "NotReachable", missing.sentence, UNREACHABLE)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _is_silence(error: "RPCError") -> bool:
    """True where the server did not answer, or not now; false where it said no."""
    from temporalio.service import RPCStatusCode as Code

    silent = (
        Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.CANCELLED, Code.ABORTED, Code.RESOURCE_EXHAUSTED,
        Code.INTERNAL, Code.UNKNOWN,
    )  # fmt: skip
    return error.status in silent


async def client() -> "Client":
    """A connected Temporal client. Raises `NotReachable`."""
    from temporalio.service import RPCError

    from desk.refusals import NotReachable
    from workflows.connection import ConnectionSettingsError, address, connect

    try:
        async with asyncio.timeout(CONNECT_WITHIN):
            return await connect()
    except ConnectionSettingsError as error:
        raise NotReachable("Temporal", f"the settings of its address cannot be used: {error}") from error
    except (RuntimeError, RPCError, TimeoutError) as error:
        raise NotReachable(f"Temporal at {address()}") from error


async def desk() -> "Desk":
    """The Desk on a connected client. Raises `NotReachable`."""
    from desk.desk import Desk

    return Desk(await client())
