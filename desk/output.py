"""What commands print: data on standard output, as text or JSON; everything else on standard error."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click


@dataclass(frozen=True)
class Output:
    """How this command was asked to print."""

    json: bool = False

    def data(self, value: Any, lines: Iterable[str]) -> None:
        """The result: `value` where JSON was asked for, else the lines."""
        if self.json:
            click.echo(as_json(value))
            return
        for line in lines:
            click.echo(line)

    def remark(self, text: str) -> None:
        """Something beside the data, on standard error."""
        click.echo(text, err=True)


def as_json(value: Any, indent: int | None = 2) -> str:
    """Dataclasses, times and enumerations as JSON; members by the names of their fields."""
    from pydantic_core import to_json  # late: `--help` must not wait for it

    return to_json(value, indent=indent, timedelta_mode="float").decode()


def day(at: datetime | None) -> str:
    """A date for lists."""
    return at.strftime("%Y-%m-%d") if at else "-"


def columns(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Rows as aligned text."""
    table = list(rows)
    if not table:
        return []
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    return ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in table]
