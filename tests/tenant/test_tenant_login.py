"""Signing in: Basic, and OAuth with one token that is renewed once."""

import asyncio
import base64
import json
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from scripted_tenant import NOW, OAUTH, PASSWORD, Answer, ScriptedTenant, listing, settings

from tenant.client import TenantClient
from tenant.errors import NonsenseAnswer, NotAllowed, TenantBusy, TenantRefused, TenantUnreachable
from tenant.login import login_for, shared
from tenant.rates import Limiter
from tenant.settings import OAuthLogin, PasswordLogin, SecretForm, SecretSource, SettingsError
from tenant.settings_shapes import AnyLogin


class TokenTenant:
    """A token server and a tenant that accepts only the newest token; `revoke` makes it stale."""

    def __init__(self) -> None:
        self.tokens = 0
        self.valid = ""
        self.calls = 0
        self.deaf = False

    def revoke(self) -> None:
        """Let the current token be refused from now on."""
        self.valid = "nothing"

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)  # lets other requests come in between
        if request.url.host == "login.example":
            return self._token(request)
        self.calls += 1
        if self.deaf or request.headers["authorization"] != f"Bearer {self.valid}":
            return Answer(401)
        return listing()

    def _token(self, request: httpx.Request) -> httpx.Response:
        assert request.method == "POST"
        assert request.url.params["grant_type"] == "client_credentials"
        basic = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        assert basic == f"renewal-client:{PASSWORD}"
        self.tokens += 1
        self.valid = f"token-{self.tokens}"
        return Answer(200, json={"access_token": self.valid, "token_type": "bearer", "expires_in": 0})


async def test_one_token_serves_all_requests():
    """The token is fetched with the first request and kept, also when many begin at once."""
    tenant = TokenTenant()
    async with ScriptedTenant(handler=tenant).client(OAUTH) as client:
        await asyncio.gather(*(client.packages() for _ in range(6)))
        await client.packages()
    assert tenant.tokens == 1


async def test_a_401_costs_one_new_token_and_one_repetition():
    """A revoked token is replaced once, by one fetch for all requests that ran into it."""
    tenant = TokenTenant()
    async with ScriptedTenant(handler=tenant).client(OAUTH) as client:
        await client.packages()
        tenant.revoke()
        await client.packages()
        assert (tenant.tokens, tenant.calls) == (2, 3)
        tenant.revoke()
        await asyncio.gather(*(client.packages() for _ in range(6)))
    assert tenant.tokens == 3


async def test_a_late_401_does_not_drop_the_new_token():
    """A request that was under way with the old token finds the new one there and uses it."""
    tenant, under_way, late = TokenTenant(), asyncio.Event(), asyncio.Event()

    async def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("Locks") and request.headers["authorization"] == "Bearer token-1":
            under_way.set()
            await late.wait()
        return await tenant(request)

    async with ScriptedTenant(handler=handler).client(OAUTH) as client:
        await client.packages()
        waiting = asyncio.create_task(client.locks())
        await under_way.wait()
        tenant.revoke()
        await client.packages()
        late.set()
        await waiting
    assert tenant.tokens == 2


async def test_a_401_with_a_new_token_is_not_allowed():
    """A second 401 is no matter of the token: the client does not go on asking."""
    tenant = TokenTenant()
    tenant.deaf = True
    async with ScriptedTenant(handler=tenant).client(OAUTH) as client:
        with pytest.raises(NotAllowed):
            await client.packages()
    assert (tenant.tokens, tenant.calls) == (2, 2)


async def test_a_401_with_a_password_is_not_repeated():
    """The same password again would only lock the user."""
    tenant = ScriptedTenant(Answer(401))
    async with tenant.client() as client:
        with pytest.raises(NotAllowed):
            await client.packages()
    basic = base64.b64encode(f"renewer:{PASSWORD}".encode()).decode()
    assert [request.headers["authorization"] for request in tenant.requests] == [f"Basic {basic}"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(401, json={"error": "invalid_client"}), NotAllowed),
        (Answer(429, headers={"Retry-After": "50"}), TenantBusy),
        (Answer(400, json={"error": "invalid_grant", "error_description": "Bad credentials"}), NotAllowed),
        (Answer(400, json={"error": "invalid_request"}), TenantRefused),
        (httpx.ConnectError("refused"), TenantUnreachable),
        (Answer(503), TenantUnreachable),
        (Answer(200, html="<html></html>"), NonsenseAnswer),
        (Answer(200, json={"access_token": "", "leak": "secret-in-body"}), NonsenseAnswer),
    ],
)
async def test_a_token_server_that_fails_is_told_by_its_path(answer, kind):
    """The error tells that signing in failed, and quotes no body that might hold a token."""
    async with ScriptedTenant(answer).client(OAUTH) as client:
        with pytest.raises(kind) as caught:
            await client.packages()
    assert caught.value.path == "/oauth/token"
    assert "secret-in-body" not in str(caught.value)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment


async def _tokens_after(clock: Clock, first: dict[str, object], seconds: float) -> int:
    """How many tokens were fetched when a second request comes so long after the first."""
    fetched = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal fetched
        if request.url.host == "login.example":
            fetched += 1
            return Answer(200, json={"access_token": f"t{fetched}", **first})
        return listing()

    transport = httpx.MockTransport(handler)
    async with TenantClient(settings(OAUTH), lambda: PASSWORD, transport, clock, Limiter({})) as client:
        await client.packages()
        clock.moment += timedelta(seconds=seconds)
        await client.packages()
    return fetched


@pytest.mark.parametrize(
    ("answer", "seconds", "tokens"),
    [
        ({"expires_in": 43199, "token_type": "bearer", "scope": "", "jti": "x"}, 43000, 1),
        ({"expires_in": 43199}, 43199 - 59, 2),
        ({"expires_in": 43199}, 100_000, 2),
        ({"expires_in": 10}, 8.9, 1),
        ({"expires_in": 10}, 9.1, 2),
        ({"expires_in": 0, "scope": ""}, 1e6, 1),
        ({}, 1e6, 1),
        ({"expires_in": -5}, 1e6, 1),
        ({"expires_in": 1e300}, 1e6, 1),
    ],
)
async def test_a_token_is_renewed_shortly_before_it_expires(answer, seconds, tokens):
    """Before its end, not after a refusal. 0, as in Neo's sample answer, and nothing at all name no end."""
    assert await _tokens_after(Clock(), answer, seconds) == tokens


async def test_one_refused_login_is_told_to_all_who_wait_for_it():
    """A wrong secret goes over the wire once, however many requests need the token: more would lock the user."""
    tenant = ScriptedTenant(handler=lambda _: Answer(401, json={"error": "unauthorized"}))

    async def late(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return tenant(request)

    async with ScriptedTenant(handler=late).client(OAUTH, concurrency=8) as client:
        outcomes = await asyncio.gather(*(client.running_versions() for _ in range(8)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [NotAllowed] * 8
        assert len(tenant.requests) == 1
        with pytest.raises(NotAllowed):
            await client.running_versions()
    assert len(tenant.requests) == 2


async def _signed_in(login: AnyLogin, secret: str) -> httpx.Request:
    """The request that asks for the token."""
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return Answer(200, json={"access_token": "t", "expires_in": 1199})

    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as http:
        signing = login_for(login, lambda: secret, lambda _: http)
        assert await signing.authorization(http) == "Bearer t"
    return asked[0]


async def test_the_password_of_a_space_developer_goes_in_the_body():
    """UAA's password grant: the client cf with an empty secret; nothing of the user is in the address."""
    login = PasswordLogin("https://uaa.example/oauth/token", "dev@example.com", SecretSource("p", env="P"))
    request = await _signed_in(login, "pass & word")
    assert (request.method, str(request.url)) == ("POST", login.token_url)
    assert base64.b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"cf:"
    form = parse_qs(request.content.decode(), strict_parsing=True)
    assert form == {"grant_type": ["password"], "username": ["dev@example.com"], "password": ["pass & word"]}


async def test_a_service_managers_client_is_named_in_the_body():
    """As its own clients do it; no Basic, no query."""
    login = OAuthLogin("https://token.example/oauth/token", "client", SecretSource("p", env="P"), in_body=True)
    request = await _signed_in(login, "s3cret")
    assert "authorization" not in request.headers
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["client"],
        "client_secret": ["s3cret"],
    }


async def test_the_secret_is_taken_out_of_a_service_key_when_it_is_used():
    """A service key file is read anew for each token, so that a rotated key counts at once."""
    source = SecretSource("k", env="K", form=SecretForm.SERVICE_KEY)
    login = OAuthLogin("https://login.example/oauth/token", "c", source)
    key = {"url": "https://u", "tokenurl": login.token_url, "clientid": "c", "clientsecret": "rotated"}
    request = await _signed_in(login, json.dumps({"oauth": key}))
    assert base64.b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"c:rotated"


async def test_a_service_key_whose_type_has_changed_is_told():
    """A secret is not read out of a key that signs in with a certificate."""
    source = SecretSource("k", env="K", form=SecretForm.SERVICE_KEY)
    key = {"url": "https://u", "tokenurl": "https://t", "clientid": "c", "certificate": "x", "key": "y"}
    with pytest.raises(SettingsError, match="whose type has changed"):
        await _signed_in(OAuthLogin("https://t", "c", source), json.dumps(key))


async def test_all_clients_of_a_process_share_a_login():
    """Each activity opens a client of its own; a token is not fetched for each. Another login is another."""
    one = shared(OAUTH, lambda _: httpx.AsyncClient())
    assert shared(OAUTH, lambda _: httpx.AsyncClient()) is one
    assert shared(replace(OAUTH, client_id="other"), lambda _: httpx.AsyncClient()) is not one
