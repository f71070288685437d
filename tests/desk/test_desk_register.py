"""The register: one entry per sender, changed only on purpose, found by name."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from house import House, Stage, begin, same_names

from desk.desk import Desk
from desk.refusals import NotReachable, SenderKnown, SeveralSenders, UnknownSender
from desk.register import Register
from process.expiry import Registered
from process.steps import Role

NAMES = ["erp", "erp/eu", "o'hara", "Zürich büro", "a%2Fb"]


def entry(stage: Stage, name: str = "") -> Registered:
    """A sender of this test."""
    people = {Role.TENANT_ADMINISTRATOR: ("tina", "theo")}
    return Registered(stage.name, name or f"s-{uuid.uuid4().hex[:8]}", same_names().old.facts, people, 30)


@pytest.mark.parametrize("name", NAMES)
async def test_what_was_added_is_found(house: House, stage: Stage, name: str) -> None:
    """Whatever letters a name has, the entry comes back whole, people and lead time included."""
    register, registered = Register(house.client), entry(stage, name)
    await register.add(registered, "otto")
    assert (await register.find(name, stage.name)).registered == registered


async def test_a_slash_in_a_name_makes_no_other_entry(house: House, stage: Stage) -> None:
    """`a/b` and `a%2Fb` are two senders."""
    register = Register(house.client)
    first, second = entry(stage, "a/b"), entry(stage, "a%2Fb")
    await register.add(first, "otto")
    await register.add(second, "otto")
    assert (await register.find("a/b", stage.name)).registered == first
    assert (await register.find("a%2Fb", stage.name)).registered == second


async def test_the_same_twice_is_one_entry(house: House, stage: Stage) -> None:
    """Adding again what is there changes nothing and is no refusal."""
    register, registered = Register(house.client), entry(stage)
    await register.add(registered, "otto")
    again = await register.add(registered, "olga")
    assert again.registered == registered
    assert [e.registered for e in await register.all() if e.registered.tenant == stage.name] == [registered]


async def test_replacing_keeps_the_past(house: House, stage: Stage) -> None:
    """Something else is refused; with `replace` it is taken, and the renewals of before stay on the entry."""
    register, registered = Register(house.client), entry(stage)
    await register.add(registered, "otto")
    pair = same_names()
    play = await begin(house, stage, pair.old, sender=registered.sender)
    await play.act("withdraw", Role.TENANT_ADMINISTRATOR, text="a rehearsal")
    await play.until(lambda case: case.closed)
    async with asyncio.timeout(5):
        while not (await register.find(registered.sender, stage.name)).past:
            pass
    changed = entry(stage, registered.sender)
    with pytest.raises(SenderKnown) as caught:
        await register.add(changed, "otto")
    assert (caught.value.name, caught.value.tenant) == (registered.sender, stage.name)
    replaced = await register.add(changed, "otto", replace=True)
    assert replaced.registered == changed
    assert [past.outcome for past in replaced.past] == ["withdrawn"]


async def test_an_unknown_name_tells_the_known_ones(house: House, stage: Stage) -> None:
    """The refusal names what could have been meant: at that tenant, or anywhere."""
    register, registered = Register(house.client), entry(stage)
    await register.add(registered, "otto")
    with pytest.raises(UnknownSender) as anywhere:
        await register.find("nobody")
    with pytest.raises(UnknownSender) as here:
        await register.find("nobody", stage.name)
    assert registered.sender in anywhere.value.known
    assert here.value.known == (registered.sender,)


async def test_the_same_name_at_two_tenants(house: House, stage: Stage) -> None:
    """Without the tenant it is refused, with it the right one is found."""
    register, registered = Register(house.client), entry(stage)
    other = Registered(f"{stage.name}-b", registered.sender, registered.certificate)
    await register.add(registered, "otto")
    await register.add(other, "otto")
    with pytest.raises(SeveralSenders) as caught:
        await register.find(registered.sender)
    assert set(caught.value.tenants) == {stage.name, other.tenant}
    assert (await register.find(registered.sender, other.tenant)).registered == other


async def test_all_is_in_the_order_of_tenant_and_name(house: House, stage: Stage) -> None:
    """The list reads like a register."""
    register = Register(house.client)
    for name in ("b", "a"):
        await register.add(entry(stage, name), "otto")
    keys = [(e.registered.tenant, e.registered.sender) for e in await register.all()]
    assert keys == sorted(keys)
    assert [(stage.name, "a"), (stage.name, "b")] == [key for key in keys if key[0] == stage.name]


async def test_an_entry_that_does_not_answer_in_time(house: House, stage: Stage) -> None:
    """Nobody waits without limit for an answer: the refusal says that the worker is silent."""
    registered = entry(stage)
    await Register(house.client).add(registered, "otto")
    hasty = Register(house.client, answer_within=timedelta(microseconds=1))
    with pytest.raises(NotReachable) as caught:
        await hasty.find(registered.sender, stage.name)
    assert caught.value.what == "The worker"
    assert Desk(house.client).answer_within == Register(house.client).answer_within
