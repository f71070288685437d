"""`fault add|list|clear`: wrong, slow and missing answers of a running simulator."""

from typing import Any

import click

from tenant.simulator.commands.talking import Talk, talks
from tenant.simulator.commands.timing import given, timed


@click.group()
def fault() -> None:
    """Let requests go wrong: slow, with another status, nonsense, or a connection that breaks."""


@fault.command()
@click.option("--path", help="A regular expression searched for in path and query; without it every request.")
@click.option("--method", help="GET, PUT, ...; without it every method.")
@click.option("--status", type=int, help="The status that is answered instead.")
@click.option("--retry-after", type=int, help="Seconds in the Retry-After header.")
@click.option("--body", help="The text that goes with the status.")
@click.option("--delay", type=float, help="Seconds to wait first.")
@click.option("--drop", type=click.Choice(["before", "after"]), help="Break the connection, before or after work.")
@click.option("--garbage", is_flag=True, default=None, help="Answer what cannot be read.")
@click.option("--for-ever", is_flag=True, help="Until it is cleared, not once.")
@timed
@talks
def add(talk: Talk, for_ever: bool, **values: Any) -> None:
    """Order a fault; it hits one request where neither --times nor --for-ever is given."""
    rule = given(values) | ({"times": None} if for_ever else {})
    _show(talk, talk.call("POST", "faults", rule))


@fault.command("list")
@talks
def list_(talk: Talk) -> None:
    """Every fault that is ordered."""
    _show(talk, talk.call("GET", "faults"))


@fault.command()
@click.argument("number", type=int, required=False)
@talks
def clear(talk: Talk, number: int | None) -> None:
    """Take one fault back, or all."""
    talk.call("DELETE", "faults" if number is None else f"faults/{number}")
    _show(talk, talk.call("GET", "faults"))


def _show(talk: Talk, found: dict[str, Any]) -> None:
    talk.show(found, (_line(one) for one in found["faults"]))


def _line(rule: dict[str, Any]) -> str:
    what = [f"{name} {rule[name]}" for name in ("delay", "status", "drop", "garbage") if rule[name]]
    how_often = "for ever" if rule["times"] is None else f"{rule['times']} times"
    return f"{rule['id']:>4}  {rule['method'] or 'any'} {rule['path'] or 'any path'}: {', '.join(what)} ({how_often})"
