"""Two states of a flow beside each other: rows of channels, and a unified diff that `patch` understands."""

import shutil
import subprocess
from pathlib import Path

import pytest
from flow_tools import NEW, OLD, OTHER, one_channel
from hypothesis import given, settings
from hypothesis import strategies as st

from tenant.flows import FlowFiles, Row, SampleChannel, add_names, read_flow, sample_flow
from tenant.flows.bundle import open_bundle
from tenant.flows.comparing import changed_channels, files_diff, printable

FLOW = one_channel(OLD)
lines = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\r\n", b"d\n"]), max_size=12)


def bare(data: bytes) -> FlowFiles:
    """A flow that is one file."""
    return FlowFiles("f.iflw", data)


def test_only_channels_that_differ_are_told() -> None:
    """Before and after by the channel's id; a channel that came or went has no rows on the other side."""
    added = add_names(FLOW, OLD, NEW).zip_bytes
    (change,) = changed_channels(read_flow(FLOW), read_flow(added))
    assert (len(change.before), len(change.after)) == (1, 2)
    assert changed_channels(read_flow(FLOW), read_flow(FLOW)) == ()
    two = sample_flow("F", "F", [SampleChannel("Inbound", rows=[OLD]), SampleChannel("More", rows=[OTHER])])
    (came,) = changed_channels(read_flow(FLOW), read_flow(two))
    assert (came.channel.name, came.before, came.after) == ("More", (), (Row(OTHER.subject, OTHER.issuer),))
    (went,) = changed_channels(read_flow(two), read_flow(FLOW))
    assert (went.before, went.after) == ((Row(OTHER.subject, OTHER.issuer),), ())


def test_the_diff_of_an_edit_is_one_line() -> None:
    """One line goes, one comes; the same state twice has no diff."""
    before, after = open_bundle(FLOW).files, open_bundle(add_names(FLOW, OLD, NEW).zip_bytes).files
    changed = [line for line in files_diff(before, after).splitlines()[2:] if line[0] in "+-"]
    assert [line[0] for line in changed] == ["-", "+"]
    assert files_diff(before, before) == ""


@pytest.mark.skipif(shutil.which("patch") is None, reason="NO patch PROGRAM: diffs are NOT applied")
@settings(max_examples=40, deadline=None)
@given(old=lines, new=lines, end=st.booleans())
def test_patch_applies_every_diff(
    tmp_path_factory: pytest.TempPathFactory, old: list[bytes], new: list[bytes], end: bool
) -> None:
    """What is shown is complete: applied to the one state, it gives the other, line ends included."""
    before, after = b"".join(old), b"".join(new) + (b"no end" if end else b"")
    folder: Path = tmp_path_factory.mktemp("patch")
    (folder / "f.iflw").write_bytes(before)
    diff = files_diff(bare(before), bare(after))
    if diff:
        command = ["patch", "--binary", "-s", "-p1", "-E" if not after else "-s"]
        subprocess.run(command, input=diff.encode(), cwd=folder, check=True)
    left = folder / "f.iflw"
    assert (left.read_bytes() if left.exists() else b"") == after


def test_files_without_common_lines_are_not_compared_line_by_line() -> None:
    """Thousands of other lines are counted, so that hostile files cost no time."""
    one, two = (b"".join(b"%s %d\n" % (word, n) for n in range(30_000)) for word in (b"x", b"y"))
    assert "30000 lines became 30000 others" in files_diff(bare(one), bare(two))


def test_what_a_terminal_would_obey_is_made_visible() -> None:
    """Escape sequences, other controls and signs that turn text around are shown by number; letters stay."""
    assert printable("CN=M\u00fcller\t\x1b[2J\x9b\u202e\ud800") == "CN=M\u00fcller\t\\u001b[2J\\u009b\\u202e\\ud800"
    diff = files_diff(bare(b"a\r\n"), bare(b"b\x1b[31m\r\n"))
    assert "\x1b" not in diff
    assert "-a\r\n" in diff
