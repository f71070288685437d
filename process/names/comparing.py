"""When two names are the same: as strings, and by RFC 5280 section 7.1. No parsing, no rendering."""

import re
import unicodedata
from enum import StrEnum

from process.facts import NamePair
from process.names.parsing import parse
from process.names.shapes import Attribute, DistinguishedName, NameSyntaxError


class NameChange(StrEnum):
    """What became of a name. SPELLING is equal by RFC 5280 but another string: it is treated as changed."""

    UNCHANGED = "unchanged"
    SPELLING = "spelling"
    CHANGED = "changed"


# RFC 4518 section 2.2: characters that are blanks, and characters that are nothing.
_BLANK = re.compile("[\t-\r\u0085\u2028\u2029]")
_NOTHING = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u06dd\u070f\u1806\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u2063\u206a-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)

NameKey = tuple[tuple[tuple[str, str | bytes], ...], ...]


def equal(a: str, b: str) -> bool:
    """Whether two texts are one name by RFC 5280 section 7.1; an unreadable text equals only itself.

    RDNs are compared in order, attributes inside an RDN in any order, values after RFC 4518 preparation.
    """
    if a == b:
        return True
    try:
        return name_key(parse(a)) == name_key(parse(b))
    except NameSyntaxError:
        return False


def compare(old: str, new: str) -> NameChange:
    """How `new` differs from `old`: only the identical string is unchanged."""
    if old == new:
        return NameChange.UNCHANGED
    return NameChange.SPELLING if equal(old, new) else NameChange.CHANGED


def compare_pairs(old: NamePair, new: NamePair) -> NameChange:
    """The worse of what became of the subject and of the issuer."""
    changes = {compare(old.subject, new.subject), compare(old.issuer, new.issuer)}
    return max(changes, key=list(NameChange).index)


def name_key(name: DistinguishedName) -> NameKey:
    """What names are compared by: two names are equal by RFC 5280 section 7.1 where their keys are."""
    return tuple(_rdn_key(rdn) for rdn in name.rdns)


def _rdn_key(rdn: tuple[Attribute, ...]) -> tuple[tuple[str, str | bytes], ...]:
    if len(rdn) == 1:
        return (_prepared(rdn[0]),)
    return tuple(sorted(map(_prepared, rdn), key=repr))


def _prepared(attribute: Attribute) -> tuple[str, str | bytes]:
    value = attribute.value
    return attribute.oid, value if isinstance(value, bytes) else _prepare(value)


def _prepare(value: str) -> str:
    """RFC 4518 for case-insensitive matching; folding twice also settles what normalizing brings forth."""
    if "\0" in value:
        return value  # RFC 4518 would drop it, and with it the difference that an attacker hides
    if value.isascii() and value.isprintable():
        return " ".join(value.lower().split())
    mapped = _NOTHING.sub("", _BLANK.sub(" ", value))
    for _ in range(2):
        mapped = unicodedata.normalize("NFKC", mapped.casefold())
    return " ".join(mapped.split())
