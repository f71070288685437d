"""The schedule of the watch over expiry: installing twice changes nothing, and a missed run is made good."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from house import IMPATIENT, House, Stage, connect, new_names, temporal_server

from desk.refusals import NoSchedule
from desk.register import Register
from desk.schedule import CATCH_UP, NOTE, ExpirySchedule
from process.expiry import Registered
from workflows.names import EXPIRY_WATCH_ID, SCHEDULE_ID, renewal_id

DAILY = "0 6 * * *"


@pytest.fixture(scope="module")
async def idle(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house with a server of its own, since there is one schedule on a server."""
    async with temporal_server() as address:
        yield House(await connect(address), tmp_path_factory.mktemp("idle"))


@pytest.fixture
async def schedule(idle: House) -> AsyncIterator[ExpirySchedule]:
    """The schedule, not installed; removed afterwards."""
    schedule = ExpirySchedule(idle.client)
    yield schedule
    try:
        await schedule.remove()
    except NoSchedule:
        return


async def test_installing_twice_changes_nothing(schedule: ExpirySchedule) -> None:
    """The second time everything is as it was, and there is still one schedule."""
    first = await schedule.install(DAILY, "Europe/Berlin")
    second = await schedule.install(DAILY, "Europe/Berlin")
    assert second == first
    assert (first.cron, first.time_zone, first.paused, first.note) == ((DAILY,), "Europe/Berlin", False, NOTE)
    listed = [entry.id async for entry in await schedule.client.list_schedules()]
    assert listed in ([], [SCHEDULE_ID])  # the list lags; it never has two


async def test_it_runs_at_six_where_the_people_are(schedule: ExpirySchedule) -> None:
    """The time zone counts: six o'clock in Berlin is four or five in UTC."""
    installed = await schedule.install(DAILY, "Europe/Berlin")
    assert len(installed.next) == 3
    assert {at.astimezone(UTC).hour for at in installed.next} <= {4, 5}


async def test_missed_runs_are_made_good_for_a_week(schedule: ExpirySchedule) -> None:
    """The server is told to catch up, and that runs that pile up melt into one."""
    await schedule.install(DAILY, "UTC")
    policy = (await schedule.client.get_schedule_handle(SCHEDULE_ID).describe()).schedule.policy
    assert policy.catchup_window == CATCH_UP == timedelta(days=7)
    assert policy.overlap.name == "BUFFER_ONE"


async def test_installing_anew_changes_the_time(schedule: ExpirySchedule) -> None:
    """What is installed is brought to what is asked for."""
    await schedule.install(DAILY, "UTC")
    assert (await schedule.install("30 7 * * 1-5", "UTC")).cron == ("30 7 * * 1-5",)


async def test_pausing_and_going_on(schedule: ExpirySchedule) -> None:
    """The reason is kept, installing again does not end the pause, and it goes on when told to."""
    await schedule.install(DAILY, "UTC")
    paused = await schedule.pause("holidays")
    assert (paused.paused, paused.note) == (True, "holidays")
    again = await schedule.install("0 7 * * *", "UTC")
    assert (again.paused, again.note, again.cron) == (True, "holidays", ("0 7 * * *",))
    assert not (await schedule.pause("back", paused=False)).paused


async def test_without_a_schedule(schedule: ExpirySchedule) -> None:
    """Each look or change says that it is not installed, and how to install it."""
    for asked in (schedule.show(), schedule.pause("x"), schedule.pause("x", paused=False), schedule.remove()):
        with pytest.raises(NoSchedule, match="certrelay schedule install"):
            await asked


async def test_running_now(idle: House, schedule: ExpirySchedule, tmp_path: Path) -> None:
    """The watch runs at once, whether the schedule is installed or not, and reports what it started."""
    async with idle.stage(tmp_path) as stage, idle.working():
        id = await _due(idle, stage)
        assert (await schedule.run_now(IMPATIENT)).started == (id,)
        assert (await schedule.run_now(IMPATIENT)).running_or_done == (id,)


async def _due(house: House, stage: Stage) -> str:
    """A registered sender whose certificate is due, in the lists; the id of its renewal."""
    registered = Registered(stage.name, "erp", new_names().old.facts)
    register = Register(house.client)
    await register.add(registered, "otto")
    while not await register.all():
        pass
    return renewal_id(stage.name, "erp", registered.certificate.fingerprint)


@pytest.mark.slow
async def test_a_missed_run_is_made_good(tmp_path: Path) -> None:
    """The server is down at the minute of a run; when it is back, that very run is carried out."""
    file = ("--db-filename", str(tmp_path / "temporal.db"))
    async with temporal_server(*file) as address:
        client = await connect(address)
        installed = await ExpirySchedule(client).install("* * * * *", "UTC", IMPATIENT)
        missed = (await ExpirySchedule(client).show()).next[0] or installed.next[0]
    await asyncio.sleep((missed - datetime.now(UTC)).total_seconds() + 3)  # the outage lasts beyond that minute
    async with temporal_server(*file) as address:
        house = House(await connect(address), tmp_path)
        async with house.working():
            id = f"{EXPIRY_WATCH_ID}-{missed.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
            await _recently(ExpirySchedule(house.client), id)
            report = await house.client.get_workflow_handle(id).result()
    assert report["registered"] == 0
    assert report["started"] == []


async def _recently(schedule: ExpirySchedule, id: str) -> None:
    """Return when the schedule shows this run; it tells nobody when it acts."""
    async with asyncio.timeout(30):
        while id not in (shown := await schedule.show()).recent:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.1)
    assert shown.missed == 0
