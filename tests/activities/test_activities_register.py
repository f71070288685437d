"""The register in Temporal, read and told by activities, against the real server."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from house import NOW, House, Pair, new_names
from temporalio.testing import ActivityEnvironment

from activities import register
from activities.register import RegisterActivities
from activities.shapes import Ended
from desk.register import Register
from process.expiry import Entry, Registered, Seen
from process.steps import Role
from workflows.names import TASK_QUEUE, sender_id


async def act(activity: Any, *argument: Any) -> Any:
    """Run an activity as our worker would."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, task_queue=TASK_QUEUE)
    return await environment.run(activity, *argument)


def ended(pair: Pair, tenant: str, outcome: str = "completed") -> Ended:
    """The end of a renewal of the sender erp."""
    new = pair.new.facts if outcome == "completed" else None
    id = sender_id(tenant, "erp")
    return Ended(id, tenant, "erp", f"renewal-{uuid.uuid4()}", outcome, NOW, pair.old.facts, new)


@pytest.fixture
def tenant() -> str:
    """A name that no other test has."""
    return f"t{uuid.uuid4().hex[:10]}"


async def _listed(house: House, tenant: str) -> Seen:
    """The register as soon as the server's list, which lags behind a start, has the tenant's entry."""
    async with asyncio.timeout(10):
        while True:
            seen: Seen = await act(RegisterActivities(house.client).read_register)
            ours = tuple(r for r in seen.registered if r.tenant == tenant)
            broken = tuple(u for u in seen.unreadable if tenant in u.what)
            if ours or broken:
                return Seen(registered=ours, unreadable=broken)
            await asyncio.sleep(0.02)


async def test_every_registered_sender_is_read(house: House, tenant: str) -> None:
    """With certificate, people and lead time, as it was registered."""
    people = {Role.SENDER_ADMINISTRATOR: ("sam",)}
    registered = Registered(tenant, "erp", new_names().old.facts, people, 30)
    await Register(house.client).add(registered, "tina")
    assert await _listed(house, tenant) == Seen(registered=(registered,))


async def test_an_entry_that_does_not_answer_is_named(
    house: House, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started where no worker listens: it is unreadable, not absent, and the others are read."""
    entry = Entry(Registered(tenant, "erp", new_names().old.facts))
    id = sender_id(tenant, "erp")
    handle = await house.client.start_workflow("Sender", entry, id=id, task_queue=f"nobody-{tenant}")
    monkeypatch.setattr(register, "_ANSWER_WITHIN", timedelta(seconds=0.5))  # nobody will, so ten would be lost
    seen = await _listed(house, tenant)
    await handle.terminate()
    assert seen.registered == ()
    assert [u.what for u in seen.unreadable] == [id]


async def test_an_end_makes_the_entry_where_there_is_none(house: House, tenant: str) -> None:
    """A sender that nobody registered is registered by its first renewal, and people find it by its name."""
    pair = new_names()
    await act(RegisterActivities(house.client).record_end, ended(pair, tenant))
    await _listed(house, tenant)
    entry = await Register(house.client).find("erp", tenant)
    assert entry.registered == Registered(tenant, "erp", pair.new.facts)
    assert [past.outcome for past in entry.past] == ["completed"]


@pytest.mark.parametrize("outcome", ["completed", "withdrawn"])
async def test_an_end_is_recorded_once(house: House, tenant: str, outcome: str) -> None:
    """Repeated after a crash it changes nothing; only a completed renewal brings its certificate into use."""
    pair, people = new_names(), {Role.TENANT_ADMINISTRATOR: ("tina",)}
    await Register(house.client).add(Registered(tenant, "erp", pair.old.facts, people), "tina")
    told = ended(pair, tenant, outcome)
    for _ in range(2):
        await act(RegisterActivities(house.client).record_end, told)
    handle = house.client.get_workflow_handle(told.entry)
    entry: Entry = await handle.query("entry", result_type=Entry)
    assert [(past.renewal, past.outcome) for past in entry.past] == [(told.renewal, outcome)]
    in_use = pair.new.facts if outcome == "completed" else pair.old.facts
    assert entry.registered == Registered(tenant, "erp", in_use, people)
