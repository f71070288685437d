"""What `certrelay up` shows: progress and the programs' lines on stderr, what runs where on stdout."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

COLOURS = ("36", "35", "33", "32", "34", "31")
OWN = "certrelay"


@dataclass
class Output:
    """Two streams and whether to colour. A reader that went away is no reason to stop the programs."""

    data: TextIO
    talk: TextIO
    colour: bool
    names: Sequence[str] = ()

    @classmethod
    def of_process(cls) -> "Output":
        """The streams of this process; coloured on a terminal unless NO_COLOR is set (no-color.org)."""
        return cls(sys.stdout, sys.stderr, sys.stderr.isatty() and not os.environ.get("NO_COLOR"))

    def say(self, sentence: str) -> None:
        """A sentence of the supervisor itself."""
        self.line(OWN, sentence)

    def line(self, name: str, text: str) -> None:
        """One line of a program, behind its name."""
        width = max((len(n) for n in (OWN, *self.names)), default=0)
        prefix = f"{name:<{width}} |"
        if self.colour:
            prefix = f"\x1b[{self._code(name)}m{prefix}\x1b[0m"
        self._write(self.talk, f"{prefix} {text}\n")

    def show(self, text: str) -> None:
        """What runs where, for people or as JSON."""
        self._write(self.data, text + "\n")

    def _code(self, name: str) -> str:
        return COLOURS[list(self.names).index(name) % len(COLOURS)] if name in self.names else "1"

    def _write(self, stream: TextIO, text: str) -> None:
        try:
            stream.write(text)
            stream.flush()
        except (BrokenPipeError, ValueError):  # ValueError: the stream was closed
            return
