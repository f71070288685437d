"""Waiting for what an API does in its own time, over a clock and a sleep that are given."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from tenant.errors import ServiceKeyFailed, ServiceKeyUnfinished
from tenant.runtime import Watch
from tenant.service_keys.shapes import ServiceKey
from tenant.settings import TenantSettings

T = TypeVar("T")

KEY_SECONDS = 60.0
"""How long a key may take; SAP's own migration of user mappings to keys asks every 3 s and gives up after that."""


def watch_of(settings: TenantSettings) -> Watch:
    """Real time. Whoever gives up earlier or later than SAP's tool does no harm: the next attempt waits on."""
    most = min(KEY_SECONDS, settings.deploy_timeout_seconds)
    return Watch(settings.poll_seconds, most, time.monotonic, asyncio.sleep)


async def until(watch: Watch, look: Callable[[], Awaitable[T | None]], what: str) -> T:
    """What `look` gives as soon as it gives something. Raises `ServiceKeyUnfinished` about `what` after the time."""
    end = watch.clock() + watch.timeout_seconds
    while (seen := await look()) is None:
        if watch.clock() >= end:
            raise ServiceKeyUnfinished(None, "", what)
        watch.beat(what)
        await watch.sleep(watch.poll_seconds)
    return seen


def made(keys: Iterable[ServiceKey], name: str) -> ServiceKey | None:
    """The key of that name once it is made; None while it is not, and while the list does not show it yet.

    Raises `ServiceKeyFailed` where its making failed.
    """
    key = next((known for known in keys if known.name == name), None)
    if key is not None and key.creation_failed:
        raise ServiceKeyFailed(None, "", f"key {name}: {key.why}")
    return None if key is None or key.is_being_created else key


def gone(shown: ServiceKey) -> None:
    """None for a key that is still shown. Raises `ServiceKeyFailed` where its deletion failed."""
    if shown.deletion_failed:
        raise ServiceKeyFailed(None, "", f"key {shown.name}: {shown.why}")


async def side_by_side(waiting: Iterable[Awaitable[T]], most: int) -> list[T]:
    """The results in their order, `most` at once; the first failure stops the others."""
    room = asyncio.Semaphore(most)

    async def one(awaited: Awaitable[T]) -> T:
        async with room:
            return await awaited

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(awaited)) for awaited in waiting]
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
    return [task.result() for task in tasks]
