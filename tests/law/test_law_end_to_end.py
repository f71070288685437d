"""The law, end to end: at every moment every certificate that the sender may present is accepted.

Senders send over TLS to simulated tenants of four nodes while people renew their certificates, and everything that
can go wrong does. How many messages were refused by their certificate is counted, and must be none.
"""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from law_draws import draw
from law_people import Life, life_of
from law_world import LawWorld, law_world

from desk.demo.sender.outcomes import Outcome


async def _live(world: LawWorld, seed: int, count: int, folder: Path, side_by_side: int) -> list[Life]:
    """So many renewals, spread over the tenants, so many at a time on each tenant that is at work."""
    chance, lives = random.Random(seed), []
    for number in range(count):
        tenant = world.tenants[number * len(world.tenants) // count]
        lives.append(await life_of(world, tenant, draw(number, chance, tenant.cloud_foundry), seed, folder))
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
    ended = [life for life in lives if life.end in ("completed", "withdrawn")]
    rest = "\n\n".join(life.report() for life in lives if life not in ended)
    assert len(ended) >= floor * len(lives), rest


async def test_no_message_is_refused_in_a_few_renewals(tmp_path: Path) -> None:
    """Six renewals side by side, on Neo and Cloud Foundry."""
    began = time.monotonic()
    async with law_world(tmp_path, 2) as world:
        lives = await _live(world, 1, 6, tmp_path, 6)
    print(_told(lives, time.monotonic() - began, world.worker.killed))
    _check(lives, 1.0)
