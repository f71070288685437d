"""A TLS client that shows the client certificate of a service key. The key is never written to a disk.

Python's ssl reads certificate and key out of a file only. On Linux that is a file in memory without a name; elsewhere
a temporary file that only this user can read and that is gone before the connection is made.
"""

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tenant.service_key_file import ServiceKey


class UnusableCertificate(ValueError):
    """Certificate and key of a service key cannot be used together; the argument says why, without quoting them."""


def show_certificate(context: ssl.SSLContext, key: ServiceKey) -> ssl.SSLContext:
    """The context, which from now on shows the certificate. Raises `UnusableCertificate`."""
    try:
        with _file_of(f"{key.certificate.strip()}\n{key.key.strip()}\n".encode()) as path:
            # Without a password ssl would ask for the one of an encrypted key on the terminal, and wait.
            context.load_cert_chain(path, password=lambda: "")
    except (ssl.SSLError, ValueError):
        raise UnusableCertificate("certificate and key cannot be read, or do not belong together") from None
    return context


@contextmanager
def _file_of(content: bytes) -> Iterator[str]:
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("certificate"), "wb", buffering=0) as memory:
            memory.write(content)
            yield f"/proc/self/fd/{memory.fileno()}"
    else:
        with _short_lived(content) as path:
            yield path


@contextmanager
def _short_lived(content: bytes) -> Iterator[str]:
    handle, path = tempfile.mkstemp(prefix="certrelay-")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        yield path
    finally:
        Path(path).unlink()
