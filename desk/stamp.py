"""Writes the table of steps into the documents that show it, between its two marks: `python -m desk.stamp FILE…`."""

import sys
from pathlib import Path

from process.steps import table

BEGIN, END = "<!-- steps -->\n", "<!-- /steps -->"


def stamped(text: str) -> str:
    """The text with the table of today between the marks."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_text(stamped(Path(name).read_text()))
