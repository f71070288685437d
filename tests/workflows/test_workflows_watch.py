"""The tenant lives while people wait: it is looked at, alarms rise and end, and the right step opens again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from house import IMPATIENT, House, Pair, Play, Stage, begin, new_names, same_names

from desk.refusals import ActRefused
from process.case import Case, Outcome
from process.health import Health, health
from process.shown import digest

OFTEN = replace(IMPATIENT, look_every=timedelta(seconds=0.3))
"""The tenant is looked at three times a second, for tests that wait for a look."""


async def _added(house: House, stage: Stage, pair: Pair, *steps: str, **more: Any) -> Play:
    """A renewal of which these steps are done."""
    play = await begin(house, stage, pair.old, **more)
    await play.submit(pair.new)
    await play.steps(*steps)
    return play


async def _forget(stage: Stage, pair: Pair) -> None:
    """Somebody deletes the mapping of the new certificate."""
    async with stage.client() as client:
        (id,) = (m.id for m in await client.user_mappings() if m.fingerprint == pair.new.facts.fingerprint)
        await client.remove_user_mapping(id)


def _alarms(case: Case) -> list[str]:
    return [entry.text for entry in case.record if entry.outcome is Outcome.ALARM]


async def test_a_mapping_that_vanishes_raises_an_alarm_and_opens_the_step(house: House, stage: Stage) -> None:
    """While people wait, the next look finds it; done again, the alarm is over and the renewal goes on."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await _added(house, stage, pair, "4b", patience=OFTEN)
    await _forget(stage, pair)
    case = await play.until(lambda case: bool(case.alarms))
    assert health(case, pair.old.facts.not_before) is Health.BROKEN
    assert "ERP" in _alarms(case)[0]
    assert "4b" not in case.steps
    await play.steps("4b")
    case = await play.until(lambda case: not case.alarms)
    assert any("is over" in entry.text for entry in case.record)
    await play.steps("6", "7", "8", "9b")
    assert (await play.case()).closed


async def test_nothing_is_handed_over_before_a_look(house: House, stage: Stage) -> None:
    """The mapping vanished just now: step 6 looks first, is taken back with the reason, and nobody is told."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await _added(house, stage, pair, "4b")
    await _forget(stage, pair)
    await play.step("6")
    case = await play.until(lambda case: "6" not in case.steps and not case.pending)
    assert case.released == ()
    assert any(entry.outcome is Outcome.FAILED and entry.step == "6" for entry in case.record)
    await play.steps("4b", "6")
    assert [c.fingerprint for c in (await play.case()).released] == [pair.new.facts.fingerprint]


async def test_a_flow_that_is_overwritten_opens_step_4a(house: House, stage: Stage) -> None:
    """A transport brings older content: the new names are gone, and it is told who deployed it."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    play = await _added(house, stage, pair, "3", "4a", patience=OFTEN)
    await stage.call("POST", "happenings", {"kind": "transport", "flow": "Orders"})
    case = await play.until(lambda case: bool(case.alarms))
    assert "It was deployed last by" in _alarms(case)[0]
    assert "4a" not in case.steps
    await play.steps("4a", "5", "6", "7", "8", "9a", "10")
    assert (await play.case()).closed


async def test_a_tenant_that_cannot_be_looked_at_proves_nothing(house: House, stage: Stage) -> None:
    """Since when is told; a step that waits for the look is taken back, never carried out unseen."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await _added(house, stage, pair, "4b", patience=IMPATIENT)
    await stage.fault("IntegrationPackages", times=None, status=503)
    await play.step("6")
    case = await play.until(lambda case: case.not_proved_since is not None)
    assert health(case, pair.old.facts.not_before) is Health.NOT_PROVED
    assert case.released == ()
    await stage.mend()
    await play.steps("6")
    assert (await play.until(lambda case: case.not_proved_since is None)).released


async def test_an_approval_holds_for_what_was_seen(house: House, stage: Stage) -> None:
    """A flow came to the tenant since: the act is refused with the difference, and passes on what is so now."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    play = await _added(house, stage, pair, "3", patience=OFTEN)
    shown = digest(await play.case())
    await stage.flow("Returns", pair.old.facts)
    case = await play.until(lambda case: case.facts is not None and len(case.facts.flows) == 2)
    with pytest.raises(ActRefused) as refused:
        await play.step("4a", seen=shown)
    assert refused.value.code == "FactsChanged"
    assert "now: flow Returns" in refused.value.sentence
    assert (await play.step("4a", seen=digest(case))).accepted
