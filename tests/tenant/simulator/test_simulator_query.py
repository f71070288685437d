"""Query options: honoured, ignored or refused, as the set's manners say."""

import operator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant.simulator.entities import CONFIGURATIONS, Edm, Entity, EntitySet
from tenant.simulator.errors import BadRequestError, NotImplementedHereError
from tenant.simulator.query import Asked, Manner, Manners, page, selected

ROWS: list[Entity] = [{"ParameterKey": key, "ParameterValue": value} for key, value in ("ax", "by", "cx", "dz")]


def keys(query: dict[str, str], manners: Manners | None = None, size: int = 1000) -> list[object]:
    """The keys of the rows that are answered."""
    return [row["ParameterKey"] for row in page(ROWS, Asked(CONFIGURATIONS, query, manners or Manners(), size)).rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ParameterValue eq 'x'", ["a", "c"]),
        ("ParameterValue ne 'x'", ["b", "d"]),
        ("ParameterKey eq 'b' or ParameterKey eq 'd'", ["b", "d"]),
        ("ParameterValue eq 'x' and ParameterKey eq 'c' or ParameterKey eq 'b'", ["b", "c"]),
        ("substringof('x',ParameterValue)", ["a", "c"]),
        ("startswith(ParameterKey,'d')", ["d"]),
        ("endswith(ParameterValue, 'y') eq true", ["b"]),
    ],
)
def test_filters_choose_rows(text: str, expected: list[str]) -> None:
    """The operators that SAP documents for Configurations; `and` binds closer than `or`."""
    assert keys({"$filter": text}) == expected


@given(st.text())
def test_a_literal_is_taken_as_it_is(literal: str) -> None:
    """Quotes are doubled, and ` or ` inside a literal is text, not an operator."""
    rows: list[Entity] = [{"ParameterKey": literal + " or b"}, {"ParameterKey": "other or b"}]
    quoted = (literal + " or b").replace("'", "''")
    found = page(rows, Asked(CONFIGURATIONS, {"$filter": f"ParameterKey eq '{quoted}'"})).rows
    assert [row["ParameterKey"] for row in found] == [
        row["ParameterKey"] for row in rows if row["ParameterKey"] == literal + " or b"
    ]


@pytest.mark.parametrize("text", ["nonsense", "ParameterKey eq b", "ParameterKey gt 'b'", "(ParameterKey eq 'b')"])
def test_an_unreadable_filter_is_a_bad_request(text: str) -> None:
    """A filter that is not understood never means all rows."""
    with pytest.raises(BadRequestError):
        keys({"$filter": text})


def test_skip_can_be_ignored_in_silence() -> None:
    """The trap of the flows of a package: the same page again, for ever."""
    manners = Manners(skip=Manner.IGNORED)
    assert keys({"$skip": "2", "$top": "1"}, manners) == ["a"]


def test_refused_options_are_not_implemented() -> None:
    """Some sets answer 501 to options that they do not know."""
    refusing = Manners(top=Manner.REFUSED, count=Manner.REFUSED, joiners=("or",))
    for query in ({"$top": "1"}, {"$inlinecount": "allpages"}, {"$filter": "A eq 'b' and A eq 'c'"}):
        with pytest.raises(NotImplementedHereError):
            keys(query, refusing)


def test_order_top_skip_work_together() -> None:
    """Rows are ordered first, then cut."""
    assert keys({"$orderby": "ParameterKey desc", "$skip": "1", "$top": "2"}) == ["c", "b"]


@pytest.mark.parametrize("query", [{"$top": "x"}, {"$skip": "-1"}, {"$orderby": "Nope"}])
def test_bad_values_are_bad_requests(query: dict[str, str]) -> None:
    """A number that is none, a property that is not there."""
    with pytest.raises(BadRequestError):
        keys(query)


def test_an_unknown_property_cannot_be_selected() -> None:
    """$select names properties of the set only."""
    with pytest.raises(BadRequestError):
        selected(CONFIGURATIONS, {"$select": "ParameterKey,Nope"})


@given(st.integers(1, 6))
def test_following_the_pages_gives_every_row_once(size: int) -> None:
    """__next_start leads through all rows, whatever the page size."""
    seen, start = [], "0"
    while start:
        shown = page(ROWS, Asked(CONFIGURATIONS, {"$skiptoken": start}, size=size))
        seen += [row["ParameterKey"] for row in shown.rows]
        start = str(shown.next_start) if shown.next_start else ""
    assert seen == ["a", "b", "c", "d"]


TYPED: list[Entity] = [
    {"Id": "a", "PartnerContent": True, "Vendor": None, "ValidUntil": 5, "LastModifiedTime": 1_000},
    {"Id": "b", "PartnerContent": False, "Vendor": "v", "ValidUntil": 7, "LastModifiedTime": None},
]
EVERYTHING = EntitySet(
    "All", "One", ("Id",),
    {
        "Id": Edm.STRING, "PartnerContent": Edm.BOOLEAN, "Vendor": Edm.STRING, "ValidUntil": Edm.INT64,
        "LastModifiedTime": Edm.DATE_TIME,
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PartnerContent eq true", ["a"]),
        ("PartnerContent ne true", ["b"]),
        ("Vendor eq null", ["a"]),
        ("Vendor ne null", ["b"]),
        ("ValidUntil gt 5L", ["b"]),
        ("ValidUntil le 5", ["a"]),
        ("LastModifiedTime ge datetime'1970-01-01T00:00:01'", ["a"]),
        ("LastModifiedTime ge datetimeoffset'1970-01-01T01:00:01+01:00'", ["a"]),
        ("LastModifiedTime lt datetime'1970-01-01T00:00:01'", []),
    ],
)
def test_literals_of_other_types(text: str, expected: list[str]) -> None:
    """Truth values, nothing, numbers with and without L, times (without zone: UTC); no value is never in a range."""
    found = page(TYPED, Asked(EVERYTHING, {"$filter": text})).rows
    assert [row["Id"] for row in found] == expected


@pytest.mark.parametrize(
    "text", ["Id eq datetime'tomorrow'", "Nope eq 'x'", "startswith(Nope,'x')", "Id/Nope eq 'x'"]
)
def test_a_filter_on_what_is_not_there(text: str) -> None:
    """An unknown property or time is a bad request, never all rows and never none."""
    with pytest.raises(BadRequestError):
        page(TYPED, Asked(EVERYTHING, {"$filter": text}))


@given(st.lists(st.integers(0, 10**12)), st.integers(0, 10**9), st.sampled_from(["ge", "gt", "le", "lt"]))
def test_a_range_is_what_the_sign_says(times: list[int], second: int, sign: str) -> None:
    """For any times: those on the right side of the literal, in their order."""
    literal = datetime.fromtimestamp(second, UTC).replace(tzinfo=None).isoformat()
    rows: list[Entity] = [{"Id": str(number), "LastModifiedTime": time} for number, time in enumerate(times)]
    found = page(
        rows, Asked(EVERYTHING, {"$filter": f"LastModifiedTime {sign} datetime'{literal}'"}, size=10**6)
    ).rows
    holds = {"ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt}[sign]
    assert [row["LastModifiedTime"] for row in found] == [time for time in times if holds(time, second * 1000)]
