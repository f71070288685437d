"""One request on its way: what a sender sent, and how the load balancer passes the certificate on to a node."""

import base64
import binascii
from dataclasses import dataclass, replace
from urllib.parse import unquote

CERTIFICATE_HEADER = "SSL_CLIENT_CERT"
"""The load balancer's header with the base64 of the client certificate (SAP page 0c1c96e)."""

NODE_HEADER = "X-Simulator-Node"
"""Ours: the number of the node, from 1, that shall answer; without it the nodes take turns."""

SHOWN = 300  # characters of a path
_OF_LOAD_BALANCER = frozenset({"ssl_client_cert", "ssl_client_user"})


@dataclass(frozen=True)
class Message:
    """A request of HTTP: `target` is path and query as sent, names of headers are compared in any case."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path without query, decoded."""
        return unquote(self.target.partition("?")[0])

    @property
    def shown(self) -> str:
        """The path as logs and words show it: in one line, and not all of an endless one."""
        return "".join(one if one.isprintable() else "?" for one in self.path[:SHOWN])

    def header(self, name: str) -> str:
        """The first value of a header, or nothing."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


def passed_on(message: Message, certificate: bytes | None) -> Message:
    """The message as a node gets it: the load balancer's own headers are what it says itself, whatever a client sent.

    Servers fold `-` and `_` in names of headers, so that either spelling of a client's is dropped.
    """
    kept = tuple(header for header in message.headers if not _is_ours(header[0]))
    if certificate is None:
        return replace(message, headers=kept)
    return replace(message, headers=(*kept, (CERTIFICATE_HEADER, base64.b64encode(certificate).decode("ascii"))))


def certificate_of(message: Message) -> bytes | None:
    """The certificate that the load balancer passed on, DER."""
    text = message.header(CERTIFICATE_HEADER)
    try:
        return base64.b64decode(text, validate=True) if text else None
    except binascii.Error:
        return None


def _is_ours(name: str) -> bool:
    return name.lower().replace("-", "_") in _OF_LOAD_BALANCER
