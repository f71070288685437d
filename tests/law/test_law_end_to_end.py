"""The law, end to end: at every moment every certificate that the sender may present is accepted.

Senders send over TLS to simulated tenants of four nodes while people renew their certificates, and everything that
can go wrong does. How many messages were refused by their certificate is counted, and must be none.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from law_draws import Draw, Names, Trouble, Turn, draw
from law_people import Life, life_of
from law_world import LawTenant, LawWorld, killing, law_world
from temporalio.worker import Replayer

from desk.demo.sender.outcomes import Outcome
from workflows.plugin import CertrelayPlugin
from workflows.renewal import Renewal

FEW, MANY = 1, 7
"""The seeds: what is drawn is the same each time, when it happens is not."""

PAUSE = 60.0
"""Seconds on average between two deaths of the worker."""


def _drawn(world: LawWorld, seed: int, count: int) -> list[tuple[LawTenant, Draw]]:
    """So many renewals by chance, spread over the tenants, those of one tenant together."""
    chance, found = random.Random(seed), []
    for number in range(count):
        tenant = world.tenants[number * len(world.tenants) // count]
        found.append((tenant, draw(number, chance, tenant.cloud_foundry)))
    return found


async def _live(
    world: LawWorld, drawn: Sequence[tuple[LawTenant, Draw]], seed: int, folder: Path, side_by_side: int
) -> list[Life]:
    """All of them, so many at a time."""
    lives = [life_of(world, tenant, one, seed, folder) for tenant, one in drawn]
    room = asyncio.Semaphore(side_by_side)

    async def one(life: Life) -> None:
        async with room:
            await life.live()

    await asyncio.gather(*map(one, lives))
    return lives


def _told(lives: Sequence[Life], seconds: float, killed: int) -> str:
    counts = Counter[Outcome]()
    for life in lives:
        for (_, outcome), times in life.sender.counts.items():
            counts[outcome] += times
    heard = sum((life.heard for life in lives), Counter())
    return (
        f"{len(lives)} renewals in {seconds:.0f} s: {dict(Counter(life.end for life in lives))}, "
        f"{sum(bool(life.alarms) for life in lives)} with alarms, worker killed {killed} times; messages "
        f"{dict(counts)}; refusals heard {dict(heard)}"
    )


def _check(lives: Sequence[Life], floor: float) -> None:
    refused = [life for life in lives if life.sender.refused]
    assert not refused, "\n\n".join(life.report() for life in refused[:3])
    others = [life for life in lives if life.end != life.draw.end]
    assert len(others) <= (1 - floor) * len(lives), "\n\n".join(life.report() for life in others[:5])


async def _replay(world: LawWorld, lives: Sequence[Life]) -> None:
    """What is recorded of each renewal can be replayed, whatever its worker went through."""
    for life in lives:
        history = await world.client.get_workflow_handle(life.id).fetch_history()
        await Replayer(workflows=[Renewal], plugins=[CertrelayPlugin()]).replay_workflow(history)


def _replaced(number: int) -> Draw:
    """Another certificate with other names after the release: three may be presented, and all are looked after."""
    return Draw(number, Names.CHANGED, (1,), False, True, True, frozenset([Turn.REPLACED_LATE]), False, ())


async def test_no_message_is_refused_in_a_few_renewals(tmp_path: Path) -> None:
    """Six renewals side by side, on Neo and Cloud Foundry; each reaches its end, and two without an alarm."""
    began = time.monotonic()
    async with law_world(tmp_path, 2) as world:
        drawn = _drawn(world, FEW, 4) + [(tenant, _replaced(4 + at)) for at, tenant in enumerate(world.tenants)]
        lives = await _live(world, drawn, FEW, tmp_path, 6)
        print(_told(lives, time.monotonic() - began, 0))
        _check(lives, 1.0)
        await _replay(world, lives)
        assert not any(life.alarms for life in lives[-2:]), "\n".join(life.report() for life in lives[-2:])


@pytest.mark.slow
async def test_no_message_is_refused_in_two_hundred_renewals(tmp_path: Path) -> None:
    """Two hundred renewals under every kind of fault, while the worker is killed again and again."""
    began = time.monotonic()
    async with law_world(tmp_path, 20) as world, killing(world.worker, random.Random(MANY), PAUSE):
        lives = await _live(world, _drawn(world, MANY, 200), MANY, tmp_path, 24)
        print(_told(lives, time.monotonic() - began, world.worker.killed))
        _check(lives, 0.9)
        _check_drawn(lives)
        await _replay(world, lives)


def _check_drawn(lives: Sequence[Life]) -> None:
    """Nothing that is meant to be tried is missing."""
    assert {trouble for life in lives for _, trouble in life.draw.troubles} == set(Trouble)
    assert {turn for life in lives for turn in life.draw.turns} == set(Turn)
    assert {life.draw.names for life in lives} == set(Names)
    assert any(life.draw.one_way for life in lives)
    assert any(life.alarms for life in lives)
    assert sum(life.sender.counts.total() for life in lives) > 50 * len(lives)
