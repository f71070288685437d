"""Continue-as-new, made frequent by the server's own setting: nobody notices it."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from house import House, Play, Stage, begin, connect, new_names, temporal_server
from temporalio.api.enums.v1 import EventType

from desk.register import Register
from process.case import Case, Closing
from process.expiry import Registered
from process.steps import Role
from workflows.messages import Say
from workflows.names import sender_id

SUGGESTED_AFTER = 40
"""Events; as shipped it is 4,096."""


@pytest.fixture(scope="module")
async def short(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house whose server suggests continue-as-new after a few events."""
    setting = f"limit.historyCount.suggestContinueAsNew={SUGGESTED_AFTER}"
    async with temporal_server("--dynamic-config-value", setting) as address:
        house = House(await connect(address), tmp_path_factory.mktemp("short"))
        async with house.working():
            yield house


@pytest.fixture
async def short_stage(short: House, tmp_path: Path) -> AsyncIterator[Stage]:
    """A tenant of the test's own in that house."""
    async with short.stage(tmp_path) as stage:
        yield stage


async def _run_of(house: House, id: str) -> str:
    return (await house.client.get_workflow_handle(id).describe()).run_id or ""


async def _comments_until_next_run(house: House, play: Play) -> tuple[list[str], Case]:
    """Comment until the workflow runs anew; the request ids, and the case before the last comment."""
    first = await _run_of(house, play.id)
    sent: list[str] = []
    case = await play.case()
    for _ in range(SUGGESTED_AFTER):
        if await _run_of(house, play.id) != first:
            return sent, case
        case = await play.case()
        sent.append(str(uuid.uuid4()))
        await play.act("comment", Role.OPERATOR, text="more", request_id=sent[-1])
    raise AssertionError("it never continued as new")


async def test_the_state_survives(short: House, short_stage: Stage) -> None:
    """The case is the same before and after but for the comments in between; the lists are as they were."""
    play = await begin(short, short_stage, new_names().old)
    await play.until(lambda case: case.facts_fresh)
    sent, before = await _comments_until_next_run(short, play)
    after = await play.case()
    assert replace(after, record=before.record) == before
    assert [e.request_id for e in after.record if e.request_id] == sent
    [line] = [line for line in await play.desk.inbox(Role.SENDER_ADMINISTRATOR) if line.id == play.id]
    assert (line.tenant, line.sender, line.steps, line.health) == (short_stage.name, "erp", ("2",), "proved")


async def test_a_request_of_an_earlier_run_is_known(short: House, short_stage: Stage) -> None:
    """The server knows an update id within one run only; the record knows it for good."""
    play = await begin(short, short_stage, new_names().old)
    await play.until(lambda case: case.facts_fresh)
    sent, _ = await _comments_until_next_run(short, play)
    message = Say(request_id=sent[0], by="otto", role=Role.OPERATOR, text="more")
    assert (await play.desk.act(play.id, "comment", message)).repeated
    await short.client.get_workflow_handle(play.id).signal("comment", message)
    await play.act("comment", Role.OPERATOR, text="after")
    assert [e.request_id for e in (await play.case()).record].count(sent[0]) == 1


async def test_timers_are_made_again(short: House, short_stage: Stage) -> None:
    """The next run waits for the same moments."""
    play = await begin(short, short_stage, new_names().old)
    await play.until(lambda case: case.facts_fresh)
    await _comments_until_next_run(short, play)
    await play.act("comment", Role.OPERATOR, text="after")
    events = short.client.get_workflow_handle(play.id).fetch_history_events()
    kinds = [event.event_type async for event in events]
    assert EventType.EVENT_TYPE_TIMER_STARTED in kinds


async def test_a_whole_renewal_over_several_runs(short: House, short_stage: Stage) -> None:
    """Ordered work is carried out once, whatever the run: each flow is written twice in all."""
    pair = new_names()
    await short_stage.flow("Orders", pair.old.facts)
    await short_stage.mapping("ERP", pair.old.facts)
    play = await begin(short, short_stage, pair.old)
    first = await _run_of(short, play.id)
    await play.submit(pair.new)
    for step in ("3", "4a", "4b", "5", "6", "7", "8", "9a", "9b", "10"):
        await play.step(step)
        await _done(short, play, step)
    assert (await play.case()).closing is Closing.COMPLETED
    assert await _run_of(short, play.id) != first
    assert await short_stage.writes("Orders") == 2


async def _done(house: House, play: Play, step: str) -> Case:
    """The case once the step is done: a run may end while its moves are looked at, then the next one is."""
    while True:
        async for case in play.desk.moves(play.id):
            if case.is_done(step) or case.closed:
                return case


async def test_a_sender_survives(short: House) -> None:
    """The register's entry continues as new with what is registered."""
    old, new = new_names().old, new_names().new
    first = Registered("somewhere", f"s-{uuid.uuid4()}", old.facts)
    register = Register(short.client)
    await register.add(first, "otto")
    id = sender_id(first.tenant, first.sender)
    run = await _run_of(short, id)
    for _ in range(SUGGESTED_AFTER):
        if await _run_of(short, id) != run:
            break
        await register.add(replace(first, certificate=new.facts), "otto", replace=True)
        await register.add(first, "otto", replace=True)
    assert await _run_of(short, id) != run
    assert (await register.find(first.sender)).registered == first
