"""One HTTP session with one tenant: cookies, CSRF, login, time-outs, paging, and a bound on requests at once.

What is repeated here is repeated once and for a reason the tenant named: a new token after 401, a new CSRF token
after the 403 that asks for one. Every other retry is decided above, by the class of the error.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Self, TypeVar
from urllib.parse import urljoin

import httpx

from tenant.answers import Clock, asks_for_csrf, error_of, utc_now
from tenant.errors import NonsenseAnswer, TenantUnreachable
from tenant.login import Secret, login_for
from tenant.odata import Unreadable, document, entity, is_html, page
from tenant.settings import TenantSettings, is_loopback

T = TypeVar("T")
Row = Mapping[str, object]

JSON = "application/json"
_MOST_PAGES = 10_000
_CONNECT_SECONDS = 10.0


@dataclass(frozen=True)
class Request:
    """One request, without the login: `url` is absolute."""

    method: str
    url: str
    accept: str = JSON
    body: Row | None = None
    csrf: str | None = None


class Session:
    """Requests to one tenant. Errors are `TenantError`s and hold no secret."""

    def __init__(
        self,
        settings: TenantSettings,
        secret: Secret | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = utc_now,
    ) -> None:
        """Prepare the session; nothing is sent yet."""
        self._root = settings.url + "/"
        self._clock = clock
        self._login = login_for(settings.login, secret or settings.login.secret.read, clock)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._csrf: str | None = None
        self._csrf_known = False
        self._csrf_fetching = asyncio.Lock()
        self._http = _http_client(settings, transport)
        _keep_headers_out_of_logs()

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
        """The answer to a POST, PUT or DELETE, always 2xx, sent with a CSRF token. Raises `TenantError`."""
        request = Request(method, self._root + path, body=body, csrf=await self._csrf_token())
        response = await self._signed_in(request)
        if asks_for_csrf(response):
            renewed = await self._csrf_token(refused=request)
            response = await self._signed_in(replace(request, csrf=renewed))
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
            address = following and self._same_tenant(response, following)
            if address in seen or any(row in first_rows for row in first) or len(seen) > _MOST_PAGES:
                raise nonsense(response, "the pages of the list go in a circle")
            first_rows += first
            found += entities
        return found

    def _same_tenant(self, response: httpx.Response, following: str) -> str:
        """The address of the next page, unless it would carry the password to another host."""
        address = urljoin(self._root, following)
        there, here = httpx.URL(address), httpx.URL(self._root)
        if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
            raise nonsense(response, "the next page of the list is on another host")
        return address

    async def _csrf_token(self, refused: Request | None = None) -> str | None:
        """The token of this session, fetched before the first write and again when it was refused.

        None where the tenant gives none, as Cloud Foundry does with a bearer token.
        """
        async with self._csrf_fetching:
            stale = refused is not None and refused.csrf == self._csrf
            if stale or not self._csrf_known:
                fetch = Request("GET", self._root, csrf="Fetch")
                answer = self._judged(await self._signed_in(fetch))
                self._csrf = answer.headers.get("x-csrf-token")
                self._csrf_known = True
            return self._csrf

    async def _get(self, url: str, accept: str = JSON) -> httpx.Response:
        return self._judged(await self._signed_in(Request("GET", url, accept)))

    async def _signed_in(self, request: Request) -> httpx.Response:
        """The answer, asked for once more with a new token where the old one was answered with 401."""
        async with self._slots:
            response, authorization = await self._exchange(request)
            if response.status_code == 401 and self._login.refused(authorization):
                response, _ = await self._exchange(request)
            return response

    async def _exchange(self, request: Request) -> tuple[httpx.Response, str]:
        path = httpx.URL(request.url).path
        try:
            authorization = await self._login.authorization(self._http)
            headers = {"Accept": request.accept, "Authorization": authorization}
            if request.csrf is not None:
                headers["X-CSRF-Token"] = request.csrf
            response = await self._http.request(request.method, request.url, headers=headers, json=request.body)
            return response, authorization
        except httpx.DecodingError:
            raise NonsenseAnswer(None, path, "the body cannot be unpacked") from None
        except httpx.RequestError as broken:
            raise TenantUnreachable(None, path, type(broken).__name__) from None

    def _judged(self, response: httpx.Response) -> httpx.Response:
        secrets = (*self._login.secrets(), self._csrf or "")
        if error := error_of(response, self._clock, secrets):
            raise error
        return response


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


@cache
def _trusted_authorities() -> ssl.SSLContext:
    """Read once: it takes 20 ms, in which the worker does nothing else, and each activity opens a client."""
    return httpx.create_ssl_context()


def _http_client(settings: TenantSettings, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=transport,
        timeout=httpx.Timeout(settings.timeout_seconds, connect=min(_CONNECT_SECONDS, settings.timeout_seconds)),
        limits=httpx.Limits(max_connections=settings.concurrency),
        headers={"User-Agent": "certrelay"},
        verify=_trusted_authorities(),
        # A company's proxy is for the tenant, never for a simulator on this machine.
        trust_env=not is_loopback(httpx.URL(settings.url).host),
    )


def _keep_headers_out_of_logs() -> None:
    """httpcore logs all headers at DEBUG, cookies and passwords with them."""
    logger = logging.getLogger("httpcore")
    if logger.level < logging.INFO:
        logger.setLevel(logging.INFO)
