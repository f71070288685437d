"""Which of the certificates handed over is the leaf, and which stand above it. Links only; no findings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from certificates.errors import Unjudgeable
from certificates.reading import Reading, is_authority
from process.names import equal


class Link(StrEnum):
    """How a certificate hangs on the one above it."""

    SIGNED = "signed"
    MISMATCH = "mismatch"  # the name fits, the key does not
    ENCODING = "encoding"  # signed, but the names are equal by RFC 5280 section 7.1 only, not byte for byte
    UNCHECKED = "unchecked"  # the signature cannot be checked here


@dataclass(frozen=True)
class Chain:
    """The leaf, the certificates above it with the link that leads to each, and what belongs to neither."""

    leaf: Reading
    above: tuple[tuple[Link, Reading], ...] = ()
    unrelated: tuple[Reading, ...] = field(default=())

    @property
    def top(self) -> Reading:
        """The last certificate: a root, or one whose issuer was not handed over."""
        return self.above[-1][1] if self.above else self.leaf


def leaves(readings: Sequence[Reading]) -> list[Reading]:
    """The certificates that may be the leaf: those that are no CA and issue no other; else the lowest CAs.

    Never empty: where all issue each other, all may be the leaf.
    """
    lowest = [reading for reading in readings if not _issues_another(reading, readings)] or list(readings)
    plain = [reading for reading in lowest if not is_authority(reading)]
    # A root of X.509 version 1 says nothing of CAs; it steps back where another may be the leaf.
    return [reading for reading in plain if not reading.self_issued] or plain or lowest


def build_chain(leaf: Reading, readings: Sequence[Reading]) -> Chain:
    """The path from `leaf` upwards as far as the certificates go, each used once."""
    above: list[tuple[Link, Reading]] = []
    current, rest = leaf, [reading for reading in readings if reading is not leaf]
    while not current.self_issued and (found := find_issuer(current, rest)):
        above.append(found)
        current = found[1]
        rest.remove(current)
    return Chain(leaf, tuple(above), tuple(rest))


def find_issuer(reading: Reading, candidates: Sequence[Reading]) -> tuple[Link, Reading] | None:
    """The best candidate whose subject DN is the issuer DN of `reading`, with the link to it."""
    named = [candidate for candidate in candidates if equal(candidate.subject, reading.issuer)]
    linked = [(link_of(reading, candidate), candidate) for candidate in named]
    order = (Link.SIGNED, Link.ENCODING, Link.UNCHECKED, Link.MISMATCH)
    return min(linked, key=lambda found: order.index(found[0]), default=None)


def link_of(reading: Reading, issuer: Reading) -> Link:
    """How `reading` hangs on `issuer`, whose name fits by RFC 5280 section 7.1."""
    try:
        if not reading.signed_by(issuer):
            return Link.MISMATCH
        return Link.SIGNED if reading.encodes_issuer_like(issuer) else Link.ENCODING
    except Unjudgeable:
        return Link.UNCHECKED


def _issues_another(reading: Reading, readings: Sequence[Reading]) -> bool:
    return any(other is not reading and equal(other.issuer, reading.subject) for other in readings)
