"""One measurement against its floor."""

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """`measured` and `floor` in `unit`; `aim` says what is wanted, in words."""

    what: str
    measured: float
    floor_is: str
    floor: float
    unit: str
    aim: str = ""

    @property
    def line(self) -> str:
        """A line of the report."""
        ratio = self.measured / self.floor if self.floor else float("inf")
        return (
            f"{self.what:<58} {self.measured:9.2f} {self.unit:<3} {ratio:7.1f} x "
            f"({self.floor:.2f} {self.unit}: {self.floor_is}){'  aim: ' + self.aim if self.aim else ''}"
        )


async def median_seconds(run: Callable[[], Awaitable[object]], rounds: int) -> float:
    """The median of some rounds."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        await run()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)
