"""Two states of one flow beside each other: the rows of each channel before and after, and what lines changed.

For people. What an edit itself changed and proves is in `editing` and `proof`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

from tenant.flows.bundle import FlowFiles
from tenant.flows.content import Channel, FlowContent, Row

_CONTEXT = 3
_MOST_LINES = 2_000
"""Changed lines, on one side, that are still compared line by line: time grows with their square."""

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Comparison:
    """The rows of one channel in both states; empty where the state has no such channel."""

    channel: Channel
    before: tuple[Row, ...]
    after: tuple[Row, ...]


def changed_channels(before: FlowContent, after: FlowContent) -> tuple[Comparison, ...]:
    """The channels, told by their ids, of which anything differs."""
    old, new = ({channel.id: channel for channel in content.channels} for content in (before, after))
    found = []
    for key in dict.fromkeys([*old, *new]):
        one, two = old.get(key), new.get(key)
        if one != two and (channel := two or one) is not None:
            found.append(Comparison(channel, one.rows if one else (), two.rows if two else ()))
    return tuple(found)


def files_diff(before: FlowFiles, after: FlowFiles) -> str:
    """A unified diff of the .iflw and of the parameters, empty where they are the same."""
    parts = [_diff(before.iflw_bytes, after.iflw_bytes, before.iflw_name, after.iflw_name)]
    if before.parameter_bytes != after.parameter_bytes:
        names = (files.parameters_name or "parameters.prop" for files in (before, after))
        parts.append(_diff(before.parameter_bytes, after.parameter_bytes, *names))
    return "".join(parts)


def printable(text: str) -> str:
    """The text with what a terminal would obey, or would hide, made visible."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _diff(before: bytes, after: bytes, old_name: str, new_name: str) -> str:
    if before == after:
        return ""
    head = f"--- a/{printable(old_name)}\n+++ b/{printable(new_name)}\n"
    return head + "".join(_hunks(_lines(before), _lines(after)))


def _lines(data: bytes) -> list[str]:
    """Lines with their ends; only the line feed ends one, so that a carriage return stays in sight."""
    text = data.decode("utf-8", "backslashreplace")
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _hunks(old: list[str], new: list[str]) -> Iterator[str]:
    """Common lines at both ends are set aside first: of real edits hardly a line is left to compare."""
    head = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    most = min(len(old), len(new)) - head
    ends = zip(reversed(old[-most:] if most else []), reversed(new[-most:] if most else []), strict=True)
    tail = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ends))
    start, old_end, new_end = max(0, head - _CONTEXT), len(old) - tail, len(new) - tail
    if max(old_end, new_end) - head > _MOST_LINES:
        yield f"{old_end - head} lines became {new_end - head} others: too many to be compared line by line.\n"
        return
    one, two = old[start : old_end + _CONTEXT], new[start : new_end + _CONTEXT]
    for group in SequenceMatcher(None, one, two, autojunk=False).get_grouped_opcodes(_CONTEXT):
        yield from _hunk(one, two, group, start)


def _hunk(one: list[str], two: list[str], group: list[tuple[str, int, int, int, int]], start: int) -> Iterator[str]:
    (_, old_from, _, new_from, _), (_, _, old_to, _, new_to) = group[0], group[-1]
    yield f"@@ -{_range(start + old_from, old_to - old_from)} +{_range(start + new_from, new_to - new_from)} @@\n"
    for kind, i, j, k, m in group:
        if kind == "equal":
            yield from (_line(" ", line) for line in one[i:j])
            continue
        yield from (_line("-", line) for line in one[i:j])
        yield from (_line("+", line) for line in two[k:m])


def _range(start: int, length: int) -> str:
    """As the unified format counts: from 1; an empty range names the line before it."""
    if length == 1:
        return f"{start + 1}"
    return f"{start + 1 if length else start},{length}"


def _line(sign: str, line: str) -> str:
    body = line.removesuffix("\n")
    end = "\n" if line.endswith("\n") else "\n\\ No newline at end of file\n"
    kept = "\r" if body.endswith("\r") else ""
    return sign + printable(body.removesuffix("\r")) + kept + end
