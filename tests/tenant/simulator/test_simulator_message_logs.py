"""MessageProcessingLogs: the filters and orders that SAP documents, and the header properties of a flow."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rehearsed_tenant import START, Tenant, said

from tenant.simulator import message_logs
from tenant.simulator.message_logs import record_message
from tenant.simulator.state import State

HOUR = 3_600_000
Record = Callable[..., str]


@pytest.fixture
def record(tenant: Tenant, tmp_path: Path) -> Iterator[Record]:
    """Puts messages of the tenant on record; `at` is hours after the start."""
    state = State(tmp_path / "tenant.sqlite")

    def one(status: str = "COMPLETED", at: float = 0, flow: str = "Orders_In", **headers: str) -> str:
        ended = START + round(at * HOUR)
        with state.transaction():
            return record_message(
                state, flow_id=flow, flow_name=f"{flow} flow", package_id="Orders", status=status,
                started=ended - 40, ended=ended, headers=headers,
            )  # fmt: skip

    yield one
    state.close()


async def found(tenant: Tenant, **query: str) -> list[Any]:
    """The guids of the logs."""
    return [one["MessageGuid"] for one in await tenant.rows("MessageProcessingLogs", **query)]


async def test_a_message_is_told(tenant: Tenant, record: Record) -> None:
    """The artifact is a complex property; times are SAP's; there is no word of a certificate."""
    guid = record()
    one = await tenant.one(f"MessageProcessingLogs('{guid}')")
    artifact = one["IntegrationArtifact"]
    assert (artifact["Id"], artifact["Name"], artifact["Type"]) == ("Orders_In", "Orders_In flow", "INTEGRATION_FLOW")
    assert (one["LogStart"], one["LogEnd"]) == (f"/Date({START - 40})/", f"/Date({START})/")
    assert (one["Status"], one["Sender"]) == ("COMPLETED", None)
    atom = (await tenant.get(f"MessageProcessingLogs('{guid}')", accept="application/atom+xml")).text
    assert '<d:IntegrationArtifact m:type="com.sap.hci.api.IntegrationArtifact"><d:Id>Orders_In</d:Id>' in atom
    assert (await tenant.get("MessageProcessingLogs('nope')")).status_code == 404


async def test_the_documented_filter(tenant: Tenant, record: Record) -> None:
    """Flow, end not before a time in UTC, and a status that is left out."""
    record(at=-2)
    wanted = record("FAILED", at=1)
    record("DISCARDED", at=1)
    record(at=1, flow="Other")
    filter = (
        "IntegrationArtifact/Id eq 'Orders_In' and LogEnd ge datetime'2027-01-15T08:00:00' and Status ne 'DISCARDED'"
    )
    assert await found(tenant, filter=filter) == [wanted]
    assert (await tenant.get("MessageProcessingLogs/$count", filter=filter)).text == "1"


async def test_the_edges_of_a_time(tenant: Tenant, record: Record) -> None:
    """ge and le have them, gt and lt have not."""
    record()
    at = "datetime'2027-01-15T08:00:00'"
    shown = {sign: len(await found(tenant, filter=f"LogEnd {sign} {at}")) for sign in ("ge", "gt", "le", "lt")}
    assert shown == {"ge": 1, "gt": 0, "le": 1, "lt": 0}


async def test_order_pages_and_count(tenant: Tenant, record: Record) -> None:
    """Newest first by itself; top, skip and the number of all together."""
    guids = [record(at=at) for at in range(5)]
    assert await found(tenant) == guids[::-1]
    assert await found(tenant, orderby="LogEnd asc", top="2", skip="1") == guids[1:3]
    assert (await tenant.one("MessageProcessingLogs", inlinecount="allpages", top="1"))["__count"] == "5"


@pytest.mark.parametrize("orderby", ["MessageGuid", "Sender desc", "LogEnd sideways"])
async def test_other_orders_are_refused(tenant: Tenant, orderby: str) -> None:
    """SAP names four properties."""
    assert (await tenant.get("MessageProcessingLogs", orderby=orderby)).status_code == 400


async def test_header_properties_find_their_messages(tenant: Tenant, record: Record) -> None:
    """From the property to the log, from the log to the property, and by the parameter of the logs."""
    guid = record(certificate="it's new", po="1")
    record(certificate="old")
    (header,) = await tenant.rows(
        "MessageProcessingLogCustomHeaderProperties",
        filter="Name eq 'certificate' and Value eq 'it''s new'",
        expand="Log",
    )
    assert header["Log"]["MessageGuid"] == guid
    properties = await tenant.rows(f"MessageProcessingLogs('{guid}')/CustomHeaderProperties")
    assert {one["Name"]: one["Value"] for one in properties} == {"certificate": "it's new", "po": "1"}
    query = {"filterCustomHeaderProperties": "'certificate' eq 'it''s new'"}
    response = await tenant.client.get("/api/v1/MessageProcessingLogs", params=query, headers={"Accept": "*/*"})
    assert response.text.count("<entry>") == 1
    (expanded,) = await tenant.rows(
        "MessageProcessingLogs", filter=f"MessageGuid eq '{guid}'", expand="CustomHeaderProperties"
    )
    assert len(expanded["CustomHeaderProperties"]["results"]) == 2


async def test_a_header_filter_that_cannot_be_read(tenant: Tenant) -> None:
    """400: not understood never means all."""
    query = {"filterCustomHeaderProperties": "certificate = old"}
    response = await tenant.client.get("/api/v1/MessageProcessingLogs", params=query)
    assert response.status_code == 400


async def test_some_sets_are_reached_by_navigation_only(tenant: Tenant) -> None:
    """500 in SAP's words."""
    response = await tenant.get("MessageProcessingLogAdapterAttributes")
    assert (response.status_code, said(response)) == (
        500,
        "Only retrievable via navigation from MessageProcessingLogs entity",
    )


async def test_an_unknown_property_in_a_filter(tenant: Tenant) -> None:
    """Not a certificate either: no such property exists."""
    for wrong in ("Certificate eq 'x'", "IntegrationArtifact/Colour eq 'x'", "Status/Id eq 'x'"):
        assert (await tenant.get("MessageProcessingLogs", filter=wrong)).status_code == 400


async def test_the_logs_have_an_end(tenant: Tenant, record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten; the length is made small here, since 50,000 messages take long."""
    monkeypatch.setattr(message_logs, "KEPT", 2)
    guids = [record(at=at) for at in range(4)]
    assert await found(tenant) == [guids[3], guids[2]]
