"""When the next message goes: every so many seconds from the beginning, whatever each message took."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Ticks from `began`, one `every` so many seconds, both of a clock that only rises."""

    began: float
    every: float

    def at(self, tick: int) -> float:
        """The moment of a tick."""
        return self.began + tick * self.every

    def after(self, tick: int, now: float) -> int:
        """The tick that follows; ticks that passed while a message took its time are left out, never made up for."""
        return max(tick + 1, math.ceil((now - self.began) / self.every))
