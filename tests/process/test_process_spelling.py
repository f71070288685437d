"""Which comparison an edit needs: the cautious one for the pair at hand."""

import pytest
from process_cases import OLD_NAMES, OLD_RESPELLED, OTHER_NAMES

from process.names import equal
from process.spelling import comparison, spelled_alike


def test_different_names_are_compared_by_rfc_5280() -> None:
    """Where the names differ, rows in another spelling of the old one are the old one."""
    assert comparison(OLD_NAMES, OTHER_NAMES) is equal
    assert comparison(OLD_NAMES, OLD_NAMES) is equal


def test_where_only_the_spelling_differs_the_spelling_decides() -> None:
    """Else removing the old name would take the new one with it."""
    same = comparison(OLD_NAMES, OLD_RESPELLED)
    assert same is spelled_alike
    assert not same(OLD_NAMES.subject, OLD_RESPELLED.subject)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("CN=a, O=b", "CN=a,O=b", True),
        ("cn=a, O=b", "CN=a, O=b", True),
        ("CN=A", "CN=a", False),
        ("CN=a  b", "CN=a b", False),
        ("not a name", "not a name", True),
        ("not a name", "CN=a", False),
    ],
)
def test_one_spelling(one: str, other: str, alike: bool) -> None:
    """Blanks and quoting around values aside, each character counts; what is no name equals only itself."""
    assert spelled_alike(one, other) is alike
    assert spelled_alike(other, one) is alike
