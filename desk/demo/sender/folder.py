"""The sender's own folder: its certificates with their keys, and which of them is in use.

Each `.pem` file holds a private key, its certificate and the chain; `current` holds the name of the one in use, and
replacing that file in one step is the switch. `load-balancer.pem` holds the CA of the receiving side. Keys are those
of rehearsals: the folder and all files are for their owner alone.
"""

import hashlib
import os
import re
import ssl
from dataclasses import dataclass
from pathlib import Path

CURRENT, AUTHORITY = "current", "load-balancer.pem"

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class FolderUnusableError(Exception):
    """The folder does not hold what the sender needs; the argument says what and where."""


@dataclass(frozen=True)
class Identity:
    """What the sender presents: the SHA-256 of the certificate, and its side of TLS, which trusts one CA only."""

    certificate: str
    terms: ssl.SSLContext


@dataclass(frozen=True)
class SenderFolder:
    """The folder at `path`."""

    path: Path

    @classmethod
    def made(cls, path: Path) -> "SenderFolder":
        """A folder for its owner alone, made where it is missing."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        return cls(path)

    def put(self, name: str, key: bytes, certificate: str) -> None:
        """Keep a key with its certificate and chain (all PEM) under a name; it is not in use by that."""
        self._write(f"{name}.pem", key + certificate.encode("ascii"))

    def trust(self, authority: str) -> None:
        """Trust this CA (PEM) of the receiving side and no other."""
        self._write(AUTHORITY, authority.encode("ascii"))

    def use(self, name: str) -> None:
        """The switch: from the next message on, the certificate of that name."""
        self._write(CURRENT, f"{name}.pem\n".encode())

    def _write(self, name: str, content: bytes) -> None:
        """Whole or not at all, and for its owner from the first byte on."""
        fresh = self.path / f".{name}.{os.getpid()}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        fresh.replace(self.path / name)

    def mark(self) -> tuple[tuple[int, int, int], ...]:
        """Another one after each switch, and when the CA changes: a load balancer that starts anew has a new one."""
        return tuple(_mark(self.path / name) for name in (CURRENT, AUTHORITY))

    def identity(self) -> Identity:
        """What is in use now. Raises `FolderUnusableError`."""
        try:
            file = self.path / (self.path / CURRENT).read_text("utf-8").strip()
            leaf = _CERTIFICATE.search(file.read_text("ascii"))
            terms = ssl.create_default_context(cafile=self.path / AUTHORITY)
            terms.load_cert_chain(file)
        except (OSError, ValueError) as error:  # SSLError is an OSError
            raise FolderUnusableError(f"The sender's folder {self.path} cannot be used: {error}.") from error
        assert leaf is not None, "OpenSSL has just loaded it"
        der = ssl.PEM_cert_to_DER_cert(leaf[0])
        return Identity(hashlib.sha256(der).hexdigest(), terms)


def _mark(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0, 0
    return found.st_ino, found.st_mtime_ns, found.st_size
