"""An artifact zip as its own structures: members read within limits, no byte interpreted more than needed.

Layout after PKWARE's APPNOTE 6.3, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (end).
Written by hand because `zipfile` cannot leave a member's compressed bytes alone. Zip64 and multi-disk
archives are refused: no artifact is that large. Rebuilding lives in `rebuild`.
"""

import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise

from tenant.flows.errors import (
    DamagedZip,
    DuplicateMember,
    EncryptedMember,
    NotAZip,
    TooBig,
    UnsafePath,
    ZipBomb,
)
from tenant.flows.limits import MEMBER_LIMIT, RATIO_FREE, RATIO_LIMIT, TEXT_LIMIT, ZIP_LIMIT
from tenant.flows.splice import Span

STORED, DEFLATED = 0, 8
FLAG_ENCRYPTED, FLAG_DESCRIPTOR, FLAG_UTF8 = 0x1, 0x8, 0x800

LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")


@dataclass(frozen=True)
class Member:
    """One member. `whole` reaches from its local header to the next one (descriptor and gaps included)."""

    name: str
    flags: int
    method: int
    crc: int
    size: int
    whole: Span
    data: Span
    entry: Span


@dataclass(frozen=True)
class Archive:
    """The zip, its members in the order of the central directory, and where the end record starts."""

    raw: bytes
    members: tuple[Member, ...]
    end: int

    def content(self, member: Member) -> bytes:
        """Unpack one member; raises TooBig, ZipBomb, DamagedZip."""
        if member.size > TEXT_LIMIT:
            raise TooBig(f"Member {member.name!r}", member.size, TEXT_LIMIT)
        content = _unpacked(member, member.data.of(self.raw))
        if len(content) != member.size or zlib.crc32(content) != member.crc:
            raise DamagedZip(f"checksum of {member.name!r}")
        return content


@dataclass(frozen=True)
class _Entry:
    """A central directory entry, before its local header was looked at."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    local: int
    span: Span


def open_archive(raw: bytes) -> Archive:
    """Read the structures of a zip in memory bounded by its size; raises an ArchiveRefused."""
    if len(raw) > ZIP_LIMIT:
        raise TooBig("The zip file", len(raw), ZIP_LIMIT)
    end, count, start = _end_record(raw)
    if count > MEMBER_LIMIT:
        raise TooBig("The list of members", count, MEMBER_LIMIT)
    entries = _entries(raw, count, Span(start, end))
    locals_after = [*sorted(entry.local for entry in entries), start]
    next_local = dict(pairwise(locals_after))
    members = tuple(_member(raw, entry, next_local[entry.local]) for entry in entries)
    _check_names(members)
    return Archive(raw, members, end)


def _end_record(raw: bytes) -> tuple[int, int, int]:
    """Place of the end record, count of members, start of the central directory."""
    at = raw.rfind(b"PK\x05\x06", max(0, len(raw) - END.size - 0xFFFF))
    if at < 0 or len(raw) - at < END.size:
        raise NotAZip
    _, disk, first_disk, here, count, size, start, comment = END.unpack_from(raw, at)
    if disk or first_disk or here != count or count == 0xFFFF or 0xFFFFFFFF in (size, start):
        raise DamagedZip("several disks or zip64")
    if at + END.size + comment != len(raw) or start + size != at:
        raise DamagedZip("bytes around the central directory")
    return at, count, start


def _entries(raw: bytes, count: int, directory: Span) -> list[_Entry]:
    entries, at = [], directory.start
    for _ in range(count):
        if at + CENTRAL.size > directory.end or raw[at : at + 4] != b"PK\x01\x02":
            raise DamagedZip("central directory")
        fields = CENTRAL.unpack_from(raw, at)
        flags, method, (crc, packed, size) = fields[3], fields[4], fields[7:10]
        name_at, end = at + CENTRAL.size, at + CENTRAL.size + sum(fields[10:13])
        name = raw[name_at : name_at + fields[10]]
        entries.append(_Entry(name, flags, method, crc, packed, size, fields[16], Span(at, end)))
        at = end
    if at != directory.end:
        raise DamagedZip("central directory")
    if len({entry.local for entry in entries}) != count:
        raise DamagedZip("members that share their bytes")
    return entries


def _member(raw: bytes, entry: _Entry, end: int) -> Member:
    name = _decoded(entry)
    _check_entry(entry, name)
    if entry.local + LOCAL.size > end or raw[entry.local : entry.local + 4] != b"PK\x03\x04":
        raise DamagedZip(f"header of {name!r}")
    fields = LOCAL.unpack_from(raw, entry.local)
    name_at = entry.local + LOCAL.size
    data = name_at + fields[9] + fields[10]
    if raw[name_at : name_at + fields[9]] != entry.name or fields[2:4] != (entry.flags, entry.method):
        raise DamagedZip(f"two descriptions of {name!r}")
    if data + entry.packed > end:
        raise DamagedZip(f"members that overlap at {name!r}")
    whole, packed = Span(entry.local, end), Span(data, data + entry.packed)
    return Member(name, entry.flags, entry.method, entry.crc, entry.size, whole, packed, entry.span)


def _decoded(entry: _Entry) -> str:
    try:
        return entry.name.decode("utf-8" if entry.flags & FLAG_UTF8 else "cp437")
    except UnicodeDecodeError as error:
        raise DamagedZip("a member's name") from error


def _check_entry(entry: _Entry, name: str) -> None:
    if entry.flags & FLAG_ENCRYPTED:
        raise EncryptedMember(name)
    if entry.size > RATIO_FREE and entry.size > RATIO_LIMIT * max(1, entry.packed):
        raise ZipBomb(name)


def _check_names(members: tuple[Member, ...]) -> None:
    seen: set[str] = set()
    for member in members:
        parts = member.name.split("/")
        if ".." in parts or parts[0] == "" or set("\\:\0") & set(member.name):
            raise UnsafePath(member.name)
        if member.name in seen:
            raise DuplicateMember(member.name)
        seen.add(member.name)


def _unpacked(member: Member, packed: bytes) -> bytes:
    if member.method == STORED:
        return packed
    if member.method != DEFLATED:
        raise DamagedZip(f"compression of {member.name!r}")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(packed, member.size + 1)
    except zlib.error as error:
        raise DamagedZip(f"content of {member.name!r}") from error
    if len(content) > member.size:
        raise ZipBomb(member.name)
    if not inflater.eof or inflater.unused_data or inflater.unconsumed_tail:
        raise DamagedZip(f"content of {member.name!r}")
    return content
