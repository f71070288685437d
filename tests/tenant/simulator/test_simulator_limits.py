"""Rate limits: SAP's numbers over any second, and 429 in SAP's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rehearsed_tenant import TenantMaker, said

from tenant.simulator.limits import RateLimits


async def test_the_eleventh_request_in_a_second_is_one_too_many(tenant_with: TenantMaker) -> None:
    """10 requests/s per user for the design time; the other families go on; after the second it works again."""
    tenant = tenant_with(rate_limit="on", retry_after=3)
    for _ in range(10):
        assert (await tenant.get("IntegrationPackages")).status_code == 200
    refused = await tenant.get("IntegrationPackages")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3")
    assert said(refused) == "Too many requests. Server's rate limit exceeded."
    assert (await tenant.get("IntegrationRuntimeArtifacts")).status_code == 200
    assert (await tenant.get("CertificateUserMappings")).status_code == 200
    tenant.clock.advance(1)
    assert (await tenant.get("IntegrationPackages")).status_code == 200


async def test_limits_are_off_on_neo(tenant_with: TenantMaker) -> None:
    """SAP publishes them for Cloud Foundry only, so the default has none, and no header is invented."""
    tenant = tenant_with()
    assert {(await tenant.get("IntegrationPackages")).status_code for _ in range(30)} == {200}
    strict = tenant_with(rate_limit="on")
    answers = [await strict.get("IntegrationPackages") for _ in range(11)]
    assert "Retry-After" not in answers[-1].headers


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from("ab")), max_size=80))
def test_no_second_holds_more_than_the_limits(steps: list[tuple[int, str]]) -> None:
    """In every window of a second: at most 10 of one user and 15 of all."""
    limits, now, passed = RateLimits(), 0, []
    for step, user in steps:
        now += step
        if limits.allows("IntegrationPackages", user, now):
            passed.append((now, user))
    for start, _ in passed:
        window = [user for at, user in passed if start <= at < start + 1000]
        assert len(window) <= 15
        assert all(window.count(user) <= 10 for user in "ab")


@pytest.mark.parametrize(
    ("path", "of_tenant", "of_user"),
    [
        ("IntegrationPackages", 15, 10),
        ("IntegrationDesigntimeArtifacts(Id='a',Version='active')", 15, 10),
        ("DeployIntegrationDesigntimeArtifact", 15, 10),
        ("CertificateUserMappings", 12, 10),
        ("KeystoreEntries", 12, 10),
        ("IntegrationRuntimeArtifacts", 120, 50),
        ("MessageProcessingLogs", 1000, 100),
    ],
)
def test_each_family_has_saps_numbers(path: str, of_tenant: int, of_user: int) -> None:
    """SAP page 4cac4a4: one user up to its own limit, many up to the tenant's."""
    alone, many = RateLimits(), RateLimits()
    assert sum(alone.allows(path, "a", 0) for _ in range(2000)) == of_user
    assert sum(many.allows(path, str(user), 0) for user in range(2000)) == of_tenant
