"""The lock on one installation's database: `flock` on `lock` in its folder, held while a process lives.

Two Temporal servers on one SQLite file both start and both write, so the file itself protects nothing.
The server inherits the descriptor: the lock outlives a killed supervisor for as long as its server does.
"""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from desk.up.errors import DatabaseHeld, FolderUnusable
from desk.up.options import VAR

NAME = "lock"
# A server whose supervisor was killed is killed with it, but not in the same instant.
PATIENCE = 3.0
POLL = 0.05


@contextmanager
def hold(folder: Path) -> Iterator[int]:
    """Hold the lock of `folder` (made if absent) and yield its descriptor.

    Raises DatabaseHeld, FolderUnusable.
    """
    descriptor = _open(folder)
    try:
        _acquire(descriptor, folder)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _open(folder: Path) -> int:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FolderUnusable(folder, os.strerror(error.errno or errno.EIO), VAR) from error


def _acquire(descriptor: int, folder: Path) -> None:
    """Take the lock, waiting only for what a supervisor that is gone has left behind."""
    deadline = time.monotonic() + PATIENCE
    while not _try(descriptor):
        holder = _holder(descriptor)
        if (holder is not None and _alive(holder)) or time.monotonic() > deadline:
            raise DatabaseHeld(folder, holder, VAR)
        time.sleep(POLL)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdigit() else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
