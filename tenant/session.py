"""One HTTP session with one API: cookies, CSRF, reading, paging. Login, pace and time-outs are in exchange.py.

Two kinds of APIs are spoken to: the tenant's OData API, and the REST APIs that keep service keys (the CF API v3, the
Service Manager). Writes are repeated for one reason only: a new CSRF token after the 403 that asks for one. Every
other retry is decided above, by the class of the error.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Self, TypeVar
from urllib.parse import urljoin

import httpx

from process.facts import Environment
from tenant.answers import Clock, asks_for_csrf, utc_now
from tenant.errors import NonsenseAnswer
from tenant.exchange import JSON, Authorities, Exchange, Outside, Request, http_client
from tenant.login import Secret
from tenant.odata import Unreadable, document, entity, is_html, page
from tenant.rates import Limiter
from tenant.settings_shapes import AnyLogin, BasicLogin, ServiceKeyApi, TenantSettings

__all__ = ["JSON", "Request", "Row", "Session", "nonsense", "read", "rest_session"]

T = TypeVar("T")
Row = Mapping[str, object]

_MOST_PAGES = 10_000


class Session:
    """Requests to one API. Errors are `TenantError`s and hold no secret."""

    def __init__(
        self,
        settings: TenantSettings,
        secret: Secret | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = utc_now,
        limiter: Limiter | None = None,
        api: ServiceKeyApi | None = None,
        authorities: Authorities | None = None,
    ) -> None:
        """Prepare the session with the tenant, or with the `api` of its service keys; nothing is sent yet.

        `limiter` keeps the pace; by default all sessions of this process with the same tenant and user share one.
        `authorities` gives the TLS context of connections, by default one that trusts what httpx trusts.
        """
        self._root = (api or settings).url + "/"
        login: AnyLogin = (api or settings).login
        outside = Outside(secret, transport, clock, limiter, authorities)
        self._http = http_client(settings, self._root, outside)
        self._exchange = Exchange(settings, self._root, login, self._http, outside)
        self._csrf: str | None = None
        self._csrf_known = api is not None or not _wants_csrf(settings)
        self._csrf_fetching = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """The session."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def get(self, path: str, accept: str = JSON) -> httpx.Response:
        """The answer to a GET of a path below the API root, always 2xx. Raises `TenantError`."""
        return await self._get(self._root + path, accept)

    async def write(self, method: str, path: str, body: Row | None = None) -> httpx.Response:
        """The answer to a POST, PUT or DELETE, always 2xx, sent with a CSRF token where one is needed.

        Raises `TenantError`.
        """
        request = Request(method, self._root + path, body=body, csrf=await self._csrf_token())
        response = await self._exchange.answer(request)
        if asks_for_csrf(response):
            renewed = await self._csrf_token(refused=request)
            response = await self._exchange.answer(replace(request, csrf=renewed))
        if asks_for_csrf(response):
            raise nonsense(response, "the CSRF token that the tenant has just given is refused")
        read(self._judged(response), partial(_acknowledged, response))
        return response

    async def entity(self, path: str, reading: Callable[[Row], T]) -> T:
        """The one entity at a path, as `reading` makes it of the row. Raises `TenantError`."""
        return read(await self.get(path), lambda text: reading(entity(text)))

    async def rows(self, path: str, reading: Callable[[Row], T]) -> list[T]:
        """All entities of a set, page by page, as `reading` makes them of the rows. Raises `TenantError`.

        `__next` is followed as it stands; `$skip` is never used, navigations ignore it and repeat page one.
        """
        address: str | None = self._root + path
        seen: set[str] = set()
        first_rows: list[Row] = []
        found: list[T] = []
        while address is not None:
            seen.add(address)
            response = await self._get(address)
            first, entities, following = read(response, lambda text: _page(text, reading))
            address = following and self._same_host(response, following)
            if address in seen or any(row in first_rows for row in first) or len(seen) > _MOST_PAGES:
                raise nonsense(response, "the pages of the list go in a circle")
            first_rows += first
            found += entities
        return found

    def _same_host(self, response: httpx.Response, following: str) -> str:
        """The address of the next page, unless it would carry the login to another host."""
        address = urljoin(self._root, following)
        there, here = httpx.URL(address), httpx.URL(self._root)
        if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
            raise nonsense(response, "the next page of the list is on another host")
        return address

    async def _csrf_token(self, refused: Request | None = None) -> str | None:
        """The token of this session, fetched before the first write and again when it was refused.

        None where none is needed or the tenant gives none.
        """
        async with self._csrf_fetching:
            stale = refused is not None and refused.csrf == self._csrf
            if stale or not self._csrf_known:
                fetch = Request("GET", self._root, csrf="Fetch")
                answer = self._judged(await self._exchange.answer(fetch))
                self._csrf = answer.headers.get("x-csrf-token")
                self._csrf_known = True
            return self._csrf

    async def _get(self, url: str, accept: str = JSON) -> httpx.Response:
        return self._judged(await self._exchange.answer(Request("GET", url, accept)))

    def _judged(self, response: httpx.Response) -> httpx.Response:
        return self._exchange.judged(response, self._csrf or "")


def rest_session(
    settings: TenantSettings,
    api: ServiceKeyApi,
    secret: Secret | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Clock = utc_now,
) -> Session:
    """A session with the API that keeps the service keys of a tenant's senders: JSON, no OData, no CSRF.

    `secret` gives what `api.login.secret` reads: the password or client secret, or the JSON of a whole binding.
    """
    return Session(settings, secret, transport, clock, api=api)


def _wants_csrf(settings: TenantSettings) -> bool:
    """Neo wants a CSRF token for every write, Cloud Foundry with Basic only (SAP page 040d811)."""
    return settings.environment is Environment.NEO or isinstance(settings.login, BasicLogin)


def read(response: httpx.Response, reading: Callable[[str], T]) -> T:
    """What `reading` makes of a body; what it cannot read is a `NonsenseAnswer` with its evidence."""
    try:
        return reading(response.text)
    except Unreadable as wrong:
        raise nonsense(response, str(wrong)) from None


def _page(text: str, reading: Callable[[Row], T]) -> tuple[list[Row], list[T], str | None]:
    """The first row as it came (in a list, which may be empty), all rows as read, the next address."""
    rows, following = page(text)
    return list(rows[:1]), [reading(row) for row in rows], following


def _acknowledged(response: httpx.Response, text: str) -> None:
    """A write is not done because somebody said 200: a sign-in page or broken JSON is not the API's word."""
    if is_html(text):
        raise Unreadable("an HTML page")
    if text.strip() and response.headers.get("content-type", "").startswith(JSON):
        document(text)


def nonsense(response: httpx.Response, why: str) -> NonsenseAnswer:
    """The error of an answer that cannot be understood."""
    return NonsenseAnswer(response.status_code, response.request.url.path, why)
