"""Text and its XML-escaped form, tolerant in reading and complete in writing, with byte places kept.

Element structure is not looked at here. Escaping follows XML 1.0, sections 2.2, 2.4 and 4.1.
"""

import re
from dataclasses import dataclass

_REFERENCE = re.compile(r"&(?:#(?P<dec>[0-9]{1,7})|#x(?P<hex>[0-9A-Fa-f]{1,6})|(?P<name>amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ESCAPED = str.maketrans({char: f"&{name};" for name, char in _NAMED.items()})
_FORBIDDEN = re.compile("[^\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class LocatedText:
    """Unescaped text; character i stands at byte `places[i]`, and `places[len(text)]` is its end."""

    text: str
    places: tuple[int, ...]


def escape(text: str) -> str:
    """Escape all five characters, as SAP's designer does inside table cells."""
    return text.translate(_ESCAPED)


def unescape(text: str) -> str:
    """Undo one level; an ampersand that starts no known reference stays as it is."""
    return _REFERENCE.sub(_referenced, text)


def unescape_located(raw: bytes, base: int) -> LocatedText:
    """Undo one level of UTF-8 bytes that start at byte `base` of their file."""
    chars: list[str] = []
    places: list[int] = []
    source, at, place = raw.decode("utf-8"), 0, base
    while at < len(source):
        match = _REFERENCE.match(source, at) if source[at] == "&" else None
        piece = match.group() if match else source[at]
        chars.append(_referenced(match) if match else piece)
        places.append(place)
        at += len(piece)
        place += len(piece.encode("utf-8"))
    return LocatedText("".join(chars), (*places, place))


def can_carry(text: str) -> bool:
    """True when every character may stand in XML text and survives there (no control characters)."""
    return _FORBIDDEN.search(text) is None


def _referenced(match: re.Match[str]) -> str:
    if match["name"]:
        return _NAMED[match["name"]]
    code = int(match["dec"]) if match["dec"] else int(match["hex"], 16)
    return chr(code) if code <= 0x10FFFF else match.group()
