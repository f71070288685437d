"""`log`: the requests that the simulator answered."""

from datetime import UTC, datetime
from typing import Any

import click

from tenant.simulator.commands.talking import Talk, talks
from tenant.simulator.commands.timing import given


@click.command()
@click.option("--method", help="Only this method.")
@click.option("--path", help="Only paths in which this regular expression is found.")
@click.option("--since", help="Only those after the request of this id.")
@talks
def log(talk: Talk, **values: str | None) -> None:
    """The requests of SAP's API that were answered, oldest first."""
    found = talk.call("GET", "log", query=given(values))
    talk.show(found, (_line(one) for one in found["requests"]))


def _line(one: dict[str, Any]) -> str:
    at = datetime.fromtimestamp(one["at"] / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
    return f"{one['id']:>6}  {at}  {one['status']}{'!' if one['by_fault'] else ' '} {one['method']} {one['path']}"
