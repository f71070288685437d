"""The options by which a command says when and how often, and the order that is made of them."""

from collections.abc import Callable, Mapping
from typing import Any

import click

_OPTIONS: Mapping[str, tuple[type, str]] = {
    "after": (float, "Seconds until it begins."),
    "every": (float, "Again every so many seconds."),
    "times": (int, "At most so often."),
    "until": (float, "Not any more after so many seconds."),
}


def timed(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options; each is None where it is not given."""
    for name, (kind, sentence) in reversed(list(_OPTIONS.items())):
        command = click.option(f"--{name}", type=kind, help=sentence)(command)
    return command


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Only the options that were given."""
    return {name: value for name, value in values.items() if value is not None}
