"""The command line `certrelay`: a table of commands, each loaded only when it is called, so that help is quick."""

import importlib
import os
import sys
from dataclasses import dataclass

import click

from workflows.leaving import leave


@dataclass(frozen=True)
class Entry:
    """A command: where it lives (`module:name`) and its line in the help."""

    where: str
    help: str


COMMANDS: dict[str, Entry] = {
    "request": Entry("desk.commands.request:request", "Step 1: make a new key and certificate request, offline."),
    "inspect": Entry("desk.commands.inspect:inspect", "Judge a certificate before it is handed over, offline."),
    "plan": Entry("desk.commands.plan:plan", "Tell what a renewal will be, before anybody acts."),
    "start": Entry("desk.commands.renewals:start", "Start the renewal of a registered sender's certificate."),
    "inbox": Entry("desk.commands.inbox:inbox", "List what waits for a role, and what the operator must look at."),
    "show": Entry("desk.commands.renewals:show", "Show a renewal: steps, facts, record."),
    "watch": Entry("desk.commands.renewals:watch", "Follow a renewal live until it ends."),
    "submit": Entry("desk.commands.acts:submit", "Step 2: hand over the new certificate."),
    "confirm": Entry("desk.commands.acts:confirm", "Do or confirm a step."),
    "return": Entry("desk.commands.acts:return_certificate", "Return the certificate with a reason."),
    "withdraw": Entry("desk.commands.acts:withdraw", "End a renewal and take back what was added."),
    "switch-back": Entry("desk.commands.acts:switch_back", "Report that the sender uses the old certificate again."),
    "comment": Entry("desk.commands.acts:comment", "Put a remark on the record."),
    "delegate": Entry("desk.commands.acts:delegate", "Name a further person for your role."),
    "override": Entry("desk.commands.acts:override", "Lift one guard, with a reason."),
    "steps": Entry("desk.commands.steps:steps", "Print the table of steps."),
    "sender": Entry("desk.commands.sender:sender", "The register of senders: add, list, show."),
    "schedule": Entry("desk.commands.schedule:schedule", "The daily watch over expiry: install, show, run-now, …"),
    "up": Entry("desk.up.command:up", "Run everything on this machine and supervise it."),
    "prepare": Entry("desk.up.command:prepare", "Make a Temporal server fit: namespace, retention, attributes."),
    "rehearse": Entry("desk.demo.rehearse:rehearse", "Put a sender on the simulated tenant, to play with by hand."),
    "demo": Entry(
        "desk.demo.command:demo", "Play four renewals on Neo and Cloud Foundry, with messages and crashes."
    ),
}

PROGRAMS: dict[str, Entry] = {
    "worker": Entry("worker", "Run the worker, which carries out what people order; it has options of its own."),
    "simulate": Entry("tenant.simulator", "Run a simulated tenant, or tell one what to do, with options of its own."),
    "send": Entry("desk.demo.sender", "Run a sending system to rehearse with: messages over TLS, counted."),
    "flow": Entry("tenant.flows", "Show, find, add, remove and compare names in a flow's files, offline."),
    "tenant": Entry("tenant.inventory", "Check a tenant's connection, rights and clock, or scan all that it holds."),
    "where-used": Entry("tenant.inventory.program.where_used", "Tell all on a tenant that knows a certificate."),
}
"""Programs of other layers, which the desk starts in its own stead without importing them."""


class Commands(click.Group):
    """The group whose commands are in the tables above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the tables."""
        return [*COMMANDS, *PROGRAMS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, loaded now."""
        if cmd_name in PROGRAMS:
            return _program(cmd_name)
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].where.partition(":")
        loaded: click.Command = getattr(importlib.import_module(module), name)
        _tell_shapes(cmd_name, loaded)
        return loaded

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help from the tables, without loading anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in (COMMANDS | PROGRAMS).items()])


def _tell_shapes(name: str, command: click.Command) -> None:
    """End the help of a command, and of those below it, with what it prints as JSON."""
    from desk.shapes import epilog

    command.epilog = epilog(name) or command.epilog
    if isinstance(command, click.Group):
        for below, inner in command.commands.items():
            _tell_shapes(f"{name} {below}", inner)


def _program(name: str) -> click.Command:
    entry = PROGRAMS[name]

    @click.command(
        name,
        help=entry.help,
        context_settings={"ignore_unknown_options": True, "help_option_names": []},
    )
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def run(arguments: tuple[str, ...]) -> None:
        os.execv(sys.executable, [sys.executable, "-m", entry.where, *arguments])  # noqa: S606 - our own program

    return run


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="certrelay")
def main() -> None:
    """Relays the renewal of a sender's client certificate between the people who share it.

    Data is on standard output, everything else on standard error; --json prints data, and a refusal as an object
    with refused and sentence. Who acts is --as ROLE:NAME, or CERTRELAY_AS.

    Exit codes: 0 done, 1 refused, 2 usage, 3 not reachable, 4 a person must decide. Temporal is found by
    TEMPORAL_ADDRESS or a profile.
    """


def run() -> None:
    """The program: `main`, with the exit code that it ends with."""
    try:
        main()
    except SystemExit as end:
        leave(end.code if isinstance(end.code, int) else int(end.code is not None))


if __name__ == "__main__":
    run()
