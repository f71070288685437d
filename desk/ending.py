"""How a command ends: its exit code, a refusal as text or JSON. Nothing of Temporal or of any network here.

Exit codes: 0 done, 1 refused, 2 usage, 3 not reachable, 4 a person must decide; 130 ended by Ctrl-C.
"""

import functools
import sys
from collections.abc import Callable
from typing import Any

import click

from desk.hints import REFUSED as HINTS
from desk.output import Output, as_json

F = Callable[..., Any]

REFUSED, USAGE, UNREACHABLE, UNDECIDED, INTERRUPTED = 1, 2, 3, 4, 130


def json_option(function: F) -> F:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, of the form below.")(
        function
    )


def offline(function: Callable[..., int]) -> F:
    """Make a command of a function that needs no server and gives its exit code; a refusal ends it with 1."""

    @functools.wraps(function)
    def run(as_json: bool = False, **options: Any) -> None:
        sys.exit(_code_of(functools.partial(function, **options), Output(as_json)))

    return run


def _code_of(doing: Callable[..., int], output: Output) -> int:
    from desk.refusals import DeskRefusal

    try:
        return doing(output=output)
    except DeskRefusal as refusal:
        return refuse(output, refusal.code, refusal.sentence, REFUSED)
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED


def refuse(output: Output, code: str, sentence: str, exit_code: int) -> int:
    """Say the refusal, with its hint on what to type; the exit code is handed back."""
    if output.json:
        click.echo(as_json({"refused": code, "sentence": sentence}))
    output.remark(sentence)
    if code in HINTS:
        output.remark(f"  {HINTS[code]}")
    return exit_code
