"""Runs the application on a socket: one line when it is ready, a clean end on SIGTERM and Ctrl-C."""

import logging
import signal
import socket
from pathlib import Path

import click
import uvicorn
from starlette.applications import Starlette

GRACE = 2  # seconds that running requests get at the end; a rehearsed delay may be longer


class _Server(uvicorn.Server):
    """Says where it listens once it does, a line for each place."""

    def __init__(self, config: uvicorn.Config, ready: list[str]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the lines that tell a waiting program that requests are answered."""
        await super().startup(sockets)
        if self.started:
            click.echo("\n".join(self._ready))


def serve(app: Starlette, listener: socket.socket, state: Path, load_balancer: socket.socket | None = None) -> None:
    """Answer requests on the listening socket until a signal comes; the load balancer has a socket of its own."""
    # A dropped connection is ordered by a fault; the server would report each as an error of the application.
    # True errors are logged by the application itself.
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    host, port = listener.getsockname()[:2]
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=GRACE)
    ready = [f"The simulated tenant answers on http://{host}:{port}/api/v1 (state in {state})."]
    if load_balancer:
        host, port = load_balancer.getsockname()[:2]
        ready.append(f"Its load balancer takes messages on https://{host}:{port}.")
    app.state.load_balancer_listener = load_balancer
    server = _Server(config, ready)
    # uvicorn raises a caught signal again after its end; with these handlers that is not a death by signal.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    server.run(sockets=[listener])
