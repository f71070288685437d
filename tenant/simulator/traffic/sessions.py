"""CSRF sessions of sender channels. They are not those of SAP's API, and end with the simulator."""

import hmac
import secrets
from http.cookies import CookieError, SimpleCookie

from tenant.simulator.traffic import answers
from tenant.simulator.traffic.answers import CSRF_HEADER, SESSION_COOKIE, Answer
from tenant.simulator.traffic.messages import Message

KEPT = 10_000  # sessions
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class ChannelSessions:
    """Knows the sessions of senders and their tokens; the oldest are forgotten."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}

    def fetched(self, message: Message) -> Answer | None:
        """The answer to a request that fetches a token; None for any other."""
        if message.method not in _READING or message.header(CSRF_HEADER).lower() != "fetch":
            return None
        session = _session(message)
        if session not in self._tokens:
            session = secrets.token_hex(16).upper()
            self._tokens[session] = secrets.token_hex(16).upper()
            if len(self._tokens) > KEPT:
                del self._tokens[next(iter(self._tokens))]
        return answers.csrf_token(session, self._tokens[session])

    def allows(self, message: Message) -> bool:
        """Whether the request only reads, or has the token of its session."""
        token = self._tokens.get(_session(message), "")
        given = message.header(CSRF_HEADER)
        return message.method in _READING or (bool(token) and hmac.compare_digest(token.encode(), given.encode()))


def _session(message: Message) -> str:
    try:
        cookie = SimpleCookie(message.header("Cookie")).get(SESSION_COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie else ""
