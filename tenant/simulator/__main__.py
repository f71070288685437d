"""`python -m tenant.simulator`: the simulated tenant as a program of its own, and the commands that talk to one.

Without a command it is the server. Exit codes: 0 stopped, 2 wrong usage, 3 port or state file not to be had.
"""

import logging
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args, get_origin, get_type_hints

import click

from tenant.simulator.commands.group import Commands
from tenant.simulator.settings import PASSWORD_ENV, SimulatorSettings, option_fields

UNAVAILABLE = 3


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """One option for each field of the settings, with its sentence, reason and default."""
    hints = get_type_hints(SimulatorSettings)
    for name, (default, sentence) in reversed(option_fields().items()):
        option = click.option(
            f"--{name.replace('_', '-')}",
            name,
            help=sentence,
            show_default=default is not None,
            **_kind(hints[name], default, is_file=name == "roots"),
        )
        command = option(command)
    return command


def _kind(hint: Any, default: Any, *, is_file: bool = False) -> dict[str, Any]:
    """How click reads a field of that type."""
    if hint is bool:
        on_off = click.Choice(["on", "off"])
        return {"type": on_off, "default": "on" if default else "off", "callback": lambda _c, _p, v: v == "on"}
    if get_origin(hint) is Literal:
        return {"type": click.Choice(list(get_args(hint))), "default": default}
    if default == ():
        return {"multiple": True, "metavar": "NAME"}
    if is_file:
        return {"type": click.Path(exists=True, dir_okay=False, path_type=Path), "metavar": "FILE"}
    if default is None:
        return {"type": click.Path(exists=True, file_okay=False, path_type=Path), "metavar": "FOLDER"}
    return {"type": hint, "default": default}


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"max_content_width": 110, "help_option_names": ["-h", "--help"]},
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8085, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 takes a free one."
)
@click.option(
    "--state",
    default=Path("var/simulator.sqlite"),
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that holds the whole tenant; made if it is not there.",
)
@click.option(
    "--password-env",
    default=PASSWORD_ENV,
    show_default=True,
    metavar="NAME",
    help="The environment variable that holds the user's password.",
)
@_options
@click.pass_context
def main(ctx: click.Context, /, host: str, port: int, password_env: str, **values: Any) -> None:
    """A simulated SAP Cloud Integration tenant, Neo or Cloud Foundry, to rehearse and test against.

    It answers SAP's API under /api/v1 and is told what to do under /simulator/ (GET log, POST faults, ...).
    """
    if ctx.invoked_subcommand is not None:
        return
    password = os.environ.get(password_env, "")
    if not password:
        raise click.UsageError(
            f"The environment variable {password_env} is not set. It holds the password of the user "
            f"{values['user']}; choose one and set it, or name another variable with --password-env."
        )
    _serve(SimulatorSettings(password=password, **values), host, port)


def _serve(settings: SimulatorSettings, host: str, port: int) -> None:
    # Imported here so that --help answers at once.
    from tenant.simulator.app import create_app
    from tenant.simulator.server import serve
    from tenant.simulator.state import StateFileUnusableError
    from tenant.simulator.traffic.trust import RootsFileUnusableError

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    listener = _listen(host, port)
    balancer_port = settings.load_balancer_port
    balancer = _listen(host, balancer_port, "--load-balancer-port") if balancer_port else None
    try:
        app = create_app(settings)
    except (StateFileUnusableError, RootsFileUnusableError) as error:
        _fail(str(error))
    for path, why in app.state.loaded.skipped:
        click.echo(f"{path} was not loaded: {why}", err=True)
    serve(app, listener, settings.state, balancer)


def _listen(host: str, port: int, option: str = "--port") -> socket.socket:
    """The listening socket. Accepted sockets inherit TCP_NODELAY from it: asyncio sets it only on sockets that
    state their protocol, and without it each answer waits some 40 ms for the client's delayed acknowledgement.
    """
    try:
        listener = socket.create_server((host, port))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        _fail(
            f"Port {port} on {host} cannot be opened ({error.strerror or error}). "
            f"Stop the program that holds it, or choose another with {option}."
        )


def _fail(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(UNAVAILABLE)


if __name__ == "__main__":
    main()
