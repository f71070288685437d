"""The manners of a session: cookies, CSRF, paging, time-outs, a bound on requests, no secret anywhere."""

import asyncio
import logging
import re
from dataclasses import replace

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_tenant import BASIC, OAUTH, PASSWORD, ROOT, Answer, ScriptedTenant, entity, listing, refusal
from scripted_tenant import settings as tenant_settings

from tenant.errors import (
    NonsenseAnswer,
    NotAllowed,
    NotFound,
    TenantError,
    TenantRefused,
    TenantUnreachable,
)
from tenant.session import rest_session
from tenant.settings import Environment, PasswordLogin, Rates, SecretSource, ServiceKeyApi, ServiceKeyApiKind

FLOW = {"Id": "F", "Name": "F", "Version": "1.0.0", "PackageId": "P"}


class CsrfTenant:
    """A tenant that binds each token to its session cookie, as Neo does; `expire` ends a session."""

    def __init__(self, word: str = "Required") -> None:
        self.word = word
        self.sessions: dict[str, str] = {}
        self.fetches = 0
        self.writes = 0
        self.number = 0

    def expire(self) -> None:
        """Forget all sessions."""
        self.sessions.clear()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("x-csrf-token") == "Fetch":
            return self._fetch(request)
        if request.method == "GET":
            return entity(**FLOW)
        cookie = re.search(r"session=(\w+)", request.headers.get("cookie", ""))
        known = self.sessions.get(cookie.group(1)) if cookie else None
        if known is None or request.headers.get("x-csrf-token") != known:
            return Answer(403, html="<html><title>403</title></html>", headers={"x-csrf-token": self.word})
        self.writes += 1
        return Answer(200)

    def _fetch(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/v1/"
        self.fetches += 1
        self.number += 1
        self.sessions[f"s{self.number}"] = f"t{self.number}"
        headers = {"X-CSRF-Token": f"t{self.number}", "Set-Cookie": f"session=s{self.number}; Path=/; HttpOnly"}
        return Answer(200, json={"d": {}}, headers=headers)


async def test_the_csrf_token_is_fetched_before_the_first_write_only():
    """Reading needs no token; two writes share one, with the cookie of its session."""
    tenant = CsrfTenant()
    async with ScriptedTenant(handler=tenant).client() as client:
        await client.flow("F")
        assert tenant.fetches == 0
        await client.save_version("F", "1.0.1")
        await client.save_version("F", "1.0.2")
    assert (tenant.fetches, tenant.writes) == (1, 2)


@pytest.mark.parametrize("word", ["Required", "required"])
async def test_an_expired_csrf_token_is_fetched_once_more(word):
    """The 403 that asks for a token, in any case of letters, costs one fetch and one repetition."""
    tenant = CsrfTenant(word)
    async with ScriptedTenant(handler=tenant).client() as client:
        await client.save_version("F", "1.0.1")
        tenant.expire()
        await client.save_version("F", "1.0.2")
    assert (tenant.fetches, tenant.writes) == (2, 2)


async def test_writes_side_by_side_renew_the_token_together():
    """When a session ends under many writes, one fetch serves them all: a second would end it again."""
    tenant = CsrfTenant()

    async def in_turns(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)  # lets the other writes come in between
        return tenant(request)

    async with ScriptedTenant(handler=in_turns).client() as client:
        await client.save_version("F", "1.0.0")
        tenant.expire()
        await asyncio.gather(*(client.save_version("F", f"1.0.{n}") for n in range(8)))
    assert (tenant.fetches, tenant.writes) == (2, 9)


async def test_a_token_that_is_refused_again_ends_the_attempt():
    """A tenant that refuses the token it has just given is not asked in circles, nor called a missing role."""
    tenant = ScriptedTenant(*(Answer(403, headers={"X-CSRF-Token": "Required"}) for _ in range(2)))
    async with tenant.client() as client:
        with pytest.raises(NonsenseAnswer, match="CSRF"):
            await client.save_version("F", "1.0.1")
    assert (len(tenant.requests), tenant.fetches) == (2, 2)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, html="<html><title>Sign in</title></html>"),
        Answer(200, text='{"d": <<<', headers={"Content-Type": "application/json"}),
    ],
)
async def test_a_write_is_not_done_because_somebody_said_200(answer):
    """A sign-in page or broken JSON in answer to a write is not the API's word."""
    async with ScriptedTenant(answer).client() as client:
        with pytest.raises(NonsenseAnswer):
            await client.save_version("F", "1.0.1")


async def test_a_role_403_is_not_repeated():
    """Without the header a 403 is a missing role: no second fetch, no second write."""
    tenant = ScriptedTenant(Answer(403))
    async with tenant.client() as client:
        with pytest.raises(NotAllowed):
            await client.save_version("F", "1.0.1")
    assert (len(tenant.requests), tenant.fetches) == (1, 1)


async def test_a_tenant_without_csrf_is_written_to_without_a_token():
    """Cloud Foundry with a bearer gives no token and wants none."""
    tenant = ScriptedTenant(handler=lambda request: Answer(200, json={"d": {}}))
    async with tenant.client() as client:
        await client.save_version("F", "1.0.1")
        await client.save_version("F", "1.0.2")
    assert [r.method for r in tenant.requests] == ["GET", "POST", "POST"]
    assert "x-csrf-token" not in tenant.requests[-1].headers


async def test_data_is_asked_for_as_json_by_the_accept_header_alone():
    """Some sets refuse `$format`; the default would be Atom."""
    tenant = ScriptedTenant(entity(**FLOW), listing(FLOW))
    async with tenant.client() as client:
        await client.flow("F")
        await client.flows("P")
    assert {request.headers["accept"] for request in tenant.requests} == {"application/json"}
    assert not any("format" in line or "skip" in line for line in tenant.lines)


NEXT = f"{ROOT.replace('.example', '.example:443')}/IntegrationPackages?$skiptoken=2&a='b%20c'"


async def test_the_next_page_is_followed_as_it_stands():
    """`__next` is the tenant's own address, with its port and its escapes; nothing is added to it."""
    tenant = ScriptedTenant(listing({"Id": "A", "Name": "a"}, following=NEXT), listing({"Id": "B", "Name": "b"}))
    async with tenant.client() as client:
        assert [package.id for package in await client.packages()] == ["A", "B"]
    assert tenant.lines == ["GET IntegrationPackages", "GET IntegrationPackages?$skiptoken=2&a='b%20c'"]


def _rows(numbers: list[int]) -> list[dict[str, str]]:
    return [{"Id": f"P{number}", "Name": "n"} for number in numbers]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_every_row_of_every_page_comes_once_and_in_order(sizes):
    """However a tenant cuts its list, also with empty pages: all of it arrives, in one order."""
    numbers = iter(range(100))
    pages = [_rows([next(numbers) for _ in range(size)]) for size in sizes]

    def handler(request: httpx.Request) -> httpx.Response:
        at = int(request.url.params.get("$skiptoken", 0))
        more = at + 1 < len(pages)
        return listing(*pages[at], following=f"{ROOT}/IntegrationPackages?$skiptoken={at + 1}" if more else None)

    async def read() -> list[str]:
        async with ScriptedTenant(handler=handler).client() as client:
            return [package.id for package in await client.packages()]

    assert asyncio.run(read()) == [row["Id"] for page in pages for row in page]


@pytest.mark.parametrize("following", ["?$skiptoken={}", "?$skiptoken=1"])
async def test_pages_that_go_in_a_circle_are_no_list(following):
    """The same address again, or the same first row under another address: an error, never half a list."""
    numbers = iter(range(100))
    tenant = ScriptedTenant(
        handler=lambda _: listing(
            *_rows([1, 2]), following=f"{ROOT}/IntegrationPackages{following.format(next(numbers))}"
        )
    )
    async with tenant.client() as client:
        with pytest.raises(NonsenseAnswer, match="circle"):
            await client.packages()
    assert len(tenant.requests) == 2


async def test_empty_pages_that_name_themselves_are_no_list():
    """A page without rows that points to itself is found by its address."""
    tenant = ScriptedTenant(handler=lambda _: listing(following="IntegrationPackages"))
    async with tenant.client() as client:
        with pytest.raises(NonsenseAnswer, match="circle"):
            await client.packages()


@pytest.mark.parametrize("address", ["https://evil.example/api/v1/x", "http://tenant.example/api/v1/x"])
async def test_the_password_goes_to_no_other_host(address):
    """A next page elsewhere, or without TLS, is refused before a request is made."""
    tenant = ScriptedTenant(listing(following=address))
    async with tenant.client() as client:
        with pytest.raises(NonsenseAnswer, match="another host"):
            await client.packages()
    assert len(tenant.requests) == 1


@pytest.mark.parametrize(
    "broken",
    [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), httpx.PoolTimeout("x")],
)
async def test_no_answer_is_unreachable(broken):
    """Connection refused, dropped or too slow: one class, retryable, with the path."""
    async with ScriptedTenant(broken).client() as client:
        with pytest.raises(TenantUnreachable) as caught:
            await client.packages()
    assert (caught.value.status, caught.value.path) == (None, "/api/v1/IntegrationPackages")
    assert caught.value.text == type(broken).__name__


async def test_a_body_that_cannot_be_unpacked_is_nonsense():
    """A broken gzip is an answer, but none that can be read."""
    handler = lambda _: Answer(200, stream=httpx.ByteStream(b"no"), headers={"content-encoding": "gzip"})  # noqa: E731
    async with ScriptedTenant(handler=handler).client() as client:
        with pytest.raises(NonsenseAnswer):
            await client.packages()


async def test_every_request_has_time_outs():
    """No request waits for ever: the setting bounds each phase."""
    tenant = ScriptedTenant(listing())
    async with tenant.client(timeout_seconds=7.0) as client:
        await client.packages()
    assert tenant.requests[0].extensions["timeout"] == {"connect": 7.0, "read": 7.0, "write": 7.0, "pool": 7.0}


@pytest.mark.parametrize("answer", [refusal(500, "no"), Answer(503), Answer(404), Answer(409)])
async def test_business_500_and_its_like_are_not_repeated(answer):
    """Whether and when to repeat is decided above the client, for reads and writes alike."""
    tenant = ScriptedTenant(answer, answer)
    async with tenant.client() as client:
        with pytest.raises(TenantError):
            await client.packages()
        with pytest.raises(TenantError):
            await client.save_version("F", "1.0.1")
    assert len(tenant.requests) == 2


async def test_requests_at_once_are_bounded():
    """The setting concurrency is kept, however many requests are asked for."""
    running, most = 0, 0
    full = asyncio.Event()

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 3:
            full.set()
        await full.wait()
        await asyncio.sleep(0)
        running -= 1
        return entity(**FLOW)

    async with ScriptedTenant(handler=handler).client(concurrency=3, rates=Rates(0, 0, 0, 0)) as client:
        await asyncio.gather(*(client.flow("F") for _ in range(12)))
    assert most == 3


@pytest.mark.parametrize("login", [{}, {"login": OAUTH}])
async def test_no_secret_is_in_an_error_a_repr_or_a_log(login, caplog):
    """A tenant that echoes all headers does not bring a secret to light, nor does any logger at DEBUG."""
    caplog.set_level(logging.DEBUG)

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "login.example":
            return Answer(200, json={"access_token": "bearer-of-secrets", "expires_in": 0})
        if request.headers.get("x-csrf-token") == "Fetch":
            return Answer(200, headers={"X-CSRF-Token": "csrf-of-secrets"})
        return Answer(400, text=f"{PASSWORD} {request.headers}")

    async with ScriptedTenant(handler=handler).client(**login) as client:
        with pytest.raises(TenantRefused) as caught:
            await client.save_version("F", "1.0.1")
        shown = f"{caught.value} {caught.value!r} {client!r} {vars(client)} {caplog.text}"
    for secret in (PASSWORD, "bearer-of-secrets", "csrf-of-secrets", "cmVuZXdlcjpjb3JyZWN0"):
        assert secret not in shown
    assert logging.getLogger("httpcore.http11").getEffectiveLevel() >= logging.INFO


@pytest.mark.parametrize(
    ("environment", "login", "fetches"),
    [
        (Environment.NEO, BASIC, 1),
        (Environment.NEO, OAUTH, 1),
        (Environment.CLOUD_FOUNDRY, BASIC, 1),
        (Environment.CLOUD_FOUNDRY, OAUTH, 0),
    ],
)
async def test_who_wants_a_csrf_token(environment, login, fetches):
    """Neo always, also with a bearer (SAP page 040d811); Cloud Foundry for Basic alone: no fetch before the write."""
    token = [Answer(200, json={"access_token": "t"})] if login is OAUTH else []
    tenant = ScriptedTenant(*token, Answer(200))
    async with tenant.client(login, environment=environment) as client:
        await client.save_version("F", "1.0.1")
    assert tenant.fetches == fetches
    assert ("x-csrf-token" in tenant.requests[-1].headers) is bool(fetches)


async def test_a_csrf_token_that_is_asked_for_all_the_same_is_fetched():
    """Where a tenant on Cloud Foundry wants one of a bearer after all, its 403 says so."""
    tenant = ScriptedTenant(
        Answer(200, json={"access_token": "t"}), Answer(403, headers={"X-CSRF-Token": "Required"}), Answer(200)
    )
    async with tenant.client(OAUTH, environment=Environment.CLOUD_FOUNDRY) as client:
        await client.save_version("F", "1.0.1")
    assert (tenant.fetches, tenant.requests[-1].headers["x-csrf-token"]) == (1, "token-1")


def _token(text: str) -> Answer:
    return Answer(200, json={"access_token": text})


DEVELOPER = PasswordLogin("https://login.example/oauth/token", "dev", SecretSource("p", env="UNUSED"))
CF_API = ServiceKeyApi(ServiceKeyApiKind.CLOUD_FOUNDRY, "https://api.example", DEVELOPER)
TWICE = {"errors": [{"code": 10008, "title": "CF-UnprocessableEntity", "detail": "names must be unique"}]}


async def test_a_rest_session_speaks_json_below_its_own_address():
    """The CF API: its own login and root, no CSRF, the answer with its headers."""
    accepted = Answer(202, headers={"Location": "https://api.example/v3/jobs/1"})
    tenant = ScriptedTenant(Answer(200, json={"access_token": "t"}), accepted, Answer(200, json={"resources": []}))
    async with rest_session(tenant_settings(), CF_API, lambda: PASSWORD, httpx.MockTransport(tenant)) as session:
        answer = await session.write("POST", "v3/service_credential_bindings", {"type": "key"})
        assert answer.headers["location"].endswith("/v3/jobs/1")
        assert (await session.get("v3/service_instances?per_page=50")).json() == {"resources": []}
    assert [f"{r.method} {r.url}" for r in tenant.requests] == [
        "POST https://login.example/oauth/token",
        "POST https://api.example/v3/service_credential_bindings",
        "GET https://api.example/v3/service_instances?per_page=50",
    ]
    assert all("x-csrf-token" not in request.headers for request in tenant.requests)
    assert tenant.requests[1].headers["authorization"] == "Bearer t"
    assert (tenant.requests[1].content, tenant.fetches) == (b'{"type":"key"}', 0)


async def test_the_errors_of_a_rest_session_are_those_of_the_tenant_in_words():
    """The envelope of the CF API becomes a class and a sentence; a password it echoes is blotted out."""
    echo = {"errors": [{"title": "CF-NotAuthorized", "detail": f"not for {PASSWORD}"}]}
    answers = [Answer(422, json=TWICE), Answer(403, json=echo), _token("bearer-2"), Answer(404, json={"errors": []})]
    tenant = ScriptedTenant(_token("bearer-1"), *answers)
    async with rest_session(tenant_settings(), CF_API, lambda: PASSWORD, httpx.MockTransport(tenant)) as session:
        with pytest.raises(TenantRefused, match=r"CF-UnprocessableEntity \(10008\): names must be unique"):
            await session.write("POST", "v3/service_credential_bindings", {})
        with pytest.raises(NotAllowed, match="not for •••") as caught:
            await session.get("v3/service_credential_bindings/g/details")
        with pytest.raises(NotFound):
            await session.write("DELETE", "v3/service_credential_bindings/g")
    assert PASSWORD not in f"{caught.value!r}"


@pytest.mark.parametrize(
    "login", [DEVELOPER, replace(OAUTH, in_body=True)], ids=["password grant", "client in the body"]
)
async def test_what_signs_in_to_the_api_of_service_keys_is_never_seen(login, caplog):
    """A token server that echoes the body, and an API that echoes the headers, bring nothing to light at DEBUG."""
    caplog.set_level(logging.DEBUG)
    tokens = iter([Answer(200, json={"access_token": "bearer-of-secrets"}), None])

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "login.example":
            return next(tokens) or Answer(400, text=request.content.decode())
        return Answer(403, text=f"{request.headers}")

    api = replace(CF_API, login=login)
    shown = ""
    transport = httpx.MockTransport(handler)
    async with rest_session(tenant_settings(), api, lambda: "pass & word", transport) as session:
        for _ in range(2):
            with pytest.raises(TenantError) as caught:
                await session.get("v3/service_instances")
            shown += f"{caught.value} {caught.value!r}"
        shown += f"{session!r} {vars(session)} {vars(session._exchange)} {caplog.text}"
    assert shown.count("•••") >= 2
    for secret in ("pass & word", "pass+%26+word", "bearer-of-secrets"):
        assert secret not in shown
