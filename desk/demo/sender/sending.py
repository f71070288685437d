"""One message over TLS, and what became of it. A connection is kept until a switch, or until something fails."""

import html
import http.client
import json
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from desk.demo.sender.folder import Identity
from desk.demo.sender.outcomes import Outcome

TIMEOUT = 5.0
"""Seconds that a message may wait for the other side."""

REFUSALS = (401, 403)
"""Nobody that the tenant knows; somebody who may not."""

_WORDS = 300
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_TAGS = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Reply:
    """What came back: `status` 0 where nothing did, `words` those of the other side or of the fault."""

    status: int
    outcome: Outcome
    words: str = ""


class Line:
    """The connection to one host, made when it is needed."""

    def __init__(self, host: str, identity: Identity) -> None:
        self._connection = http.client.HTTPSConnection(host, timeout=TIMEOUT, context=identity.terms)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def send(self, url: str, number: int) -> Reply:
        """Send a message, once. Whatever goes wrong is a reply."""
        try:
            return self._answered(url, number)
        except ssl.SSLCertVerificationError as error:
            reply = Reply(0, Outcome.FAILED, f"The other side is not the one that is trusted: {error.verify_message}")
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            reply = Reply(0, Outcome.FAILED, _words(error))
        except ssl.SSLError as error:  # an alert: the other side does not want this certificate
            reply = Reply(0, Outcome.REFUSED, f"TLS: {error.reason or _words(error)}")
        except (OSError, http.client.HTTPException) as error:
            reply = Reply(0, Outcome.FAILED, _words(error))
        self.close()
        return reply

    def _answered(self, url: str, number: int) -> Reply:
        body = json.dumps({"message": number})
        try:
            self._connection.request("POST", urlsplit(url).path, body, {"Content-Type": "application/json"})
        except OSError:
            self._hear_alert()
            raise
        response = self._connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        if response.status < http.client.MULTIPLE_CHOICES:
            return Reply(response.status, Outcome.ACCEPTED)
        refused = response.status in REFUSALS
        return Reply(response.status, Outcome.REFUSED if refused else Outcome.FAILED, plain(text))

    def _hear_alert(self) -> None:
        """With TLS 1.3 the other side judges the certificate when the message is on its way already: what it said
        before it hung up waits to be read. Raises `ssl.SSLError` for it.
        """
        if isinstance(self._connection.sock, ssl.SSLSocket):
            with suppress(ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError, TimeoutError):
                self._connection.sock.recv(1)


def plain(text: str) -> str:
    """What a page says to a reader: its title where it has one, else its text, in one short line."""
    title = _TITLE.search(text)
    bare = html.unescape(_TAGS.sub(" ", title[1] if title else text))
    return " ".join(bare.split())[:_WORDS]


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_WORDS]
