"""How the runtime may compare names: what is plausible, and what follows from what was seen."""

import pytest
from acceptance_worlds import PAIRS
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from process_cases import OLD_NAMES, OTHER_NAMES

from process.acceptance import Answer, Evidence, listed, plausible, row_like
from process.acceptance.comparing import (
    ALL,
    JAVA,
    MANNERS,
    Comparison,
    Manner,
    SameText,
    caseless,
    manner_of,
    parsed,
    rfc_5280,
)
from process.facts import NamePair
from process.names import equal
from process.spelling import spelled_alike

FEWER = settings(max_examples=50)
"""Names are slow to draw."""


def pair(subject: str) -> NamePair:
    """A pair of one name, as a certificate that its own key signed has it."""
    return NamePair(subject, subject)


def seen(row: NamePair, names: NamePair) -> tuple[Comparison, ...]:
    """What stays plausible where this row lets in these names."""
    return plausible(Evidence(names, (row,)))


@FEWER
@given(PAIRS, PAIRS, st.sampled_from(MANNERS))
def test_a_row_in_the_manner_of_the_old_row_is_as_good_as_the_old_row(
    old: NamePair, new: NamePair, manner: Manner
) -> None:
    """Law: where the old row lets the old one in, the new names in the same manner are let in, escapes and all."""
    row = NamePair(manner.write(old.subject), manner.write(old.issuer))
    comparisons = plausible(Evidence(old, (row,)))
    assert manner_of(row, old) is not None
    assert comparisons
    assert listed((row,), old, comparisons) is Answer.ACCEPTED
    written = row_like(row, old, new)
    assert listed((written,), new, comparisons) is Answer.ACCEPTED


@FEWER
@given(PAIRS, st.lists(PAIRS, max_size=3), st.lists(st.sampled_from(ALL)), st.lists(st.sampled_from(ALL)))
def test_fewer_plausible_comparisons_never_refuse_more(
    names: NamePair, rows: list[NamePair], some: list[Comparison], more: list[Comparison]
) -> None:
    """Law: what is let in under many comparisons is let in under each part of them that is not empty."""
    assume(some)
    rows_ = (*rows, names)
    assert listed(rows_, names, (*some, *more)) is Answer.ACCEPTED
    if listed(tuple(rows), names, (*some, *more)) is Answer.ACCEPTED:
        assert listed(tuple(rows), names, tuple(some)) is Answer.ACCEPTED


@FEWER
@given(PAIRS, PAIRS, st.lists(PAIRS, max_size=2))
def test_a_further_row_never_shuts_out(names: NamePair, other: NamePair, rows: list[NamePair]) -> None:
    """Law: adding a row keeps whoever was let in, whatever the comparison."""
    if listed(tuple(rows), names, ALL) is Answer.ACCEPTED:
        assert listed((*rows, other), names, ALL) is Answer.ACCEPTED


@FEWER
@given(PAIRS, PAIRS)
def test_the_comparisons_are_those_of_the_edit(one: NamePair, other: NamePair) -> None:
    """Law: parsed is `spelled_alike`, the loosest is `equal`; each takes what the one before it takes."""
    assert parsed(one, other) is (
        spelled_alike(one.subject, other.subject) and spelled_alike(one.issuer, other.issuer)
    )
    assert rfc_5280(one, other) is (equal(one.subject, other.subject) and equal(one.issuer, other.issuer))
    assert not SameText(JAVA)(one, other) or parsed(one, other)
    assert not parsed(one, other) or caseless(one, other)


@FEWER
@given(PAIRS)
def test_what_was_seen_lets_the_old_one_in(names: NamePair) -> None:
    """Law: every comparison that evidence leaves takes the certificate of which it is evidence."""
    for manner in MANNERS:
        row = NamePair(manner.write(names.subject), manner.write(names.issuer))
        assert all(comparison(row, names) for comparison in plausible(Evidence(names, (row,))))


@pytest.mark.parametrize(
    ("old_row", "new_row", "answer"),
    [
        ("CN=a, O=b", "CN=x, O=b", Answer.ACCEPTED),
        ("CN=a, O=b", "CN=x,O=b", Answer.UNKNOWN),
        ("CN=a,O=b", "CN=x,O=b", Answer.ACCEPTED),
        ("CN=a,O=b", "CN=x, O=b", Answer.UNKNOWN),
        ("cn=a,o=b", "cn=x,o=b", Answer.ACCEPTED),
        ("cn=a,o=b", "CN=x, O=b", Answer.UNKNOWN),
        ("CN=a ,  O=b", "cn=x;O=b", Answer.ACCEPTED),
        ("CN=A, O=b", "CN=X, O=B", Answer.ACCEPTED),
        ("CN=a, O=b", "CN=X, O=b", Answer.UNKNOWN),
        ("CN=a, O=b", "O=b, CN=x", Answer.REFUSED),
        ("CN=a, O=b", "CN=y, O=b", Answer.REFUSED),
    ],
)
def test_what_the_old_row_tells_of_the_new_one(old_row: str, new_row: str, answer: Answer) -> None:
    """A row in another manner than the old one may be another name to the runtime; irregular blanks prove parsing."""
    comparisons = plausible(Evidence(pair("CN=a, O=b"), (pair(old_row),)))
    assert listed((pair(new_row),), pair("CN=x, O=b"), comparisons) is answer


def test_a_row_out_of_the_trace_line_is_answered_in_kind() -> None:
    """Who copied lower-case names from the log of KBA 3538749 gets the next row in lower case too."""
    old = NamePair('CN=ERP, O="Acme, Inc.", C=DE', "CN=CA, C=DE")
    new = NamePair('CN=ERP 2, O="Acme, Inc.", C=DE', "CN=CA, C=DE")
    row = NamePair("cn=erp,o=acme\\, inc.,c=de", "cn=ca,c=de")
    assert row_like(row, old, new) == NamePair("cn=erp 2,o=acme\\, inc.,c=de", "cn=ca,c=de")
    assert listed((NamePair("cn=ERP 2,o=Acme\\, Inc.,c=DE", "cn=CA,c=DE"),), new, seen(row, old)) is Answer.UNKNOWN


def test_backslashes_are_answered_with_backslashes() -> None:
    """A text comparison tells quotes from backslashes, so the new row follows the old one."""
    old, new = pair('CN=a, O="Acme, Inc."'), pair('CN=x, O="Acme, Inc."')
    row = pair("CN=a,O=Acme\\, Inc.")
    assert row_like(row, old, new).subject == "CN=x,O=Acme\\, Inc."
    assert listed((pair('CN=x,O="Acme, Inc."'),), new, seen(row, old)) is Answer.UNKNOWN


def test_what_is_no_name_equals_only_itself() -> None:
    """A text that cannot be read is compared as a text."""
    odd = NamePair("not a name", "CN=CA")
    assert listed((odd,), odd, ALL) is Answer.ACCEPTED
    assert listed((odd,), NamePair("not a  name", "CN=CA"), ALL) is Answer.REFUSED
    assert row_like(odd, odd, OTHER_NAMES) == OTHER_NAMES


def test_two_manners_of_the_old_row_are_both_plausible() -> None:
    """Nobody knows which of two rows lets the old one in, so one new row in the manner of the first may not do."""
    compact = NamePair(OLD_NAMES.subject.replace(", ", ","), OLD_NAMES.issuer.replace(", ", ","))
    comparisons = plausible(Evidence(OLD_NAMES, (OLD_NAMES, compact)))
    both = (OTHER_NAMES, row_like(compact, OLD_NAMES, OTHER_NAMES))
    assert listed(both[:1], OTHER_NAMES, comparisons) is Answer.UNKNOWN
    assert listed(both, OTHER_NAMES, comparisons) is Answer.ACCEPTED


def test_subject_and_issuer_must_be_in_one_row() -> None:
    """Two rows that have them crosswise let nobody in (KBA 3538749)."""
    crossed = (NamePair(OLD_NAMES.subject, OTHER_NAMES.issuer), NamePair(OTHER_NAMES.subject, OLD_NAMES.issuer))
    assert listed(crossed, OLD_NAMES, ALL) is Answer.REFUSED
