"""Signs requests in: a password (Basic) or an OAuth token. The secret is read when needed, kept nowhere else.

A token is fetched once and used until it expires or the tenant answers 401; it is then fetched once more (SAP page
20e26a8). Neo's sample answer says `expires_in` 0, which tells nothing: such a token is used until the 401.
"""

import asyncio
import base64
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import quote_plus
from weakref import WeakKeyDictionary

import httpx
from pydantic import BaseModel, Field, ValidationError

from tenant.answers import Clock, error_of, utc_now
from tenant.client_certificate import UnusableCertificate
from tenant.errors import NonsenseAnswer, NotAllowed, TenantError, TenantUnreachable
from tenant.rest_errors import oauth_error
from tenant.service_key_file import ServiceKey
from tenant.settings_shapes import (
    AnyLogin,
    BasicLogin,
    CertificateLogin,
    OAuthLogin,
    PasswordLogin,
    SettingsError,
)

Secret = Callable[[], str]
CertificateClient = Callable[[ServiceKey], httpx.AsyncClient]
"""Makes an HTTP client that shows the certificate of a service key. Raises `UnusableCertificate`."""

_CLIENT_CREDENTIALS = {"grant_type": "client_credentials"}
_UAA_CLIENT = "cf"  # the public client of Cloud Foundry's UAA; its secret is empty (SAP page 6e5db60)
_EARLY_SECONDS = 60.0
# What RFC 6749 section 5.2 says with a 400 where the login itself is wrong.
_LOGIN_REFUSED = frozenset({"invalid_client", "invalid_grant", "unauthorized_client"})


class Login(Protocol):
    """What a session needs to sign its requests in."""

    async def authorization(self, http: httpx.AsyncClient) -> str:
        """The value of the Authorization header. Raises `TenantError` when no token is given."""

    def refused(self, authorization: str) -> bool:
        """Tell that this value was answered with 401 or 403; True when another one can be had."""

    def secrets(self) -> tuple[str, ...]:
        """Texts that must never be seen in an error or a log."""


class BasicSignIn:
    """Basic authentication with the user of the settings."""

    def __init__(self, login: BasicLogin, secret: Secret) -> None:
        """Keep the user and where the password comes from."""
        self._user = login.user
        self._secret = secret

    async def authorization(self, http: httpx.AsyncClient) -> str:
        """The Basic value, from the password as it is now."""
        return _basic(self._user, self._secret())

    def refused(self, authorization: str) -> bool:
        """False: the same password would be refused again."""
        return False

    def secrets(self) -> tuple[str, ...]:
        """The password and its Basic form."""
        password = self._secret()
        return password, _basic(self._user, password).removeprefix("Basic ")


class _Token(BaseModel):
    access_token: str = Field(min_length=1)
    expires_in: float | None = Field(None, allow_inf_nan=False)

    def good_until(self, now: datetime) -> datetime | None:
        """When it should be replaced: somewhat before its end. None where it names no end."""
        if not self.expires_in or self.expires_in < 0:
            return None
        early = min(_EARLY_SECONDS, self.expires_in / 10)
        try:
            return now + timedelta(seconds=self.expires_in - early)
        except OverflowError:
            return None


class Grant(Protocol):
    """One way to ask a token server for a token."""

    @property
    def login(self) -> OAuthLogin | CertificateLogin | PasswordLogin:
        """The settings it is made of."""

    async def ask(self, http: httpx.AsyncClient) -> httpx.Response:
        """The token server's answer, whatever it is."""

    def secrets(self) -> tuple[str, ...]:
        """Texts of this grant that must never be seen."""


@dataclass(frozen=True)
class ClientSecretGrant:
    """Client credentials with a secret: by Basic as SAP documents it, or in the body."""

    login: OAuthLogin
    secret: Secret

    async def ask(self, http: httpx.AsyncClient) -> httpx.Response:
        """The token server's answer to the client and its secret."""
        client, secret = self.login.client_id, self._plain()
        if self.login.in_body:
            form = {**_CLIENT_CREDENTIALS, "client_id": client, "client_secret": secret}
            return await http.post(self.login.token_url, data=form)
        url = httpx.URL(self.login.token_url).copy_merge_params(_CLIENT_CREDENTIALS)
        return await http.post(url, headers={"Authorization": _basic(client, secret)})

    def secrets(self) -> tuple[str, ...]:
        """The client secret, as it is in a body and in its Basic form."""
        secret = self._plain()
        return secret, quote_plus(secret), _basic(self.login.client_id, secret).removeprefix("Basic ")

    def _plain(self) -> str:
        return self.login.secret.secret(self.secret())


@dataclass(frozen=True)
class CertificateGrant:
    """Client credentials over TLS with a client certificate; the token is then used without it."""

    login: CertificateLogin
    secret: Secret
    connect: CertificateClient

    async def ask(self, http: httpx.AsyncClient) -> httpx.Response:
        """The token server's answer to the client certificate, over a connection of its own."""
        form = {**_CLIENT_CREDENTIALS, "client_id": self.login.client_id}
        async with self._client() as own:
            return await own.post(self.login.token_url, data=form)

    def secrets(self) -> tuple[str, ...]:
        """The private key, as a whole and line by line."""
        key = self._key().key
        return key, *(line for line in key.splitlines() if not line.startswith("--"))

    def _key(self) -> ServiceKey:
        return self.login.source.service_key(self.secret())

    def _client(self) -> httpx.AsyncClient:
        try:
            return self.connect(self._key())
        except UnusableCertificate as wrong:
            raise SettingsError("the service key", (f"{self.login.source.key}: {wrong}",)) from None


@dataclass(frozen=True)
class PasswordGrant:
    """The password grant of Cloud Foundry's UAA. The password goes in the body, never in the address."""

    login: PasswordLogin
    secret: Secret

    async def ask(self, http: httpx.AsyncClient) -> httpx.Response:
        """The token server's answer to user and password."""
        form = {"grant_type": "password", "username": self.login.user, "password": self.secret()}
        return await http.post(self.login.token_url, data=form, headers={"Authorization": _basic(_UAA_CLIENT, "")})

    def secrets(self) -> tuple[str, ...]:
        """The password, as it is and as it is in a body."""
        password = self.secret()
        return password, quote_plus(password)


class TokenSignIn:
    """OAuth: one token, shared by all requests; one fetch serves all who wait for it, also when it fails."""

    def __init__(self, grant: Grant, clock: Clock = utc_now) -> None:
        """Keep how to ask for a token."""
        self._grant = grant
        self._clock = clock
        self._bearer = ""
        self._good_until: datetime | None = None
        self._fetching = asyncio.Lock()
        self._fetches = 0
        self._failure: TenantError | None = None

    async def authorization(self, http: httpx.AsyncClient) -> str:
        """The Bearer value; the token is fetched where there is none, or none that is still good."""
        seen = self._fetches
        async with self._fetching:
            if self._expired():
                # The same wrong password many times over would only lock the user.
                if self._failure and self._fetches != seen:
                    raise self._failure
                await self._renew(http)
            return self._bearer

    def refused(self, authorization: str) -> bool:
        """True: the token is dropped, unless another request has renewed it already."""
        if authorization == self._bearer:
            self._bearer = ""
        return True

    def secrets(self) -> tuple[str, ...]:
        """The secrets of the grant and the token."""
        return *self._grant.secrets(), self._bearer.removeprefix("Bearer ")

    def _expired(self) -> bool:
        return not self._bearer or (self._good_until is not None and self._clock() >= self._good_until)

    async def _renew(self, http: httpx.AsyncClient) -> None:
        self._bearer, self._failure = "", None
        try:
            token = await self._fetch(http)
        except TenantError as failure:
            self._failure = failure
            raise
        finally:
            self._fetches += 1
        self._bearer = f"Bearer {token.access_token}"
        self._good_until = token.good_until(self._clock())

    async def _fetch(self, http: httpx.AsyncClient) -> _Token:
        response = await self._answer(http)
        if not response.is_success:
            raise self._refusal(response)
        try:
            return _Token.model_validate_json(response.content)
        except ValidationError:  # its text would quote the body, which may hold a token
            raise NonsenseAnswer(response.status_code, response.request.url.path, "no access_token") from None

    async def _answer(self, http: httpx.AsyncClient) -> httpx.Response:
        path = httpx.URL(self._grant.login.token_url).path
        try:
            return await self._grant.ask(http)
        except httpx.DecodingError:
            raise NonsenseAnswer(None, path, "the body cannot be unpacked") from None
        except httpx.RequestError as broken:
            raise TenantUnreachable(None, path, type(broken).__name__) from None

    def _refusal(self, response: httpx.Response) -> TenantError:
        error = error_of(response, self._clock, self.secrets())
        assert error is not None
        if response.status_code == 400 and oauth_error(response.text) in _LOGIN_REFUSED:
            return NotAllowed(error.status, error.path, error.text)
        return error


def login_for(login: AnyLogin, secret: Secret, connect: CertificateClient, clock: Clock = utc_now) -> Login:
    """The login that the settings describe; `connect` is only used with a client certificate."""
    match login:
        case BasicLogin():
            return BasicSignIn(login, secret)
        case OAuthLogin():
            return TokenSignIn(ClientSecretGrant(login, secret), clock)
        case CertificateLogin():
            return TokenSignIn(CertificateGrant(login, secret, connect), clock)
        case PasswordLogin():
            return TokenSignIn(PasswordGrant(login, secret), clock)


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Hashable, Login]] = WeakKeyDictionary()


def shared(login: AnyLogin, connect: CertificateClient) -> Login:
    """The one login of this kind in this process and event loop, so that each activity needs no token of its own."""
    logins = _shared.setdefault(asyncio.get_running_loop(), {})
    if login not in logins:
        logins[login] = login_for(login, login.secret.read, connect)
    return logins[login]


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
