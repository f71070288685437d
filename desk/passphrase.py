"""Where the passphrase of a new key comes from: a file, the environment, the terminal, or there is none."""

import os
import sys
from dataclasses import dataclass, field
from typing import BinaryIO

import click

LEAST, MOST = 8, 1023
"""Octets of a passphrase: fewer protect nothing, more are refused by OpenSSL."""

_NO_TERMINAL = (
    "There is no terminal to ask for the passphrase of the key. Give --passphrase-file or --passphrase-env, or "
    "--unencrypted for a key that only the rights of its file protect."
)


@dataclass(frozen=True)
class Protection:
    """What the options say: a file, the name of an environment variable, or that there shall be no passphrase."""

    file: BinaryIO | None = field(default=None, repr=False)
    variable: str | None = None
    unencrypted: bool = False

    def __post_init__(self) -> None:
        """One way at most. Raises click.UsageError."""
        if sum((self.file is not None, self.variable is not None, self.unencrypted)) > 1:
            raise click.UsageError("Give only one of --passphrase-file, --passphrase-env and --unencrypted.")
        if not self.unencrypted and self.file is None and self.variable is None and not sys.stdin.isatty():
            raise click.UsageError(_NO_TERMINAL)

    def passphrase(self) -> bytes | None:
        """The passphrase in UTF-8, None where the key is not to be encrypted. Raises click.UsageError."""
        if self.unencrypted:
            return None
        where, phrase = self._given()
        if not LEAST <= len(phrase) <= MOST:
            raise click.UsageError(f"The passphrase {where} must have {LEAST} to {MOST} octets; nothing was made.")
        return phrase

    def _given(self) -> tuple[str, bytes]:
        if self.file is not None:
            from desk.upload import name_of

            lines = self.file.read().removeprefix(b"\xef\xbb\xbf").splitlines()
            return f"in the first line of {name_of(self.file)}", lines[0] if lines else b""
        if self.variable is not None:
            return f"in the environment variable {self.variable}", os.fsencode(os.environ.get(self.variable, ""))
        typed: str = click.prompt("Passphrase for the new key", hide_input=True, confirmation_prompt=True, err=True)
        return "that was typed", os.fsencode(typed)
