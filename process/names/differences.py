"""What exactly differs between two names, attribute by attribute. The decision on them is in `comparing`."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from process.names.keywords import JAVA_KEYWORDS
from process.names.parsing import parse
from process.names.shapes import Attribute, DistinguishedName, NameSyntaxError


@dataclass(frozen=True)
class Difference:
    """One attribute that differs: `old` or `new` is None where the other name alone has it.

    `attribute` is Java's keyword (or OID.x). `rdn` is the position of the RDN, from 1 at the most specific one,
    in the new name; in the old name where the attribute went. A value that is no text is its DER as #hex.
    """

    attribute: str
    old: str | None
    new: str | None
    rdn: int


def differences(old: str, new: str) -> tuple[Difference, ...]:
    """What differs between two names as texts, in the order of the new name; nothing for equal texts.

    An attribute that moved is one that went and one that came. A text that is no name counts as one attribute
    without a keyword.
    """
    if old == new:
        return ()
    try:
        before, after = parse(old), parse(new)
    except NameSyntaxError:
        return (Difference("", old, new, 1),)
    return tuple(_between(before, after))


_Rdn = tuple[Attribute, ...]


def _between(before: DistinguishedName, after: DistinguishedName) -> Iterator[Difference]:
    # RDNs are lined up by their types, so that one that came or went does not shift all that follow.
    kinds = [[_kind(rdn) for rdn in name.rdns] for name in (before, after)]
    for what, a, b, c, d in SequenceMatcher(None, kinds[0], kinds[1], autojunk=False).get_opcodes():
        if what == "equal":
            for old, new in zip(range(a, b), range(c, d), strict=True):
                yield from _rdn(before.rdns[old], after.rdns[new], new)
            continue
        for old in range(a, b):
            yield from _rdn(before.rdns[old], (), old)
        for new in range(c, d):
            yield from _rdn((), after.rdns[new], new)


def _rdn(before: _Rdn, after: _Rdn, at: int) -> Iterator[Difference]:
    """Differences inside one RDN, whose attributes have no order."""
    gone = [attribute for attribute in before if attribute not in after]
    for attribute in after:
        if attribute in before:
            continue
        same = next((old for old in gone if old.oid == attribute.oid), None)
        if same:
            gone.remove(same)
        yield Difference(keyword(attribute.oid), _text(same), _text(attribute), at + 1)
    for attribute in gone:
        yield Difference(keyword(attribute.oid), _text(attribute), None, at + 1)


def keyword(oid: str) -> str:
    """The keyword that Java writes for an attribute type."""
    return JAVA_KEYWORDS.get(oid) or f"OID.{oid}"


def _kind(rdn: _Rdn) -> tuple[str, ...]:
    return tuple(sorted(attribute.oid for attribute in rdn))


def _text(attribute: Attribute | None) -> str | None:
    if attribute is None:
        return None
    return f"#{attribute.value.hex()}" if isinstance(attribute.value, bytes) else attribute.value
