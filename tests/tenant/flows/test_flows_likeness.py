"""How much a row is like a pair: exact, equal by RFC 5280, or only alike to the eye."""

import pytest
from flow_tools import HARD, OLD, OTHER, one_channel
from hypothesis import given
from hypothesis import strategies as st

from process.facts import NamePair
from process.names import equal
from tenant.flows import Likeness, find_rows, match_rows, read_flow
from tenant.flows.likeness import name_likeness

NAME = "CN=Erp Müller, O=Acme & Co., ST=Bayern, C=DE"


@pytest.mark.parametrize(
    ("other", "likeness"),
    [
        (NAME, Likeness.EXACT),
        ("cn=erp  müller,o=acme & co.,ST=BAYERN,c=de", Likeness.EQUAL),
        ("C=DE, ST=Bayern, O=Acme & Co., CN=Erp Müller", Likeness.ALIKE),
        ("/C=DE/ST=Bayern/O=Acme & Co./CN=Erp Müller", Likeness.ALIKE),
        ("C = DE, S = Bayern, O = Acme & Co., CN = Erp Müller", Likeness.ALIKE),
        ("CN=Erp Muller, O=Acme Co, ST=Bayern, C=DE", Likeness.ALIKE),
        ("CN=Erp Müller + O=Acme & Co., ST=Bayern, C=DE", Likeness.ALIKE),
        ("CN=Erp Müller, O=Acme & Co., ST=Bayern", None),
        ("CN=Erp Maier, O=Acme & Co., ST=Bayern, C=DE", None),
        ("O=Erp Müller, CN=Acme & Co., ST=Bayern, C=DE", None),
        ("", None),
        ("{{SubjectDN}}", None),
    ],
)
def test_names_are_exact_equal_alike_or_others(other: str, likeness: Likeness | None) -> None:
    """Case and blanks are equal; order, other programs' writing and lost signs only look alike."""
    assert name_likeness(NAME, other) is likeness
    assert name_likeness(other, NAME) is likeness


def test_an_email_of_windows_looks_like_that_of_java() -> None:
    """`E=` at another place is the e-mail address of the same name."""
    assert name_likeness("EMAILADDRESS=a@b.c, CN=x", "CN=x, E=a@b.c") is Likeness.ALIKE


def test_an_unescaped_comma_looks_like_the_escaped_one() -> None:
    """What is no name by the rules is still shown, where a person would take it for the same."""
    assert name_likeness(r"CN=a, O=Acme\, Inc., C=DE", "CN=a, O=Acme, Inc., C=DE") is Likeness.ALIKE


def test_nothing_looks_like_what_has_no_attribute() -> None:
    """Texts without any type are alike only when they are the same."""
    assert name_likeness("x", "y") is None
    assert name_likeness("x", "x") is Likeness.EXACT
    assert name_likeness("," * 30_000, ";" * 30_000) is None


def test_a_pair_is_as_alike_as_its_looser_half() -> None:
    """Subject and issuer match together (KBA 3538749): one exact half does not make a pair."""
    content = read_flow(one_channel(OLD, OTHER))
    swapped = "C=DE, O=Old & Sons, CN=old.example"
    assert [m.likeness for m in match_rows(content, NamePair(OLD.subject.lower(), OLD.issuer))] == [Likeness.EQUAL]
    assert [m.likeness for m in match_rows(content, NamePair(swapped, OLD.issuer))] == [Likeness.ALIKE]
    assert match_rows(content, NamePair(OLD.subject, OTHER.issuer)) == ()


def test_what_looks_alike_is_never_found_for_an_edit() -> None:
    """`find_rows`, which edits rest on, takes the same name alone."""
    content = read_flow(one_channel(OLD))
    assert find_rows(content, NamePair("C=DE, O=Old & Sons, CN=old.example", OLD.issuer)) == ()


def test_closer_matches_come_first_and_unused_ones_say_so() -> None:
    """Rows of channels that do not authorise by certificate are matched, and marked."""
    swapped = NamePair("C=DE, O=Old & Sons, CN=old.example", OLD.issuer)
    found = match_rows(read_flow(one_channel(swapped, OLD, authorization="RoleBased")), OLD)
    assert [(match.likeness, match.in_use) for match in found] == [(Likeness.EXACT, False), (Likeness.ALIKE, False)]


@given(st.sampled_from(HARD), st.sampled_from(HARD))
def test_equal_names_are_never_called_alike(one: NamePair, two: NamePair) -> None:
    """The levels exclude each other, and the middle one is that of `process.names`."""
    likeness = name_likeness(one.subject, two.subject)
    assert (likeness in (Likeness.EXACT, Likeness.EQUAL)) == equal(one.subject, two.subject)
