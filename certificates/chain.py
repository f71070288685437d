"""Which of the certificates handed over is the leaf, and which stand above it. Links only; no findings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from certificates.errors import Unjudgeable
from certificates.reading import Reading, is_authority


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


def role_at(depth: int) -> str:
    """How findings name the certificate at this depth of a path."""
    return f"chain {depth}" if depth else "leaf"


def leaves(readings: Sequence[Reading]) -> list[Reading]:
    """The certificates that may be the leaf: those that are no CA and issue no other; else the lowest CAs.

    Never empty: where all issue each other, all may be the leaf.
    """
    lowest = [reading for reading in readings if not _issues_another(reading, readings)] or list(readings)
    plain = [reading for reading in lowest if not is_authority(reading)]
    # A root of X.509 version 1 says nothing of CAs; it steps back where another may be the leaf.
    return [reading for reading in plain if not reading.self_issued] or plain or lowest


def build_chain(leaf: Reading, readings: Sequence[Reading], now: datetime) -> Chain:
    """The most promising path from `leaf` upwards as far as the certificates go, each used once."""
    above: list[tuple[Link, Reading]] = []
    current, rest = leaf, [reading for reading in readings if reading.der != leaf.der]
    while not current.self_issued and (found := find_issuer(current, rest, now)):
        above.append(found)
        current = found[1]
        rest.remove(current)
    return Chain(leaf, tuple(above), tuple(rest))


def chain_along(path: Sequence[bytes], readings: Sequence[Reading], anchors: Sequence[Reading]) -> Chain:
    """The chain along a path that an engine accepted (DER, leaf first): its signatures are known to be right."""
    known = {reading.der: reading for reading in (*anchors, *readings)}
    members = [known.get(der) or Reading(der) for der in path]
    links = [_named(below, issuer) for below, issuer in pairwise(members)]
    rest = [reading for reading in readings if reading not in members]
    return Chain(members[0], tuple(zip(links, members[1:], strict=True)), tuple(rest))


def find_issuer(reading: Reading, candidates: Sequence[Reading], now: datetime) -> tuple[Link, Reading] | None:
    """The best candidate whose subject DN is the issuer DN of `reading`, with the link to it.

    Of several that signed, one that is valid at `now` and is a CA is the better one.
    """
    named = [candidate for candidate in candidates if reading.issued_by_name(candidate)]
    linked = [(link_of(reading, candidate), candidate) for candidate in named]
    order = (Link.SIGNED, Link.ENCODING, Link.UNCHECKED, Link.MISMATCH)

    def rank(found: tuple[Link, Reading]) -> tuple[int, bool, bool]:
        link, issuer = found
        return order.index(link), not issuer.valid_at(now), not is_authority(issuer)

    return min(linked, key=rank, default=None)


def link_of(reading: Reading, issuer: Reading) -> Link:
    """How `reading` hangs on `issuer`, whose name fits by RFC 5280 section 7.1."""
    try:
        return _named(reading, issuer) if reading.signed_by(issuer) else Link.MISMATCH
    except Unjudgeable:
        return Link.UNCHECKED


def _named(reading: Reading, issuer: Reading) -> Link:
    return Link.SIGNED if reading.encodes_issuer_like(issuer) else Link.ENCODING


def _issues_another(reading: Reading, readings: Sequence[Reading]) -> bool:
    return any(other is not reading and other.issued_by_name(reading) for other in readings)
