"""What all tenant activities share: opening a client, signs of life, and errors as Temporal wants them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from tenant.client import TenantClient
from tenant.errors import TenantBusy, TenantError
from tenant.exchange import BUSY_SECONDS
from tenant.flows import FlowRefused
from tenant.settings import SettingsError

OpenTenant = Callable[[str], TenantClient]
"""Gives the client of a tenant by its name; raises `SettingsError` where the worker does not know it."""

BEAT_SECONDS = 1.0
"""A fifth of the heartbeat time-out: one lost beat does no harm."""


LONGEST_WAIT = 86_400.0
"""No tenant means to be left alone for longer than a day; a number beyond any date is nonsense."""


def failure(error: Exception) -> ApplicationError:
    """The error as the workflow sees it: a sentence, the class as type, and whether to try again when."""
    wait = min(error.retry_after or BUSY_SECONDS, LONGEST_WAIT) if isinstance(error, TenantBusy) else None
    sentence = error.sentence if isinstance(error, TenantError | FlowRefused) else str(error)
    return ApplicationError(
        sentence,
        type=type(error).__name__,
        non_retryable=not (isinstance(error, TenantError) and error.retryable),
        next_retry_delay=timedelta(seconds=wait) if wait is not None else None,
    )


@dataclass
class Life:
    """The sign of life of an activity: what it is doing now. What it says survives it, for the next attempt."""

    details: list[str] = field(default_factory=list)

    def say(self, *details: str) -> None:
        """Beat at once with these details, and go on beating with them."""
        self.details = list(details)
        activity.heartbeat(*details)


@asynccontextmanager
async def alive() -> AsyncIterator[Life]:
    """Beat every second while the block runs.

    It begins with what the last attempt said: an empty beat would wipe that, and a second crash find nothing.
    """
    life = Life(list(activity.info().heartbeat_details))

    async def beat() -> None:
        while True:
            activity.heartbeat(*life.details)
            await asyncio.sleep(BEAT_SECONDS)

    task = asyncio.create_task(beat())
    try:
        yield life
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def at_tenant(open_tenant: OpenTenant, name: str) -> AsyncIterator[tuple[TenantClient, Life]]:
    """A client and a sign of life for one activity; errors leave as `ApplicationError`s."""
    try:
        async with open_tenant(name) as client, alive() as life:
            yield client, life
    except (TenantError, FlowRefused, SettingsError) as error:
        raise failure(error) from None
