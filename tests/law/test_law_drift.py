"""What others do to a tenant can lock the sender out by itself: nothing prevents it, the next look tells of it."""

import base64
from datetime import UTC, datetime, timedelta

from house import House, Pair, Play, Stage, begin, new_names

from process.case import Case
from process.health import Health, health
from process.spelling import comparison
from tenant.flows import remove_names
from workflows.policies import Patience

WATCHFUL = Patience(look_every=timedelta(seconds=0.5))


def broken(case: Case) -> bool:
    """An alarm stands, and the health of the renewal says so."""
    return bool(case.alarms) and health(case, datetime.now(UTC)) is Health.BROKEN


def mended(case: Case) -> bool:
    """No alarm stands."""
    return not case.alarms


async def running(stage: Stage) -> bytes:
    """The zip that answers messages."""
    return (await stage.call("GET", "running/Orders")).content


async def transport(stage: Stage, content: bytes) -> None:
    """Somebody overwrites the flow with this content and deploys it."""
    text = base64.b64encode(content).decode()
    await stage.call("POST", "happenings", {"kind": "transport", "flow": "Orders", "content": text})


async def added(house: House, stage: Stage, pair: Pair) -> Play:
    """A renewal whose names are added beside the old ones."""
    await stage.flow("Orders", pair.old.facts)
    play = await begin(house, stage, pair.old, WATCHFUL)
    await play.submit(pair.new)
    await play.steps("3", "4a", "5")
    return play


async def test_the_old_row_removed_by_others_is_an_alarm(house: House, stage: Stage) -> None:
    """Only the old certificate may be presented and no step brings its row back: the alarm stands until others do."""
    pair = new_names()
    play = await added(house, stage, pair)
    both, (old, new) = await running(stage), (pair.old.facts.names, pair.new.facts.names)
    await transport(stage, remove_names(both, old, new, comparison(old, new)).zip_bytes)
    case = await play.until(broken)
    assert "Orders" in " ".join(case.alarms.values())
    assert pair.old.facts.names.subject in " ".join(case.alarms.values())
    await transport(stage, both)
    await play.until(mended)


async def test_the_new_row_removed_by_others_opens_the_step_again(house: House, stage: Stage) -> None:
    """After the release both may be presented: the alarm stands, step 4a opens again, and ordering it mends it."""
    pair = new_names()
    play = await added(house, stage, pair)
    await play.steps("6")
    await stage.call("POST", "happenings", {"kind": "transport", "flow": "Orders"})
    case = await play.until(broken)
    assert "4a" not in case.steps
    assert case.is_done("6")
    await play.steps("4a")
    await play.until(mended)
