"""CSRF tokens of the Neo API: fetched on the service root, bound to the session cookie, asked of every write.

Sessions live in memory only: after a restart they are gone, as on a tenant whose node was restarted.
"""

import hmac
import secrets
from collections.abc import MutableMapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

HEADER = "X-CSRF-Token"
_COOKIE = "JSESSIONID"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_REQUIRED_PAGE = (
    "<!doctype html><html lang='en'><head><title>HTTP Status 403 – Forbidden</title></head>"
    "<body><h1>HTTP Status 403 – Forbidden</h1></body></html>"
)


class CsrfGuard:
    """Knows the sessions and their tokens."""

    def __init__(self) -> None:
        self._tokens: MutableMapping[str, str] = {}

    def refusal(self, request: Request) -> Response | None:
        """None when the request may go on; else 403 with `X-CSRF-Token: Required`."""
        if request.method in _READING or self._valid(request):
            return None
        response = HTMLResponse(_REQUIRED_PAGE, 403)
        response.headers[HEADER] = "Required"
        return response

    def answer_fetch(self, request: Request, response: Response) -> None:
        """Add token and session cookie to the answer of a `Fetch` on the service root."""
        if request.headers.get(HEADER, "").lower() != "fetch":
            return
        session = request.cookies.get(_COOKIE, "")
        if session not in self._tokens:
            session = secrets.token_hex(16).upper()
            self._tokens[session] = secrets.token_hex(16).upper()
            response.set_cookie(_COOKIE, session, path="/api/v1", httponly=True)
        response.headers[HEADER] = self._tokens[session]

    def forget(self) -> None:
        """End every session: the next write of each client is refused until it fetches again."""
        self._tokens.clear()

    def _valid(self, request: Request) -> bool:
        token = self._tokens.get(request.cookies.get(_COOKIE, ""), "")
        given = request.headers.get(HEADER, "")
        return bool(token) and hmac.compare_digest(token.encode(), given.encode())
