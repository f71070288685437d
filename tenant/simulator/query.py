"""The system query options ($filter, $orderby, $top, $skip, ...) and how each set of the tenant treats them.

SAP's sets differ: some honour an option, some ignore it silently, some answer 501.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import partial

from tenant.simulator.entities import Entity, EntitySet, Scalar
from tenant.simulator.errors import BadRequestError, NotImplementedHereError


class Manner(Enum):
    """How a set treats one option."""

    HONOURED = "honoured"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True)
class Manners:
    """How a set treats its options; `filters` is a pattern that each filter term must match whole."""

    top: Manner = Manner.HONOURED
    skip: Manner = Manner.HONOURED
    count: Manner = Manner.HONOURED
    filters: str = r".*"
    joiners: tuple[str, ...] = ("and", "or")


@dataclass(frozen=True)
class Asked:
    """What was asked of which set, and how many rows go into one answer."""

    entities: EntitySet
    query: Mapping[str, str]
    manners: Manners = Manners()
    size: int = 1000


@dataclass(frozen=True)
class Page:
    """The rows that are answered, the number of all of them if asked for, and where the next page starts."""

    rows: Sequence[Entity]
    total: int | None
    next_start: int | None


Test = Callable[[Entity], bool]

_PATH = r"(?P<property>\w+(?:/\w+)?)"
_LITERAL = r"(?P<kind>datetimeoffset|datetime)?'(?P<literal>(?:[^']|'')*)'"
_BARE = r"(?P<bare>true|false|null|-?\d+[Ll]?)"
_COMPARISON = re.compile(rf"{_PATH}\s+(?P<operator>eq|ne|ge|gt|le|lt)\s+(?:{_LITERAL}|{_BARE})")
_SUBSTRING = re.compile(rf"substringof\(\s*{_LITERAL}\s*,\s*{_PATH}\s*\)(?:\s+eq\s+true)?")
_ENDS = re.compile(rf"(?P<operator>startswith|endswith)\(\s*{_PATH}\s*,\s*{_LITERAL}\s*\)(?:\s+eq\s+true)?")
_JOINER = re.compile(r"\s+(and|or)\s+(?=(?:[^']*'[^']*')*[^']*$)")


def page(rows: Sequence[Entity], asked: Asked) -> Page:
    """Apply the options to the rows; raises BadRequestError and NotImplementedHereError."""
    query, manners = asked.query, asked.manners
    test = _filter(query.get("$filter", ""), asked)
    ordered = _ordered(asked.entities, [row for row in rows if test(row)], query.get("$orderby", ""))
    total = len(ordered) if _asked(query, "$inlinecount", manners.count) else None
    start = _number(query, "$skip", manners.skip, 0) + _number(query, "$skiptoken", Manner.HONOURED, 0)
    top = _number(query, "$top", manners.top, len(ordered))
    rest = ordered[start : start + top] if "$skiptoken" not in query else ordered[start:]
    more = len(rest) > asked.size
    return Page(rest[: asked.size], total, start + asked.size if more else None)


def selected(entities: EntitySet, query: Mapping[str, str]) -> frozenset[str]:
    """The property names of $select, or all of the set; raises BadRequestError for an unknown one."""
    names = frozenset(name.strip() for name in query.get("$select", "").split(",") if name.strip())
    unknown = names - set(entities.properties) - set(entities.navigation)
    if unknown:
        raise BadRequestError(f"Property '{min(unknown)}' in $select does not exist.")
    return names or frozenset((*entities.properties, *entities.navigation))


def _asked(query: Mapping[str, str], option: str, manner: Manner) -> bool:
    value = query.get(option, "none")
    if value == "none" or manner is Manner.IGNORED:
        return False
    if manner is Manner.REFUSED:
        raise NotImplementedHereError("$count is not supported")
    return True


def _number(query: Mapping[str, str], option: str, manner: Manner, default: int) -> int:
    if option not in query or manner is Manner.IGNORED:
        return default
    if manner is Manner.REFUSED:
        raise NotImplementedHereError(f"{option} is not supported.")
    if not query[option].isdecimal():
        raise BadRequestError(f"Invalid value of {option}.")
    return int(query[option])


def _ordered(entities: EntitySet, rows: list[Entity], orderby: str) -> list[Entity]:
    for term in reversed([part.split() for part in orderby.split(",") if part.strip()]):
        if term[0] not in entities.properties:
            raise BadRequestError(f"Property '{term[0]}' in $orderby does not exist.")
        rows = sorted(rows, key=partial(_rank, term[0]), reverse=term[1:] == ["desc"])
    return rows


def _rank(name: str, row: Entity) -> tuple[bool, int, str]:
    value = row.get(name)
    return (value is not None, value if isinstance(value, int) else 0, str(value))


def _filter(text: str, asked: Asked) -> Test:
    if not text.strip():
        return lambda row: True
    parts = _JOINER.split(text.strip())
    if any(joiner not in asked.manners.joiners for joiner in parts[1::2]):
        raise NotImplementedHereError("$filter is supported with other operators only.")
    tests = [_term(part.strip(), asked) for part in parts[0::2]]
    return _joined(tests, parts[1::2])


def _joined(tests: list[Test], joiners: list[str]) -> Test:
    """`and` binds closer than `or`."""
    groups: list[list[Test]] = [[tests[0]]]
    for joiner, test in zip(joiners, tests[1:], strict=True):
        if joiner == "and":
            groups[-1].append(test)
        else:
            groups.append([test])
    return lambda row: any(all(test(row) for test in group) for group in groups)


def _term(text: str, asked: Asked) -> Test:
    if not re.fullmatch(asked.manners.filters, text, re.DOTALL):
        raise NotImplementedHereError("$filter is not supported for this expression.")
    for pattern in (_COMPARISON, _SUBSTRING, _ENDS):
        match = pattern.fullmatch(text)
        if match:
            groups = match.groupdict()
            _check_property(asked.entities, groups["property"])
            return _test(groups.get("operator") or "substringof", groups["property"], _literal(groups))
    raise BadRequestError("Invalid filter expression.")


def _check_property(entities: EntitySet, path: str) -> None:
    name, _, inner = path.partition("/")
    known = name in entities.properties
    if not known or (inner and inner not in getattr(entities.complex.get(name), "properties", ())):
        raise BadRequestError(f"Property '{path}' in $filter does not exist.")


def _literal(groups: Mapping[str, str | None]) -> Scalar:
    """The value of a literal: text, epoch milliseconds of a time, a number, a truth value or nothing."""
    bare, text = groups.get("bare"), (groups["literal"] or "").replace("''", "'")
    if bare:
        words: dict[str, Scalar] = {"true": True, "false": False, "null": None}
        return words[bare] if bare in words else int(bare.rstrip("Ll"))
    return _milliseconds(text) if groups.get("kind") else text


def _milliseconds(text: str) -> int:
    """A time without zone is in UTC."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise BadRequestError(f"Invalid time '{text}' in $filter.") from error
    return round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def _value(row: Entity, path: str) -> Scalar:
    name, _, inner = path.partition("/")
    value = row.get(name)
    if isinstance(value, Mapping):
        return value.get(inner)
    return value


_ORDERED: Mapping[str, Callable[[int], bool]] = {
    "ge": lambda sign: sign >= 0,
    "gt": lambda sign: sign > 0,
    "le": lambda sign: sign <= 0,
    "lt": lambda sign: sign < 0,
}
_TEXTUAL: Mapping[str, Callable[[str, str], bool]] = {
    "substringof": lambda value, literal: literal in value,
    "startswith": lambda value, literal: value.startswith(literal),
    "endswith": lambda value, literal: value.endswith(literal),
}


def _test(operator: str, path: str, literal: Scalar) -> Test:
    if operator == "eq":
        return lambda row: _same(_value(row, path), literal)
    if operator == "ne":
        return lambda row: not _same(_value(row, path), literal)
    if operator in _TEXTUAL:
        return lambda row: _TEXTUAL[operator](str(_value(row, path) or ""), str(literal))
    if not isinstance(literal, int):
        raise BadRequestError("Invalid filter expression.")
    return lambda row: _compared(_value(row, path), literal, _ORDERED[operator])


def _same(value: Scalar, literal: Scalar) -> bool:
    """Equal as they stand; a number may be given as text, as clients do with dates kept as strings."""
    return value == literal or (value is not None and literal is not None and str(value) == str(literal))


def _compared(value: Scalar, literal: int, holds: Callable[[int], bool]) -> bool:
    """Numbers and times by size; a row without a value is not in the answer."""
    return isinstance(value, int) and holds((value > literal) - (value < literal))
