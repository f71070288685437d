"""Signing in: basic authentication and bearer tokens, and the token endpoints that hand these out.

A token is kept as its digest, with the roles of the moment, and is worth nothing after its time or once revoked.
Cloud Foundry: `POST /oauth/token` (client credentials) for API clients, `POST /uaa/oauth/token` (password) for
people. Neo: `POST /oauth2/api/v1/token`. A client certificate in place of a secret is not taken: TLS does not end
here. SAP pages 20e26a8, 040d811 and 6e5db60.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tenant.simulator.roles import granted_roles
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State

CLOUD_FOUNDRY_CLIENT = "cf"  # of everybody's command line; its secret is empty
_FORM = "application/x-www-form-urlencoded"


class Audience(StrEnum):
    """For whom a token is: the API of the tenant and the Service Manager, or Cloud Foundry."""

    API = "api"
    CLOUD_FOUNDRY = "cloud foundry"


@dataclass(frozen=True)
class Caller:
    """Somebody who signed in; `by_token` is false for basic authentication."""

    name: str
    roles: tuple[str, ...]
    by_token: bool


@dataclass(frozen=True)
class SignIn:
    """Knows who may call, at `now` (epoch milliseconds)."""

    state: State
    settings: SimulatorSettings
    now: int

    def user(self, headers: Headers) -> Caller | None:
        """The technical user by basic authentication; new roles count at once."""
        if not _same(_basic(headers), (self.settings.user, self.settings.password)):
            return None
        return Caller(self.settings.user, granted_roles(self.state, self.settings), by_token=False)

    def bearer(self, headers: Headers, audience: Audience) -> Caller | None:
        """The owner of a token that is valid for this audience, with the roles of when it was issued."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        row = self.state.row(
            "SELECT roles FROM tokens WHERE digest = ? AND audience = ? AND expires_at > ?",
            _digest(token.strip()), str(audience), self.now,
        )  # fmt: skip
        if scheme.lower() != "bearer" or row is None:
            return None
        name = self.settings.user if audience is Audience.CLOUD_FOUNDRY else self._client_name()
        return Caller(name, tuple(json.loads(row["roles"])), by_token=True)

    def caller(self, headers: Headers) -> Caller | None:
        """Whoever calls the tenant's API, in either way."""
        return self.user(headers) or self.bearer(headers, Audience.API)

    def _client_name(self) -> str:
        """As whom a client acts: on Neo as a user of this name, to which the roles are given (page 040d811)."""
        client = self.settings.client_id
        return f"oauth_client_{client}" if self.settings.profile == "neo" else client


@dataclass(frozen=True)
class TokenRequest:
    """A request to a token endpoint: its headers, its query, and its body as it came."""

    headers: Headers
    query: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The fields of the body, if it is a form."""
        if not self.headers.get("content-type", "").startswith(_FORM):
            return {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def grant_type(self) -> str:
        """The grant, from the query or the form."""
        return self.query.get("grant_type") or self.form.get("grant_type", "")

    @property
    def client(self) -> tuple[str, str]:
        """Client id and secret, from the header or the form; never from the query, which is logged."""
        form = self.form
        return _basic(self.headers) or (form.get("client_id", ""), form.get("client_secret", ""))


@dataclass(frozen=True)
class TokenServer:
    """Issues tokens at `now` (epoch milliseconds); call it inside a transaction."""

    state: State
    settings: SimulatorSettings
    now: int

    def client_credentials(self, request: TokenRequest) -> Response:
        """A token for the tenant's API: XSUAA's answer, or that of Neo."""
        if not _same(request.client, (self.settings.client_id, self.settings.password)):
            return _refused(401, "invalid_client", "Bad credentials")
        if request.grant_type != "client_credentials":
            return _refused(400, "unsupported_grant_type", "Unsupported grant type")
        neo = self.settings.profile == "neo"
        roles = granted_roles(self.state, self.settings)
        told = self.settings.neo_expires_in if neo else self.settings.token_lifetime
        # Neo's sample tells no scope; elsewhere the scopes are those of the roles, under the name of the client.
        scope = "" if neo else " ".join(f"it!b1.{role}" for role in roles)
        return self._issue(Audience.API, roles, told, scope)

    def password(self, request: TokenRequest) -> Response:
        """A token for Cloud Foundry's API, by user and password, as its command line fetches it."""
        if not _same(request.client, (CLOUD_FOUNDRY_CLIENT, "")):
            return _refused(401, "invalid_client", "Bad credentials")
        if request.grant_type != "password":
            return _refused(400, "unsupported_grant_type", "Unsupported grant type")
        given = (request.form.get("username", ""), request.form.get("password", ""))
        if not _same(given, (self.settings.user, self.settings.password)):
            return _refused(401, "unauthorized", "Bad credentials")
        scope = "cloud_controller.read cloud_controller.write"
        return self._issue(Audience.CLOUD_FOUNDRY, (), self.settings.token_lifetime, scope)

    def _issue(self, audience: Audience, roles: tuple[str, ...], told: int, scope: str) -> Response:
        token = secrets.token_urlsafe(48)
        self.state.change("DELETE FROM tokens WHERE expires_at <= ?", self.now)
        self.state.insert(
            "tokens",
            digest=_digest(token),
            audience=str(audience),
            roles=json.dumps(roles),
            expires_at=self.now + self.settings.token_lifetime * 1000,
        )
        answer = {"access_token": token, "token_type": "bearer", "expires_in": told, "scope": scope}
        return JSONResponse({**answer, "jti": uuid4().hex}, headers={"Cache-Control": "no-store"})


def revoke_tokens(state: State) -> None:
    """Make every token that was issued worthless."""
    state.change("DELETE FROM tokens")


def unauthorized(headers: Headers) -> Response:
    """401 with SAP's bare text; it names the scheme that was tried."""
    scheme = headers.get("authorization", "").partition(" ")[0].lower()
    challenge = 'Bearer error="invalid_token"' if scheme == "bearer" else 'Basic realm="SAP Cloud Integration"'
    return PlainTextResponse("Unauthorized", 401, {"WWW-Authenticate": challenge})


def _refused(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)


def _basic(headers: Headers) -> tuple[str, str] | None:
    """User and password of basic authentication; None where the header is another or cannot be read."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    try:
        user, colon, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if scheme.lower() == "basic" and colon else None


def _same(given: tuple[str, str] | None, expected: tuple[str, str]) -> bool:
    """Compared in a time that tells nothing of how far they agree."""
    return given is not None and hmac.compare_digest(":".join(given).encode(), ":".join(expected).encode())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
