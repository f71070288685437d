"""One signed request and its answer: login, time-outs, a bound on requests at once, the pace, and the wait after 429.

What is repeated here was not carried out: a request answered with 401 once, with a new token, and one answered with
429 up to five times in all, after the wait that the tenant asks for.
"""

import logging
import ssl
from asyncio import Semaphore
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

import httpx

from tenant.answers import Clock, asks_for_csrf, error_of, utc_now
from tenant.client_certificate import show_certificate
from tenant.errors import NonsenseAnswer, TenantBusy, TenantUnreachable
from tenant.login import Login, Secret, login_for
from tenant.login import shared as shared_login
from tenant.rates import Bucket, Limiter, rates_of, shared
from tenant.service_key_file import ServiceKey
from tenant.settings_shapes import AnyLogin, TenantSettings, is_loopback

Authorities = Callable[[], ssl.SSLContext]
"""Makes a new TLS context, with the authorities that are trusted."""

JSON = "application/json"

TRIES = 5
"""How often one request is sent while the answer is 429."""

BUSY_SECONDS = 2.0
"""The wait after a 429 that names none, which SAP does not document; other clients keep it."""

_CONNECT_SECONDS = 10.0


@dataclass(frozen=True)
class Request:
    """One request, without the login: `url` is absolute."""

    method: str
    url: str
    accept: str = JSON
    body: Mapping[str, object] | None = None
    csrf: str | None = None


@dataclass(frozen=True)
class Outside:
    """What a test may put in the place of the world outside; each None is the real thing."""

    secret: Secret | None = None
    transport: httpx.AsyncBaseTransport | None = None
    clock: Clock = utc_now
    limiter: Limiter | None = None
    authorities: Authorities | None = None

    @property
    def is_real(self) -> bool:
        """True where nothing is replaced: then the token is shared by all clients of the process."""
        return self == Outside()


class Exchange:
    """Requests below one root address with one login. Errors are `TenantError`s and hold no secret."""

    def __init__(
        self, settings: TenantSettings, root: str, login: AnyLogin, http: httpx.AsyncClient, outside: Outside
    ) -> None:
        """Prepare; nothing is sent yet. Whoever made `http` closes it."""
        self.root = root
        self._settings = settings
        self._login_settings = login
        self._outside = outside
        self._slots = Semaphore(settings.concurrency)
        self._http = http
        self._signing: Login | None = None
        self._pace: Limiter | None = None
        _keep_headers_out_of_logs()

    async def answer(self, request: Request) -> httpx.Response:
        """The answer, of any status but 429. Raises `TenantError` where there is none, or no login, or 429 stays."""
        bucket = self._bucket(request.url)
        waited = 0.0
        for _ in range(TRIES - 1):
            try:
                return self._not_busy(await self._signed_in(request, bucket))
            except TenantBusy as busy:  # of the tenant, or of the token server
                wait = BUSY_SECONDS if busy.retry_after is None else busy.retry_after
                waited += wait
                bucket.pause(wait)
                if waited > self._settings.busy_seconds:
                    raise
        return self._not_busy(await self._signed_in(request, bucket))

    def _not_busy(self, response: httpx.Response) -> httpx.Response:
        return self.judged(response) if response.status_code == 429 else response

    def judged(self, response: httpx.Response, *secrets: str) -> httpx.Response:
        """A 2xx as it is. Raises the `TenantError` that any other answer means."""
        if response.is_success:
            return response
        error = error_of(response, self._outside.clock, (*self._login.secrets(), *secrets))
        assert error is not None
        raise error

    @property
    def _login(self) -> Login:
        if self._signing is None:
            self._signing = self._sign_in()
        return self._signing

    def _sign_in(self) -> Login:
        login, outside = self._login_settings, self._outside
        connect = partial(_certificate_client, self._settings, outside)
        if outside.is_real:
            return shared_login(login, connect)
        return login_for(login, outside.secret or login.secret.read, connect, outside.clock)

    def _bucket(self, url: str) -> Bucket:
        if self._pace is None:
            self._pace = self._outside.limiter or self._own_pace()
        return self._pace.bucket(url.removeprefix(self.root))

    def _own_pace(self) -> Limiter:
        # A transport of its own leads to a tenant of its own, whose pace is nobody else's.
        rates = rates_of(self._settings)
        return Limiter(rates) if self._outside.transport else shared(self.root, self._login_settings, rates)

    async def _signed_in(self, request: Request, bucket: Bucket) -> httpx.Response:
        """The answer, asked for once more with a new token where the old one was answered with 401."""
        async with self._slots:
            response, authorization = await self._exchange(request, bucket)
            if response.status_code == 401 and self._login.refused(authorization):
                response, authorization = await self._exchange(request, bucket)
            if response.status_code == 403 and not asks_for_csrf(response):
                # A role that is given later counts only in a token that is fetched later.
                self._login.refused(authorization)
            return response

    async def _exchange(self, request: Request, bucket: Bucket) -> tuple[httpx.Response, str]:
        path = httpx.URL(request.url).path
        try:
            authorization = await self._login.authorization(self._http)
            headers = {"Accept": request.accept, "Authorization": authorization}
            if request.csrf is not None:
                headers["X-CSRF-Token"] = request.csrf
            await bucket.take()
            response = await self._http.request(request.method, request.url, headers=headers, json=request.body)
            return response, authorization
        except httpx.DecodingError:
            raise NonsenseAnswer(None, path, "the body cannot be unpacked") from None
        except httpx.RequestError as broken:
            raise TenantUnreachable(None, path, type(broken).__name__) from None


@cache
def _trusted_authorities() -> ssl.SSLContext:
    """Read once: it takes 20 ms, in which the worker does nothing else, and each activity opens a client."""
    return httpx.create_ssl_context()


def http_client(settings: TenantSettings, url: str, outside: Outside) -> httpx.AsyncClient:
    """The connections to the host of `url`; no client certificate is shown there."""
    verify = outside.authorities() if outside.authorities else _trusted_authorities()
    return _http_client(settings, url, outside.transport, verify)


def _certificate_client(settings: TenantSettings, outside: Outside, key: ServiceKey) -> httpx.AsyncClient:
    # A context of its own: the certificate is for the token server alone.
    context = show_certificate((outside.authorities or httpx.create_ssl_context)(), key)
    return _http_client(settings, key.token_url, outside.transport, context)


def _http_client(
    settings: TenantSettings, url: str, transport: httpx.AsyncBaseTransport | None, verify: ssl.SSLContext
) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=transport,
        timeout=httpx.Timeout(settings.timeout_seconds, connect=min(_CONNECT_SECONDS, settings.timeout_seconds)),
        limits=httpx.Limits(max_connections=settings.concurrency),
        headers={"User-Agent": "certrelay"},
        verify=verify,
        # A company's proxy is for the tenant, never for a simulator on this machine.
        trust_env=not is_loopback(httpx.URL(url).host),
    )


def _keep_headers_out_of_logs() -> None:
    """httpcore logs all headers at DEBUG, cookies and passwords with them."""
    logger = logging.getLogger("httpcore")
    if logger.level < logging.INFO:
        logger.setLevel(logging.INFO)
