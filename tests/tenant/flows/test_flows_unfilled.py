"""Rows that nobody filled: they are filled before a new row is made, and are empty again afterwards."""

import pytest
from flow_tools import HARD, NEW, OLD, escaped_row, member, members, one_channel, with_table
from hypothesis import given, settings
from hypothesis import strategies as st

from process.facts import NamePair
from tenant.flows import Row, add_names, read_flow, remove_names
from tenant.flows.table import parse_table
from tenant.flows.unfilled import fill, was_unfilled
from tenant.flows.xmltext import escape

EMPTY = escaped_row("", "")
FILLED = escaped_row(escape(escape(OLD.subject)), escape(escape(OLD.issuer)))
ISSUER_FIRST = (
    "&lt;row&gt;&lt;cell id='clientCertificate.issuerDN'&gt;&lt;/cell&gt;"
    "&lt;cell id='clientCertificate.subjectDN'&gt;&lt;/cell&gt;&lt;/row&gt;"
)
SELF_CLOSED = (
    "&lt;row&gt;&lt;cell id='clientCertificate.subjectDN'/&gt;"
    "&lt;cell id='clientCertificate.issuerDN'/&gt;&lt;/row&gt;"
)


def table(*rows: str) -> bytes:
    """A flow whose only channel has these rows."""
    return with_table(one_channel(OLD), f"<value>{''.join(rows)}</value>")


def eclipse(row: str) -> str:
    """The row as the old designer writes it."""
    return row.replace("&gt;", ">")


LAYOUTS = [
    (FILLED, EMPTY),
    (EMPTY, FILLED),
    (EMPTY, FILLED, EMPTY),
    (FILLED, ISSUER_FIRST),
    (eclipse(FILLED), eclipse(EMPTY)),
    (FILLED, eclipse(EMPTY)),
]


@pytest.mark.parametrize("rows", LAYOUTS)
@pytest.mark.parametrize("pair", [NEW, HARD[2], HARD[3]])
def test_an_unfilled_row_is_filled_and_empty_again(rows: tuple[str, ...], pair: NamePair) -> None:
    """No row more than before, and after the removal every byte is back."""
    flow = table(*rows)
    added = add_names(flow, OLD, pair).zip_bytes
    assert member(added, ".iflw").count(b"&lt;row") == len(rows)
    assert {row.subject for row in read_flow(added).channels[0].rows} == {OLD.subject, pair.subject}
    assert members(remove_names(added, pair, keep=OLD).zip_bytes) == members(flow)


def test_all_readers_of_xml_read_a_filled_row_as_a_new_one() -> None:
    """The mark is in the writing alone: the value of the property is what an ordinary new row gives."""
    ordinary = member(add_names(table(FILLED), OLD, NEW).zip_bytes, ".iflw")
    filled = member(add_names(table(FILLED, EMPTY), OLD, NEW).zip_bytes, ".iflw")
    assert filled != ordinary
    assert filled.replace(b"&lt;row>", b"&lt;row&gt;") == ordinary


@pytest.mark.parametrize("empty", [SELF_CLOSED, EMPTY.replace("&lt;row&gt;", "&lt;row>")])
def test_a_row_that_could_not_be_emptied_again_is_left_alone(empty: str) -> None:
    """Without text to put names into, or mixed by itself: a new row is made, and all bytes come back."""
    flow = table(FILLED, empty)
    added = add_names(flow, OLD, NEW).zip_bytes
    assert member(added, ".iflw").count(b"&lt;row") == 3
    assert members(remove_names(added, NEW, keep=OLD).zip_bytes) == members(flow)


def test_beside_parameters_the_flow_ends_in_the_shape_in_which_it_began() -> None:
    """The parameters take the new names, and the row that was filled meanwhile is empty again."""
    base = one_channel(OLD, parameterised=True)
    flow = with_table(base, f"<value>{escaped_row('{{SubjectDN}}', '{{IssuerDN}}')}{EMPTY}</value>")
    there = remove_names(add_names(flow, OLD, NEW).zip_bytes, OLD, keep=NEW).zip_bytes
    assert member(there, ".iflw") == member(flow, ".iflw")
    assert read_flow(there).channels[0].rows == (Row(NEW.subject, NEW.issuer, "SubjectDN", "IssuerDN"),)


def test_a_row_beside_a_filled_one_is_an_ordinary_row() -> None:
    """The mark is not passed on: in the next renewal the new row goes without a trace."""
    after_first = remove_names(add_names(table(FILLED, EMPTY), OLD, NEW).zip_bytes, OLD, keep=NEW).zip_bytes
    added = add_names(after_first, NEW, HARD[0]).zip_bytes
    assert members(remove_names(added, HARD[0], keep=NEW).zip_bytes) == members(after_first)


@settings(max_examples=60, deadline=None)
@given(pair=st.sampled_from(HARD), bare=st.booleans())
def test_the_mark_is_told_from_every_other_row(pair: NamePair, bare: bool) -> None:
    """Rows of both designers are not marked; a filled one is, whatever its names are."""
    raw = (eclipse(EMPTY) if bare else EMPTY).encode()
    (row,) = parse_table(raw)
    assert not was_unfilled(raw, row)
    filled = fill(raw, row, pair.subject, pair.issuer)
    assert filled is not None
    (read,) = parse_table(filled)
    assert was_unfilled(filled, read)
