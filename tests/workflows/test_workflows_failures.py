"""Work that fails: tried with patience, then a line on the record and an open step; the renewal lives on."""

import asyncio
import time

import pytest
from house import IMPATIENT, House, Play, Stage, begin, new_names, same_names

from desk.refusals import ActRefused
from process.case import Case, Outcome
from process.steps import Role

MAPPINGS = "CertificateUserMappings"
WRITES = "IntegrationDesigntimeArtifacts"


def _failed(case: Case) -> list[str]:
    return [e.act for e in case.record if e.outcome is Outcome.FAILED]


async def _at_step_4a(house: House, stage: Stage) -> Play:
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    play = await begin(house, stage, pair.old, patience=IMPATIENT)
    await play.submit(pair.new)
    await play.steps("3")
    return play


async def test_a_passing_fault_is_not_noticed(house: House, stage: Stage) -> None:
    """One bad answer is retried: the step is done, nothing is on the record, the flow is written once."""
    play = await _at_step_4a(house, stage)
    await stage.fault("Orders", times=1, status=503)
    await play.steps("4a")
    assert _failed(await play.case()) == []
    assert await stage.writes("Orders") == 1


async def test_a_lasting_fault_reopens_the_step(house: House, stage: Stage) -> None:
    """After its patience the work has failed for good: a line says why, the step is open, ordering it again works."""
    play = await _at_step_4a(house, stage)
    await stage.fault(WRITES, method="PUT", times=None, status=503)
    await play.step("4a")
    case = await play.until(lambda case: bool(_failed(case)))
    assert _failed(case) == ["add names: Orders"]
    assert "4a" not in case.steps
    assert case.pending == ()
    [trouble] = case.troubles.values()
    assert trouble.endswith(".")
    assert play.id in [t.id for t in await _troubles(play)]
    await stage.mend()
    await play.steps("4a")
    case = await play.case()
    assert (case.troubles, await stage.writes("Orders")) == ({}, 1)


async def _troubles(play: Play) -> list[object]:
    """The troubles of the desk, once the lists show this renewal among them."""
    async with asyncio.timeout(2):
        while True:
            found = await play.desk.troubles()
            if any(t.id == play.id for t in found):
                return list(found)
            await asyncio.sleep(0.01)  # the lists lag by some ten milliseconds and tell nobody


async def test_what_a_person_must_mend_is_not_retried(house: House, stage: Stage) -> None:
    """Missing rights do not mend themselves: one attempt, and the sentence says who must act."""
    play = await _at_step_4a(house, stage)
    await stage.fault(WRITES, method="PUT", times=None, status=403)
    began = time.monotonic()
    await play.step("4a")
    case = await play.until(lambda case: bool(_failed(case)))
    assert time.monotonic() - began < IMPATIENT.changing.total_seconds()
    assert "tenant administrator must" in next(iter(case.troubles.values()))


async def test_one_failure_of_two_reopens_only_when_both_ended(house: House, stage: Stage) -> None:
    """A step of several pieces opens again when all have ended; ordering it again repeats nothing that is done."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    await stage.flow("Invoices", pair.old.facts)
    play = await begin(house, stage, pair.old, patience=IMPATIENT)
    await play.submit(pair.new)
    await play.steps("3")
    await stage.fault("Orders", method="PUT", times=None, status=403)
    await play.step("4a")
    case = await play.until(lambda case: "4a" not in case.steps)
    assert _failed(case) == ["add names: Orders"]
    await stage.mend()
    await play.steps("4a")
    assert await stage.writes("Invoices") == 1
    assert await stage.writes("Orders") == 1


async def test_a_tenant_that_cannot_be_read(house: House, stage: Stage) -> None:
    """It is in trouble with a sentence; it is read again by itself later; a person's act is still recorded."""
    await stage.fault("IntegrationPackages", times=None, status=503)
    play = await begin(house, stage, same_names().old, patience=IMPATIENT)
    case = await play.until(lambda case: bool(case.troubles))
    assert _failed(case) == ["read tenant"]
    assert case.read_again_at is not None
    assert (await play.act("comment", Role.OPERATOR, text="the tenant is down")).accepted


async def test_429_waits_what_the_tenant_says(house: House, stage: Stage) -> None:
    """The next attempt comes no sooner than the Retry-After, and then all is well."""
    play = await _at_step_4a(house, stage)
    await stage.fault("Orders", times=1, status=429, retry_after=2)
    began = time.monotonic()
    await play.steps("4a")
    assert time.monotonic() - began >= 2
    assert _failed(await play.case()) == []


async def test_a_failed_removal_keeps_the_way_forward(house: House, stage: Stage) -> None:
    """After a removal that failed there is no way back, and the removal can be ordered again."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old, patience=IMPATIENT)
    await play.submit(pair.new)
    await play.steps("4b", "6", "7", "8")
    await stage.fault(MAPPINGS, method="DELETE", times=None, status=403)
    await play.step("9b")
    await play.until(lambda case: bool(_failed(case)))
    with pytest.raises(ActRefused) as refused:
        await play.act("switch_back", Role.SENDER_ADMINISTRATOR, text="it does not work")
    assert refused.value.code == "TooLateToSwitchBack"
    await stage.mend()
    await play.steps("9b")
    assert (await play.case()).closed


async def test_a_failed_withdrawal_can_be_ordered_again(house: House, stage: Stage) -> None:
    """What could not be taken back is on the record, the renewal is open again, and withdrawing again completes."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old, patience=IMPATIENT)
    await play.submit(pair.new)
    await play.steps("4b")
    await stage.fault(MAPPINGS, method="DELETE", times=None, status=403)
    await play.act("withdraw", Role.SENDER_ADMINISTRATOR, text="not needed")
    case = await play.until(lambda case: bool(_failed(case)) and case.closing is None)
    assert len(case.added) == 1
    await stage.mend()
    await play.act("withdraw", Role.SENDER_ADMINISTRATOR, text="again")
    case = await play.until(lambda case: case.closed)
    assert case.added == ()
    async with stage.client() as client:
        assert [m.fingerprint for m in await client.user_mappings()] == [pair.old.facts.fingerprint]
