"""Tokens: how clients and people fetch them, what they are good for, and when they are worth nothing."""

import httpx
import pytest
from rehearsed_tenant import PASSWORD, USER, Tenant, TenantMaker
from simulator_keys import BEARERLESS, CLIENT, Platform, bearer, token, user_token

PACKAGES = "/api/v1/IntegrationPackages"
NEO_TOKEN = "/oauth2/api/v1/token?grant_type=client_credentials"


@pytest.fixture
def tenant(tenant_with: TenantMaker) -> Tenant:
    """A tenant on Cloud Foundry."""
    return tenant_with(profile="cloud-foundry")


async def called(tenant: Tenant, headers: dict[str, str], method: str = "GET") -> httpx.Response:
    """A call of the tenant's API with these headers and no other sign-in."""
    body = {"Id": "Orders", "ShortText": "x"} if method == "POST" else None
    return await tenant.client.request(method, PACKAGES, headers=headers, json=body, auth=BEARERLESS)


async def test_a_client_gets_a_token_that_signs_it_in(tenant: Tenant) -> None:
    """The answer has XSUAA's members; the caller is the client, under its id."""
    answer = await token(tenant)
    said = answer.json()
    assert said.keys() == {"access_token", "token_type", "expires_in", "scope", "jti"}
    assert (said["token_type"], said["expires_in"]) == ("bearer", 43_199)
    assert "it!b1.WorkspacePackagesEdit" in said["scope"].split()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await called(tenant, bearer(answer), "POST")).status_code == 201
    assert (await tenant.rows("IntegrationPackages"))[0]["CreatedBy"] == CLIENT


async def test_the_client_may_send_its_secret_in_the_form(tenant: Tenant) -> None:
    """Grant, id and secret in the body; the grant alone there with basic authentication works as well."""
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": PASSWORD}
    answer = await tenant.client.post("/oauth/token", data=form, auth=BEARERLESS)
    assert (await called(tenant, bearer(answer))).status_code == 200
    answer = await tenant.client.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, auth=(CLIENT, PASSWORD)
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("auth", [(CLIENT, "wrong"), ("other", PASSWORD), (USER, PASSWORD), None])
async def test_a_wrong_client_gets_no_token(tenant: Tenant, auth: tuple[str, str] | None) -> None:
    """401 in OAuth's words; secrets in the query are not looked at."""
    query = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": PASSWORD}
    answer = await tenant.client.post("/oauth/token", params=query, auth=auth or BEARERLESS)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_other_grants_are_not_supported(tenant: Tenant) -> None:
    """Neither at the tenant's token endpoint nor at that of Cloud Foundry; a GET is none at all."""
    answer = await token(tenant, grant_type="password")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
    assert (await user_token(tenant, grant_type="client_credentials")).status_code == 400
    assert (await tenant.client.get("/oauth/token")).status_code == 405


async def test_a_token_ends_by_the_clock_of_the_tenant(tenant_with: TenantMaker) -> None:
    """401 that names the bearer scheme from the second on that expires_in told."""
    tenant = tenant_with(profile="cloud-foundry", token_lifetime=60)
    headers = bearer(await token(tenant))
    tenant.clock.advance(59.9)
    assert (await called(tenant, headers)).status_code == 200
    tenant.clock.advance(0.1)
    refused = await called(tenant, headers)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')
    assert (await called(tenant, bearer(await token(tenant)))).status_code == 200


async def test_tokens_can_be_revoked(tenant: Tenant) -> None:
    """All of them, for every API; basic authentication goes on, and so does a new token."""
    api, people = bearer(await token(tenant)), bearer(await user_token(tenant))
    assert (await tenant.control("DELETE", "tokens")).status_code == 204
    assert (await called(tenant, api)).status_code == 401
    assert (await Platform(tenant, "/cf/v3", people).call("GET", "service_instances")).status_code == 401
    assert (await tenant.get("IntegrationPackages")).status_code == 200
    assert (await called(tenant, bearer(await token(tenant)))).status_code == 200


async def test_a_token_outlives_a_restart_and_no_secret_is_kept(tenant_with: TenantMaker) -> None:
    """It stands in the state file as its digest only; the secret does not stand there at all."""
    first = tenant_with(profile="cloud-foundry")
    answer = await token(first)
    second = tenant_with(profile="cloud-foundry")
    assert (await called(second, bearer(answer))).status_code == 200
    for table in ("tokens", "requests"):
        kept = second.app.state.runtime_side.state.rows(f"SELECT * FROM {table}")
        text = str([tuple(row) for row in kept])
        assert answer.json()["access_token"] not in text
        assert PASSWORD not in text


async def test_the_log_shows_no_query_of_a_token_request(tenant: Tenant) -> None:
    """Somebody may put a secret there, though it is of no use."""
    await token(tenant, grant_type="client_credentials", client_secret="hidden")
    log = (await tenant.control("GET", "log")).json()["requests"]
    assert [(one["path"], one["status"]) for one in log] == [("/oauth/token", 200)]


async def test_tokens_are_for_one_audience(tenant: Tenant) -> None:
    """That of a person is for Cloud Foundry alone, that of a client for the tenant and the Service Manager."""
    api, people = bearer(await token(tenant)), bearer(await user_token(tenant))
    assert (await called(tenant, people)).status_code == 401
    assert (await Platform(tenant, "/cf/v3", people).call("GET", "service_instances")).status_code == 200
    assert (await Platform(tenant, "/cf/v3", api).call("GET", "service_instances")).status_code == 401
    assert (await Platform(tenant, "/sm/v1", people).call("GET", "service_bindings")).status_code == 401
    assert (await Platform(tenant, "/sm/v1", api).call("GET", "service_bindings")).status_code == 200


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"username": "other"}])
async def test_a_wrong_person_gets_no_token(tenant: Tenant, changes: dict[str, str]) -> None:
    """401 in the words of the user account server."""
    answer = await user_token(tenant, **changes)
    assert (answer.status_code, answer.json()) == (
        401,
        {"error": "unauthorized", "error_description": "Bad credentials"},
    )


async def test_neo_issues_tokens_in_its_own_way(tenant_with: TenantMaker) -> None:
    """Its own path, `expires_in` 0 as in SAP's sample, no scope; the client acts as `oauth_client_…`."""
    tenant = tenant_with()
    answer = await tenant.client.post(NEO_TOKEN, auth=(CLIENT, PASSWORD))
    assert (answer.json()["expires_in"], answer.json()["scope"]) == (0, "")
    fetched = await tenant.client.get(
        "/api/v1/", headers={**bearer(answer), "X-CSRF-Token": "Fetch"}, auth=BEARERLESS
    )
    headers = {**bearer(answer), "X-CSRF-Token": fetched.headers["X-CSRF-Token"]}
    assert (await called(tenant, headers, "POST")).status_code == 201
    assert (await tenant.rows("IntegrationPackages"))[0]["CreatedBy"] == f"oauth_client_{CLIENT}"


async def test_each_environment_has_its_own_token_endpoint(tenant: Tenant, tenant_with: TenantMaker) -> None:
    """The other's answers 404, and Neo has neither Cloud Foundry nor Service Manager."""
    assert (await tenant.client.post(NEO_TOKEN, auth=(CLIENT, PASSWORD))).status_code == 404
    neo = tenant_with()
    for path in ("/oauth/token", "/uaa/oauth/token", "/cf/v3/service_instances", "/sm/v1/service_bindings"):
        assert (await neo.client.post(path)).status_code == 404


async def test_the_service_key_leads_to_a_token(tenant: Tenant) -> None:
    """It has SAP's envelope `oauth` and nothing but addresses and credentials that work."""
    key = (await tenant.control("GET", "service-key")).json()
    assert key == {
        "oauth": {
            "clientid": CLIENT,
            "clientsecret": PASSWORD,
            "tokenurl": "http://tenant.example/oauth/token",
            "url": "http://tenant.example",
        }
    }
    binding = (await tenant.control("GET", "service-manager-binding")).json()
    assert (binding["url"], binding["sm_url"]) == ("http://tenant.example", "http://tenant.example/sm")
    unknown = await tenant.client.get("/simulator/service-key", auth=BEARERLESS)
    assert unknown.status_code == 401


async def test_faults_hit_token_endpoints_too(tenant: Tenant) -> None:
    """A token server that is down for one request."""
    await tenant.control("POST", "faults", {"path": "/oauth/token", "status": 503})
    assert [(await token(tenant)).status_code for _ in range(2)] == [503, 200]
