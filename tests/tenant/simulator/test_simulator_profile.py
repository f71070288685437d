"""Neo and Cloud Foundry: who needs a CSRF token, which sets are there, where requests are counted."""

import httpx
import pytest
from rehearsed_tenant import PASSWORD, Tenant, TenantMaker, said
from simulator_keys import BEARERLESS, CLIENT, bearer, token

PACKAGE = {"Id": "Orders", "ShortText": "x"}


async def write(tenant: Tenant, headers: dict[str, str] | None = None) -> httpx.Response:
    """A write without a CSRF token: by token, if there is one, else by basic authentication."""
    if headers is None:
        return await tenant.client.post("/api/v1/IntegrationPackages", json=PACKAGE)
    return await tenant.client.post("/api/v1/IntegrationPackages", json=PACKAGE, headers=headers, auth=BEARERLESS)


async def test_cloud_foundry_asks_for_csrf_with_basic_authentication_only(tenant_with: TenantMaker) -> None:
    """A write by token passes without, and its answer sets neither token nor cookie."""
    tenant = tenant_with(profile="cloud-foundry")
    refused = await write(tenant)
    assert (refused.status_code, refused.headers["X-CSRF-Token"]) == (403, "Required")
    passed = await write(tenant, bearer(await token(tenant)))
    assert passed.status_code == 201
    assert "X-CSRF-Token" not in passed.headers
    assert "set-cookie" not in passed.headers


async def test_neo_asks_for_csrf_also_with_a_token(tenant_with: TenantMaker) -> None:
    """SAP page 040d811."""
    tenant = tenant_with()
    answer = await tenant.client.post(
        "/oauth2/api/v1/token", params={"grant_type": "client_credentials"}, auth=(CLIENT, PASSWORD)
    )
    refused = await write(tenant, bearer(answer))
    assert (refused.status_code, refused.headers["X-CSRF-Token"]) == (403, "Required")


@pytest.mark.parametrize("profile", ["neo", "cloud-foundry"])
async def test_csrf_can_be_off_everywhere(tenant_with: TenantMaker, profile: str) -> None:
    """The switch beats the profile."""
    assert (await write(tenant_with(profile=profile, csrf=False))).status_code == 201


async def test_cloud_foundry_has_no_user_mappings(tenant_with: TenantMaker) -> None:
    """An unknown set by default, in every call, as it is not in the metadata either."""
    tenant = tenant_with(profile="cloud-foundry")
    for path in ("CertificateUserMappings", "CertificateUserMappings('x')"):
        answer = await tenant.get(path)
        assert answer.status_code == 404
        assert said(answer) == "Could not find an entity set or function import for 'CertificateUserMappings'."
    assert (await tenant_with().get("CertificateUserMappings")).status_code == 200


@pytest.mark.parametrize("status", ["403", "501"])
async def test_the_answer_to_user_mappings_can_be_another(tenant_with: TenantMaker, status: str) -> None:
    """It was never seen, so a client must live with each."""
    tenant = tenant_with(profile="cloud-foundry", cloud_foundry_mappings_status=status)
    assert (await tenant.get("CertificateUserMappings")).status_code == int(status)


async def test_log_files_can_be_absent_on_cloud_foundry(tenant_with: TenantMaker) -> None:
    """They are documented for Neo only; the switch does nothing there."""
    changed = {"cloud_foundry_log_files": "absent"}
    assert (await tenant_with(profile="cloud-foundry", **changed).get("LogFiles")).status_code == 404
    assert (await tenant_with(profile="cloud-foundry").get("LogFiles")).status_code == 200
    assert (await tenant_with(**changed).get("LogFiles")).status_code == 200


@pytest.mark.parametrize(
    ("profile", "rate_limit", "limited"),
    [
        ("neo", "profile", False),
        ("neo", "on", True),
        ("cloud-foundry", "profile", True),
        ("cloud-foundry", "off", False),
    ],
)
async def test_requests_are_counted_on_cloud_foundry(
    tenant_with: TenantMaker, profile: str, rate_limit: str, limited: bool
) -> None:
    """SAP publishes the limits for it only; the switch beats the profile."""
    tenant = tenant_with(profile=profile, rate_limit=rate_limit)
    answers = {(await tenant.get("IntegrationPackages")).status_code for _ in range(12)}
    assert (429 in answers) == limited


async def test_each_caller_has_a_limit_of_its_own(tenant_with: TenantMaker) -> None:
    """10 by basic authentication leave the tenant's other 5 to the client."""
    tenant = tenant_with(profile="cloud-foundry")
    headers = bearer(await token(tenant))
    for _ in range(10):
        await tenant.get("IntegrationPackages")
    answers = [
        (await tenant.client.get("/api/v1/IntegrationPackages", headers=headers, auth=BEARERLESS)).status_code
        for _ in range(6)
    ]
    assert answers == [200] * 5 + [429]
