"""The lock on one installation's database: `flock` on `lock` in its folder, held while a process lives.

Two Temporal servers on one SQLite file both start and both write, so the file itself protects nothing.
The server inherits the descriptor: the lock outlives a killed supervisor for as long as its server does.
A server that somebody started by hand knows no lock of ours; SQLite's own lock tells of it.
"""

import errno
import fcntl
import os
import struct
import sys
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

DATABASE = "temporal.db"
# Whoever has a database in write-ahead mode open holds a shared lock on this byte of its -shm file
# (SQLite, os_unix.c, UNIX_SHM_DMS).
SHM_LOCKED_BYTE = 128
FLOCK = "hhqqi4x"  # struct flock of 64-bit Linux


@contextmanager
def hold(folder: Path) -> Iterator[int]:
    """Hold the lock of `folder` (made if absent) and yield its descriptor.

    Raises DatabaseHeld, FolderUnusable.
    """
    descriptor = _open(folder)
    try:
        _acquire(descriptor, folder)
        if pid := opened_by(folder / DATABASE):
            raise DatabaseHeld(folder, pid, VAR)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def opened_by(database: Path) -> int | None:
    """The process that has the SQLite database open, as far as it can be told (on 64-bit Linux)."""
    shared_memory = database.with_name(database.name + "-shm")
    if sys.platform != "linux" or sys.maxsize <= 2**32 or not shared_memory.exists():
        return None
    wanted = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, SHM_LOCKED_BYTE, 1, 0)
    with shared_memory.open("r+b") as file:
        kind, _, _, _, pid = struct.unpack(FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, wanted))
    return None if kind == fcntl.F_UNLCK else int(pid)


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
