"""Lists from search attributes: what waits for whom, what is wrong, and names that could break a query."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from house import IMPATIENT, NOW, House, Stage, begin, same_names

from certificates.rehearsal import RehearsalAuthority
from desk import listing
from desk.listing import Line
from process.steps import BY_ID, Role
from process.words import command

SENDERS = ["o'hara", "back\\slash", "' OR RenewalSender != '", "erp/eu", "Zürich büro", 'say "hi"', "%_*"]


async def until(look: Callable[[], Awaitable[list[Line]]], id: str) -> Line:
    """The renewal's line as soon as the list has it: visibility follows the workflow a moment later."""
    async with asyncio.timeout(5):
        while True:
            for line in await look():
                if line.id == id and line.waiting_for:
                    return line


@pytest.mark.parametrize("sender", SENDERS)
async def test_any_name_of_a_sender_is_found_and_only_it(house: House, stage: Stage, sender: str) -> None:
    """Quotes, slashes and wildcards in a name are letters like others; no name widens the query."""
    play = await begin(house, stage, same_names().old, sender=sender)
    await until(lambda: listing.renewals_of(house.client, sender), play.id)
    found = await listing.renewals_of(house.client, sender)
    assert {line.sender for line in found} == {sender}


async def test_a_line_tells_where_a_renewal_stands(house: House, stage: Stage) -> None:
    """Tenant, sender, step, role, health, expiry, and the command of the open step."""
    old = same_names().old
    play = await begin(house, stage, old)
    await play.until(lambda case: case.facts_fresh)
    await _health(house, play.id, "proved")
    line = await until(lambda: listing.running(house.client, Role.SENDER_ADMINISTRATOR), play.id)
    assert (line.tenant, line.sender, line.status, line.health) == (stage.name, "erp", "running", "proved")
    assert (line.steps, line.waiting_for) == (("2",), ("sender-administrator",))
    assert line.expiry == old.facts.not_after
    assert line.commands[0].startswith("certrelay submit")


async def test_a_renewal_moves_from_inbox_to_inbox(house: House, stage: Stage) -> None:
    """After the certificate, it waits for the tenant administrator and no longer for the sender administrator."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    line = await until(lambda: listing.running(house.client, Role.TENANT_ADMINISTRATOR), play.id)
    assert line.commands == (command(BY_ID["4b"], play.id),)
    others = await listing.running(house.client, Role.SENDER_ADMINISTRATOR)
    assert play.id not in {other.id for other in others}


async def test_soonest_expiry_comes_first(house: House, stage: Stage) -> None:
    """The list is in the order of urgency, and each running renewal is in it once."""
    for _ in range(2):
        await begin(house, stage, same_names().old, sender=f"s-{uuid.uuid4().hex[:6]}")
    lines = await listing.running(house.client)
    ends = [line.expiry for line in lines]
    assert ends == sorted(ends, key=lambda end: (end is None, end))
    assert len({line.id for line in lines}) == len(lines)


async def test_a_failing_renewal_is_the_operators(house: House, stage: Stage) -> None:
    """Where work failed for good, the operator's list has it with advice; mended, it is gone."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old, IMPATIENT)
    await play.submit(pair.new)
    await stage.fault("/api/v1/CertificateUserMappings", status=403, times=None)
    await play.step("4b")
    await play.until(lambda case: bool(case.troubles))
    await _health(house, play.id, "failing")
    trouble = next(t for t in await listing.troubles(house.client) if t.id == play.id)
    assert (trouble.type, trouble.problems) == ("Renewal", ("health failing",))
    assert f"certrelay show {play.id}" in trouble.advice
    await stage.mend()
    await play.steps("4b")
    await _health(house, play.id, "proved")
    assert play.id not in {t.id for t in await listing.troubles(house.client)}


async def test_an_expired_one_is_the_operators(house: House, stage: Stage) -> None:
    """A renewal whose old certificate has ended is told, whatever it waits for."""
    authority = RehearsalAuthority.create("Gone", now=NOW - timedelta(days=400))
    expired = authority.issue("CN=erp", NOW - timedelta(days=300), NOW - timedelta(days=1))
    play = await begin(house, stage, expired)
    await _health(house, play.id, "expired")
    assert play.id in {t.id for t in await listing.troubles(house.client)}


async def _health(house: House, id: str, health: str) -> None:
    """Return when the lists show this health."""
    async with asyncio.timeout(5):
        while health not in {line.health for line in await listing.running(house.client) if line.id == id}:
            pass
