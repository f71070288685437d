"""What the texts for people share: counts in words, times, columns."""

from collections.abc import Iterable
from datetime import datetime
from textwrap import wrap

_WIDTH = 100


def counted(number: int, one: str, many: str = "") -> str:
    """`1 flow`, `2,000 flows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def moment(at: datetime | None) -> str:
    """A time in UTC, to the second."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC") if at else "an unknown time"


def columns(rows: Iterable[tuple[str, ...]], indent: int = 2) -> list[str]:
    """Rows as aligned text; the last column is as long as it is."""
    table = list(rows)
    if not table:
        return []
    widths = [max(len(row[at]) for row in table) for at in range(len(table[0]) - 1)]
    return [
        (
            " " * indent + "".join(cell.ljust(width + 2) for cell, width in zip(row, widths, strict=False)) + row[-1]
        ).rstrip()
        for row in table
    ]


def folded(text: str, indent: int) -> list[str]:
    """A long text in lines; words are never torn, so that names can be copied."""
    space = " " * indent
    return wrap(
        text, _WIDTH, initial_indent=space, subsequent_indent=space, break_long_words=False, break_on_hyphens=False
    )
