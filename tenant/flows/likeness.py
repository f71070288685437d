"""How much two names are alike: the same text, the same name by RFC 5280, or only alike to the eye.

What looks alike is no match for any edit: it is shown, so that a person sees why a row was not found.
"""

import re
import unicodedata
from enum import StrEnum

from process.facts import NamePair
from process.names import NameSyntaxError, equal, parse
from process.names.keywords import TYPED_KEYWORDS
from tenant.flows.content import Row

_SEPARATOR = re.compile(r"[,;/+\n]")
_TYPED = re.compile(r"\s*(?:OID\.)?([A-Za-z][A-Za-z0-9.-]*|[0-9.]+)\s*=(.*)", re.DOTALL | re.IGNORECASE)
_LONG = 20_000

Facets = list[tuple[str, str]]


class Likeness(StrEnum):
    """From the closest to the loosest; only the first two are the same name."""

    EXACT = "exact"
    EQUAL = "equal by RFC 5280"
    ALIKE = "looks alike"


def row_likeness(row: Row, names: NamePair) -> Likeness | None:
    """The looser of what subject and issuer are; None where one is another name: pairs match (KBA 3538749)."""
    found = [name_likeness(row.subject, names.subject), name_likeness(row.issuer, names.issuer)]
    if None in found:
        return None
    return max(filter(None, found), key=list(Likeness).index)


def name_likeness(a: str, b: str) -> Likeness | None:
    """How alike two names are; None where they are not.

    Alike are names with the same attributes in any order and any program's writing (`/C=DE/CN=a` and
    `CN = a, C = DE` of OpenSSL, `S=` and `E=` of Windows), whatever the case, blanks, signs and accents are.
    """
    if a == b:
        return Likeness.EXACT
    if equal(a, b):
        return Likeness.EQUAL
    return Likeness.ALIKE if _facets(a) == _facets(b) != [] else None


def _facets(text: str) -> Facets:
    """Type and bare value of all attributes, sorted; of what is no name, as much as can be told apart."""
    if len(text) > _LONG:
        return []
    try:
        found = [
            (attribute.oid, str(attribute.value)) for rdn in parse(text).rdns for attribute in rdn if attribute.value
        ]
    except NameSyntaxError:
        found = _torn(text)
    return sorted((oid, _bare(value)) for oid, value in found)


def _torn(text: str) -> Facets:
    """The attributes of a text that the rules do not read; a piece without a type belongs to the value before it."""
    found: Facets = []
    for piece in _SEPARATOR.split(text):
        if match := _TYPED.fullmatch(piece):
            found.append((TYPED_KEYWORDS.get(match[1].upper(), match[1].upper()), match[2]))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + piece)
    return found


def _bare(value: str) -> str:
    folded = unicodedata.normalize("NFKD", value.casefold())
    return "".join(filter(str.isalnum, folded)) or folded
