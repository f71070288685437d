"""Text and its XML-escaped form, tolerant in reading and complete in writing, with byte places kept.

Element structure is not looked at here. Escaping follows XML 1.0, sections 2.2, 2.4 and 4.1.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

_REFERENCE = re.compile(r"&(?:#(?P<dec>[0-9]{1,7})|#x(?P<hex>[0-9A-Fa-f]{1,6})|(?P<name>amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ESCAPED = str.maketrans({char: f"&{name};" for name, char in _NAMED.items()})
_FORBIDDEN = re.compile("[^\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class LocatedText:
    """Unescaped text in pieces: the piece that starts at character `starts[n]` stands at byte `places[n]`.

    A reference is a piece of its own, so that the characters of every other piece are those of the file.
    """

    text: str
    starts: Sequence[int] = (0,)
    places: Sequence[int] = (0,)

    def place(self, at: int) -> int:
        """The byte at which character `at` stands; that of the length is the end."""
        piece = bisect_right(self.starts, at) - 1
        return self.places[piece] + len(self.text[self.starts[piece] : at].encode("utf-8", "surrogatepass"))


def escape(text: str) -> str:
    """Escape all five characters, as SAP's designer does inside table cells."""
    return text.translate(_ESCAPED)


def unescape(text: str) -> str:
    """Undo one level; an ampersand that starts no known reference stays as it is."""
    return _REFERENCE.sub(_referenced, text)


def unescape_located(raw: bytes, base: int) -> LocatedText:
    """Undo one level of UTF-8 bytes that start at byte `base` of their file."""
    pieces, starts, places = [], [0], [base]
    source, at = raw.decode("utf-8"), 0
    for match in _REFERENCE.finditer(source):
        run, char = source[at : match.start()], _referenced(match)
        pieces += [run, char]
        starts += [starts[-1] + len(run), starts[-1] + len(run) + len(char)]
        places += [places[-1] + len(run.encode("utf-8")), places[-1] + len(run.encode("utf-8")) + len(match[0])]
        at = match.end()
    return LocatedText("".join([*pieces, source[at:]]), starts, places)


def can_carry(text: str) -> bool:
    """True when every character may stand in XML text and survives there (no control characters)."""
    return _FORBIDDEN.search(text) is None


def _referenced(match: re.Match[str]) -> str:
    if match["name"]:
        return _NAMED[match["name"]]
    code = int(match["dec"]) if match["dec"] else int(match["hex"], 16)
    return chr(code) if code <= 0x10FFFF else match.group()
