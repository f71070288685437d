"""Drives the command line in tests: in this process where that is honest, as the real program where it matters."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from desk.cli import main

PROGRAM = Path(sys.executable).with_name("certrelay")
DONE, REFUSED, USAGE, UNREACHABLE = 0, 1, 2, 3

ANSWER_KEYS = {"accepted", "sentence", "next", "waiting_for", "code", "repeated", "later"}


@dataclass(frozen=True)
class Told:
    """What a command said, and the code that it ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, read as JSON."""
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """Everything that was said with runs of blanks made one, as messages are wrapped."""
        return " ".join((self.out + " " + self.err).split())


def _environment(address: str, more: Mapping[str, str]) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TEMPORAL_", "CERTRELAY_"))}
    return {**kept, "TEMPORAL_ADDRESS": address, **more}


@dataclass(frozen=True)
class Line:
    """The command line of one person at one server."""

    address: str

    async def __call__(self, *words: str, stdin: bytes = b"", **environment: str) -> Told:
        """Run a command in this process, in a thread, since each command has an event loop of its own."""
        return await asyncio.to_thread(self._call, words, stdin, environment)

    def _call(self, words: tuple[str, ...], stdin: bytes, more: Mapping[str, str]) -> Told:
        cleared = {k: None for k in os.environ if k.startswith(("TEMPORAL_", "CERTRELAY_"))}
        environment = {**cleared, "TEMPORAL_ADDRESS": self.address, **more}
        result = CliRunner().invoke(main, words, input=stdin, env=environment, prog_name="certrelay")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Told(result.exit_code, result.stdout, result.stderr)

    def here(self, *words: str, stdin: bytes = b"", **environment: str) -> Told:
        """Run a command in this process and thread, where no event loop runs."""
        return self._call(words, stdin, environment)

    async def program(self, *words: str, stdin: bytes = b"", **environment: str) -> Told:
        """Run the real program to its end."""
        process = await self.started(*words, **environment)
        out, err = await asyncio.wait_for(process.communicate(stdin), 40)
        assert process.returncode is not None
        return Told(process.returncode, out.decode(), err.decode())

    async def started(self, *words: str, **environment: str) -> asyncio.subprocess.Process:
        """The real program, running."""
        return await asyncio.create_subprocess_exec(
            PROGRAM, *words, env=_environment(self.address, environment), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip


def on_disk(folder: Path, text: str | bytes, name: str = "certificate.pem") -> str:
    """A file that a person hands over; its path."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)
