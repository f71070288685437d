"""The commands of `certrelay flow`: show, find, add, remove, diff. Options and exit codes alone.

Exit codes: 0 done, 1 refused, 2 usage.
"""

import json as jsonlib
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

import click

from process.facts import NamePair
from tenant.flows.comparing import Comparison, changed_channels, files_diff, printable
from tenant.flows.content import ChannelChange
from tenant.flows.errors import FlowRefused
from tenant.flows.program import editing
from tenant.flows.program.lines import change_lines, flow_lines, match_lines
from tenant.flows.program.opening import OpenedFlow, open_flow, other_members
from tenant.flows.program.saving import check_target, save
from tenant.flows.program.shapes import Shape, change_shape, flow_shape, matches_shape
from tenant.flows.reading import match_legacy, match_rows, read_files

REFUSED = 1

_FLOW = click.Path(exists=True, path_type=Path)


Edit = Callable[[OpenedFlow, NamePair, NamePair], editing.EditedFlow]


@dataclass(frozen=True)
class Wish:
    """Where the result of an edit goes (neither: nowhere), and how it is told."""

    output: Path | None
    in_place: bool
    diff: bool
    json: bool


def _print(json: bool, value: Shape, lines: Iterable[str]) -> None:
    if json:
        click.echo(jsonlib.dumps(value, indent=2))
        return
    for line in lines:
        click.echo(printable(line))


def _refusing(command: Callable[..., None]) -> Callable[..., None]:
    """A refusal becomes a sentence, with --json also an object, and exit code 1."""

    @wraps(command)
    def run(json: bool, **arguments: object) -> None:
        try:
            command(json=json, **arguments)
        except FlowRefused as refusal:
            if json:
                click.echo(jsonlib.dumps({"refused": refusal.code, "sentence": refusal.sentence}))
            click.echo(printable(refusal.sentence), err=True)
            sys.exit(REFUSED)

    return click.option("--json", "json", is_flag=True, help="Print data as JSON.")(run)


def _edits(command: Callable[..., None]) -> Callable[..., None]:
    """The options that `add` and `remove` share."""
    options: Sequence[Callable[[Callable[..., None]], Callable[..., None]]] = (
        click.argument("flow", type=_FLOW),
        click.option("--old-subject", required=True, metavar="DN", help="The subject DN that is listed now."),
        click.option("--old-issuer", required=True, metavar="DN", help="The issuer DN that is listed with it."),
        click.option("--subject", required=True, metavar="DN", help="The subject DN of the new certificate."),
        click.option("--issuer", required=True, metavar="DN", help="The issuer DN of the new certificate."),
        click.option(
            "-o",
            "--output",
            type=click.Path(path_type=Path),
            help="Where the result is written: a file or new folder.",
        ),
        click.option("--in-place", is_flag=True, help="Change the flow itself; its files are replaced as a whole."),
        click.option("--diff", is_flag=True, help="Print the changed lines, too; without -o nothing is written."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Show, search, edit and compare the names that integration flows list, in files and offline.

    FLOW is an artifact zip, an .iflw file (with its parameters.prop around it), or an unpacked folder.
    Nothing but the table of DNs and the parameters that hold DNs is ever changed, and every result is read
    again and compared before it is written. Exit codes: 0 done, 1 refused, 2 usage.
    """


@main.command()
@click.argument("flow", type=_FLOW)
@_refusing
def show(flow: Path, json: bool) -> None:
    """Show the sender channels of FLOW, how they authorise, and the names that they list."""
    content = read_files(open_flow(flow).files)
    _print(json, flow_shape(content), flow_lines(content))


@main.command()
@click.argument("flow", type=_FLOW)
@click.option("--subject", required=True, metavar="DN", help="The subject DN to look for.")
@click.option("--issuer", required=True, metavar="DN", help="The issuer DN that must stand beside it.")
@_refusing
def find(flow: Path, subject: str, issuer: str, json: bool) -> None:
    """Find the rows of FLOW that hold a pair of names: exact, equal by RFC 5280, or only alike to the eye.

    Edits take the first two for the pair. What only looks alike, such as a name in another order, is never edited.
    """
    content, names = read_files(open_flow(flow).files), NamePair(subject, issuer)
    matches, legacy = match_rows(content, names), match_legacy(content, names)
    _print(json, matches_shape(matches, legacy), match_lines(matches, legacy))


@main.command()
@_edits
@_refusing
def add(flow: Path, output: Path | None, in_place: bool, diff: bool, json: bool, **names: str) -> None:
    """List the new names beside the old ones in each channel of FLOW that authorises by certificate.

    A channel that lists the new names already stays as it is, and that is success.
    """
    _edit(editing.add, flow, names, Wish(output, in_place, diff, json))


@main.command()
@_edits
@_refusing
def remove(flow: Path, output: Path | None, in_place: bool, diff: bool, json: bool, **names: str) -> None:
    """Remove the old names from FLOW; each channel concerned must list the new ones, given as --subject, --issuer.

    Where the old names are externalised parameters, these take the new names. The last names that a channel
    accepts are never removed. A flow that does not list the old names stays as it is, and that is success.
    """
    _edit(editing.remove, flow, names, Wish(output, in_place, diff, json))


@main.command()
@click.argument("before", type=_FLOW)
@click.argument("after", type=_FLOW)
@_refusing
def diff(before: Path, after: Path, json: bool) -> None:
    """Compare two states of a flow: the rows of each channel before and after, and the changed lines.

    Of two zips it also tells the other members that differ, by name.
    """
    one, two = open_flow(before), open_flow(after)
    changes = changed_channels(read_files(one.files), read_files(two.files))
    others = other_members(one, two)
    _print_changes(json, changes, {"other_members": others}, files_diff(one.files, two.files))
    if not json:
        _print(False, {}, (f"Member {name!r} of the zip differs, too." for name in others or ()))


def _edit(edit: Edit, flow: Path, names: dict[str, str], wish: Wish) -> None:
    if wish.output is None and not (wish.in_place or wish.diff):
        raise click.UsageError("Say where the result goes: -o FILE, or --in-place; or only look at it with --diff.")
    opened = open_flow(flow)
    check_target(opened, wish.output, wish.in_place)
    old, new = NamePair(names["old_subject"], names["old_issuer"]), NamePair(names["subject"], names["issuer"])
    edited = edit(opened, old, new)
    written = wish.output or (flow if wish.in_place and edited.changes else None)
    if written is not None:
        save(edited, wish.output)
    shown = files_diff(opened.files, edited.after) if wish.json or wish.diff else ""
    _print_changes(wish.json, edited.changes, {"written": str(written) if written else None}, shown)
    if not wish.json:
        click.echo(f"Written: {printable(str(written))}" if written else "Nothing was written.", err=True)


def _print_changes(json: bool, changes: Sequence[ChannelChange | Comparison], told: Shape, text: str) -> None:
    if json:
        _print(True, {**told, "changes": [change_shape(change) for change in changes], "diff": text}, ())
        return
    _print(False, {}, change_lines(changes) if changes else ["No channel changes."])
    click.echo(text, nl=False)
