"""The register: one long-lived workflow per sender, told of the end of each renewal exactly once."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from house import NOW, House, Pair, Stage, begin, new_names, same_names
from raw_messages import Raw, as_payload, payload
from temporalio.client import WorkflowHandle

from activities.shapes import Ended
from desk.refusals import SenderKnown, SeveralSenders, UnknownSender
from desk.register import Register
from process.expiry import Entry, Registered
from process.steps import Role
from workflows.names import sender_id
from workflows.sender import MOST_PAST, Sender


def _registered(pair: Pair, tenant: str = "somewhere", **more: Any) -> Registered:
    return Registered(tenant, f"s-{uuid.uuid4()}", pair.old.facts, **more)


def _ended(registered: Registered, pair: Pair, outcome: str = "completed", number: int = 1) -> Ended:
    return Ended(
        entry=sender_id(registered.tenant, registered.sender),
        tenant=registered.tenant,
        sender=registered.sender,
        renewal=f"renewal/{number}",
        outcome=outcome,
        at=NOW + timedelta(minutes=number),
        old=pair.old.facts,
        new=pair.new.facts,
    )


def _handle(house: House, registered: Registered) -> WorkflowHandle[Any, Any]:
    return house.client.get_workflow_handle(sender_id(registered.tenant, registered.sender))


async def _entry(house: House, registered: Registered) -> Entry:
    entry: Entry = await _handle(house, registered).query(Sender.entry)
    return entry


async def test_registering_twice_changes_nothing(house: House) -> None:
    """The same content again is answered with the entry; other content is refused until it shall replace."""
    register, pair = Register(house.client), new_names()
    first = _registered(pair, people={Role.TENANT_ADMINISTRATOR: ("tina",)}, lead_days=30)
    entry = await register.add(first, "otto")
    assert await register.add(first, "otto") == entry == Entry(first)
    other = replace(first, certificate=pair.new.facts)
    with pytest.raises(SenderKnown):
        await register.add(other, "otto")
    assert (await _entry(house, first)).registered == first
    assert (await register.add(other, "otto", replace=True)).registered == other
    assert (await _entry(house, first)).registered == other


async def test_finding_a_sender(house: House) -> None:
    """A name at two tenants is not guessed at; an unknown one is answered with those that are known."""
    register, pair = Register(house.client), new_names()
    one = _registered(pair, "one")
    two = replace(one, tenant="two")
    for registered in (one, two):
        await register.add(registered, "otto")
    with pytest.raises(SeveralSenders) as several:
        await register.find(one.sender)
    assert set(several.value.tenants) == {"one", "two"}
    assert (await register.find(one.sender, "two")).registered == two
    with pytest.raises(UnknownSender) as unknown:
        await register.find("nobody")
    assert one.sender in unknown.value.known
    assert one in [entry.registered for entry in await register.all()]


async def test_an_end_is_remembered_once(house: House) -> None:
    """Told twice, the register has one past renewal; a completed one brings the certificate now in use."""
    pair = new_names()
    registered = _registered(pair)
    await Register(house.client).add(registered, "otto")
    for _ in range(2):
        await _handle(house, registered).signal(Sender.renewal_ended, _ended(registered, pair))
    entry = await _entry(house, registered)
    assert entry.registered == replace(registered, certificate=pair.new.facts)
    [past] = entry.past
    assert (past.outcome, past.old_fingerprint, past.new_fingerprint) == (
        "completed", pair.old.facts.fingerprint, pair.new.facts.fingerprint,
    )  # fmt: skip


async def test_a_withdrawal_leaves_the_certificate(house: House) -> None:
    """The old certificate stays in use, and registering anew keeps the past."""
    pair = new_names()
    registered = _registered(pair)
    register = Register(house.client)
    await register.add(registered, "otto")
    await _handle(house, registered).signal(Sender.renewal_ended, _ended(registered, pair, "withdrawn"))
    entry = await _entry(house, registered)
    assert entry.registered == registered
    renamed = replace(registered, lead_days=10)
    assert (await register.add(renamed, "otto", replace=True)).past == entry.past


async def test_the_past_is_bounded(house: House) -> None:
    """The entry keeps the newest renewals in short, so that it can never outgrow a payload."""
    pair = new_names()
    registered = _registered(pair)
    handle = await house.client.start_workflow(
        Sender.run,
        Entry(registered),
        id=sender_id(registered.tenant, registered.sender),
        task_queue="certrelay",
        start_signal="renewal_ended",
        start_signal_args=[_ended(registered, pair, number=0)],
    )
    for number in range(1, MOST_PAST + 2):
        await handle.signal(Sender.renewal_ended, _ended(registered, pair, number=number))
    past = (await _entry(house, registered)).past
    assert len(past) == MOST_PAST
    assert past[-1].renewal == f"renewal/{MOST_PAST + 1}"


async def test_bad_messages_leave_the_entry(house: House) -> None:
    """A signal without argument, with two, with nonsense: the entry stays and answers."""
    registered = _registered(new_names())
    await Register(house.client).add(registered, "otto")
    raw = Raw(house.client, sender_id(registered.tenant, registered.sender))
    for payloads in (
        (),
        (as_payload({}), as_payload({})),
        (as_payload({}),),
        (payload(b"\xff"),),
        (as_payload(None),),
    ):
        await raw.signal("renewal_ended", *payloads)
        assert (await raw.update("register", *payloads)).HasField("failure")
    assert await _entry(house, registered) == Entry(registered)


@pytest.mark.parametrize("known", [True, False], ids=["registered before", "not registered"])
async def test_a_finished_renewal_puts_its_certificate_in(known: bool, house: House, stage: Stage) -> None:
    """The new certificate is the one in use after a completed renewal; where there was no entry, one is made."""
    pair = same_names()
    registered = replace(_registered(pair), tenant=stage.name)
    register = Register(house.client)
    if known:
        await register.add(registered, "otto")
    play = await begin(house, stage, pair.old, sender=registered.sender)
    await play.submit(pair.new)
    await play.steps("6", "7", "8")
    await house.client.get_workflow_handle(play.id).result()
    entry = await _entry(house, registered)
    assert entry.registered == replace(registered, certificate=pair.new.facts)
    assert [(past.renewal, past.outcome) for past in entry.past] == [(play.id, "completed")]
    assert (await register.find(registered.sender, stage.name)).registered.tenant == stage.name
