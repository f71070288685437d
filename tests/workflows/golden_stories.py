"""The stories whose histories are kept: one for each combination of conditions, and for each way off the path.

Each plays on a tenant of its own and returns the id of the workflow whose history is to be kept. Recording is
`record_histories`; replaying is `test_workflows_replay`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from house import IMPATIENT, House, Pair, Play, Stage, begin, new_names, same_names
from raw_messages import Raw, as_payload, payload

from desk.register import Register
from desk.schedule import ExpirySchedule
from process.expiry import Registered
from process.steps import Role
from workflows.names import EXPIRY_WATCH_ID, sender_id

Story = Callable[[House, Stage], Awaitable[str]]


async def _completed(house: House, stage: Stage, pair: Pair, *steps: str) -> str:
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    await play.steps(*steps)
    return await _ended(house, play)


async def _ended(house: House, play: Play) -> str:
    await house.client.get_workflow_handle(play.id).result()
    return play.id


async def names_and_mapping(house: House, stage: Stage) -> str:
    """New names, two flows and a mapping: every step."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    await stage.flow("Invoices", pair.old.facts)
    await stage.mapping("ERP", pair.old.facts)
    return await _completed(house, stage, pair, "3", "4a", "4b", "5", "6", "7", "8", "9a", "9b", "10")


async def names_alone(house: House, stage: Stage) -> str:
    """New names in a flow, no mapping."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    return await _completed(house, stage, pair, "3", "4a", "5", "6", "7", "8", "9a", "10")


async def mapping_alone(house: House, stage: Stage) -> str:
    """The same names, a flow that lists them and a mapping."""
    pair = same_names()
    await stage.flow("Orders", pair.old.facts)
    await stage.mapping("ERP", pair.old.facts)
    return await _completed(house, stage, pair, "4b", "6", "7", "8", "9b")


async def neither(house: House, stage: Stage) -> str:
    """Nothing on the tenant knows the certificate."""
    return await _completed(house, stage, new_names(), "6", "7", "8")


async def withdrawn(house: House, stage: Stage) -> str:
    """Names and mapping were added and are taken back."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    await play.steps("3", "4a", "4b")
    await play.act("withdraw", Role.TENANT_ADMINISTRATOR, text="the CA is another one")
    return await _ended(house, play)


async def replaced_and_switched_back(house: House, stage: Stage) -> str:
    """A second certificate replaces the first after its mapping was added; the switch is taken back once."""
    pair, better = same_names(), same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    await play.steps("4b")
    await play.submit(better.new)
    await play.steps("4b", "6", "7")
    await play.act("switch_back", Role.SENDER_ADMINISTRATOR, text="the partner refuses it")
    await play.steps("7", "8", "9b")
    return await _ended(house, play)


async def returned_and_delegated(house: House, stage: Stage) -> str:
    """A certificate is returned by hand; a colleague is named and finishes."""
    pair = same_names()
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    await play.act("return_certificate", Role.TENANT_ADMINISTRATOR, text="we agreed on another CA")
    await play.act("delegate", Role.TENANT_ADMINISTRATOR, to="theo")
    await play.submit(pair.new)
    await play.step("6", by="theo")
    await play.until(lambda case: case.is_done("6"))
    await play.steps("7", "8")
    return await _ended(house, play)


async def failed_and_repeated(house: House, stage: Stage) -> str:
    """Adding names fails for good after its patience, is ordered again and succeeds."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    play = await begin(house, stage, pair.old, patience=IMPATIENT)
    await play.submit(pair.new)
    await play.steps("3")
    await stage.fault("Orders", method="PUT", times=None, status=403)
    await play.step("4a")
    await play.until(lambda case: "4a" not in case.steps)
    await stage.mend()
    await play.steps("4a", "5", "6", "7", "8", "9a", "10")
    return await _ended(house, play)


async def bad_messages_and_cancel(house: House, stage: Stage) -> str:
    """Signals that are refused, one of each kind, a cancel that is refused, then a withdrawal."""
    play = await begin(house, stage, same_names().old)
    await play.until(lambda case: case.facts_fresh)
    raw = Raw(house.client, play.id)
    await raw.signal("comment")
    await raw.signal("comment", as_payload({}), as_payload({}))
    await raw.signal("comment", payload(b"\xff\x00", None))
    await raw.signal("nobody_knows", as_payload({}))
    await house.client.get_workflow_handle(play.id).cancel()
    await play.act("comment", Role.OPERATOR, text="all is well")
    await play.act("withdraw", Role.SENDER_ADMINISTRATOR, text="a rehearsal")
    return await _ended(house, play)


async def sender(house: House, stage: Stage) -> str:
    """An entry of the register: registered, replaced, told of an end, and still running."""
    pair = same_names()
    registered = Registered(stage.name, "erp", pair.old.facts, {Role.TENANT_ADMINISTRATOR: ("tina",)})
    await Register(house.client).add(registered, "otto")
    await Register(house.client).add(replace(registered, lead_days=30, people={}), "otto", replace=True)
    await _completed(house, stage, pair, "6", "7", "8")
    return sender_id(stage.name, "erp")


async def expiry_watch(house: House, stage: Stage) -> str:
    """A watch that starts one renewal and finds another one running."""
    first, second = new_names().old, new_names().old
    await stage.mapping("FIRST", first.facts)
    await ExpirySchedule(house.client).run_now(IMPATIENT)
    await stage.mapping("SECOND", second.facts)
    handle = await house.client.start_workflow(
        "ExpiryWatch", {"patience": IMPATIENT}, id=EXPIRY_WATCH_ID, task_queue="certrelay"
    )
    await handle.result()
    return EXPIRY_WATCH_ID


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        names_and_mapping,
        names_alone,
        mapping_alone,
        neither,
        withdrawn,
        replaced_and_switched_back,
        returned_and_delegated,
        failed_and_repeated,
        bad_messages_and_cancel,
        sender,
        expiry_watch,
    )
}
