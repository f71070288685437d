"""What commands print: data on standard output, the rest on standard error."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.output import Output, as_json, columns, day
from process.steps import Role


@dataclass(frozen=True)
class Some:
    """Values of every sort that commands print."""

    at: datetime
    role: Role
    names: tuple[str, ...]
    took: timedelta
    nothing: None = None


SOME = Some(datetime(2027, 1, 2, 3, 4, tzinfo=UTC), Role.OPERATOR, ("a", "ü"), timedelta(seconds=1.5))


def test_json_has_the_names_of_the_fields() -> None:
    """Times are ISO 8601, roles their value, durations seconds."""
    assert json.loads(as_json(SOME)) == {
        "at": "2027-01-02T03:04:00Z",
        "role": "operator",
        "names": ["a", "ü"],
        "took": 1.5,
        "nothing": None,
    }


def test_json_of_a_line_is_one_line() -> None:
    """For `watch --json`: one object a line, whatever is in it."""
    assert "\n" not in as_json({"text": "two\nlines"}, indent=None)


def test_data_goes_to_stdout_and_remarks_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """The lines are printed without JSON, the value with it, remarks always beside."""
    Output(json=False).data({"a": 1}, ["one", "two"])
    Output(json=True).data({"a": 1}, ["one", "two"])
    Output(json=True).remark("by the way")
    out, err = capsys.readouterr()
    assert out.startswith("one\ntwo\n")
    assert json.loads(out.removeprefix("one\ntwo\n")) == {"a": 1}
    assert err == "by the way\n"


def test_lines_are_not_made_where_json_is_printed() -> None:
    """The lines may be costly; with JSON nobody asks for them."""

    def never() -> list[str]:
        raise AssertionError("asked for")
        yield

    Output(json=True).data({}, never())


def test_a_day_that_is_not_known() -> None:
    """A dash stands for no date."""
    assert (day(SOME.at), day(None)) == ("2027-01-02", "-")


CELL = st.text(st.characters(exclude_categories=("C", "Z")), max_size=8)


@settings(max_examples=50)
@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=6))
def test_columns_are_aligned(rows: list[tuple[str, str, str]]) -> None:
    """Every cell of a column begins at the same place; no line ends in blanks; a line for each row."""
    lines = columns(rows)
    assert len(lines) == len(rows)
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(2)]
    for line, row in zip(lines, rows, strict=True):
        assert line == line.rstrip()
        padded = line.ljust(sum(widths) + 4 + 8)
        assert padded[: widths[0]].rstrip() == row[0]
        assert padded[widths[0] + 2 : widths[0] + 2 + widths[1]].rstrip() == row[1]
        assert padded[sum(widths) + 4 :].rstrip() == row[2]
