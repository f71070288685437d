"""The processes of the demonstration: `certrelay up` in a folder of its own, on free ports."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desk.demo.tell import NotStartedError
from desk.up.options import Profile

BINARY = "CERTRELAY_TEMPORAL_BINARY"

READY_WITHIN = 60.0
"""Seconds until all must answer; measured 3 on two cores."""


@dataclass(frozen=True)
class Processes:
    """A running installation; what is where comes from the file that it writes."""

    ready_file: Path
    supervisor: asyncio.subprocess.Process

    def facts(self) -> dict[str, Any]:
        """What runs where now; process ids change when one was restarted."""
        facts: dict[str, Any] = json.loads(self.ready_file.read_text())
        return facts

    @property
    def address(self) -> str:
        """The address of the Temporal server."""
        return str(self.facts()["temporal"]["address"])

    @property
    def simulator(self) -> tuple[str, str]:
        """URL and password of the simulated tenant."""
        facts = self.facts()["simulator"]
        return str(facts["url"]), Path(facts["password_file"]).read_text().strip()

    @property
    def web_ui(self) -> str:
        """Where the Temporal Web UI is."""
        return str(self.facts()["programs"]["temporal"]["links"]["Temporal Web UI"])

    def kill(self, program: str) -> int:
        """SIGKILL to a program, as a crash would; its process id."""
        pid = int(self.facts()["programs"][program]["pid"])
        os.kill(pid, signal.SIGKILL)
        return pid

    async def restarted(self, program: str, pid: int) -> None:
        """Return when the program runs again under another process id and all answer."""
        async with asyncio.timeout(READY_WITHIN):
            while self._pid(program) in (pid, None):  # noqa: ASYNC110 - the file is rewritten when all answer
                await asyncio.sleep(0.05)

    def _pid(self, program: str) -> int | None:
        try:
            return int(self.facts()["programs"][program]["pid"])
        except (OSError, ValueError, KeyError):
            return None


@asynccontextmanager
async def processes(folder: Path, log: Path, profile: Profile = Profile.NEO) -> AsyncIterator[Processes]:
    """A fresh installation for as long as the block runs; its logs go into a file."""
    ready_file = folder / "ready.json"
    with log.open("wb") as output:
        supervisor = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "desk.cli", "up", "--var", str(folder / "var"),
            "--temporal-port", "auto", "--ui-port", "auto", "--simulator-port", "auto",
            "--load-balancer-port", "auto", "--profile", profile.value,
            "--simulator-option", "build-time=0.2", "--simulator-option", "old-started-time=0.2",
            "--simulator-option", "deploy-time=0.4", "--simulator-option", "key-time=0.2",
            "--simulator-option", "rate-limit=off",  # at SAP's ten requests a second it would take minutes
            "--ready-file", str(ready_file),
            stdout=output, stderr=output, stdin=asyncio.subprocess.DEVNULL,
            env=_environment(),
        )  # fmt: skip
    try:
        await _ready(ready_file, supervisor, log)
        yield Processes(ready_file, supervisor)
    finally:
        if supervisor.returncode is None:
            supervisor.terminate()
        await supervisor.wait()


async def _ready(ready_file: Path, supervisor: asyncio.subprocess.Process, log: Path) -> None:
    try:
        async with asyncio.timeout(READY_WITHIN):
            while not _is_there(ready_file):
                if supervisor.returncode is not None:
                    raise NotStartedError(_last_words(log))
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise NotStartedError(f"Not all processes answer within {READY_WITHIN:.0f} seconds; see {log}.") from None


def _is_there(file: Path) -> bool:
    return file.exists()


def _last_words(log: Path) -> str:
    lines = [line for line in log.read_text().splitlines() if line.strip()]
    return "\n".join(lines[-3:])


def _environment() -> dict[str, str]:
    """Ours, without what leads to an installation that is in use; where the server's binary is stays."""
    kept = {BINARY: os.environ[BINARY]} if BINARY in os.environ else {}
    return {k: v for k, v in os.environ.items() if not k.startswith(("TEMPORAL_", "CERTRELAY_"))} | kept
