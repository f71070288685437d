"""How a command reaches a running simulator and prints what it hears. Data on stdout, the rest on stderr.

Exit codes: 0 done, 1 the simulator refused, 2 wrong usage, 3 no simulator answers.
"""

import functools
import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

import click

from tenant.simulator.settings import PASSWORD_ENV

REFUSED, NOT_REACHABLE = 1, 3
_SECONDS = 120  # loading a large landscape takes a while


@dataclass(frozen=True)
class Talk:
    """A running simulator, and how its answers are printed."""

    url: str
    user: str
    password: str
    as_json: bool

    def call(self, method: str, name: str, body: object = None, query: dict[str, str] | None = None) -> Any:
        """The JSON of a control call, None for an empty answer; ends the program on a refusal."""
        import httpx  # late: --help must not wait for it

        address = f"{self.url.rstrip('/')}/simulator/{name}"
        auth = (self.user, self.password)
        try:
            answer = httpx.request(method, address, json=body, params=query, auth=auth, timeout=_SECONDS)
        except httpx.HTTPError as error:
            sentence = f"No simulated tenant answers at {self.url} ({error}). Start one, or name it with --url."
            _fail(NOT_REACHABLE, sentence)
        if answer.is_success:
            return answer.json() if answer.content else None
        _fail(REFUSED, _reason(answer.status_code, answer.text))

    def show(self, value: object, lines: Iterable[str]) -> None:
        """The value as JSON, or the lines."""
        if self.as_json:
            click.echo(json.dumps(value, indent=2))
            return
        for line in lines:
            click.echo(line)


def talks(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options by which it finds the simulator; it gets a `Talk` as its first argument."""

    @click.option("--url", default="http://127.0.0.1:8085", show_default=True, help="Where the simulator answers.")
    @click.option("--simulator-user", default="rehearsal", show_default=True, help="Who signs in to the simulator.")
    @click.option(
        "--password-env",
        default=PASSWORD_ENV,
        show_default=True,
        metavar="NAME",
        help="The environment variable that holds the user's password.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @functools.wraps(command)
    def wrapped(url: str, simulator_user: str, password_env: str, as_json: bool, **values: Any) -> None:
        password = os.environ.get(password_env, "")
        if not password:
            raise click.UsageError(
                f"The environment variable {password_env} is not set. It holds the password of the simulator's user "
                f"{simulator_user}; set it, or name another variable with --password-env."
            )
        command(Talk(url, simulator_user, password, as_json), **values)

    return wrapped


def _reason(status: int, text: str) -> str:
    if status == 401:
        return "The simulator does not know this user and password. Look at --simulator-user and --password-env."
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return f"The simulator answered {status}."


def _fail(code: int, sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(code)
