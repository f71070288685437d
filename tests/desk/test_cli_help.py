"""The help: it answers at once, tells every command and exit code, and docs/cli.md is what it says."""

import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from cli_driver import PROGRAM
from click.testing import CliRunner

from desk.cli import COMMANDS, PROGRAMS, main
from desk.reference import reference

ROOT = Path(__file__).parents[2]


def test_help_answers_within_three_tenths_of_a_second() -> None:
    """`certrelay --help` is quick: nobody waits to learn a name. The best of several, for busy machines."""
    took = []
    for _ in range(5):
        before = time.perf_counter()
        subprocess.run([PROGRAM, "--help"], check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - before)
    assert min(took) < 0.3


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("request", "--help"),
        ("inspect", "--help"),
        ("confirm", "--help"),
        ("sender", "add", "--help"),
        ("steps",),
    ],
    ids=" ".join,
)
def test_help_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    """Neither Temporal's SDK nor pydantic nor cryptography is loaded for help, nor for the table of steps."""
    program = (
        "import sys\nfrom desk.cli import main\n"
        f"main({list(words)!r}, standalone_mode=False)\n"
        "print([m for m in ('temporalio', 'pydantic', 'cryptography', 'httpx') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


def test_help_tells_every_command_and_the_exit_codes() -> None:
    """Each command stands in the help with its line, the exit codes beneath the first sentence."""
    told = CliRunner().invoke(main, ["--help"]).stdout
    words = " ".join(told.split())
    for name, entry in (COMMANDS | PROGRAMS).items():
        assert f"\n  {name} " in told
        assert entry.help in words
    assert "Exit codes: 0 done, 1 refused, 2 usage, 3 not reachable, 4 a person must decide." in words
    assert "TEMPORAL_ADDRESS" in words
    assert "CERTRELAY_AS" in words


def documented(command: click.Command, path: str) -> list[str]:
    """What has no help text of a command, its options and the commands below."""
    missing = [] if command.help else [path]
    missing += [f"{path} {p.opts[0]}" for p in command.params if isinstance(p, click.Option) and not p.help]
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            missing += documented(below, f"{path} {name}")
    return missing


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_a_help_text(name: str) -> None:
    """No command and no option of any is without a sentence; --help and -h work."""
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert documented(command, name) == []
    for word in ("-h", "--help"):
        told = CliRunner().invoke(main, [name, word])
        assert told.exit_code == 0
        assert told.stdout.startswith("Usage: main ")


@pytest.mark.parametrize(
    ("name", "words"),
    [("worker", "CERTRELAY_TENANTS"), ("simulate", "CERTRELAY_SIMULATOR_PASSWORD"), ("flow", "unpacked folder")],
)
def test_programs_answer_for_themselves(name: str, words: str) -> None:
    """The help of `certrelay worker`, `simulate` and `flow` is told by those programs, with their settings."""
    told = subprocess.run([PROGRAM, name, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.startswith("Usage: ")
    assert words in told.stdout


def test_an_unknown_command_is_a_usage_error() -> None:
    """A command that is none ends with 2."""
    assert CliRunner().invoke(main, ["frobnicate"]).exit_code == 2


def test_the_reference_is_what_the_commands_say() -> None:
    """docs/cli.md is printed from the commands; after a change: python -m desk.reference > docs/cli.md."""
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == reference(), (
        "docs/cli.md is not what the commands say any more. Print it again: python -m desk.reference > docs/cli.md"
    )


def test_the_reference_is_a_program() -> None:
    """`python -m desk.reference` prints the document, with every command as a heading."""
    run = subprocess.run(
        [sys.executable, "-m", "desk.reference"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    headings = [line for line in run.stdout.splitlines() if line.startswith("## ")]
    for name in COMMANDS | PROGRAMS:
        assert f"## certrelay {name}" in headings
    assert "## certrelay sender add" in headings
