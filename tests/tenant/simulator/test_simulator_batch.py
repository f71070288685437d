"""`$batch`: several requests in one; a change set is carried out whole or not at all."""

import asyncio

import httpx
import pyodata
import requests
from rehearsed_tenant import PASSWORD, USER, Tenant, flow_zip
from served_tenant import listening

from process.facts import NamePair
from tenant.flows.sample import SampleChannel, sample_flow

FLOW = "IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')"


def part(method: str, target: str, body: str = "") -> str:
    """One request inside a batch."""
    head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    return f"{head}{method} {target} HTTP/1.1\r\nAccept: application/json\r\n\r\n{body}\r\n"


def multipart(boundary: str, *parts: str) -> str:
    """The parts between boundaries."""
    return "".join(f"--{boundary}\r\n{one}\r\n" for one in parts) + f"--{boundary}--\r\n"


def change_set(*parts: str) -> str:
    """A part that holds changes."""
    return "Content-Type: multipart/mixed; boundary=changes\r\n\r\n" + multipart("changes", *parts)


async def batch(tenant: Tenant, *parts: str, text: str | None = None) -> httpx.Response:
    """Send a batch."""
    await tenant.write("DELETE", "IntegrationPackages('Nope')")  # fetches the token
    headers = {**tenant.headers, "Content-Type": "multipart/mixed; boundary=all"}
    content = multipart("all", *parts) if text is None else text
    return await tenant.client.post("/api/v1/$batch", content=content, headers=headers)


def statuses(response: httpx.Response) -> list[int]:
    """The status of each answered part."""
    assert response.status_code == 202, response.text
    return [int(line.split()[1]) for line in response.text.splitlines() if line.startswith("HTTP/1.1 ")]


async def parameterised(tenant: Tenant) -> None:
    """A flow whose names are parameters."""
    channel = SampleChannel("HTTPS", address="/orders", rows=(NamePair("CN=a", "CN=ca"),), parameterised=True)
    await tenant.with_flow(content=sample_flow("Orders_In", "Orders_In", [channel]))


async def values(tenant: Tenant) -> dict[str, str]:
    """The flow's parameters."""
    return {one["ParameterKey"]: one["ParameterValue"] for one in await tenant.rows(f"{FLOW}/Configurations")}


async def test_reads_are_answered_in_their_order(tenant: Tenant) -> None:
    """Each with its own status; one that is refused does not stop the next."""
    await tenant.with_package()
    response = await batch(
        tenant,
        part("GET", "IntegrationPackages('Orders')"),
        part("GET", "IntegrationPackages('Nope')"),
        part("GET", "/api/v1/IntegrationPackages?$top=1"),
    )
    assert statuses(response) == [200, 404, 200]
    assert response.headers["content-type"].startswith("multipart/mixed; boundary=")


async def test_a_change_set_changes_both_parameters(tenant: Tenant) -> None:
    """Two configuration changes in one request."""
    await parameterised(tenant)
    target = f"{FLOW}/$links/Configurations('{{}}')"
    response = await batch(
        tenant,
        change_set(
            part("PUT", target.format("SubjectDN"), '{"ParameterValue": "CN=b"}'),
            part("PUT", target.format("IssuerDN"), '{"ParameterValue": "CN=cb"}'),
        ),
    )
    assert statuses(response) == [202, 202]
    assert await values(tenant) == {"SubjectDN": "CN=b", "IssuerDN": "CN=cb"}


async def test_a_change_set_is_whole_or_nothing(tenant: Tenant) -> None:
    """The error alone is told, and the change before it is taken back; the next part is carried out."""
    await parameterised(tenant)
    target = f"{FLOW}/$links/Configurations('{{}}')"
    response = await batch(
        tenant,
        change_set(
            part("PUT", target.format("SubjectDN"), '{"ParameterValue": "CN=b"}'),
            part("PUT", target.format("Nope"), '{"ParameterValue": "x"}'),
        ),
        part("GET", "IntegrationPackages('Orders')"),
    )
    assert statuses(response) == [404, 200]
    assert "Parameter key 'Nope' not found." in response.text
    assert await values(tenant) == {"SubjectDN": "CN=a", "IssuerDN": "CN=ca"}


async def test_a_change_outside_a_change_set_is_refused(tenant: Tenant) -> None:
    """OData 2.0: only reads stand alone."""
    await tenant.with_package()
    assert statuses(await batch(tenant, part("DELETE", "IntegrationPackages('Orders')"))) == [400]
    assert len(await tenant.rows("IntegrationPackages")) == 1


async def test_what_is_no_batch_is_refused(tenant: Tenant) -> None:
    """400; a part that is no request is a 400 of its own."""
    assert (await batch(tenant, text="hello")).status_code == 400
    assert statuses(await batch(tenant, "Content-Type: application/http\r\n\r\nhello\r\n")) == [400]
    assert (await tenant.get("$batch")).status_code == 501


async def test_a_batch_needs_its_token(tenant: Tenant) -> None:
    """As every POST does."""
    assert (await tenant.client.post("/api/v1/$batch", content="--a--")).status_code == 403


async def test_saps_own_client_sends_a_batch(tenant: Tenant) -> None:
    """Two reads in one request, and their answers read."""
    await tenant.with_flow(content=flow_zip())

    def read(url: str) -> list[str]:
        session = requests.Session()
        session.auth = (USER, PASSWORD)
        root = session.get(f"{url}/api/v1/", headers={"X-CSRF-Token": "Fetch"})
        session.headers["X-CSRF-Token"] = root.headers["X-CSRF-Token"]
        service = pyodata.Client(f"{url}/api/v1/", session)
        together = service.create_batch()
        together.add_request(service.entity_sets.IntegrationPackages.get_entity("Orders"))
        together.add_request(
            service.entity_sets.IntegrationDesigntimeArtifacts.get_entity(Id="Orders_In", Version="active")
        )
        return [one.Id for one in together.execute()]

    async with listening(tenant) as url:
        assert await asyncio.to_thread(read, url) == ["Orders", "Orders_In"]
