"""A sender of the law: it sends without pause with whatever it may present, and every message is counted."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from certificates.rehearsal import Issued
from desk.demo.sender.folder import SenderFolder
from desk.demo.sender.outcomes import Outcome
from desk.demo.sender.pacing import Pace
from desk.demo.sender.sending import Line
from desk.demo.sending_system import keep

THREADS = ThreadPoolExecutor(24, "sender")
"""A message blocks its thread while it is on its way; the simulated tenant answers on the loop of the test."""

NEW_CONNECTION = 0.05
"""The share of messages before which the sender hangs up, so that certificates are judged anew all the time."""


@dataclass(frozen=True)
class Refused:
    """A message that was refused by its certificate."""

    certificate: str
    url: str
    status: int
    words: str

    def __str__(self) -> str:
        return f"{self.certificate[:16]} at {self.url}: {self.status} {self.words}"


@dataclass
class LawSender:
    """Sends to `urls` in turn, `every` so many seconds; `counts` are by certificate (SHA-256) and outcome."""

    folder: SenderFolder
    urls: Sequence[str]
    every: float
    chance: random.Random
    counts: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)
    failed: list[Refused] = field(default_factory=list)
    _lines: dict[str, Line] = field(default_factory=dict)
    _presented: tuple[str, ...] = ()
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _sent: asyncio.Condition = field(default_factory=asyncio.Condition)

    @classmethod
    def made(cls, path: Path, authority: str, urls: Sequence[str], every: float, seed: int) -> "LawSender":
        """A sender that has no certificate yet and trusts this CA (PEM) of the load balancer."""
        folder = SenderFolder.made(path)
        folder.trust(authority)
        return cls(folder, urls, every, random.Random(seed))

    async def present(self, *certificates: Issued) -> None:
        """From the next message on one of these; none with another is under way when this returns."""
        wanted = tuple(self._known(certificate) for certificate in certificates)
        async with self._turn:
            self._presented = wanted

    async def run(self) -> None:
        """Send until it is cancelled."""
        loop, tick = asyncio.get_running_loop(), 0
        pace = Pace(loop.time(), self.every)
        try:
            while True:
                await asyncio.sleep(max(0.0, pace.at(tick) - loop.time()))
                await self._send_one(tick)
                tick = pace.after(tick, loop.time())
        finally:
            for line in self._lines.values():
                line.close()

    async def some(self, more: int) -> None:
        """Return when so many more messages have been answered."""
        async with self._sent:
            wanted = self.counts.total() + more
            await self._sent.wait_for(lambda: self.counts.total() >= wanted)

    async def _send_one(self, number: int) -> None:
        async with self._turn:
            certificate, url = self.chance.choice(self._presented), self.urls[number % len(self.urls)]
            line = self._lines[certificate]
            if self.chance.random() < NEW_CONNECTION:
                line.close()
            reply = await asyncio.get_running_loop().run_in_executor(THREADS, line.send, url, number)
        kept = {Outcome.REFUSED: self.refused, Outcome.FAILED: self.failed}.get(reply.outcome)
        if kept is not None:
            kept.append(Refused(certificate, url, reply.status, reply.words))
        async with self._sent:
            self.counts[certificate, reply.outcome] += 1
            self._sent.notify_all()

    def _known(self, certificate: Issued) -> str:
        fingerprint = certificate.facts.fingerprint
        if fingerprint not in self._lines:
            keep(self.folder, fingerprint[:16], certificate)
            self.folder.use(fingerprint[:16])
            self._lines[fingerprint] = Line(self.urls[0].split("/")[2], self.folder.identity())
        return fingerprint
