"""The loop of the sender program: at each tick the certificate in use, the next address, one message, one line."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TextIO
from urllib.parse import urlsplit

from desk.demo.sender.folder import FolderUnusableError, Identity, SenderFolder
from desk.demo.sender.outcomes import Counts, Sent
from desk.demo.sender.pacing import Pace
from desk.demo.sender.sending import Line

EVERY = 0.2
"""Seconds from message to message."""

Wait = Callable[[float], bool]
"""Waits so many seconds; true, at once, when the program is to end."""


@dataclass
class Sender:
    """Sends to all `urls`, which are of one host, in turn. A line for each message goes to `log`."""

    folder: SenderFolder
    urls: Sequence[str]
    log: TextIO
    counts: Counts = field(default_factory=Counts)
    number: int = 0

    def __post_init__(self) -> None:
        """Raises `FolderUnusableError` where there is nothing to begin with."""
        self._mark = self.folder.mark()
        self._use(self.folder.identity())

    def run(self, every: float, wait: Wait, clock: Callable[[], float] = time.monotonic) -> None:
        """A message every so many seconds until `wait` says that it is to end."""
        pace, tick = Pace(clock(), every), 0
        while not wait(max(0.0, pace.at(tick) - clock())):
            self.send_one()
            tick = pace.after(tick, clock())
        self._line.close()

    def send_one(self) -> Sent:
        """One message with the certificate in use."""
        self._look()
        url = self._next_url()
        reply = self._line.send(url, self.number)
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        sent = Sent(now, self._identity.certificate, urlsplit(url).path, reply.status, reply.outcome, reply.words)
        self.counts.add(sent)
        self.log.write(sent.line() + "\n")
        self.log.flush()
        return sent

    def _look(self) -> None:
        """Switch where there is something to switch to; what cannot be used is told, and the old one stays."""
        mark = self.folder.mark()
        if mark == self._mark:
            return
        self._mark = mark
        try:
            identity = self.folder.identity()
        except FolderUnusableError as error:
            print(f"{error} Going on as before.", file=sys.stderr)  # noqa: T201 - a program of its own
            return
        self._line.close()
        self._use(identity)

    def _use(self, identity: Identity) -> None:
        """A new connection comes with it: a certificate is presented once for each connection."""
        self._identity = identity
        self._line = Line(urlsplit(self.urls[0]).netloc, identity)

    def _next_url(self) -> str:
        """In turn, beginning one further each round, so that no address meets the same runtime node each time."""
        at, self.number = self.number, self.number + 1
        return self.urls[(at + at // len(self.urls)) % len(self.urls)]
