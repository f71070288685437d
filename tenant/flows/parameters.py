"""Externalised parameters inside values: `{{name}}` found and resolved.

A value used in a table cell is stored XML-escaped, one used as a plain property raw; both are read tolerantly.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tenant.flows.errors import TooBig
from tenant.flows.limits import RESOLVED_LIMIT
from tenant.flows.xmltext import unescape

_PARAMETER = re.compile(r"\{\{([^{}]+)\}\}")


def parameter_of(text: str) -> str | None:
    """The name of the parameter that is the whole text; else None."""
    match = _PARAMETER.fullmatch(text)
    return match[1] if match else None


def parameters_in(text: str) -> tuple[str, ...]:
    """The names of all parameters in a text, in order."""
    return tuple(_PARAMETER.findall(text))


def resolved(text: str, values: Mapping[str, str]) -> str:
    """The text with its parameters replaced; one that has no value stays visible as `{{name}}`. Raises TooBig."""
    return _Replacing(values, str).all_in(text)


def resolved_cell(text: str, values: Mapping[str, str]) -> str:
    """Likewise for a cell of a table, whose parameters are stored XML-escaped."""
    return _Replacing(values, unescape).all_in(text)


@dataclass
class _Replacing:
    """The parameters of one value replaced, as long as they do not make it huge."""

    values: Mapping[str, str]
    read: Callable[[str], str]
    size: int = 0

    def all_in(self, text: str) -> str:
        return _PARAMETER.sub(self.one, text) if "{{" in text else text

    def one(self, match: re.Match[str]) -> str:
        value = self.values.get(match[1])
        if value is None:
            return match[0]
        self.size += len(value)
        if self.size > RESOLVED_LIMIT:
            raise TooBig(f"The value with the parameter {match[1]!r}", self.size, RESOLVED_LIMIT)
        return self.read(value)
