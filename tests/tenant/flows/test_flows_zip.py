"""The zip layer: what is refused, and what stays when one member changes."""

import io
import struct
import zipfile

import pytest
from flow_tools import NEW, OLD, changed, members, one_channel, zipped

from tenant.flows import add_names, read_flow
from tenant.flows.archive import open_archive
from tenant.flows.errors import (
    DamagedZip,
    DuplicateMember,
    EncryptedMember,
    FlowRefused,
    NoFlow,
    NotAZip,
    PackageExport,
    SeveralFlows,
    TooBig,
    UnsafePath,
    ZipBomb,
)
from tenant.flows.limits import MEMBER_LIMIT, ZIP_LIMIT
from tenant.flows.rebuild import rebuild

FLOW = one_channel(OLD)


@pytest.mark.parametrize("data", [b"", b"no zip", b"%PDF-1.7" * 50, FLOW[:-30]])
def test_what_does_not_end_in_an_end_record_is_no_zip(data: bytes) -> None:
    """A file without the record that closes a zip is refused as no zip."""
    with pytest.raises(NotAZip):
        read_flow(data)


def test_a_huge_file_is_refused_before_it_is_looked_at() -> None:
    """More bytes than the limit are refused."""
    with pytest.raises(TooBig):
        read_flow(bytes(ZIP_LIMIT + 1))


def test_too_many_members_are_refused() -> None:
    """A directory with more members than any artifact has is refused."""
    with pytest.raises(TooBig):
        open_archive(zipped({f"{n}": b"" for n in range(MEMBER_LIMIT + 1)}))


def test_a_member_that_unpacks_absurdly_is_refused() -> None:
    """A member of which the directory admits an absurd ratio is refused, unpacked or not."""
    with pytest.raises(ZipBomb):
        read_flow(zipped({"x.iflw": bytes(20_000_000)}))


def test_a_member_that_lies_about_its_size_is_refused() -> None:
    """Unpacking stops at the size that was promised."""
    bomb = bytearray(zipped({"x.iflw": bytes(900_000)}))
    for at in (22, bomb.index(b"PK\x01\x02") + 24):
        struct.pack_into("<I", bomb, at, 100)
    with pytest.raises(ZipBomb):
        read_flow(bytes(bomb))


@pytest.mark.parametrize("name", ["../x.iflw", "/etc/x.iflw", "a/../../x", "C:/x.iflw", "a\\b.iflw"])
def test_a_path_that_leaves_the_zip_is_refused(name: str) -> None:
    """No member's name may point outside."""
    with pytest.raises(UnsafePath):
        read_flow(zipped({name: b"", "y.iflw": b"<a/>"}))


def test_two_members_with_one_name_are_refused() -> None:
    """Readers disagree on which of two members with one name counts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x.iflw", b"<a/>")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("x.iflw", b"<b/>")
    with pytest.raises(DuplicateMember):
        read_flow(stream.getvalue())


def test_an_encrypted_member_is_refused() -> None:
    """Flag bit 0 of any member refuses the zip."""
    data = bytearray(zipped({"x.iflw": b"<a/>"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(EncryptedMember):
        read_flow(bytes(data))


def test_headers_that_contradict_each_other_are_refused() -> None:
    """The name in the local header and in the directory must be the same."""
    data = bytearray(zipped({"x.iflw": b"<a/>"}))
    data[30:36] = b"y.iflw"
    with pytest.raises(DamagedZip):
        read_flow(bytes(data))


def test_members_that_share_their_bytes_are_refused() -> None:
    """Overlapping members, with which small zips become huge, are refused."""
    data = bytearray(zipped({"x.iflw": b"<a/>", "y.iflw": b"<a/>"}))
    second = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)
    with pytest.raises(DamagedZip):
        read_flow(bytes(data))


def test_a_wrong_checksum_is_refused() -> None:
    """Content that does not fit its checksum is not read."""
    data = bytearray(zipped({"x.iflw": b"<a/>"}))
    data[data.index(b"PK\x01\x02") + 16] ^= 0xFF
    with pytest.raises(DamagedZip):
        read_flow(bytes(data))


@pytest.mark.parametrize("cut", range(1, len(FLOW), 97))
def test_any_damage_is_a_refusal_with_a_sentence(cut: int) -> None:
    """Whatever byte is broken: the flow is read, or refused in words; nothing else is ever raised."""
    broken = FLOW[:cut] + bytes([FLOW[cut] ^ 0x55]) + FLOW[cut + 1 :]
    sentence = "Read."
    try:
        read_flow(broken)
    except FlowRefused as refusal:
        sentence = refusal.sentence
    assert sentence.endswith(".")


def test_a_zip_without_a_flow_is_refused() -> None:
    """A script collection has the same layout and no .iflw."""
    with pytest.raises(NoFlow):
        read_flow(zipped({"src/main/resources/script/a.groovy": b"x"}))


def test_a_zip_with_two_flows_is_refused() -> None:
    """An artifact holds one flow."""
    with pytest.raises(SeveralFlows):
        read_flow(zipped({"a.iflw": b"<a/>", "b.iflw": b"<a/>"}))


def test_a_package_export_is_refused_as_such() -> None:
    """A package export is told apart, and the sentence says what to use instead."""
    with pytest.raises(PackageExport, match="single integration flow"):
        read_flow(zipped({"0a_content": FLOW, "resources.cnt": b"e30="}))


def test_what_macos_adds_is_not_taken_for_a_flow() -> None:
    """`__MACOSX/…/._X.iflw` is no flow and does no harm."""
    data = zipped(members(FLOW) | {"__MACOSX/src/._Flow 1.iflw": b"\x00\x05\x16\x07"})
    assert len(read_flow(data).channels) == 1


def test_a_folder_around_everything_is_seen_through() -> None:
    """Parameters and manifest are found beside the flow, also inside a wrapper folder."""
    data = zipped({f"wrap/{name}": content for name, content in members(FLOW).items()})
    assert read_flow(data).symbolic_name == "Flow_1"


def _stored(contents: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.comment = b"a comment"
        for name, content in contents.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("zip_bytes", [FLOW, changed(FLOW, ".prop", bytes), _stored(members(FLOW))])
def test_untouched_members_keep_every_byte(zip_bytes: bytes) -> None:
    """With data descriptors, without, and stored: other members keep header, packed bytes, flags and order."""
    edit = add_names(zip_bytes, OLD, NEW)
    before, after = open_archive(zip_bytes), open_archive(edit.zip_bytes)
    assert [old.name for old in before.members] == [new.name for new in after.members]
    for old, new in zip(before.members, after.members, strict=True):
        same = old.whole.of(before.raw) == new.whole.of(after.raw)
        assert same is not old.name.endswith(".iflw")
        assert (old.flags, old.method) == (new.flags, new.method)
    assert before.raw[before.end + 20 :] == after.raw[after.end + 20 :]


@pytest.mark.parametrize("level", [1, 6, 9])
def test_the_level_of_compression_is_found_again(level: int) -> None:
    """A member replaced by another and then by its old content has the old packed bytes."""
    stream = io.BytesIO()
    content = b"".join(b"line %d of a flow\n" % (n * n) for n in range(900))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        archive.writestr("a", content)
        archive.writestr("b", b"after")
    there = rebuild(open_archive(stream.getvalue()), {"a": content + b"one line more"})
    assert members(there) == {"a": content + b"one line more", "b": b"after"}
    assert rebuild(open_archive(there), {"a": content}) == stream.getvalue()


def test_an_empty_stored_member_can_be_filled() -> None:
    """The places of all later members move also when the replaced member had no bytes at all."""
    filled = rebuild(open_archive(_stored({"a": b"", "b": b"after"})), {"a": b"content"})
    assert members(filled) == {"a": b"content", "b": b"after"}
