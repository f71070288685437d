"""How a scan asks: many things side by side, once more where no answer came, and clear about whose a failure is.

An error that is the tenant's (no answer, a sign-in that is refused) ends the scan; any other is a gap.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from tenant.errors import NotAllowed, TenantBusy, TenantError, TenantUnreachable
from tenant.inventory.model import Cause, Gap

T = TypeVar("T")
A = TypeVar("A")

Sleep = Callable[[float], Awaitable[None]]

IN_FLIGHT = 32
"""Questions under way at once: more than the client lets out at once, so that its own bounds are what counts."""

AGAIN_SECONDS = 2.0
"""The wait before a tenant that did not answer is asked once more: one lost answer must not end a scan of hours.

A busy tenant (429) is waited for by the client itself.
"""

_UNAUTHORIZED = 401


def is_the_tenants(error: TenantError) -> bool:
    """True when the same would be said of anything else that is asked for."""
    unauthorized = isinstance(error, NotAllowed) and error.status == _UNAUTHORIZED
    return unauthorized or isinstance(error, TenantUnreachable | TenantBusy)


def gap_of(what: str, error: TenantError, flow: str = "") -> Gap:
    """The gap that an error leaves."""
    return Gap(Cause.RIGHTS if isinstance(error, NotAllowed) else Cause.REFUSED, what, error.sentence, flow)


@dataclass(frozen=True)
class Asking:
    """Repeats what may come right; `sleep` takes seconds. With `must`, every error is raised."""

    sleep: Sleep = asyncio.sleep
    must: bool = False

    async def patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer; a tenant that does not give one is asked once more. Raises what it says then."""
        try:
            return await ask()
        except TenantUnreachable:
            await self.sleep(AGAIN_SECONDS)
            return await ask()

    async def or_gap(self, what: str, ask: Callable[[], Awaitable[T]]) -> T | Gap:
        """The answer, or why there is none. Raises what is the tenant's."""
        try:
            return await self.patiently(ask)
        except TenantError as error:
            if is_the_tenants(error) or self.must:
                raise
            return gap_of(what, error)


async def side_by_side(work: Callable[[A], Awaitable[T]], items: Iterable[A], most: int = IN_FLIGHT) -> list[T]:
    """What `work` makes of each item, in their order, at most `most` at once. The first failure stops all others."""
    numbered = enumerate(items)
    results: dict[int, T] = {}
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(most):
                group.create_task(_worker(work, numbered, results))
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
    return [results[at] for at in sorted(results)]


async def _worker(work: Callable[[A], Awaitable[T]], items: Iterator[tuple[int, A]], results: dict[int, T]) -> None:
    for at, item in items:
        results[at] = await work(item)
