"""A zip with some members' content replaced: all other members keep their bytes, order, flags and times.

A replaced member keeps its header, time, method and data descriptor; only its content, sizes and checksum
change. The compression level is the one that reproduces the old stream, where there is one.
"""

import struct
import zlib
from collections.abc import Mapping

from tenant.flows.archive import DEFLATED, END, FLAG_DESCRIPTOR, Archive, Member
from tenant.flows.errors import DamagedZip
from tenant.flows.splice import Span, Splice, spliced

_LEVELS = (6, 9, 1)  # Java's and SAP's default first; then what zip tools offer as best and fastest
_SIZES = struct.Struct("<3I")  # checksum, packed size, size: in this order in all three places
_LOCAL_SIZES, _ENTRY_SIZES, _ENTRY_LOCAL = 14, 16, 42
_DESCRIPTOR_MARK = b"PK\x07\x08"


def rebuild(archive: Archive, contents: Mapping[str, bytes]) -> bytes:
    """The zip with the contents of the named members replaced; raises DamagedZip for an odd descriptor."""
    splices = [
        splice
        for member in archive.members
        if member.name in contents
        for splice in _member_splices(archive, member, contents[member.name])
    ]
    grown = {splice.span: len(splice.new) - (splice.span.end - splice.span.start) for splice in splices}
    directory = [
        Splice(Span(member.entry.start + _ENTRY_LOCAL, member.entry.start + _ENTRY_LOCAL + 4), local)
        for member in archive.members
        if (local := _moved(member.whole.start, grown)) != _moved(member.whole.start, {})
    ]
    return spliced(archive.raw, [*splices, *directory, *_end_splices(archive, grown)])


def _moved(place: int, grown: Mapping[Span, int]) -> bytes:
    """A place after the changes before it, as it is written."""
    return struct.pack("<I", place + sum(by for span, by in grown.items() if span.start <= place))


def _end_splices(archive: Archive, grown: Mapping[Span, int]) -> list[Splice]:
    start = END.unpack_from(archive.raw, archive.end)[6]
    return [Splice(Span(archive.end + 16, archive.end + 20), _moved(start, grown))]


def _member_splices(archive: Archive, member: Member, content: bytes) -> list[Splice]:
    packed = _packed(archive, member, content)
    sizes = _SIZES.pack(zlib.crc32(content), len(packed), len(content))
    places = [member.entry.start + _ENTRY_SIZES, *_sizes_beside_data(archive.raw, member)]
    return [Splice(member.data, packed), *(Splice(Span(at, at + _SIZES.size), sizes) for at in places)]


def _sizes_beside_data(raw: bytes, member: Member) -> list[int]:
    """Where the member's own sizes stand: in its local header, in the descriptor after its data, or both."""
    sizes = _SIZES.pack(member.crc, member.data.end - member.data.start, member.size)
    header = member.whole.start + _LOCAL_SIZES
    in_header = [header] if raw[header : header + _SIZES.size] == sizes else []
    if not member.flags & FLAG_DESCRIPTOR:
        after = in_header
    else:
        marked = raw.startswith(_DESCRIPTOR_MARK, member.data.end)
        descriptor = member.data.end + (len(_DESCRIPTOR_MARK) if marked else 0)
        fits = descriptor + _SIZES.size <= member.whole.end
        after = [descriptor, *in_header] if fits and raw.startswith(sizes, descriptor) else []
    if not after:
        raise DamagedZip(f"sizes of {member.name!r}")
    return after


def _packed(archive: Archive, member: Member, content: bytes) -> bytes:
    if member.method != DEFLATED:
        return content
    old, old_packed = archive.content(member), member.data.of(archive.raw)
    level = next((level for level in _LEVELS if _deflated(old, level) == old_packed), _LEVELS[0])
    return _deflated(content, level)


def _deflated(content: bytes, level: int) -> bytes:
    deflater = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflater.compress(content) + deflater.flush()
