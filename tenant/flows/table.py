"""The DN table of a channel: rows and cells, and the bytes they stand in, through both XML layers.

Inside the .iflw the table is escaped text; unescaped once it is a sequence of <row><cell id='…'>…</cell></row>,
whose cell texts are escaped again. What a cell's text means (names, parameters) is not known here.
"""

import re
from dataclasses import dataclass

from tenant.flows.splice import Span
from tenant.flows.xmltext import LocatedText, escape, unescape, unescape_located

_CELL = re.compile(
    r"\s*<cell\s+id\s*=\s*(?:'(?P<one>[^']*)'|\"(?P<two>[^\"]*)\")\s*(?:/>|>(?P<text>[^<]*)</cell\s*>)"
)
_ROW_START, _ROW_END, _BLANK = re.compile(r"\s*<row\s*>"), re.compile(r"\s*</row\s*>"), re.compile(r"\s*")
_SUBJECT, _ISSUER = "clientCertificate.subjectDN", "clientCertificate.issuerDN"


class TableSyntaxError(ValueError):
    """The text is not a sequence of rows that have one subject cell and one issuer cell each."""


@dataclass(frozen=True)
class Cell:
    """A cell's text after both unescapings, and the bytes of the text."""

    text: str
    span: Span


@dataclass(frozen=True)
class TableRow:
    """A row with its two cells, and the bytes from <row> to </row>; cells may stand in either order."""

    subject: Cell
    issuer: Cell
    span: Span


def parse_table(raw: bytes, base: int = 0) -> tuple[TableRow, ...]:
    """Rows of a table whose escaped bytes start at byte `base`; raises TableSyntaxError."""
    if b"<" in raw:
        raise TableSyntaxError("markup inside the escaped table")
    return _rows(unescape_located(raw, base))


def parse_plain_table(text: str) -> tuple[TableRow, ...]:
    """Rows of a table that is escaped once only, as parameters hold it; raises TableSyntaxError."""
    return _rows(LocatedText(text))


def cell_bytes(text: str) -> bytes:
    """A cell's text as it is written into the .iflw: escaped for the table, and again for the element."""
    return escape(escape(text)).encode("utf-8")


def row_like(raw_row: bytes, row: TableRow, subject: str, issuer: str) -> bytes:
    """A new row written as `row` is, whose bytes are `raw_row`: order of cells, quotes, kind of `>`."""
    cells = sorted(((row.subject.span, subject), (row.issuer.span, issuer)), key=lambda cell: cell[0])
    parts, at = [], row.span.start
    for span, text in cells:
        parts += [raw_row[at - row.span.start : span.start - row.span.start], cell_bytes(text)]
        at = span.end
    return b"".join([*parts, raw_row[at - row.span.start :]])


def _rows(located: LocatedText) -> tuple[TableRow, ...]:
    rows, at, text = [], 0, located.text
    while _BLANK.fullmatch(text, at) is None:
        start = _ROW_START.match(text, at)
        if start is None:
            raise TableSyntaxError(f"no row at character {at}")
        row, at = _row(located, start)
        rows.append(row)
    return tuple(rows)


def _row(located: LocatedText, start: re.Match[str]) -> tuple[TableRow, int]:
    cells: dict[str, Cell] = {}
    at, count = start.end(), 0
    while match := _CELL.match(located.text, at):
        cells[match["one"] or match["two"] or ""] = _cell(located, match)
        at, count = match.end(), count + 1
    end = _ROW_END.match(located.text, at)
    if end is None or count != len(cells) or not {_SUBJECT, _ISSUER} <= cells.keys():
        raise TableSyntaxError(f"no complete row at character {start.start()}")
    first = located.text.index("<", start.start())
    span = Span(located.place(first), located.place(end.end()))
    return TableRow(cells[_SUBJECT], cells[_ISSUER], span), end.end()


def _cell(located: LocatedText, match: re.Match[str]) -> Cell:
    start, end = match.span("text") if match["text"] is not None else (match.end(), match.end())
    return Cell(unescape(match["text"] or ""), Span(located.place(start), located.place(end)))
