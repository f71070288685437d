"""The program's help in sections, and its commands, loaded when they are called for."""

import importlib
from collections.abc import Mapping

import click

_COMMANDS: Mapping[str, tuple[str, str]] = {
    "fault": ("fault:fault", "Let requests go wrong: add, list, clear."),
    "happen": ("happen:happen", "Let something happen to the tenant: a lock, a transport, ..."),
    "log": ("log:log", "The requests that were answered."),
    "load": ("load:load", "Load flows from a folder, or make a landscape."),
}
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "The program": ("host", "port", "state", "user", "password_env", "help"),
    "The tenant": ("profile", "load", "deploy_loaded", "flows", "senders", "seed", "configure_only"),
    "Deploying": (
        "build_time", "old_started_time", "deploy_time", "undeploy_time", "failed_build", "error_information_time",
        "endpoint_delay",
    ),
    "Requests": ("csrf", "rate_limit", "retry_after", "page_size", "service_document"),
    "What SAP leaves open": (
        "put_version", "put_locked_status", "put_key_fields", "own_locks", "lock_delete_status",
        "unknown_mapping_status", "error_information_json",
    ),
}  # fmt: skip
_REST = "Runtime, tokens and keys"


class Commands(click.Group):
    """The commands of the tables above; options stand in their sections, those of no section in the last one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, loaded now."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        loaded: click.Command = getattr(importlib.import_module(f"tenant.simulator.commands.{module}"), name)
        return loaded

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options in sections, then the commands."""
        records = {one.name: one.get_help_record(ctx) for one in self.get_params(ctx)}
        for title, names in _SECTIONS.items():
            self._write(formatter, title, [records.pop(name, None) for name in names])
        self._write(formatter, _REST, list(records.values()))
        with formatter.section("Commands, to talk to a running simulator"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in _COMMANDS.items()])

    @staticmethod
    def _write(formatter: click.HelpFormatter, title: str, records: list[tuple[str, str] | None]) -> None:
        shown = [record for record in records if record]
        if shown:
            with formatter.section(title):
                formatter.write_dl(shown)
