"""The answers of the runtime to a sender, as SAP words and shapes them. Who gets which is decided in `gates`."""

import html
import secrets
from dataclasses import dataclass, field
from http import HTTPStatus

from tenant.simulator.service_keys import NOT_EXACTLY_ONCE

CSRF_HEADER = "X-CSRF-Token"
SESSION_COOKIE = "JSESSIONID"
_HTML = "text/html;charset=utf-8"
_CSRF_COOKIES = ("JTENANTSESSIONID_simulator", "BIGipServer_simulator")
"""What a tenant sets beside the session: its own session and the load balancer's node."""


@dataclass(frozen=True)
class Answer:
    """A status, a body, and headers in order."""

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=())


def page(status: int, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """The HTML page of the servlet container (Tomcat) for a status."""
    title = html.escape(f"HTTP Status {status} – {HTTPStatus(status).phrase}")
    text = (
        f"<!doctype html><html lang='en'><head><title>{title}</title></head><body><h1>{title}</h1>"
        "<hr class='line' /></body></html>"
    )
    return Answer(status, text.encode(), _HTML, headers)


def unauthorized() -> Answer:
    """401: the caller is nobody that the tenant knows."""
    return page(401, (("WWW-Authenticate", 'Basic realm="SAP Cloud Integration"'),))


def not_in_a_key(words: str, status: int) -> Answer:
    """What Cloud Foundry answers where no service key lets the certificate in: `invalid_client` as XML.

    KBA 3224701; a conflict of keys gives a bare text instead (KBA 3364579).
    """
    if words != NOT_EXACTLY_ONCE:
        return Answer(status, words.encode(), "text/plain;charset=utf-8")
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><InvalidClientException><error>invalid_client</error>'
        f"<error_description>{html.escape(words, quote=False)}</error_description></InvalidClientException>"
    )
    return Answer(status, text.encode(), "application/xml;charset=utf-8")


def csrf_required() -> Answer:
    """403 of a channel with CSRF protection: the header in lower case, and three cookies."""
    return page(403, ((CSRF_HEADER, "required"), *csrf_cookies(secrets.token_hex(16).upper())))


def csrf_token(session: str, token: str) -> Answer:
    """The token of a session that was fetched."""
    return Answer(200, headers=((CSRF_HEADER, token), *csrf_cookies(session)))


def csrf_cookies(session: str) -> tuple[tuple[str, str], ...]:
    """The three cookies that come with both."""
    named = ((SESSION_COOKIE, session), *((name, secrets.token_hex(8)) for name in _CSRF_COOKIES))
    return tuple(("Set-Cookie", f"{name}={value}; Path=/; Secure; HttpOnly") for name, value in named)


def accepted(body: bytes, content_type: str, *, answers: bool) -> Answer:
    """HTTPS channels give the flow's result, which here is the message itself; the others take it with a 202."""
    return Answer(200, body, content_type) if answers else Answer(202)


def plain(status: int, sentence: str) -> Answer:
    """A sentence of the simulator's own, where SAP has nothing to say."""
    return Answer(status, sentence.encode(), "text/plain;charset=utf-8")
