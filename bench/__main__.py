"""`python -m bench`: all measurements, a line each."""

import asyncio

from bench import acceptance, certificates, decisions, flows, processes, scans, walks
from workflows.leaving import leave


async def main() -> None:
    """Print them as they come."""
    for pure in (decisions, acceptance, certificates, flows):
        for result in pure.results():
            print(result.line, flush=True)
    for module in (walks, processes, scans):
        async for result in module.results():
            print(result.line, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
    leave(0)
