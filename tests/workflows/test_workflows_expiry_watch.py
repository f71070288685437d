"""The watch over expiry: what is due is started, once ever; what could not be looked at is said."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from house import IMPATIENT, NAMES, NOW, House, Play, Stage, connect, new_names, same_names, temporal_server

from certificates.policy import Policy
from certificates.rehearsal import Issued, RehearsalAuthority
from desk.desk import Desk
from desk.register import Register
from desk.schedule import ExpirySchedule
from process.expiry import Registered
from process.steps import Role
from worker import Settings, worker_for
from workflows.expiry_watch import WatchReport
from workflows.names import renewal_id

DEAD = "dead"
"""A tenant whose address answers nobody."""


@pytest.fixture(scope="module")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[House, Stage]]:
    """A house of its own with two tenants, of which one is dead, and a worker that knows both."""
    folder = tmp_path_factory.mktemp("watched")
    async with temporal_server() as address:
        house = House(await connect(address), folder)
        async with house.stage(folder) as stage:
            house.stages[DEAD] = "http://127.0.0.1:1"
            async with worker_for(house.client, Settings(house.tenants(), Policy())):
                yield house, stage


async def _watch(house: House) -> WatchReport:
    return await ExpirySchedule(house.client).run_now(IMPATIENT)


async def _registered(house: House, stage: Stage, certificate: Issued, **more: int) -> str:
    """Register a sender; the id that the renewal of its certificate has."""
    registered = Registered(stage.name, f"s-{uuid.uuid4()}", certificate.facts, {}, **more)
    await Register(house.client).add(registered, "otto")
    await _in_lists(house, registered.sender)
    return renewal_id(stage.name, registered.sender, certificate.facts.fingerprint)


async def _in_lists(house: House, sender: str) -> None:
    """Return when the lists have the sender: the watch reads the register from them."""
    register = Register(house.client)
    while sender not in [entry.registered.sender for entry in await register.all()]:
        pass


async def test_what_is_due_is_started_once_ever(watched: tuple[House, Stage]) -> None:
    """The first watch starts it; later ones find it running, and after its end they find it done."""
    house, stage = watched
    id = await _registered(house, stage, new_names().old)
    assert id in (await _watch(house)).started
    again = await _watch(house)
    assert id in again.running_or_done
    assert again.started == ()
    play = Play(Desk(house.client), id)
    await play.until(lambda case: case.facts_fresh)
    await play.act("withdraw", Role.SENDER_ADMINISTRATOR, text="not needed")
    await house.client.get_workflow_handle(id).result()
    assert id in (await _watch(house)).running_or_done


async def test_what_is_not_due_is_left(watched: tuple[House, Stage]) -> None:
    """A certificate that ends after the lead time is seen and not started; the register may set its own lead."""
    house, stage = watched
    late = await _registered(house, stage, new_names().new)
    own = await _registered(house, stage, new_names().old, lead_days=10)
    report = await _watch(house)
    assert not {late, own} & {*report.started, *report.running_or_done}
    assert report.registered >= 2


async def test_the_renewal_says_why_it_began(watched: tuple[House, Stage]) -> None:
    """The first line on its record names the watch and the end of the certificate; lists show it as any other."""
    house, stage = watched
    old = new_names().old
    id = await _registered(house, stage, old)
    await _watch(house)
    case = await Play(Desk(house.client), id).case()
    assert case.record[0].text.startswith("Started by the watch over expiry: the certificate ends at")
    assert "Nobody registered it" not in case.record[0].text
    described = await house.client.get_workflow_handle(id).describe()
    assert stage.name in (await described.static_summary() or "")
    assert described.parent_id is not None
    assert (await house.client.get_workflow_handle(described.parent_id).describe()).close_time is not None


async def test_a_mapping_that_nobody_registered(watched: tuple[House, Stage]) -> None:
    """It is started under its user's name, and its record says so."""
    house, stage = watched
    old, user = new_names().old, f"U{uuid.uuid4().hex[:8]}"
    await stage.mapping(user, old.facts)
    report = await _watch(house)
    id = renewal_id(stage.name, user, old.facts.fingerprint)
    assert id in report.started
    assert report.mapped >= 1
    record = (await Play(Desk(house.client), id).case()).record
    assert f"the sender is named after the mapping's user {user}" in record[0].text


async def test_a_superseded_mapping_is_not_due(watched: tuple[House, Stage]) -> None:
    """Where its user has a later certificate beside it, the old mapping is a leftover and no renewal begins."""
    house, stage = watched
    pair, user = same_names(), f"U{uuid.uuid4().hex[:8]}"
    await stage.mapping(user, pair.old.facts)
    await stage.mapping(user, pair.new.facts)
    report = await _watch(house)
    assert renewal_id(stage.name, user, pair.old.facts.fingerprint) not in report.started


async def test_a_registered_mapping_is_started_once(watched: tuple[House, Stage]) -> None:
    """Known to the register and to the tenant, it is one renewal, under the registered name, of the named people."""
    house, stage = watched
    old, user = new_names().old, f"U{uuid.uuid4().hex[:8]}"
    await stage.mapping(user, old.facts)
    people = {role: (name,) for role, name in NAMES.items()}
    registered = Registered(stage.name, f"s-{uuid.uuid4()}", old.facts, people)
    await Register(house.client).add(registered, "otto")
    await _in_lists(house, registered.sender)
    report = await _watch(house)
    begun = [id for id in report.started if old.facts.fingerprint[:16] in id]
    assert begun == [renewal_id(stage.name, registered.sender, old.facts.fingerprint)]
    assert (await Play(Desk(house.client), begun[0]).case()).people == people


async def test_an_expired_certificate_is_due(watched: tuple[House, Stage]) -> None:
    """Too late is not the same as not due: it is started, and its health says expired."""
    house, stage = watched
    authority = RehearsalAuthority.create("Late", now=NOW)
    old = authority.issue("CN=late", NOW - timedelta(days=400), NOW - timedelta(days=1))
    id = await _registered(house, stage, old)
    assert id in (await _watch(house)).started
    await Play(Desk(house.client), id).until(lambda case: case.facts_fresh)
    [trouble] = [t for t in await Desk(house.client).troubles() if t.id == id]
    assert trouble.problems == ("health expired",)


async def test_what_cannot_be_looked_at_is_said(watched: tuple[House, Stage]) -> None:
    """A tenant that does not answer is named with the reason; it never counts as nothing due."""
    house, _ = watched
    report = await _watch(house)
    assert [part.what for part in report.unreadable] == [f"tenant {DEAD}"]
    assert "cannot be reached" in report.unreadable[0].why
    assert f"**could not look at tenant {DEAD}**" in report.text


async def test_a_fault_of_one_tenant_hides_no_other(watched: tuple[House, Stage]) -> None:
    """What the register knows is started even while no tenant answers."""
    house, stage = watched
    await stage.fault("CertificateUserMappings", times=None, status=503)
    try:
        id = await _registered(house, stage, new_names().old)
        report = await _watch(house)
    finally:
        await stage.mend()
    assert id in report.started
    assert {part.what for part in report.unreadable} == {f"tenant {DEAD}", f"tenant {stage.name}"}


async def test_reports_tell_different_things_apart() -> None:
    """The report for the Web UI says what was started and what ran, each by its name."""
    report = WatchReport(2, 3, ("renewal/a",), ("renewal/b",))
    assert report.text.splitlines() == [
        "Looked at 2 registered senders and 3 user mappings.",
        "* started `renewal/a`",
        "* already running or done: `renewal/b`",
    ]
    assert replace(report, started=(), running_or_done=()).text.count("\n") == 1
