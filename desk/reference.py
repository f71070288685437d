"""`python -m desk.reference`: the reference of the command line (docs/cli.md), printed from the commands."""

from collections.abc import Iterator

import click

from desk.cli import COMMANDS, PROGRAMS, main
from desk.shapes import REFUSAL, words

WIDTH = 100

HEAD = """# The command line

Printed by `python -m desk.reference`; a test compares it with the commands.

Data goes to standard output, everything else (what comes next, who is waited for, the exact commands to act) to
standard error. `--json` prints the data as JSON; its names are stable, new ones may be added.

| Exit code | Meaning |
|---|---|
| 0 | done; or stored for later, where no worker answers an act |
| 1 | refused: nothing was changed, the sentence says who must act and what to do; `inspect`: rejected |
| 2 | usage: an option, a file or a value that does not fit |
| 3 | not reachable: Temporal, or the worker where an answer needs one; repeat the command later |
| 4 | `inspect` only: neither yes nor no is certain, a person must decide |
| 130 | ended by Ctrl-C |

| Setting | Meaning |
|---|---|
| `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_PROFILE`, `TEMPORAL_CONFIG_FILE` | where Temporal is \
(its own environment configuration); else 127.0.0.1:7233 |
| `CERTRELAY_AS` | who acts, in place of `--as` |
"""


def reference() -> str:
    """The whole document, in Markdown."""
    parts = [HEAD, f"A refusal, with exit code 1 or 3.\n\n```text\n{words(REFUSAL)}\n```\n"]
    context = _context("certrelay", main, None)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        parts += _sections(f"certrelay {name}", command, context)
    parts += (_program(name) for name in PROGRAMS)
    return "\n".join(parts)


def _sections(path: str, command: click.Command, parent: click.Context) -> Iterator[str]:
    """A command with its help, then those below it."""
    context = _context(path.rpartition(" ")[2], command, parent)
    yield f"## {path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from _sections(f"{path} {name}", below, context)


def _program(name: str) -> str:
    return f"## certrelay {name}\n\n{PROGRAMS[name].help} Its options: `certrelay {name} --help`.\n"


def _context(name: str, command: click.Command, parent: click.Context | None) -> click.Context:
    help_names = ["-h", "--help"]
    return click.Context(
        command, parent, name, terminal_width=WIDTH, max_content_width=WIDTH, help_option_names=help_names
    )


if __name__ == "__main__":
    click.echo(reference(), nl=False)
