"""`$metadata`: SAP's own OData client reads it and works with it; what it declares is what is answered."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyodata
import pytest
import requests
from defusedxml import ElementTree as Xml
from rehearsed_tenant import PASSWORD, START, USER, Tenant, TenantMaker
from served_tenant import listening

from certificates.rehearsal import RehearsalAuthority
from process.facts import NamePair
from tenant.flows.sample import SampleChannel, sample_flow
from tenant.simulator.entities import ENTITY_SETS, FUNCTION_IMPORTS, EntitySet
from tenant.simulator.message_logs import record_message
from tenant.simulator.metadata import metadata
from tenant.simulator.state import State

EDM = "{http://schemas.microsoft.com/ado/2006/04/edm}"
META = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"


def connected(url: str) -> pyodata.Client:
    """SAP's client on the service, signed in with a user and a password."""
    session = requests.Session()
    session.auth = (USER, PASSWORD)
    return pyodata.Client(f"{url}/api/v1/", session)


def looked_at(url: str) -> dict[str, Any]:
    """What SAP's client finds in a tenant; it is synchronous, so this runs in a thread."""
    service = connected(url)
    sets = service.entity_sets
    (package,) = sets.IntegrationPackages.get_entities().execute()
    (flow,) = package.nav("IntegrationDesigntimeArtifacts").get_entities().execute()
    parameters = flow.nav("Configurations").get_entities().execute()
    mapped = sets.CertificateUserMappings.get_entities().filter("User eq 'SENDER_1'").execute()
    (running,) = sets.IntegrationRuntimeArtifacts.get_entities().execute()
    logs = sets.MessageProcessingLogs.get_entities().filter(
        "IntegrationArtifact/Id eq 'Orders_In' and LogEnd ge datetime'2027-01-15T08:00:00' and Status ne 'DISCARDED'"
    )
    return {
        "package": package.Id,
        "flow": (flow.Id, flow.Version),
        "parameters": {one.ParameterKey: one.ParameterValue for one in parameters},
        "users": [one.User for one in mapped],
        "running": (running.Id, running.Status, running.DeployedOn.timestamp()),
        "by key": sets.IntegrationRuntimeArtifacts.get_entity("Orders_In").execute().Name,
        "logs": [(one.Status, one.IntegrationArtifact["Id"]) for one in logs.execute()],
        "count": logs.count(inline=True).execute().total_count,
    }


async def test_saps_own_client_reads_the_tenant(tenant: Tenant, tmp_path: Path) -> None:
    """It reads the metadata, lists, filters, reads by key and follows navigation."""
    row = NamePair("CN=a", "CN=ca")
    channel = SampleChannel("HTTPS", address="/orders", rows=(row,), parameterised=True)
    await tenant.with_flow(content=sample_flow("Orders_In", "Orders_In", [channel]))
    await tenant.deploy()
    tenant.clock.advance(60)
    authority = RehearsalAuthority.create(now=datetime.now(UTC))
    for user in ("SENDER_1", "SENDER_2"):
        await tenant.control("POST", "mappings", {"user": user, "certificate": authority.issue(user).pem})
    state = State(tmp_path / "tenant.sqlite")
    with state.transaction():
        for status in ("COMPLETED", "DISCARDED"):
            record_message(
                state, flow_id="Orders_In", flow_name="Orders", package_id="Orders", status=status,
                started=START, ended=START + 5,
            )  # fmt: skip
    state.close()
    async with listening(tenant) as url:
        found = await asyncio.to_thread(looked_at, url)
    assert found == {
        "package": "Orders",
        "flow": ("Orders_In", "1.0.0"),
        "parameters": {"SubjectDN": "CN=a", "IssuerDN": "CN=ca"},
        "users": ["SENDER_1"],
        "running": ("Orders_In", "STARTED", START / 1000 + 1),
        "by key": "A flow",
        "logs": [("COMPLETED", "Orders_In")],
        "count": 1,
    }


async def test_saps_own_client_creates_a_package(tenant: Tenant) -> None:
    """A write with the token and the session that it fetched."""

    def create(url: str) -> str:
        session = requests.Session()
        session.auth = (USER, PASSWORD)
        root = session.get(f"{url}/api/v1/", headers={"X-CSRF-Token": "Fetch"})
        session.headers["X-CSRF-Token"] = root.headers["X-CSRF-Token"]
        sets = pyodata.Client(f"{url}/api/v1/", session).entity_sets
        return str(sets.IntegrationPackages.create_entity().set(Id="New", ShortText="s", Name="n").execute().Id)

    async with listening(tenant) as url:
        assert await asyncio.to_thread(create, url) == "New"


@pytest.mark.parametrize("entities", ENTITY_SETS, ids=lambda one: one.name)
def test_every_set_is_declared_as_it_is_answered(entities: EntitySet) -> None:
    """Properties in order with their types, the keys, the stream, and a navigation for each link."""
    root = Xml.fromstring(metadata(ENTITY_SETS))
    (declared,) = (one for one in root.iter(f"{EDM}EntityType") if one.get("Name") == entities.type_name)
    assert [one.get("Name") for one in declared.iter(f"{EDM}Property")] == list(entities.properties)
    assert [one.get("Name") for one in declared.iter(f"{EDM}PropertyRef")] == list(entities.keys)
    assert [one.get("Name") for one in declared.iter(f"{EDM}NavigationProperty")] == list(entities.navigation)
    assert (declared.get(f"{META}HasStream") == "true") is entities.stream
    nullable = {one.get("Name") for one in declared.iter(f"{EDM}Property") if one.get("Nullable") != "false"}
    assert nullable.isdisjoint({*entities.keys, *entities.required})


def test_every_navigation_has_two_ends() -> None:
    """An association and its set for each; the target is a set of the same document."""
    root = Xml.fromstring(metadata(ENTITY_SETS))
    names = {one.get("Name") for one in root.iter(f"{EDM}EntitySet")}
    assert names == {entities.name for entities in ENTITY_SETS}
    relations = {one.get("Relationship") for one in root.iter(f"{EDM}NavigationProperty")}
    assert relations == {f"com.sap.hci.api.{one.get('Name')}" for one in root.iter(f"{EDM}Association")}
    for pair in root.iter(f"{EDM}AssociationSet"):
        ends = [one.get("EntitySet") for one in pair.iter(f"{EDM}End")]
        assert len(ends) == 2
        assert names.issuperset(ends)


def test_functions_are_called_by_post() -> None:
    """Each with its parameters, which travel in the query."""
    root = Xml.fromstring(metadata(ENTITY_SETS))
    declared = {one.get("Name"): one for one in root.iter(f"{EDM}FunctionImport")}
    assert set(declared) == {function.name for function in FUNCTION_IMPORTS}
    assert {one.get(f"{META}HttpMethod") for one in declared.values()} == {"POST"}


async def test_cloud_foundry_has_no_user_mappings(tenant_with: TenantMaker) -> None:
    """They stand neither in the metadata nor in the service document (SAP: only available in Neo)."""
    tenant = tenant_with(profile="cloud-foundry")
    assert "CertificateUserMapping" not in (await tenant.get("$metadata", accept="*/*")).text
    assert "CertificateUserMappings" not in (await tenant.one(""))["EntitySets"]


async def test_the_service_document_may_name_as_few_sets_as_a_tenants(tenant_with: TenantMaker) -> None:
    """The others still answer: a set that is not named is not a set that is not there."""
    tenant = tenant_with(service_document="listed")
    listed = (await tenant.one(""))["EntitySets"]
    assert "MessageProcessingLogs" in listed
    assert "IntegrationPackages" not in listed
    assert await tenant.rows("IntegrationPackages") == []
