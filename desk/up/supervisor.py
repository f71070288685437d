"""Keeps programs running: starts them in order, starts again what ends, stops all. Knows none of them."""

import asyncio
import signal
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from desk.up.errors import KeepsDying, NotReady, RefusesToStart
from desk.up.options import Limits
from desk.up.output import Output
from desk.up.process import Child, Program

NO_USE_TRYING = (2, 3)
"""Exit codes of our programs for wrong usage, and for something that a person must put right."""


class Supervisor:
    """The programs of one installation. `run` may be called once."""

    def __init__(self, programs: Sequence[Program], output: Output, limits: Limits) -> None:
        self.children = tuple(Child(program, output) for program in programs)
        self._output = output
        self._limits = limits
        self._ready = {program.name: asyncio.Event() for program in programs}
        self._once_ready: set[str] = set()
        output.names = tuple(self._ready)

    async def run(self, stop: asyncio.Event, changed: Callable[[], None]) -> None:
        """Run until `stop`, then stop all in reverse order, also when an error ends it.

        `changed` is called when all are ready, and again whenever one that ended is ready anew.
        Raises KeepsDying, NotReady, RefusesToStart, and what a program's `prepare` raises.
        """
        keepers = [asyncio.create_task(self._keep(child, changed)) for child in self.children]
        stopping = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait([stopping, *keepers], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await _cancel(stopping, *keepers)
            await self._stop_all()

    def kill(self) -> None:
        """SIGKILL to all, for people who do not want to wait for `stop`."""
        for child in self.children:
            child.kill()

    async def _stop_all(self) -> None:
        for child in reversed(self.children):
            if not await child.stop(self._limits.grace):
                self._output.say(
                    f"The program {child.program.name} did not stop within {self._limits.grace:g} seconds"
                    " and was killed."
                )

    async def _keep(self, child: Child, changed: Callable[[], None]) -> None:
        """Run one program for ever; returns only by an exception."""
        deaths: deque[float] = deque()
        while True:
            for name in child.program.after:
                await self._ready[name].wait()
            await child.start()
            code = await self._watch(child, changed)
            how = ending(code)
            if code in NO_USE_TRYING and child.program.name not in self._once_ready:
                raise RefusesToStart(child.program.name, how, child.last_line)
            self._ready[child.program.name].clear()
            pause = self._pause(child, deaths, how)
            self._output.say(
                f"The program {child.program.name} ended ({how}); it is started again in {pause:g} seconds."
            )
            await asyncio.sleep(pause)

    def _pause(self, child: Child, deaths: deque[float], how: str) -> float:
        """Note a death and say how long to wait. Raises KeepsDying when it is one too many."""
        now, limits = asyncio.get_running_loop().time(), self._limits
        deaths.append(now)
        while deaths[0] < now - limits.deaths_within:
            deaths.popleft()
        if len(deaths) >= limits.deaths:
            raise KeepsDying(child.program.name, len(deaths), limits.deaths_within, how, child.last_line)
        return float(min(limits.first_pause * 2 ** (len(deaths) - 1), limits.longest_pause))

    async def _watch(self, child: Child, changed: Callable[[], None]) -> int:
        """See a started program through: ready, then running, then ended. Returns its exit code."""
        ended = asyncio.create_task(child.until_ended())
        ready = asyncio.create_task(self._make_ready(child, changed))
        try:
            await asyncio.wait({ended, ready}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done() and ready.exception() is not None:
                # Was it only because the program is about to end? Then starting it again is the answer.
                await asyncio.wait({ended}, timeout=0.5)
            if not ended.done():
                await ready
            return await ended
        finally:
            await _cancel(ended, ready)

    async def _make_ready(self, child: Child, changed: Callable[[], None]) -> None:
        program, event = child.program, self._ready[child.program.name]
        try:
            await asyncio.wait_for(child.until_ready(), self._limits.ready)
        except TimeoutError as error:
            raise NotReady(program.name, self._limits.ready, child.last_line) from error
        if program.prepare is not None and program.name not in self._once_ready:
            await program.prepare()
        self._once_ready.add(program.name)
        self._output.say(f"The program {program.name} is ready (process {child.pid}).")
        event.set()
        if all(each.is_set() for each in self._ready.values()):
            changed()


def ending(code: int) -> str:
    """How a process ended, in words: its exit code, or the signal where `code` is negative."""
    if code >= 0:
        return f"with exit code {code}"
    with suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"


async def _cancel(*tasks: asyncio.Task[object]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
