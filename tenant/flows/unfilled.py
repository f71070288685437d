"""Rows that were opened in the UI and never filled: filled by an edit, and empty again when the edit is taken back.

A filled row remembers that it was empty: the `>` of its opening tag is written in the other of the two ways that XML
knows, `>` for `&gt;` or the reverse, unlike all others of the row. No reader of XML sees a difference; no row of a
real file is mixed (docs/decisions/0005).
"""

import re

from tenant.flows.splice import Span, Splice, spliced
from tenant.flows.table import TableRow, TableSyntaxError, parse_table, row_like

_FIRST = re.compile(rb"&lt;row(&gt;|>)")
_OTHER = {b"&gt;": b">", b">": b"&gt;"}


def fill(raw_row: bytes, row: TableRow, subject: str, issuer: str) -> bytes | None:
    """The unfilled row with names in its cells, and marked; None where it is written in no way that can be undone."""
    if len(_closings(raw_row, row)) != 1 or _FIRST.match(raw_row) is None:
        return None
    result = remarked(row_like(raw_row, row, subject, issuer))
    try:
        (read,) = parse_table(result)
    except (TableSyntaxError, ValueError):
        return None
    return result if (read.subject.text, read.issuer.text) == (subject, issuer) else None


def was_unfilled(raw_row: bytes, row: TableRow) -> bool:
    """True for a row that `fill` filled."""
    first = _FIRST.match(raw_row)
    if first is None:
        return False
    start = row.span.start
    rest = TableRow(row.subject, row.issuer, Span(start + first.end(), row.span.end))
    return _closings(raw_row[first.end() :], rest) == {_OTHER[first[1]]}


def emptied(raw_row: bytes, row: TableRow) -> bytes:
    """The row as it was before it was filled."""
    return remarked(row_like(raw_row, row, "", ""))


def remarked(raw_row: bytes) -> bytes:
    """The row with the `>` of its opening tag written in the other way."""
    return _FIRST.sub(lambda match: b"&lt;row" + _OTHER[match[1]], raw_row, count=1)


def _closings(raw_row: bytes, row: TableRow) -> set[bytes]:
    """The ways in which `>` is written in the tags of a row, or of the part of one that `row.span` covers."""
    cells = [Span(c.span.start - row.span.start, c.span.end - row.span.start) for c in (row.subject, row.issuer)]
    tags = spliced(raw_row, [Splice(cell, b"") for cell in cells])
    return set(re.findall(rb"&gt;|>", tags))
