"""OData resource paths: `Set(Key='a',Other='b')/Navigation` read into segments. No meaning of a set is known here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from tenant.simulator.errors import BadRequestError

_SEGMENT = re.compile(r"(?P<name>[$\w]+)(?:\((?P<keys>.*)\))?", re.DOTALL)
_KEY = re.compile(r"\s*(?:(?P<name>\w+)\s*=)?\s*'(?P<value>(?:[^']|'')*)'\s*(?:,|$)", re.DOTALL)


@dataclass(frozen=True)
class Segment:
    """One part of a path. A key without a name (`Set('a')`) stands under the empty name."""

    name: str
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> str:
        """The segment without its key values: `Set` or `Set()`."""
        return f"{self.name}()" if self.keys else self.name

    def key(self, name: str) -> str:
        """The key of that name, or the only one where it was given without a name."""
        found = self.keys.get(name, self.keys.get("") if len(self.keys) == 1 else None)
        if found is None:
            raise BadRequestError(f"The key predicate of '{self.name}' does not name '{name}'.")
        return found


def parse_path(raw: str) -> tuple[Segment, ...]:
    """The segments of a percent-encoded path below the service root; raises BadRequestError.

    Slashes split before decoding, so a key may hold `%2F`; a quote in a key is doubled (OData 2.0).
    """
    return tuple(_segment(unquote(part)) for part in raw.split("/") if part)


def shape_of(segments: tuple[Segment, ...]) -> str:
    """The path without key values, by which calls are looked up."""
    return "/".join(segment.shape for segment in segments)


def _segment(text: str) -> Segment:
    match = _SEGMENT.fullmatch(text)
    if match is None:
        raise BadRequestError(f"The path segment '{text}' is malformed.")
    keys = match["keys"]
    return Segment(match["name"], _keys(keys) if keys else {})


def _keys(text: str) -> dict[str, str]:
    keys: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _KEY.match(text, position)
        if match is None:
            raise BadRequestError(f"The key predicate '({text})' is malformed.")
        keys[match["name"] or ""] = match["value"].replace("''", "'")
        position = match.end()
    return keys
