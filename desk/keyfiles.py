"""A private key and its request as two new files: both of them or neither, and never in the place of another file.

The key is for its owner alone from its first byte on. What the files hold is made in `certificates.request`.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from click import format_filename

from desk.refusals import FileNotWritten, FileThere, RightsNotKept

_OWNER_ONLY, _OTHERS = 0o600, 0o077
_READABLE = 0o644
_ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True)
class KeyFiles:
    """Where the two go: the same path with the endings .key and .csr."""

    key: Path
    request: Path

    @classmethod
    def at(cls, base: Path) -> "KeyFiles":
        """`base` is the path without ending; dots in it stay."""
        return cls(base.with_name(f"{base.name}.key"), base.with_name(f"{base.name}.csr"))

    def check(self) -> None:
        """Raises FileThere where one of them is there already: said before a key is made, and proved by `write`."""
        for path in (self.key, self.request):
            if os.path.lexists(path):
                raise FileThere(format_filename(path))

    def write(self, key: bytes, request: bytes) -> None:
        """Write both. Raises FileThere, FileNotWritten or RightsNotKept, and then neither is there.

        Creation is exclusive, so of two at once one wins, and a link in the place of a file is not followed.
        """
        with _undisturbed(), _new_file(self.key, _OWNER_ONLY) as descriptor:
            _keep_from_others(self.key, descriptor)
            _fill(descriptor, key)
            with _new_file(self.request, _READABLE) as second:
                _fill(second, request)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals that would end the program wait for the few milliseconds between the first file and the last.

    This holds for the thread that writes: the program has no other.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _new_file(path: Path, rights: int) -> Iterator[int]:
    """A descriptor of a file that was not there; the file goes again where anything fails."""
    try:
        descriptor = os.open(path, _NEW, rights)
    except FileExistsError:
        raise FileThere(format_filename(path)) from None
    except OSError as error:
        raise _not_written(path, error) from None
    try:
        yield descriptor
    except BaseException as error:
        with suppress(OSError):
            os.unlink(path)
        if isinstance(error, OSError):
            raise _not_written(path, error) from None
        raise
    finally:
        os.close(descriptor)


def _not_written(path: Path, error: OSError) -> FileNotWritten:
    return FileNotWritten(format_filename(path), error.strerror or type(error).__name__)


def _keep_from_others(path: Path, descriptor: int) -> None:
    """The user's mask may have taken rights from the owner; some file systems, as of USB sticks, know no rights."""
    with suppress(OSError):
        os.fchmod(descriptor, _OWNER_ONLY)
    if os.fstat(descriptor).st_mode & _OTHERS:
        raise RightsNotKept(format_filename(path))


def _fill(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.fsync(descriptor)
