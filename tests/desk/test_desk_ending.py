"""How commands that need no server end: exit codes, refusals, Ctrl-C."""

import json
from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner

from desk.ending import INTERRUPTED, REFUSED, UNDECIDED, json_option, offline
from desk.output import Output
from desk.refusals import FileThere


def ended(doing: Callable[[], int], *words: str) -> tuple[int, str, str]:
    """Run a command that does just this: exit code, standard output, standard error."""

    @click.command()
    @json_option
    @offline
    def run(output: Output) -> int:
        return doing()

    told = CliRunner().invoke(run, words)
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told.exit_code, told.stdout, told.stderr


def fails(error: BaseException) -> Callable[[], int]:
    """A deed that ends like this."""

    def doing() -> int:
        raise error

    return doing


@pytest.mark.parametrize("code", [0, REFUSED, UNDECIDED])
def test_the_code_is_what_the_command_says(code: int) -> None:
    """A command's own code is that of the program, and nothing is added to what it said."""
    assert ended(lambda: code) == (code, "", "")


def test_a_refusal_is_a_sentence_and_with_json_an_object() -> None:
    """As for the commands that need a server: code 1, sentence on standard error, object on standard output."""
    refusal = FileThere("erp.key")
    assert ended(fails(refusal)) == (REFUSED, "", f"{refusal.sentence}\n")
    code, out, err = ended(fails(refusal), "--json")
    assert (code, err) == (REFUSED, f"{refusal.sentence}\n")
    assert json.loads(out) == {"refused": "FileThere", "sentence": refusal.sentence}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()], ids=repr)
def test_control_c_is_no_trace(error: BaseException) -> None:
    """Ctrl-C ends with 130, also while something is asked."""
    assert ended(fails(error)) == (INTERRUPTED, "", "")


def test_a_fault_of_ours_stays_visible() -> None:
    """What is no refusal is a fault, and is not dressed as one."""
    with pytest.raises(ZeroDivisionError):
        ended(fails(ZeroDivisionError()))
