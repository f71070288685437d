"""That an edited zip is what was meant, and nothing else: read again, compared byte for byte.

The edit's own arithmetic is not trusted here: the result is opened from its bytes, also by `zipfile`.
"""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tenant.flows.archive import Archive, Member
from tenant.flows.bundle import FlowFiles, open_bundle
from tenant.flows.errors import EditNotProven, FlowRefused
from tenant.flows.plan import Plan
from tenant.flows.reading import LocatedFlow, locate
from tenant.flows.splice import Span, Splice, first_difference

_ENTRY_LOCAL = slice(42, 46)
_SIZES = struct.Struct("<3I")


def prove(plan: Plan, before: Archive, result: bytes, contents: Mapping[str, bytes]) -> None:
    """Raise EditNotProven, naming the place, unless `result` is the zip `before` with the planned changes alone."""
    try:
        after = open_bundle(result)
    except FlowRefused as error:
        raise EditNotProven(f"reading it again: {error.sentence}") from error
    prove_files(plan, after.files)
    _prove_members(before, after.archive, contents)
    _prove_readable(result, contents)


def prove_files(plan: Plan, after: FlowFiles) -> None:
    """Likewise for the files of a flow, read from their bytes."""
    try:
        flow = locate(after)
    except FlowRefused as error:
        raise EditNotProven(f"reading it again: {error.sentence}") from error
    _prove_facts(plan, flow)
    before = plan.flow.files
    if (before.iflw_name, before.parameters_name) != (after.iflw_name, after.parameters_name):
        raise EditNotProven("the names of the files")
    _prove_bytes(before.iflw_name, before.iflw_bytes, after.iflw_bytes, plan.splices)
    _prove_bytes("parameters.prop", before.parameter_bytes, after.parameter_bytes, plan.parameter_splices)


def _prove_facts(plan: Plan, after: LocatedFlow) -> None:
    if len(plan.flow.channels) != len(after.channels):
        raise EditNotProven("the number of sender channels")
    for index, (old, new) in enumerate(zip(plan.flow.channels, after.channels, strict=True)):
        if replace(old.channel, rows=plan.expected_rows(index)) != new.channel:
            raise EditNotProven(f"sender channel {old.channel.name!r}")
    expected = plan.flow.values.keys() - plan.values.keys()
    if any(plan.flow.values[name] != after.values.get(name) for name in expected):
        raise EditNotProven("another parameter")


def _prove_bytes(name: str, before: bytes, after: bytes, splices: Sequence[Splice]) -> None:
    place = first_difference(before, after, splices)
    if place is not None:
        raise EditNotProven(f"{name}, after byte {place}")


def _prove_members(before: Archive, after: Archive, contents: Mapping[str, bytes]) -> None:
    if [member.name for member in before.members] != [member.name for member in after.members]:
        raise EditNotProven("the list of members")
    for old, new in zip(before.members, after.members, strict=True):
        if _frame(before, old) != _frame(after, new):
            raise EditNotProven(f"the headers of {old.name!r}")
        if old.name not in contents and old.whole.of(before.raw) != new.whole.of(after.raw):
            raise EditNotProven(f"member {old.name!r}")
    if before.raw[before.end + 20 :] != after.raw[after.end + 20 :]:
        raise EditNotProven("the comment of the zip")


def _frame(archive: Archive, member: Member) -> bytes:
    """All that describes a member, with its sizes, and its place in the zip, made alike."""
    header = Span(member.whole.start, member.data.start).of(archive.raw)
    descriptor = Span(member.data.end, member.whole.end).of(archive.raw)
    entry = bytearray(member.entry.of(archive.raw))
    entry[_ENTRY_LOCAL] = b"here"
    sizes = _SIZES.pack(member.crc, member.data.end - member.data.start, member.size)
    return b"|".join(part.replace(sizes, b"sizes") for part in (header, descriptor, bytes(entry)))


def _prove_readable(result: bytes, contents: Mapping[str, bytes]) -> None:
    """The standard library, which shares no code with us, reads the changed members as they were meant."""
    try:
        with zipfile.ZipFile(io.BytesIO(result)) as other:
            wrong = [name for name, content in contents.items() if other.read(name) != content]
    except (zipfile.BadZipFile, KeyError) as error:
        raise EditNotProven("reading it as a zip file") from error
    if wrong:
        raise EditNotProven(f"the content of {wrong[0]!r}")
