"""Key and request as files: both or neither, for the owner alone, never in the place of another file."""

import errno
import os
import signal
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk import keyfiles
from desk.keyfiles import KeyFiles
from desk.refusals import DeskRefusal, FileNotWritten, FileThere, RightsNotKept

KEY, REQUEST = b"the key\n", b"the request\n"


@pytest.fixture
def files(tmp_path: Path) -> KeyFiles:
    """Where nothing is yet."""
    return KeyFiles.at(tmp_path / "erp.2026")


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """A mask of rights as users and administrators set it."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def listed(folder: Path) -> list[str]:
    """What is in the folder."""
    return sorted(path.name for path in folder.iterdir())


def test_both_are_written(files: KeyFiles, tmp_path: Path) -> None:
    """The two files have what was given, and endings behind the whole name."""
    files.check()
    files.write(KEY, REQUEST)
    assert listed(tmp_path) == ["erp.2026.csr", "erp.2026.key"]
    assert (files.key.read_bytes(), files.request.read_bytes()) == (KEY, REQUEST)


def test_the_key_is_for_its_owner_alone(files: KeyFiles, umask: int) -> None:
    """Whatever the mask is, the owner can read and write the key and nobody else anything."""
    files.write(KEY, REQUEST)
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.request.stat().st_mode) == 0o644 & ~umask


@pytest.mark.parametrize("ending", ["key", "csr"])
@pytest.mark.parametrize("kind", ["file", "folder", "link to a file", "dangling link"])
def test_nothing_is_overwritten(files: KeyFiles, tmp_path: Path, ending: str, kind: str) -> None:
    """A file, a folder or a link in the place of either is named and stays as it was, and nothing is added."""
    there, other = tmp_path / f"erp.2026.{ending}", tmp_path / "other"
    if kind == "folder":
        there.mkdir()
    elif kind == "file":
        there.write_bytes(b"mine")
    else:
        there.symlink_to(other)
    if kind == "link to a file":
        other.write_bytes(b"mine")
    before = {name: (tmp_path / name).lstat().st_mtime_ns for name in listed(tmp_path)}
    for act in (files.check, lambda: files.write(KEY, REQUEST)):
        with pytest.raises(FileThere) as caught:
            act()
        assert caught.value.path == str(there)
        assert {name: (tmp_path / name).lstat().st_mtime_ns for name in listed(tmp_path)} == before
    if "file" in kind:
        assert there.read_bytes() == b"mine"


def test_of_many_at_once_one_wins(files: KeyFiles) -> None:
    """Whoever creates the key first writes both files; all others are refused, and no file is a mixture."""
    start, ends = threading.Barrier(8), list[str]()

    def race(name: str) -> None:
        start.wait()
        try:
            files.write(name.encode() * 100_000, name.encode())
            ends.append(name)
        except FileThere:
            ends.append("")

    for _ in range(20):
        ends.clear()
        threads = [threading.Thread(target=race, args=(name,)) for name in "abcdefgh"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (winner,) = filter(None, ends)
        assert len(ends) == 8
        assert files.key.read_bytes() == winner.encode() * 100_000
        assert files.request.read_bytes() == winner.encode()
        files.key.unlink()
        files.request.unlink()


@pytest.mark.parametrize("at", [1, 2], ids=["the key", "the request"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()], ids=repr)
def test_nothing_half_written_remains(
    files: KeyFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException
) -> None:
    """A fault at either file leaves neither; the system's call is patched, as no disk is full here."""
    calls = 0

    def fails(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            raise error

    monkeypatch.setattr(keyfiles.os, "fsync", fails)
    with pytest.raises(FileNotWritten if isinstance(error, OSError) else KeyboardInterrupt) as caught:
        files.write(KEY, REQUEST)
    assert calls == at
    assert listed(tmp_path) == []
    if isinstance(caught.value, DeskRefusal):
        assert "No space left" in caught.value.sentence


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_waits_until_both_are_written(
    files: KeyFiles, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """Whoever ends the program between the two files ends it after them; patched to send the signal just there."""
    heard: list[bool] = []
    before = signal.signal(number, lambda *_: heard.append(files.request.read_bytes() == REQUEST))
    monkeypatch.setattr(keyfiles.os, "fsync", lambda _: signal.pthread_kill(threading.get_ident(), number))
    try:
        files.write(KEY, REQUEST)
    finally:
        signal.signal(number, before)
    assert heard == [True]
    assert files.key.read_bytes() == KEY


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A path that cannot be written is named with the system's reason."""
    with pytest.raises(FileNotWritten) as caught:
        KeyFiles.at(tmp_path / "no" / "erp").write(KEY, REQUEST)
    assert caught.value.path.endswith("no/erp.key")
    assert caught.value.detail == os.strerror(errno.ENOENT)


def test_a_file_system_that_keeps_no_rights(files: KeyFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where others could read the key it is not kept; patched, as such a file system has to be mounted first."""
    monkeypatch.setattr(keyfiles, "_OWNER_ONLY", 0o644)
    with pytest.raises(RightsNotKept):
        files.write(KEY, REQUEST)
    assert listed(tmp_path) == []
