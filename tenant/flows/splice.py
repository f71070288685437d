"""Places in bytes, and the replacing of some places while all others stay. Nothing about flows here."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Span:
    """Bytes from `start` up to, and without, `end`."""

    start: int
    end: int

    def of(self, data: bytes) -> bytes:
        """The bytes that the span covers."""
        return data[self.start : self.end]


@dataclass(frozen=True)
class Splice:
    """`new` in place of what the span covers; an empty span inserts."""

    span: Span
    new: bytes


def spliced(data: bytes, splices: Sequence[Splice]) -> bytes:
    """Apply the splices; raises ValueError where two of them overlap."""
    parts: list[bytes] = []
    at = 0
    for splice in in_order(splices):
        if splice.span.start < at:
            raise ValueError(f"two changes overlap at byte {splice.span.start}")
        parts += [data[at : splice.span.start], splice.new]
        at = splice.span.end
    return b"".join([*parts, data[at:]])


def first_difference(before: bytes, after: bytes, splices: Sequence[Splice]) -> int | None:
    """Where, in `before`, the first byte outside the splices is not found unchanged in `after`; else None."""
    left, right = 0, 0
    for splice in in_order(splices):
        size = splice.span.start - left
        if before[left : splice.span.start] != after[right : right + size]:
            return left
        left, right = splice.span.end, right + size + len(splice.new)
    return None if before[left:] == after[right:] else left


def in_order(splices: Sequence[Splice]) -> list[Splice]:
    """The splices by place, an insertion before a replacement that starts at the same byte."""
    return sorted(splices, key=lambda splice: splice.span)
