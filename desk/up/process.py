"""One supervised program: what it is, and the process that runs it. Not here: when to start it again."""

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from desk.up.output import Output

LEASH = str(Path(__file__).with_name("leash.py"))
CHUNK = 65_536
LONGEST_LINE = 65_536
PROBE_EVERY = 0.05
LAST_WORDS = 1.0


@dataclass(frozen=True)
class Says:
    """Ready when the program prints a line that starts with `prefix`."""

    prefix: str


@dataclass(frozen=True)
class Answers:
    """Ready when `probe` returns True; it is asked again and again and raises nothing."""

    probe: Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Program:
    """One entry of the list of programs.

    `argv[0]` is an absolute path; `env` is added to `base_env`, or to our own environment where that is
    missing. It is started when all in `after` are ready. `prepare` runs once, when it is ready the first
    time and before others go on; it raises UpError. `links` are shown to people: (what, address).
    """

    name: str
    argv: tuple[str, ...]
    ready: Says | Answers
    env: Mapping[str, str] = field(default_factory=dict)
    base_env: Mapping[str, str] | None = None
    after: tuple[str, ...] = ()
    prepare: Callable[[], Awaitable[None]] | None = None
    links: tuple[tuple[str, str], ...] = ()
    keep_open: tuple[int, ...] = ()

    def environment(self) -> dict[str, str]:
        """The whole environment of the child; its lines come at once, not when a buffer is full."""
        base = os.environ if self.base_env is None else self.base_env
        return {**base, "PYTHONUNBUFFERED": "1", **self.env}


class Child:
    """A program and, from `start` until it ends, its process, which leads a process group of its own."""

    def __init__(self, program: Program, output: Output) -> None:
        self.program = program
        self.last_lines: deque[str] = deque(maxlen=20)
        self._output = output
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._said = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    @property
    def last_line(self) -> str:
        """The last line that is not empty, or nothing."""
        return next((line for line in reversed(self.last_lines) if line.strip()), "")

    async def start(self) -> None:
        """Start the process. Must be called on the main thread: the leash follows the starting thread."""
        self._said.clear()
        self.last_lines.clear()
        leash = (sys.executable, "-I", "-S", LEASH, str(os.getpid()))
        lines, write_end = await _pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *leash,
                *self.program.argv,
                env=self.program.environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops all in order
                pass_fds=self.program.keep_open,
                umask=0o077,  # what they write, certificates among it, is for this user
            )
        finally:
            os.close(write_end)
        self._reader = asyncio.create_task(self._read(lines))

    async def until_ready(self) -> None:
        """Return when the program answers; the caller sets the limit and watches for its end."""
        match self.program.ready:
            case Says():
                await self._said.wait()
            case Answers(probe):
                while not await probe():  # noqa: ASYNC110 - a port sends no event when it opens
                    await asyncio.sleep(PROBE_EVERY)

    async def until_ended(self) -> int:
        """The exit code, negative for a signal, once the process ended and its lines are shown."""
        assert self._process is not None, "started before"
        code = await self._process.wait()
        self._signal_group(signal.SIGKILL)  # whatever it started itself
        if self._reader is not None:
            with suppress(TimeoutError):  # a daemon that left the group may still hold the pipe
                await asyncio.wait_for(asyncio.shield(self._reader), LAST_WORDS)
        return code

    async def stop(self, grace: float) -> bool:
        """SIGTERM, and SIGKILL after `grace` seconds. True when SIGTERM was enough."""
        if self.pid is None:
            return True
        assert self._process is not None, "it has a pid"
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(asyncio.shield(self._process.wait()), grace)
        except TimeoutError:
            self._signal_group(signal.SIGKILL)
            await self.until_ended()
            return False
        await self.until_ended()
        return True

    def kill(self) -> None:
        """SIGKILL to the whole group, now."""
        if self.pid is not None:
            self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: signal.Signals) -> None:
        assert self._process is not None, "started before"
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _read(self, pipe: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await pipe.read(CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._take(line)
            if len(rest) > LONGEST_LINE:
                self._take(rest)
                rest = b""
        if rest:
            self._take(rest)

    def _take(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip("\r")
        self.last_lines.append(text)
        self._output.line(self.program.name, text)
        match self.program.ready:
            case Says(prefix) if text.startswith(prefix):
                self._said.set()


async def _pipe() -> tuple[asyncio.StreamReader, int]:
    """A pipe of our own: asyncio's would delay the news of an end while a grandchild holds it open."""
    read_end, write_end = os.pipe()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb", 0)
    )
    return reader, write_end
