"""What comes without an act of a person: time passes, and somebody cancels through Temporal."""

from datetime import UTC, datetime, timedelta

from house import House, Play, Stage, begin, new_names, same_names

from certificates.rehearsal import Issued, RehearsalAuthority
from process.case import Closing, Outcome
from process.health import EXPIRING_WITHIN
from process.steps import Role


def _ending_in(left: timedelta) -> Issued:
    """A certificate in use that ends so soon (certificates count in whole seconds)."""
    now = datetime.now(UTC)
    return RehearsalAuthority.create("Soon", now=now).issue("CN=soon", now - timedelta(days=300), now + left)


async def _healths(play: Play, last: str) -> list[str]:
    """The healths that the lists show one after another, until the last is there; by timer alone, nobody acts."""
    handle = play.desk.client.get_workflow_handle(play.id)
    seen: list[str] = []
    async for event in handle.fetch_history_events(wait_new_event=True):
        if event.HasField("upsert_workflow_search_attributes_event_attributes"):
            attributes = event.upsert_workflow_search_attributes_event_attributes.search_attributes.indexed_fields
            health = attributes["RenewalHealth"].data.decode().strip('"')
            if health not in seen[-1:]:
                seen.append(health)
            if health == last:
                break
    return seen


async def test_two_weeks_before_the_end(house: House, stage: Stage) -> None:
    """A timer turns the health to expiring when less than two weeks are left."""
    play = await begin(house, stage, _ending_in(EXPIRING_WITHIN + timedelta(seconds=2)))
    assert await _healths(play, "expiring") == ["not proved", "proved", "expiring"]


async def test_the_end_of_the_old_certificate(house: House, stage: Stage) -> None:
    """A timer turns the health to expired at the end; the operator finds it, and the renewal can still be done."""
    old = _ending_in(timedelta(seconds=2))
    play = await begin(house, stage, old)
    assert await _healths(play, "expired") in (["not proved", "expiring", "expired"], ["expiring", "expired"])
    assert datetime.now(UTC) >= old.facts.not_after
    await play.submit(same_names().new)
    assert (await play.case()).new is not None


async def test_after_the_switch_the_end_harms_nobody(house: House, stage: Stage) -> None:
    """Once the new certificate is in use, the end of the old one is no trouble."""
    pair = new_names()
    old = _ending_in(timedelta(seconds=3))
    await stage.mapping("ERP", old.facts)
    play = await begin(house, stage, old)
    await play.submit(pair.new)
    await play.steps("4b", "6", "7", "8")
    healths = await _healths(play, "proved")
    assert healths[:2] == ["not proved", "expiring"]
    assert healths[2:] in (["proved"], ["expired", "proved"])
    await play.steps("9b")
    assert (await play.case()).closing is Closing.COMPLETED


async def test_cancelling_is_refused_on_the_record(house: House, stage: Stage) -> None:
    """A cancelled renewal would leave the tenant half changed: it goes on and the record says so."""
    pair = same_names()
    play = await begin(house, stage, pair.old)
    await play.until(lambda case: case.facts_fresh)
    handle = house.client.get_workflow_handle(play.id)
    for _ in range(2):
        await handle.cancel()
    case = await play.until(lambda case: any(e.act == "cancel" for e in case.record))
    [line] = [e for e in case.record if e.act == "cancel"]
    assert line.outcome is Outcome.REFUSED
    assert "withdraw" in line.text
    await play.submit(pair.new)
    await play.steps("6", "7", "8")
    assert (await handle.result())["outcome"] == "completed"


async def test_cancelling_does_not_stop_work_under_way(house: House, stage: Stage) -> None:
    """Ordered work is carried out to its end: the flow is never left saved and not deployed."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    await play.steps("3")
    await stage.fault("IntegrationDesigntimeArtifacts", times=1, delay=0.5)
    await play.step("4a")
    await house.client.get_workflow_handle(play.id).cancel()
    case = await play.until(lambda case: case.is_done("4a"))
    assert any(e.act == "cancel" and e.outcome is Outcome.REFUSED for e in case.record)
    assert await stage.writes("Orders") == 1


async def test_cancelling_while_the_register_is_told(house: House, stage: Stage) -> None:
    """At its very end it is too late to refuse: the renewal is withdrawn as ordered, and not shown as cancelled."""
    play = await begin(house, stage, same_names().old)
    await play.until(lambda case: case.facts_fresh)
    handle = house.client.get_workflow_handle(play.id)
    await play.act("withdraw", Role.SENDER_ADMINISTRATOR, text="not needed")
    try:
        await handle.cancel()
    finally:
        assert (await handle.result())["outcome"] == "withdrawn"


async def test_cancelling_before_the_first_step(house: House, stage: Stage) -> None:
    """A cancel that arrives together with the start is refused as any other."""
    play = await begin(house, stage, same_names().old)
    await house.client.get_workflow_handle(play.id).cancel()
    case = await play.until(lambda case: any(e.act == "cancel" for e in case.record))
    assert case.closing is None
