"""`python -m bench [NAME ...]`: all measurements, or those named, a line each."""

import asyncio
import sys
from collections.abc import Sequence

from bench import acceptance, certificates, decisions, flows, processes, scans, walks
from workflows.leaving import leave

PURE = {"decisions": decisions, "acceptance": acceptance, "certificates": certificates, "flows": flows}
RUNNING = {"walks": walks, "processes": processes, "scans": scans}


async def main(names: Sequence[str]) -> None:
    """Print them as they come; all of them where none is named."""
    chosen = names or [*PURE, *RUNNING]
    for name, pure in PURE.items():
        for result in pure.results() if name in chosen else ():
            print(result.line, flush=True)
    for name, module in RUNNING.items():
        if name in chosen:
            async for result in module.results():
                print(result.line, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
    leave(0)
