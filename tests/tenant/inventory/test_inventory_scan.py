"""A scan sees everything that a tenant shows, and says of everything else that it was not seen."""

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from inventory_stage import NEW, NOW, OLD, SETTINGS, Stage, by_role, issued, listing, zip_of

from tenant.client import TenantClient
from tenant.errors import NotAllowed, TenantUnreachable
from tenant.inventory.asking import AGAIN_SECONDS, IN_FLIGHT
from tenant.inventory.model import Cause, Inventory
from tenant.inventory.scan import scan
from tenant.model import Flow, Package, UserMappings


def causes(inventory: Inventory) -> dict[str, Cause]:
    """What could not be looked at, and why."""
    return {gap.what: gap.cause for gap in inventory.gaps}


async def test_everything_that_a_tenant_shows_is_listed(staged: Stage) -> None:
    """Packages, flows with what runs, channels with effective rows and their origin, mappings, endpoints."""
    await staged.flow("Orders", listing(OLD, NEW, parameterised=True), by_role(address="/r"))
    await staged.flow("Idle", package="Other")
    await staged.write("DELETE", "IntegrationRuntimeArtifacts('Idle')")
    certificate = issued()
    await staged.control("POST", "mappings", {"user": "ERP", "certificate": certificate.pem})
    staged.advance(60)
    seen = await staged.scan()
    assert (seen.tenant, seen.url, seen.read_at, seen.gaps) == ("dev", SETTINGS.url, NOW, ())
    assert [package.id for package in seen.packages] == ["Orders", "Other"]
    idle, orders = seen.flows
    assert (idle.id, idle.package_id, idle.deployed, idle.read) == ("Idle", "Other", None, True)
    assert orders.deployed is not None
    assert (orders.version, orders.draft) == ("1.0.0", False)
    assert (orders.deployed.version, orders.deployed.status) == ("1.0.0", "STARTED")
    assert orders.deployed.deployed_by
    assert orders.deployed.deployed_on is not None
    first, second = orders.channels
    assert (first.authorization, second.authorization, second.role) == (
        "ClientCertificate",
        "RoleBased",
        "ESBMessaging.send",
    )
    assert [(row.subject, row.subject_from) for row in first.rows] == [
        (OLD.subject, "SubjectDN"),
        (NEW.subject, None),
    ]
    assert [mapping.fingerprint for mapping in seen.mappings] == [certificate.facts.fingerprint]
    assert {(endpoint.flow_id, endpoint.protocol) for endpoint in seen.endpoints} == {("Orders", "REST")}
    assert all(endpoint.urls for endpoint in seen.endpoints)


async def test_a_configure_only_flow_shows_its_telling_parameters_alone(staged: Stage) -> None:
    """Its download is refused: it is not seen, whatever its parameters tell; secrets in them are not kept."""
    await staged.flow("Standard", listing(OLD, parameterised=True))
    await staged.control("POST", "configure-only", {"package": "Orders"})
    seen = await staged.scan()
    (flow,) = seen.flows
    assert not flow.read
    assert {parameter.key: parameter.value for parameter in flow.configured} == {
        "SubjectDN": OLD.subject,
        "IssuerDN": OLD.issuer,
    }
    assert causes(seen) == {"flow Standard": Cause.CONFIGURE_ONLY}
    assert await staged.asked("$value") == []
    await staged.write(
        "PUT",
        "IntegrationDesigntimeArtifacts(Id='Standard',Version='active')/$links/Configurations('SubjectDN')",
        {"ParameterValue": "password=geheim"},
    )
    (flow,) = (await staged.scan()).flows
    assert [parameter.key for parameter in flow.configured] == ["IssuerDN"]


async def test_parameters_that_cannot_be_read_are_told_too(staged: Stage) -> None:
    """A configure-only flow whose configurations are refused is two things not seen, not one."""
    await staged.flow("Standard", listing(OLD))
    await staged.control("POST", "configure-only", {"package": "Orders"})
    await staged.fault("Configurations", status=403)
    assert causes(await staged.scan()) == {
        "flow Standard": Cause.CONFIGURE_ONLY,
        "the parameters of flow Standard": Cause.RIGHTS,
    }


async def test_what_runs_and_no_package_lists_is_named(staged: Stage) -> None:
    """An access policy makes a flow look as if it were not there: what runs gives it away."""
    await staged.flow("Secret")
    await staged.flow("Open")
    await staged.write("DELETE", "IntegrationDesigntimeArtifacts(Id='Secret',Version='active')")
    seen = await staged.scan()
    assert [flow.id for flow in seen.flows] == ["Open"]
    assert causes(seen) == {"flow Secret as it runs": Cause.HIDDEN}


async def test_what_was_read_and_is_not_what_runs_is_told(staged: Stage) -> None:
    """A draft, another version, a change after the deploy hide what runs; what does not run hides nothing."""
    for flow in ("Draft", "Saved", "Changed", "Idle"):
        await staged.flow(flow, listing(OLD, parameterised=True))
    await staged.write("DELETE", "IntegrationRuntimeArtifacts('Idle')")
    staged.advance(60)
    async with staged.client() as client:
        for flow in ("Draft", "Saved", "Idle"):
            await client.upload_flow(flow, flow, zip_of(flow, NEW))
        await client.save_version("Saved", "1.0.1")
    await staged.write(
        "PUT",
        "IntegrationDesigntimeArtifacts(Id='Changed',Version='active')/$links/Configurations('SubjectDN')",
        {"ParameterValue": NEW.subject},
    )
    seen = await staged.scan()
    assert causes(seen) == {
        "flow Draft as it runs": Cause.DRAFT,
        "flow Saved as it runs": Cause.OTHER_VERSION,
        "flow Changed as it runs": Cause.CHANGED_SINCE,
    }
    assert [flow.id for flow in seen.flows if flow.draft] == ["Draft", "Idle"]
    assert all(flow.read for flow in seen.flows)


@pytest.mark.parametrize(
    ("rule", "cause"),
    [
        ({"status": 200, "body": "PK no zip at all"}, Cause.FILE),
        ({"status": 200, "body": "<html>"}, Cause.REFUSED),
        ({"status": 403}, Cause.RIGHTS),
        ({"status": 404, "body": '{"error":{"message":{"value":"not found"}}}'}, Cause.REFUSED),
        ({"status": 500, "body": '{"error":{"message":{"value":"no"}}}'}, Cause.REFUSED),
    ],
)
async def test_one_flow_that_fails_hides_no_other(staged: Stage, rule: dict[str, Any], cause: Cause) -> None:
    """Its reason is told, and all others are read."""
    for flow in ("A", "B", "C"):
        await staged.flow(flow)
    await staged.fault("Id='B'.*value", **rule)
    seen = await staged.scan()
    assert [(flow.id, flow.read) for flow in seen.flows] == [("A", True), ("B", False), ("C", True)]
    assert causes(seen) == {"flow B": cause}
    assert next(gap.flow for gap in seen.gaps) == "B"


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("CertificateUserMappings", "the user mappings or service keys"),
        ("IntegrationRuntimeArtifacts", "what is deployed"),
        ("ServiceEndpoints", "the list of service endpoints"),
        (r"IntegrationPackages\('Orders'", "the flows of package Orders"),
        ("IntegrationPackages$", "all integration packages and the flows in them"),
    ],
)
async def test_a_missing_right_is_a_gap(staged: Stage, path: str, what: str) -> None:
    """Of each list: the rest is scanned, and nobody takes an empty list for "there is none"."""
    await staged.flow("A")
    await staged.fault(path, status=403)
    assert causes(await staged.scan())[what] is Cause.RIGHTS


async def test_an_answer_that_did_not_come_is_asked_for_again(staged: Stage) -> None:
    """One lost answer in a scan of hours is no reason to begin anew."""
    await staged.flow("A")
    await staged.control("POST", "faults", {"path": "value", "status": 502, "times": 1})
    assert (await staged.scan()).gaps == ()
    assert staged.asleep == [AGAIN_SECONDS]


@pytest.mark.parametrize(("status", "error"), [(503, TenantUnreachable), (401, NotAllowed)])
async def test_what_is_the_tenants_ends_the_scan(staged: Stage, status: int, error: type[Exception]) -> None:
    """A tenant that is gone, or that refuses the sign-in, says the same of every flow."""
    for flow in ("A", "B", "C"):
        await staged.flow(flow)
    await staged.fault("value", status=status)
    with pytest.raises(error):
        await staged.scan()


async def test_progress_is_told_after_every_flow(staged: Stage) -> None:
    """Done and total, each number once, also for flows that fail."""
    for flow in ("A", "B", "C"):
        await staged.flow(flow)
    await staged.fault("Id='B'.*value", status=403)
    told: list[tuple[int, int]] = []
    await staged.scan(progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


class _Crowd:
    """A tenant of many flows that counts how many downloads are under way."""

    settings = SETTINGS

    def __init__(self, flows: int) -> None:
        self.listed = [Flow(f"F{at}", "f", "1.0.0", "P", datetime(2026, 1, 1, tzinfo=UTC)) for at in range(flows)]
        self.under_way = self.most = 0

    async def packages(self) -> list[Package]:
        return [Package("P", "P", "EDIT_ALLOWED")]

    async def flows(self, package_id: str) -> list[Flow]:
        return self.listed

    async def deployed_artifacts(self) -> list[Any]:
        return []

    service_endpoints = deployed_artifacts

    async def user_mappings(self) -> UserMappings:
        return UserMappings(())

    async def download_flow(self, flow_id: str) -> bytes:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        return zip_of(flow_id, OLD)


async def test_many_flows_are_under_way_and_never_more(staged: Stage) -> None:
    """Enough that the client's own limits count, few enough that their zips need no memory."""
    crowd = _Crowd(3 * IN_FLIGHT)
    seen = await scan(cast(TenantClient, crowd))
    assert len(seen.flows) == 3 * IN_FLIGHT
    assert crowd.most == IN_FLIGHT
