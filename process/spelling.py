"""Which comparison of names an edit needs: the cautious one for the pair at hand."""

from collections.abc import Callable

from process.facts import NamePair
from process.names import NameChange, NameSyntaxError, compare_pairs, equal, parse, render

Same = Callable[[str, str], bool]


def spelled_alike(a: str, b: str) -> bool:
    """True for one name in one spelling: blanks and quoting around values aside, the same characters."""
    if a == b:
        return True
    try:
        return render(parse(a)) == render(parse(b))
    except NameSyntaxError:
        return False


def comparison(old: NamePair, new: NamePair) -> Same:
    """By RFC 5280, unless old and new are equal by it and spelled differently: then only the spelling tells them
    apart, and a looser comparison would take the one for the other."""
    return spelled_alike if compare_pairs(old, new) is NameChange.SPELLING else equal
