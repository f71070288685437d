"""The sending system of a scene: the sender program as a process of its own, and what its lines tell so far."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from certificates.rehearsal import Issued
from desk.demo.sender.folder import SenderFolder
from desk.demo.sender.outcomes import Count, Counts, Outcome, Sent
from desk.demo.sender.program import EVERY
from desk.demo.stage import LoadBalancer
from desk.demo.tell import NotAsToldError

SOME = 3
"""Messages after which something counts as seen: more than there are runtime nodes."""

PATIENCE = 20.0
"""Seconds until a message must have been sent."""

OLD, NEW = "old", "new"


@dataclass(frozen=True)
class SendingSystem:
    """A running sender."""

    name: str
    folder: SenderFolder
    log: Path
    process: asyncio.subprocess.Process

    def put(self, name: str, certificate: Issued) -> None:
        """The sender gets a further certificate with its key, and does not use it yet."""
        keep(self.folder, name, certificate)

    def switch(self, name: str) -> None:
        """The sender uses this certificate from its next message on."""
        self.folder.use(name)

    def sent(self) -> list[Sent]:
        """All messages so far."""
        whole, _, _ = self.log.read_text("utf-8").rpartition("\n")
        return [Sent.of_line(line) for line in whole.splitlines()]

    def count(self, certificate: Issued) -> Count:
        """The count for one certificate."""
        return Counts.of_all(self.sent()).of.get(certificate.facts.fingerprint, Count())

    async def some(
        self, certificate: Issued, outcome: Outcome = Outcome.ACCEPTED, patience: float = PATIENCE
    ) -> Sent:
        """The last message once some more with the certificate met the outcome. Raises `NotAsToldError`."""

        def met() -> list[Sent]:
            wanted = certificate.facts.fingerprint
            return [one for one in self.sent() if (one.certificate, one.outcome) == (wanted, outcome)]

        enough = len(met()) + SOME
        try:
            async with asyncio.timeout(patience):
                while len(met()) < enough:  # noqa: ASYNC110 - the sender is a stranger and tells nobody
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise NotAsToldError(f"messages of {self.name} are {outcome}") from None
        return met()[-1]

    async def stop(self) -> Counts:
        """End it as its operator would; the counts of all that it sent."""
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()
        return Counts.of_all(self.sent())


def keep(folder: SenderFolder, name: str, certificate: Issued) -> None:
    """Put the certificate with chain and key into the sender's folder."""
    folder.put(name, certificate.key_pem(), certificate.bundle_pem)


@asynccontextmanager
async def sending(
    home: Path, name: str, old: Issued, balancer: LoadBalancer, flows: Sequence[str], every: float = EVERY
) -> AsyncIterator[SendingSystem]:
    """A sender that sends to the flows with the old certificate, until the block ends; its folder is below `home`."""
    folder = SenderFolder.made(home / name)
    folder.trust(balancer.authority)
    keep(folder, OLD, old)
    folder.use(OLD)
    log = home / f"{name}.jsonl"
    log.touch()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "desk.demo.sender", str(folder.path), "--log", str(log), "--every", str(every)),
        *map(balancer.address, flows),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield SendingSystem(name, folder, log, process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
