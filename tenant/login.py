"""Signs requests in: a password (Basic) or an OAuth token. The secret is read when needed, kept nowhere else.

A token is fetched once and used until the tenant answers 401; it is then fetched once more (SAP page 20e26a8).
"""

import asyncio
import base64
from collections.abc import Callable
from typing import Protocol

import httpx
from pydantic import BaseModel, Field, ValidationError

from tenant.answers import Clock, error_of, utc_now
from tenant.errors import NonsenseAnswer
from tenant.settings import BasicLogin, OAuthLogin

Secret = Callable[[], str]


class Login(Protocol):
    """What a session needs to sign its requests in."""

    async def authorization(self, http: httpx.AsyncClient) -> str:
        """The value of the Authorization header. Raises `TenantError` when no token is given."""

    def refused(self, authorization: str) -> bool:
        """Tell that this value was answered with 401; True when another one can be had."""

    def secrets(self) -> tuple[str, ...]:
        """Texts that must never be seen in an error or a log."""


class PasswordLogin:
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


class TokenLogin:
    """OAuth client credentials: one token, shared by all requests of a session."""

    def __init__(self, login: OAuthLogin, secret: Secret, clock: Clock = utc_now) -> None:
        """Keep the client and where its secret comes from."""
        self._url = httpx.URL(login.token_url).copy_merge_params({"grant_type": "client_credentials"})
        self._client_id = login.client_id
        self._secret = secret
        self._clock = clock
        self._bearer = ""
        self._fetching = asyncio.Lock()

    async def authorization(self, http: httpx.AsyncClient) -> str:
        """The Bearer value; the token is fetched where there is none."""
        async with self._fetching:
            self._bearer = self._bearer or await self._fetch(http)
        return self._bearer

    def refused(self, authorization: str) -> bool:
        """True: the token is dropped, unless another request has renewed it already."""
        if authorization == self._bearer:
            self._bearer = ""
        return True

    def secrets(self) -> tuple[str, ...]:
        """The client secret, its Basic form and the token."""
        secret = self._secret()
        basic = _basic(self._client_id, secret).removeprefix("Basic ")
        return secret, basic, self._bearer.removeprefix("Bearer ")

    async def _fetch(self, http: httpx.AsyncClient) -> str:
        headers = {"Authorization": _basic(self._client_id, self._secret())}
        response = await http.post(self._url, headers=headers)
        if error := error_of(response, self._clock, self.secrets()):
            raise error
        try:
            return f"Bearer {_Token.model_validate_json(response.content).access_token}"
        except ValidationError:  # its text would quote the body, which may hold a token
            raise NonsenseAnswer(response.status_code, self._url.path, "no access_token") from None


def login_for(login: BasicLogin | OAuthLogin, secret: Secret, clock: Clock = utc_now) -> Login:
    """The login that the settings describe."""
    if isinstance(login, OAuthLogin):
        return TokenLogin(login, secret, clock)
    return PasswordLogin(login, secret)


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
