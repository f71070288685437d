"""parameters.prop: the externalised parameters of a flow, in the form of java.util.Properties.

Read as `Properties.load` reads, written as `Properties.store` writes; the place of each value is kept,
so that one value can change and no other byte. What a value means is not known here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tenant.flows.splice import Span

_LINE = re.compile(
    rb"[ \t\f]*(?P<comment>[#!][^\r\n]*)?"
    rb"(?P<text>(?:[^\r\n\\]|\\(?:\r\n|[\s\S]))*)(?:\r\n|\r|\n|\Z|\\\Z)"
)
_KEY = re.compile(rb"(?:[^\\=: \t\f]|\\(?:\r\n[ \t\f]*|[\s\S]))*")
_SEPARATOR = re.compile(rb"[ \t\f]*[=:]?[ \t\f]*")
_ESCAPE = re.compile(r"\\(?:(\r\n|\r|\n)[ \t\f]*|u([0-9A-Fa-f]{4})|([\s\S]))")
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_WRITTEN = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f"} | {char: "\\" + char for char in "\\=:#!"}


@dataclass(frozen=True)
class Parameter:
    """One parameter: its value, unescaped, and the bytes that hold the value in the file."""

    name: str
    value: str
    span: Span


def read_properties(data: bytes) -> dict[str, Parameter]:
    """The parameters by name; of two with one name the last counts, as in Java."""
    return {parameter.name: parameter for parameter in _parameters(data)}


def escape_value(text: str) -> bytes:
    """A value as `java.util.Properties.store` writes it: ASCII, only a leading blank escaped."""
    body = "".join(_written(char) for char in text)
    return ("\\" + body if body.startswith(" ") else body).encode("ascii")


def _parameters(data: bytes) -> Iterator[Parameter]:
    at = 0
    while at < len(data):
        line = _LINE.match(data, at)
        if line is None or line.end() == at:
            return
        at = line.end()
        if line["comment"] is None and line["text"]:
            yield _parameter(data, Span(*line.span("text")))


def _parameter(data: bytes, text: Span) -> Parameter:
    key = _KEY.match(data, text.start, text.end)
    assert key is not None  # it matches the empty string at least
    separator = _SEPARATOR.match(data, key.end(), text.end)
    assert separator is not None
    span = Span(separator.end(), text.end)
    return Parameter(_unescape(key.group()), _unescape(span.of(data)), span)


def _unescape(raw: bytes) -> str:
    text = _ESCAPE.sub(_unescaped, raw.decode("latin-1"))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescaped(match: re.Match[str]) -> str:
    continuation, code, char = match.groups()
    if continuation:
        return ""
    return chr(int(code, 16)) if code else _LETTERS.get(char, char)


def _written(char: str) -> str:
    if char in _WRITTEN:
        return _WRITTEN[char]
    if " " <= char <= "~":
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02X}{units[i + 1]:02X}" for i in range(0, len(units), 2))
