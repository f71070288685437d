"""A simulated tenant behind a real port, for clients that are not ours and for the command line."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from rehearsed_tenant import Tenant


@asynccontextmanager
async def listening(tenant: Tenant) -> AsyncIterator[str]:
    """The address at which the tenant answers while the block runs."""
    server = uvicorn.Server(uvicorn.Config(tenant.app, log_config=None, access_log=False, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        serving = asyncio.create_task(server._serve([listener]))  # signals belong to pytest
        try:
            # The socket listens already: a client that comes early waits in its queue.
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving
