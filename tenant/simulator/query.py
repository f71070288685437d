"""The system query options ($filter, $orderby, $top, $skip, ...) and how each set of the tenant treats them.

SAP's sets differ: some honour an option, some ignore it silently, some answer 501.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial

from tenant.simulator.entities import Entity, EntitySet
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

_LITERAL = r"(?:datetime)?'(?P<literal>(?:[^']|'')*)'"
_COMPARISON = re.compile(rf"(?P<property>\w+)\s+(?P<operator>eq|ne)\s+{_LITERAL}")
_SUBSTRING = re.compile(rf"substringof\(\s*{_LITERAL}\s*,\s*(?P<property>\w+)\s*\)(?:\s+eq\s+true)?")
_ENDS = re.compile(rf"(?P<operator>startswith|endswith)\(\s*(?P<property>\w+)\s*,\s*{_LITERAL}\s*\)(?:\s+eq\s+true)?")
_JOINER = re.compile(r"\s+(and|or)\s+(?=(?:[^']*'[^']*')*[^']*$)")


def page(rows: Sequence[Entity], asked: Asked) -> Page:
    """Apply the options to the rows; raises BadRequestError and NotImplementedHereError."""
    query, manners = asked.query, asked.manners
    test = _filter(query.get("$filter", ""), manners)
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


def _filter(text: str, manners: Manners) -> Test:
    if not text.strip():
        return lambda row: True
    parts = _JOINER.split(text.strip())
    if any(joiner not in manners.joiners for joiner in parts[1::2]):
        raise NotImplementedHereError("$filter is supported with other operators only.")
    tests = [_term(part, manners) for part in parts[0::2]]
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


def _term(text: str, manners: Manners) -> Test:
    if not re.fullmatch(manners.filters, text, re.DOTALL):
        raise NotImplementedHereError("$filter is not supported for this expression.")
    for pattern in (_COMPARISON, _SUBSTRING, _ENDS):
        match = pattern.fullmatch(text)
        if match:
            groups = match.groupdict()
            literal = groups["literal"].replace("''", "'")
            return _test(groups.get("operator") or "substringof", groups["property"], literal)
    raise BadRequestError("Invalid filter expression.")


def _test(operator: str, name: str, literal: str) -> Test:
    tests: dict[str, Callable[[str], bool]] = {
        "eq": lambda value: value == literal,
        "ne": lambda value: value != literal,
        "substringof": lambda value: literal in value,
        "startswith": lambda value: value.startswith(literal),
        "endswith": lambda value: value.endswith(literal),
    }
    return lambda row: tests[operator](str(row.get(name, "")))
