"""Made for the Temporal Web UI: lists from search attributes, summaries on everything, details with the command."""

import asyncio
from datetime import datetime
from typing import Any

from house import House, Play, Stage, begin, new_names
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.converter import default as default_converter

from desk.listing import Line
from process.steps import Role
from workflows.attributes import SEARCH_ATTRIBUTES

EVERY_STEP = ("3", "4a", "4b", "5", "6", "7", "8", "9a", "9b", "10")

STANDING: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "2": (("3",), ("tenant-administrator",)),
    "3": (("4a", "4b"), ("integration-developer", "tenant-administrator")),
    "4a": (("4b",), ("tenant-administrator",)),
    "4b": (("5",), ("integration-developer",)),
    "5": (("6",), ("tenant-administrator",)),
    "6": (("7",), ("sender-administrator",)),
    "7": (("8",), ("sender-administrator",)),
    "8": (("9a", "9b"), ("tenant-administrator",)),
    "9a": (("9b",), ("tenant-administrator",)),
    "9b": (("10",), ("integration-developer",)),
}
"""After each step: what the lists show as step and as waited for."""


async def _begun(house: House, stage: Stage) -> tuple[Play, Any]:
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    await stage.mapping("ERP", pair.old.facts)
    return await begin(house, stage, pair.old), pair


async def _listed(house: House, play: Play, **wanted: Any) -> Line:
    """The line of the renewal as the lists show it, as soon as it is as wanted; a second is the promise."""
    async with asyncio.timeout(2):
        while True:
            for line in await play.desk.inbox():
                if line.id == play.id and all(getattr(line, k) == v for k, v in wanted.items()):
                    return line
            await asyncio.sleep(0.01)  # the lists follow the workflow by some ten milliseconds and tell nobody when


async def _ids(house: House, query: str) -> list[str]:
    return [execution.id async for execution in house.client.list_workflows(query)]


async def test_the_lists_follow_each_step(house: House, stage: Stage) -> None:
    """After each step, step, roles waited for, health and expiry stand in the search attributes."""
    play, pair = await _begun(house, stage)
    await _listed(house, play, steps=("2",), waiting_for=("sender-administrator",), health="proved")
    await play.submit(pair.new)
    for step in ("2", *EVERY_STEP[:-1]):
        if step != "2":
            await play.steps(step)
        steps, waiting = STANDING[step]
        line = await _listed(house, play, steps=steps, waiting_for=waiting)
        assert (line.health, line.expiry) == ("proved", pair.old.facts.not_after)
        assert len(line.commands) == len(steps)
    await play.steps("10")
    done = f"WorkflowId = '{play.id}' AND RenewalStep = 'completed' AND RenewalWaitingFor = 'nobody'"
    async with asyncio.timeout(2):
        while not await _ids(house, done):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)


async def test_all_that_wait_for_one_role_are_one_filter(house: House, stage: Stage) -> None:
    """The inbox of a role is one query on the server, as is each other attribute."""
    play, pair = await _begun(house, stage)
    await play.submit(pair.new)
    await _listed(house, play, steps=("3",))
    soon = datetime.fromisoformat("2100-01-01T00:00:00+00:00").isoformat()
    for query in (
        "RenewalWaitingFor = 'tenant-administrator'",
        "RenewalStep = '3'",
        f"RenewalTenant = '{stage.name}' AND RenewalSender = 'erp'",
        f"RenewalHealth = 'proved' AND RenewalExpiry < '{soon}'",
    ):
        assert play.id in await _ids(house, query), query
    assert play.id not in await _ids(house, "RenewalWaitingFor = 'sender-administrator'")
    assert play.id in [line.id for line in await play.desk.inbox(Role.TENANT_ADMINISTRATOR)]
    assert play.id not in [line.id for line in await play.desk.inbox(Role.INTEGRATION_DEVELOPER)]


async def test_the_server_has_every_attribute(house: House, stage: Stage) -> None:
    """None is left out of the table from which they are registered; ten keywords are the most that SQLite takes."""
    play, _ = await _begun(house, stage)
    await play.until(lambda case: case.facts_fresh)
    described = await house.client.get_workflow_handle(play.id).describe()
    set_on_it = {pair.key.name for pair in described.typed_search_attributes if pair.key.name.startswith("Renewal")}
    assert set_on_it == set(SEARCH_ATTRIBUTES)
    assert sum(1 for kind in SEARCH_ATTRIBUTES.values() if kind == "Keyword") <= 10


async def test_summary_and_details(house: House, stage: Stage) -> None:
    """The fixed summary names sender and tenant on one line; the details show the old certificate."""
    play, pair = await _begun(house, stage)
    described = await house.client.get_workflow_handle(play.id).describe()
    summary, details = await described.static_summary(), await described.static_details()
    assert summary == f"Renewal of the client certificate of erp at {stage.name}"
    assert pair.old.facts.fingerprint[:16] in (details or "")
    assert pair.old.facts.names.subject in (details or "")


async def _current_details(house: House, play: Play) -> str:
    handle = house.client.get_workflow_handle(play.id)
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return metadata.current_details


async def test_current_details_say_what_to_do(house: House, stage: Stage) -> None:
    """The small table: where it stands, who is waited for, since when, what comes next, the exact command."""
    play, pair = await _begun(house, stage)
    await play.until(lambda case: case.facts_fresh)
    assert f"`certrelay submit {play.id} CERTIFICATE.pem --as sender:NAME`" in await _current_details(house, play)
    await play.submit(pair.new)
    details = await _current_details(house, play)
    assert details.startswith("| Now |  |\n|---|---|\n")
    for part in (
        "step 3 waits for the tenant administrator",
        "| Waited for | tenant administrator |",
        "| Since | 20",
        f"`certrelay confirm 3 {play.id} --as tenant:NAME`",
        "4a (integration developer), 4b (tenant administrator), 5 (integration developer)",
        "| Health | proved |",
    ):
        assert part in details, part
    await play.steps(*EVERY_STEP)
    assert "nobody" in await _current_details(house, play)


def _summary(event: HistoryEvent) -> str:
    payload: Payload = event.user_metadata.summary
    text: str = default_converter().payload_converter.from_payload(payload, str) if payload.data else ""
    return text


async def test_every_activity_and_timer_has_a_summary(house: House, stage: Stage) -> None:
    """The timeline reads like the process: no bar without words, and each piece of work names its step and place."""
    play, pair = await _begun(house, stage)
    await play.submit(pair.new)
    await play.steps(*EVERY_STEP)
    await house.client.get_workflow_handle(play.id).result()
    shown = {
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: [],
        EventType.EVENT_TYPE_TIMER_STARTED: [],
        EventType.EVENT_TYPE_MARKER_RECORDED: [],
    }
    async for event in house.client.get_workflow_handle(play.id).fetch_history_events():
        if event.event_type in shown:
            shown[event.event_type].append(_summary(event))
    activities, timers, markers = shown.values()
    assert all([*activities, *timers, *markers])
    assert timers
    assert markers == []  # no local activity: it may not replay beside an update
    for words in (
        "Judge the certificate",
        "step 4a: add names, Orders",
        "step 9b: remove user mapping, ERP",
        "Find what knows",
        "register",
    ):
        assert any(words in summary for summary in activities), words
