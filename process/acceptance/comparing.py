"""How the runtime may compare a row of a channel with the names of a certificate. It is documented nowhere.

SAP says only that subject and issuer must both be in one row, else 403 (KBA 3538749). So several comparisons are
*plausible*, and a certificate counts as accepted only where every plausible one finds it a row:

- *text*: the runtime writes the certificate's names in one fixed manner and compares characters;
- *parsed*: types without case, blanks around parts aside, order of the RDNs and every character of a value count;
- *caseless*: the same, but the case of values does not count;
- *RFC 5280*, section 7.1: blanks, case, width and composition of characters and the order inside an RDN aside.

What is seen narrows them: a channel that lists the old pair lets the old certificate in today, so a comparison under
which it would not is not the runtime's. The same holds for the manner of *text*: only one in which the old names give
the very text of the row can be it. A row typed as `cn=a,o=b` proves that the runtime does not compare with
`CN=a, O=b`; a row `CN=a, O=b` leaves it possible, and with it that a new row without blanks is refused. Hence a row
of the new names written in the manner of the old row is as good as the old row, and one in another manner may not be.

Where an old row leaves the manner open (no comma, no character that needs quotes), it is taken to be the nearest to
Java's toString, in which the tenant itself shows names. Texts that no manner here gives, such as mixed blanks or DER
as #hex, exclude *text*: no one manner of writing gives them. Several rows of the old pair are each possibly the one
that lets it in, so the manner of each is plausible.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product, starmap

from process.acceptance.shapes import Answer, Evidence
from process.facts import NamePair
from process.names import Attribute, DistinguishedName, NameSyntaxError, keyword, name_key, parse, render
from process.spelling import comparison, spelled_alike

_KEPT = 8192
"""Names whose parsed form is kept; a tenant has a few hundred."""

_ESCAPED = frozenset(',=+<>#;"\\')


@dataclass(frozen=True)
class Manner:
    """One way to write a name: separators, case of types, quotes or backslashes, values as they are or folded."""

    folded: bool = False
    backslashes: bool = False
    lower_types: bool = False
    blanks: bool = True

    def write(self, name: str) -> str:
        """The name, given as Java's toString writes it, in this manner; what is no name stays as it is."""
        plain = self.blanks and not (self.lower_types or self.backslashes or self.folded)
        return name if plain else _written(name, self)


JAVA = Manner()
"""X500Principal.toString(), in which the facts of a certificate hold its names."""

_NO_YES = (False, True)
MANNERS = tuple(starmap(Manner, product(_NO_YES, _NO_YES, _NO_YES, (True, False))))
"""All of them, the nearest to Java's first. The last is Java's CANONICAL, as in the trace line of KBA 3538749."""


@lru_cache(_KEPT)
def _written(name: str, manner: Manner) -> str:
    try:
        rdns = parse(name).rdns
    except NameSyntaxError:
        return name
    comma, plus = (", ", " + ") if manner.blanks else (",", "+")
    return comma.join(plus.join(_attribute(attribute, manner) for attribute in rdn) for rdn in rdns)


def _attribute(attribute: Attribute, manner: Manner) -> str:
    kind, value = keyword(attribute.oid), attribute.value
    if isinstance(value, str):
        value = value.lower() if manner.folded else value
        text = _backslashed(value) if manner.backslashes else _quoted(value)
    else:
        text = f"#{value.hex()}"
    return f"{kind.lower() if manner.lower_types else kind}={text}"


def _quoted(value: str) -> str:
    """As `render` does it, whatever the type."""
    return render(DistinguishedName(((Attribute("2.5.4.3", value),),))).partition("=")[2]


def _backslashed(value: str) -> str:
    text = "".join(f"\\{char}" if char in _ESCAPED else char for char in value)
    if text.startswith(" "):
        text = "\\" + text
    return f"{text[:-1]}\\ " if text.endswith(" ") and len(value) > 1 else text


@lru_cache(_KEPT)
def manner_of(row: NamePair, names: NamePair) -> Manner | None:
    """The manner in which `row` is the text of `names`, the nearest to Java's first; None where there is none."""
    for manner in MANNERS:
        if (manner.write(names.subject), manner.write(names.issuer)) == (row.subject, row.issuer):
            return manner
    return None


def row_like(row: NamePair, old: NamePair, new: NamePair) -> NamePair:
    """The row to write for `new` beside `row`, which lists `old`: in the same manner, else as Java writes it."""
    manner = manner_of(row, old) or JAVA
    return NamePair(manner.write(new.subject), manner.write(new.issuer))


Comparison = Callable[[NamePair, NamePair], bool]
"""Whether a row (first) lets in a certificate of these names (second)."""


@dataclass(frozen=True)
class SameText:
    """The row is, character by character, the names in one manner."""

    manner: Manner

    def __call__(self, row: NamePair, names: NamePair) -> bool:
        """Whether it is."""
        write = self.manner.write
        return row.subject == write(names.subject) and row.issuer == write(names.issuer)


def parsed(row: NamePair, names: NamePair) -> bool:
    """As `process.spelling.spelled_alike` compares."""
    return _exact(row.subject) == _exact(names.subject) and _exact(row.issuer) == _exact(names.issuer)


def caseless(row: NamePair, names: NamePair) -> bool:
    """Likewise, without the case of values."""
    return _folded(row.subject) == _folded(names.subject) and _folded(row.issuer) == _folded(names.issuer)


def rfc_5280(row: NamePair, names: NamePair) -> bool:
    """As `process.names.equal` compares."""
    return _matching(row.subject) == _matching(names.subject) and _matching(row.issuer) == _matching(names.issuer)


def _parsed_or_text(text: str, key: Callable[[DistinguishedName], Hashable]) -> tuple[bool, Hashable]:
    """What is no name equals only itself."""
    try:
        return True, key(parse(text))
    except NameSyntaxError:
        return False, text


@lru_cache(_KEPT)
def _exact(text: str) -> tuple[bool, Hashable]:
    return _parsed_or_text(text, render)


@lru_cache(_KEPT)
def _folded(text: str) -> tuple[bool, Hashable]:
    return _parsed_or_text(text, lambda name: render(name).lower())


@lru_cache(_KEPT)
def _matching(text: str) -> tuple[bool, Hashable]:
    return _parsed_or_text(text, name_key)


@lru_cache(_KEPT)
def telling_apart(pair: NamePair, stay: NamePair | None) -> Comparison:
    """What an edit of `pair` compares rows by, so that it does not take `stay` for it (`process.spelling`)."""
    return parsed if stay is not None and comparison(pair, stay) is spelled_alike else rfc_5280


_BY_VALUE: tuple[Comparison, ...] = (parsed, caseless, rfc_5280)
ALL: tuple[Comparison, ...] = (SameText(JAVA), *_BY_VALUE)
"""What is plausible where nothing was seen."""


@lru_cache(_KEPT)
def plausible(evidence: Evidence | None) -> tuple[Comparison, ...]:
    """The comparisons under which the rows that were seen let in the certificate of which they are evidence."""
    if evidence is None:
        return ALL
    manners = dict.fromkeys(manner_of(row, evidence.names) for row in evidence.rows)
    texts = tuple(SameText(manner) for manner in manners if manner is not None)
    by_value = (c for c in _BY_VALUE if any(c(row, evidence.names) for row in evidence.rows))
    return (*texts, *by_value)


@lru_cache(_KEPT)
def listed(rows: tuple[NamePair, ...], names: NamePair, comparisons: tuple[Comparison, ...]) -> Answer:
    """Whether the rows let in a certificate of these names: by all comparisons, by none, or only by some."""
    yes = no = False
    first: tuple[NamePair, ...] = ()  # the row that one comparison took is most likely the next one's too
    for compare in comparisons:
        for row in first + rows:
            if compare(row, names):
                yes, first = True, (row,)
                break
        else:
            no = True
    if yes and not no:
        return Answer.ACCEPTED
    return Answer.UNKNOWN if yes else Answer.REFUSED
