"""Each call needs the roles of SAP's table; a change counts at once for a user, for a client by its next token."""

import httpx
import pytest
from rehearsed_tenant import Tenant, TenantMaker
from simulator_keys import BEARERLESS, bearer, token

from tenant.simulator.app import ROUTES
from tenant.simulator.roles import CALL_GROUPS, CallGroup, every_role, forbidden
from tenant.simulator.settings import SimulatorSettings

FREE = {"", "$metadata", "BuildAndDeployStatus", "BuildAndDeployStatus()"}
FLOW = "IntegrationDesigntimeArtifacts()"
NEEDED = [
    ("GET", "IntegrationPackages", "read packages and flows"),
    ("GET", f"{FLOW}/$value", "read packages and flows"),
    ("GET", f"{FLOW}/Configurations", "read packages and flows"),
    ("POST", "IntegrationDesigntimeArtifactSaveAsVersion", "change packages and flows"),
    ("PUT", FLOW, "change packages and flows"),
    ("DELETE", "IntegrationPackages()", "change packages and flows"),
    ("PUT", f"{FLOW}/$links/Configurations()", "configure flows"),
    ("POST", "DeployIntegrationDesigntimeArtifact", "deploy and undeploy"),
    ("DELETE", "IntegrationRuntimeArtifacts()", "deploy and undeploy"),
    ("GET", "IntegrationDesigntimeLocks", "read locks"),
    ("DELETE", "IntegrationDesigntimeLocks()", "release locks"),
    ("GET", "IntegrationRuntimeArtifacts", "monitor"),
    ("GET", "ServiceEndpoints", "monitor"),
    ("GET", "MessageProcessingLogs", "monitor"),
    ("GET", "CertificateUserMappings", "monitor"),
    ("POST", "CertificateUserMappings", "change security content"),
    ("GET", "LogFiles", "read log files"),
]
READER = "WorkspacePackagesRead"


async def grant(tenant: Tenant, *roles: str) -> None:
    """Give the technical user these roles only."""
    answer = await tenant.control("POST", "roles", {"roles": roles})
    assert answer.json() == {"roles": sorted(roles)}


def group_of(method: str, shape: str) -> str | None:
    """The name of the group that decides."""
    return next((group.name for group in CALL_GROUPS if group.holds(method, shape)), None)


@pytest.mark.parametrize(("method", "shape", "name"), NEEDED)
def test_a_call_is_in_the_group_of_saps_table(method: str, shape: str, name: str) -> None:
    """Each with what its group needs: without any role refused, with all let through."""
    assert group_of(method, shape) == name
    group = next(group for group in CALL_GROUPS if group.name == name)
    assert forbidden("neo", (), method, shape) is not None
    assert forbidden("neo", group.neo, method, shape) is None
    assert all(forbidden("cloud-foundry", (template,), method, shape) is None for template in group.templates)


@pytest.mark.parametrize("group", CALL_GROUPS, ids=lambda group: group.name)
def test_neo_wants_all_roles_and_cloud_foundry_one_template(group: CallGroup) -> None:
    """One role less is too little on Neo."""
    for left_out in group.neo:
        assert not group.allows("neo", set(group.neo) - {left_out})
    assert group.allows("cloud-foundry", ()) == (not group.templates)


def test_no_call_is_forgotten() -> None:
    """Every call that the tenant offers is in a group, but for those that SAP's table does not name."""
    left = {shape for method, shape in ROUTES if group_of(method, shape) is None}
    assert left <= FREE


@pytest.mark.parametrize("profile", ["neo", "cloud-foundry"])
async def test_without_settings_all_roles_are_there(tenant_with: TenantMaker, profile: str) -> None:
    """Those of the environment, as the table has them."""
    tenant = tenant_with(profile=profile)
    roles = (await tenant.control("GET", "roles")).json()["roles"]
    assert roles == list(every_role(SimulatorSettings(tenant.app, "", profile=profile)))
    assert ("MonitoringDataRead" in roles) == (profile == "cloud-foundry")


async def test_a_missing_role_is_a_403_without_a_body(tenant_with: TenantMaker) -> None:
    """And without the header that a missing CSRF token has."""
    tenant = tenant_with(profile="cloud-foundry", roles=(READER,))
    assert (await tenant.get("IntegrationPackages")).status_code == 200
    refused = await tenant.get("IntegrationRuntimeArtifacts")
    assert (refused.status_code, refused.content) == (403, b"")
    assert "X-CSRF-Token" not in refused.headers


async def test_a_missing_role_for_locks_is_a_403_with_null(tenant_with: TenantMaker) -> None:
    """An error in JSON whose message has no value, as seen on a tenant."""
    refused = await tenant_with(profile="cloud-foundry", roles=(READER,)).get("IntegrationDesigntimeLocks")
    assert refused.status_code == 403
    assert refused.json()["error"]["message"]["value"] is None


async def test_a_change_counts_at_once_for_a_user_and_later_for_a_token(tenant_with: TenantMaker) -> None:
    """A token keeps the roles of when it was issued, in both directions."""
    tenant = tenant_with(profile="cloud-foundry")

    async def by_token(headers: dict[str, str]) -> httpx.Response:
        return await tenant.client.get("/api/v1/IntegrationPackages", headers=headers, auth=BEARERLESS)

    powerful = bearer(await token(tenant))
    await grant(tenant, "MonitoringDataRead")
    assert (await tenant.get("IntegrationPackages")).status_code == 403
    assert (await by_token(powerful)).status_code == 200
    weak = bearer(await token(tenant))
    assert (await by_token(weak)).status_code == 403
    await tenant.control("POST", "roles", {"roles": None})
    assert (await tenant.get("IntegrationPackages")).status_code == 200
    assert (await by_token(weak)).status_code == 403


async def test_granted_roles_outlive_a_restart(tenant_with: TenantMaker) -> None:
    """They stand in the state file, before the settings."""
    await grant(tenant_with(), "NodeManager.read")
    again = tenant_with(roles=("WebToolingWorkspace.Read",))
    assert (await again.get("IntegrationPackages")).status_code == 403


async def test_an_order_of_roles_that_cannot_be_read_is_refused(tenant_with: TenantMaker) -> None:
    """400 and nothing changed."""
    tenant = tenant_with()
    assert (await tenant.control("POST", "roles", {"role": "x"})).status_code == 400
    assert (await tenant.get("IntegrationPackages")).status_code == 200
