"""The operator's list of load balancer roots: PEM text to certificates. It is trusted input, without limits.

Comment lines may give the list a version and a date, so that people see on which list a verdict rests:

    # version: 2026-11
    # date: 2026-11-02
"""

import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from certificates.errors import MalformedDer, RootsUnreadable
from certificates.reading import Reading

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_VERSION = re.compile(r"^#\s*version:\s*(\S.*?)\s*$", re.MULTILINE | re.IGNORECASE)
_DATE = re.compile(r"^#\s*date:\s*(\d{4}-\d{2}-\d{2})\s*$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Roots:
    """A list of roots. `version` and `date` are what it says of itself; `digest` tells any two lists apart."""

    version: str
    date: date | None
    certificates: tuple[Reading, ...]
    digest: str

    @property
    def label(self) -> str:
        """Which list this is, for people and for telling whether it changed: version, date, digest."""
        named = [f"version {self.version}"] if self.version else []
        dated = [f"of {self.date}"] if self.date else []
        return " ".join([*named, *dated, f"({self.digest[:12]})"])

    def lists(self, reading: Reading) -> bool:
        """Whether this very certificate is on the list."""
        return any(root.der == reading.der for root in self.certificates)


@lru_cache(maxsize=4)
def roots_of(pem: str) -> Roots:
    """The list, its certificates in its order.

    Raises RootsUnreadable where a block is no certificate, and for a list without any: with it, every root would
    count as not listed.
    """
    readings = readings_of(pem)
    # The digest is of the certificates alone: a comment that changes decides nothing.
    digest = hashlib.sha256(b"".join(sorted({reading.der for reading in readings}))).hexdigest()
    version = _VERSION.search(pem)
    return Roots(version.group(1) if version else "", _date(pem), readings, digest)


def readings_of(pem: str) -> tuple[Reading, ...]:
    """The certificates in PEM that is known to hold nothing else. Raises RootsUnreadable, also for none."""
    blocks = _BLOCK.findall(pem)
    if not blocks:
        raise RootsUnreadable(1)
    return tuple(_root(number, block) for number, block in enumerate(blocks, start=1))


def _date(pem: str) -> date | None:
    found = _DATE.search(pem)
    try:
        return date.fromisoformat(found.group(1)) if found else None
    except ValueError:
        return None


def _root(number: int, block: str) -> Reading:
    try:
        reading = Reading(binascii.a2b_base64("".join(block.split()), strict_mode=True))
        reading.fields  # noqa: B018 - read now, so that a bad list is refused when it is set
    except (MalformedDer, ValueError) as error:
        raise RootsUnreadable(number) from error
    return reading
