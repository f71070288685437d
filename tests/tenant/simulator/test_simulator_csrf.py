"""Sign-in and CSRF: who may call, and that a token is worth nothing without its session."""

import httpx
import pytest
from rehearsed_tenant import PASSWORD, USER, Tenant, TenantMaker

PACKAGE = {"Id": "Orders", "ShortText": "x"}


async def fetch(tenant: Tenant, method: str = "GET", path: str = "/api/v1/") -> httpx.Response:
    """Ask for a token."""
    return await tenant.client.request(method, path, headers={"X-CSRF-Token": "Fetch"})


async def create(tenant: Tenant, token: str | None) -> httpx.Response:
    """A write with that token."""
    headers = {} if token is None else {"X-CSRF-Token": token}
    return await tenant.client.post("/api/v1/IntegrationPackages", json=PACKAGE, headers=headers)


@pytest.mark.parametrize("auth", [None, (USER, "wrong"), ("other", PASSWORD)])
async def test_a_wrong_sign_in_is_a_401_without_odata(tenant: Tenant, auth: tuple[str, str] | None) -> None:
    """401 names the scheme; its body is bare text. The control calls need the same user."""
    tenant.client.auth = httpx.BasicAuth(*auth) if auth else httpx.Auth()
    for path in ("/api/v1/IntegrationPackages", "/simulator/log"):
        response = await tenant.client.get(path, headers={"Accept": "application/json"})
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Basic")
        assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("token", [None, "Fetch", "invented", ""])
async def test_a_write_without_token_is_refused(tenant: Tenant, token: str | None) -> None:
    """403 with `X-CSRF-Token: Required` and an HTML page; nothing was written."""
    response = await create(tenant, token)
    assert (response.status_code, response.headers["X-CSRF-Token"]) == (403, "Required")
    assert response.headers["content-type"].startswith("text/html")
    assert await tenant.rows("IntegrationPackages") == []


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/"), ("GET", "/api/v1"), ("HEAD", "/api/v1")])
async def test_a_fetched_token_lets_writes_pass(tenant: Tenant, method: str, path: str) -> None:
    """Token in the header and session in the cookie, both from the service root."""
    fetched = await fetch(tenant, method, path)
    assert fetched.status_code == 200
    assert (await create(tenant, fetched.headers["X-CSRF-Token"])).status_code == 201


async def test_a_token_is_bound_to_its_session(tenant: Tenant) -> None:
    """The right token without, or with another, session cookie is refused."""
    first = (await fetch(tenant)).headers["X-CSRF-Token"]
    tenant.client.cookies.clear()
    assert (await create(tenant, first)).status_code == 403
    await fetch(tenant)
    assert (await create(tenant, first)).status_code == 403


async def test_a_session_keeps_its_token(tenant: Tenant) -> None:
    """A second fetch in the same session does not spoil the first."""
    first = (await fetch(tenant)).headers["X-CSRF-Token"]
    second = await fetch(tenant)
    assert second.headers["X-CSRF-Token"] == first
    assert "set-cookie" not in second.headers


async def test_tokens_come_from_the_service_root_only(tenant: Tenant) -> None:
    """`Fetch` elsewhere gives none, and a plain GET neither."""
    assert "X-CSRF-Token" not in (await fetch(tenant, path="/api/v1/IntegrationPackages")).headers
    assert "X-CSRF-Token" not in (await tenant.get("")).headers


async def test_sessions_can_be_ended(tenant: Tenant) -> None:
    """After DELETE /simulator/sessions a client must fetch again."""
    token = (await fetch(tenant)).headers["X-CSRF-Token"]
    assert (await tenant.control("DELETE", "sessions")).status_code == 204
    assert (await create(tenant, token)).status_code == 403


async def test_csrf_can_be_off(tenant_with: TenantMaker) -> None:
    """Like Cloud Foundry with a bearer token."""
    assert (await create(tenant_with(csrf=False), None)).status_code == 201
