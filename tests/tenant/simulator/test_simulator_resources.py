"""Resources of a flow: those of the types that SAP names, read and counted, never the model."""

import io
import zipfile

from rehearsed_tenant import Tenant, flow_zip

FLOW = "IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')"


def with_script() -> bytes:
    """A flow with a script and a picture."""
    target = io.BytesIO(flow_zip())
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("src/main/resources/script/check.groovy", "return message")
        archive.writestr("src/main/resources/picture.png", "x")
        archive.writestr("elsewhere/other.groovy", "x")
    return target.getvalue()


async def test_resources_are_listed_counted_and_read(tenant: Tenant) -> None:
    """By name and type; the size is a string, as every Int64."""
    await tenant.with_flow(content=with_script())
    (one,) = await tenant.rows(f"{FLOW}/Resources")
    assert (one["Name"], one["ResourceType"], one["ResourceSize"]) == ("check.groovy", "groovy", "14")
    assert (await tenant.get(f"{FLOW}/Resources/$count")).text == "1"
    key = f"{FLOW}/Resources(Name='check.groovy',ResourceType='groovy')"
    assert (await tenant.one(key))["Name"] == "check.groovy"
    assert (await tenant.get(f"{key}/$value", accept="*/*")).text == "return message"
    assert (await tenant.get(f"{FLOW}/Resources(Name='x',ResourceType='groovy')")).status_code == 404


async def test_resources_cannot_be_read_without_their_flow(tenant: Tenant) -> None:
    """501, as for most of a tenant's sets."""
    for name in ("Resources", "Configurations", "IntegrationDesigntimeArtifacts", "RuntimeArtifactErrorInformations"):
        assert (await tenant.get(name)).status_code == 501
    assert (await tenant.get("IntegrationFlows")).status_code == 404
