"""Externalised parameters inside values: `{{name}}` found and resolved.

A value used in a table cell is stored XML-escaped, one used as a plain property raw; both are read tolerantly.
"""

import re
from collections.abc import Mapping

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
    """The text with its parameters replaced; one that has no value stays visible as `{{name}}`."""
    return _PARAMETER.sub(lambda match: values.get(match[1], match[0]), text)


def resolved_cell(text: str, values: Mapping[str, str]) -> str:
    """Likewise for a cell of a table, whose parameters are stored XML-escaped."""
    return _PARAMETER.sub(lambda m: unescape(values[m[1]]) if m[1] in values else m[0], text)
