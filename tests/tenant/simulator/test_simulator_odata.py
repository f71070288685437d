"""How answers look: Atom by default, JSON when asked for; dates, Int64, links, errors, pages."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import httpx
import pytest
from rehearsed_tenant import START, Tenant, TenantMaker, said

ATOM = "{http://www.w3.org/2005/Atom}"
META = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
DATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
NOTHING = "IntegrationDesigntimeArtifacts(Id='nothing',Version='active')"


async def test_atom_is_the_default(tenant: Tenant) -> None:
    """Without a word in Accept the answer is an Atom feed."""
    await tenant.with_package()
    response = await tenant.get("IntegrationPackages", accept="*/*")
    assert response.headers["content-type"].startswith("application/atom+xml")
    feed = Xml.fromstring(response.text)
    properties = feed.find(f"{ATOM}entry/{META}properties")
    assert feed.tag == f"{ATOM}feed"
    assert properties is not None
    assert properties.findtext(f"{DATA}Id") == "Orders"
    assert properties.findtext(f"{DATA}PartnerContent") == "false"


@pytest.mark.parametrize(("accept", "query"), [("application/json", {}), ("*/*", {"format": "json"})])
async def test_json_when_asked_for(tenant: Tenant, accept: str, query: dict[str, str]) -> None:
    """By Accept or by $format=json; a list stands under d.results."""
    await tenant.with_package()
    response = await tenant.get("IntegrationPackages", accept=accept, **query)
    (row,) = response.json()["d"]["results"]
    assert row["Id"] == "Orders"
    assert row["CreationDate"] == str(START)  # a string that holds epoch milliseconds


async def test_an_entity_has_its_address_with_the_port(tenant: Tenant) -> None:
    """SAP writes the port out; a flow is a stream and says where its bytes are."""
    await tenant.with_flow()
    flow = await tenant.one("IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')")
    uri = "http://tenant.example:80/api/v1/IntegrationDesigntimeArtifacts(Id='Orders_In',Version='1.0.0')"
    assert flow["__metadata"]["uri"] == uri
    assert flow["__metadata"]["type"] == "com.sap.hci.api.IntegrationDesigntimeArtifact"
    assert flow["__metadata"]["media_src"] == f"{uri}/$value"
    assert flow["Configurations"] == {"__deferred": {"uri": f"{uri}/Configurations"}}
    assert flow["ArtifactContent"] is None


async def test_the_address_of_an_entity_leads_to_it(tenant: Tenant) -> None:
    """Whatever the Id holds, `__metadata.uri` can be followed as it stands."""
    await tenant.with_flow("It's 100% / ä")
    (row,) = await tenant.rows("IntegrationPackages('Orders')/IntegrationDesigntimeArtifacts")
    split = urlsplit(row["__metadata"]["uri"])
    response = await tenant.client.get(split.path, headers={"Accept": "application/json"})
    assert response.json()["d"]["Id"] == "It's 100% / ä"


async def test_date_times_in_both_formats(tenant: Tenant) -> None:
    """JSON /Date(ms)/, Atom ISO with milliseconds and without zone."""
    await tenant.with_flow()
    tenant.clock.now = START + 123
    await tenant.control("POST", "locks", {"flow": "Orders_In"})
    (row,) = await tenant.rows("IntegrationDesigntimeLocks")
    assert row["CreatedAt"] == f"/Date({START + 123})/"
    atom = await tenant.get("IntegrationDesigntimeLocks", accept="application/xml")
    assert ">2027-01-15T08:00:00.123</d:CreatedAt>" in atom.text


async def test_select_leaves_the_rest_out(tenant: Tenant) -> None:
    """Only what $select names is answered."""
    await tenant.with_package()
    (row,) = await tenant.rows("IntegrationPackages", select="Id,Name")
    assert row.keys() == {"__metadata", "Id", "Name"}


def _json_error(response: httpx.Response) -> tuple[str, str]:
    return response.json()["error"]["code"], said(response)


def _atom_error(response: httpx.Response) -> tuple[str, str]:
    error = Xml.fromstring(response.text)
    message = error.find(f"{META}message")
    assert message is not None
    assert message.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    return error.findtext(f"{META}code", ""), message.text or ""


@pytest.mark.parametrize(
    ("path", "accept", "read"),
    [
        (NOTHING, "application/json", _json_error),
        (NOTHING, "*/*", _atom_error),
        (f"{NOTHING}/$value", "application/octet-stream", _atom_error),
    ],
)
async def test_errors_come_in_the_format_asked_for(
    tenant: Tenant, path: str, accept: str, read: Callable[[httpx.Response], tuple[str, str]]
) -> None:
    """JSON error body for JSON; the XML one otherwise, above all for downloads."""
    response = await tenant.get(path, accept=accept)
    assert response.status_code == 404
    assert read(response) == ("Not Found", "Integration design time artifact not found.")


async def test_long_lists_come_in_pages(tenant_with: TenantMaker) -> None:
    """Beyond the page size `__next` is an absolute address that is followed verbatim, in Atom rel="next"."""
    tenant = tenant_with(page_size=2)
    for number in range(5):
        await tenant.with_package(f"P{number}")
    seen, address = [], "http://tenant.example/api/v1/IntegrationPackages"
    while address:
        body = (await tenant.client.get(address, headers={"Accept": "application/json"})).json()["d"]
        seen += [row["Id"] for row in body["results"]]
        address = body.get("__next", "")
    assert seen == ["P0", "P1", "P2", "P3", "P4"]
    atom = await tenant.get("IntegrationPackages", accept="*/*")
    assert re.search(r'href="http://tenant.example:80/\S+\$skiptoken=2" rel="next"', atom.text)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "IntegrationFlows", 404),
        ("GET", "IntegrationDesigntimeArtifacts", 501),
        ("GET", "BuildAndDeployStatus", 501),
        ("GET", "EntryPoints", 501),
        ("PATCH", "IntegrationPackages('Orders')", 501),
        ("GET", "$batch", 501),
        ("GET", "IntegrationPackages(", 400),
    ],
)
async def test_what_the_tenant_does_not_offer(tenant: Tenant, method: str, path: str, status: int) -> None:
    """An unknown set is 404, a set or method that cannot be had like this 501."""
    assert (await tenant.write(method, path)).status_code == status


async def test_the_service_root_lists_the_sets(tenant: Tenant) -> None:
    """As JSON and as an Atom service document."""
    assert "CertificateUserMappings" in (await tenant.one(""))["EntitySets"]
    atom = await tenant.get("", accept="*/*")
    assert Xml.fromstring(atom.text).tag == "{http://www.w3.org/2007/app}service"
