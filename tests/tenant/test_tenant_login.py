"""Signing in: Basic, and OAuth with one token that is renewed once."""

import asyncio
import base64

import httpx
import pytest
from scripted_tenant import OAUTH, PASSWORD, Answer, ScriptedTenant, listing

from tenant.errors import NonsenseAnswer, NotAllowed, TenantBusy, TenantUnreachable


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
        (Answer(429, headers={"Retry-After": "5"}), TenantBusy),
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
