"""What the commands share: the tenant of `tenants.toml`, a scan with memory and progress, exit codes, JSON.

Exit codes: 0 done, 1 refused or something is wrong, 2 usage, 3 not reachable or a setting is missing.
"""

import asyncio
import json as jsonlib
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path

import click
from pydantic_core import to_json

from certificates.errors import IntakeRefused
from tenant.client import TenantClient
from tenant.errors import TenantError
from tenant.flows.comparing import printable
from tenant.inventory.model import Inventory
from tenant.inventory.remembered import Memory, file_of, keep, recall
from tenant.inventory.scan import scan
from tenant.settings import SettingsError, TenantSettings, UnknownTenant, load_tenants

REFUSED, UNREACHABLE, INTERRUPTED = 1, 3, 130

Command = Callable[..., int]


@dataclass(frozen=True)
class Look:
    """How a tenant is scanned: where inventories are remembered, and whether the last one is left aside."""

    folder: Path
    full: bool = False


def tenant_named(name: str | None) -> TenantSettings:
    """The tenant of this name, or the only one. Raises `SettingsError`, `UsageError` where the name is missing."""
    tenants = load_tenants(os.environ.get("CERTRELAY_TENANTS", "tenants.toml"), os.environ)
    if name is not None:
        return tenants.get(name)
    if len(tenants.names) != 1:
        known = ", ".join(tenants.names) or "none"
        raise click.UsageError(f"Name the tenant; those in {tenants.file} are: {known}.")
    return tenants.get(tenants.names[0])


def scanned(settings: TenantSettings, look: Look) -> Inventory:
    """The inventory of now, remembered for the next time. Raises `TenantError`."""
    file = file_of(look.folder, settings.name)
    memory = Memory() if look.full else recall(file)
    if memory.word:
        remark(memory.word)
    inventory = asyncio.run(_scan(settings, memory.inventory))
    try:
        keep(inventory, file)
    except OSError as error:
        remark(f"The inventory is not remembered: {file} cannot be written ({error.strerror or error}).")
    return inventory


async def _scan(settings: TenantSettings, remembered: Inventory | None) -> Inventory:
    async with TenantClient(settings) as client:
        return await scan(client, remembered, Telling(settings.name))


@dataclass
class Telling:
    """Progress on standard error: on a terminal one line that is written over, else a line for every tenth."""

    tenant: str
    on_terminal: bool = field(default_factory=lambda: sys.stderr.isatty())

    def __call__(self, done: int, total: int) -> None:
        """One more flow is done."""
        parts = 100 if self.on_terminal else 10
        if done * parts // total == (done - 1) * parts // total:
            return
        text = f"Tenant {self.tenant}: {done} of {total} flows"
        last = not self.on_terminal or done == total
        click.echo(f"{chr(13) if self.on_terminal else ''}{text}", nl=last, err=True)


def ending(command: Command) -> Callable[..., None]:
    """Make a command of a function that gives its exit code; what it raises becomes a sentence and an exit code."""

    @wraps(command)
    def run(json: bool, **options: object) -> None:
        try:
            code = command(json=json, **options)
        except UnknownTenant as unknown:
            raise click.UsageError(unknown.sentence) from None
        except SettingsError as wrong:
            code = _refused(json, wrong, wrong.sentence, UNREACHABLE)
        except TenantError as error:
            code = _refused(json, error, error.sentence, UNREACHABLE if error.retryable else REFUSED)
        except IntakeRefused as refused:
            code = _refused(json, refused, " ".join(filter(None, (refused.sentence, refused.ask))), REFUSED)
        except KeyboardInterrupt:
            code = INTERRUPTED
        sys.exit(code)

    return click.option("--json", "json", is_flag=True, help="Print data as JSON.")(run)


def _refused(json: bool, why: Exception, sentence: str, code: int) -> int:
    if json:
        name = why.code if isinstance(why, IntakeRefused) else type(why).__name__
        click.echo(jsonlib.dumps({"refused": name, "sentence": sentence}))
    remark(sentence)
    return code


def remark(text: str) -> None:
    """Something beside the data, on standard error."""
    click.echo(printable(text), err=True)


def print_data(json: bool, value: object, lines: Iterable[str]) -> None:
    """The data, as JSON by the names of its fields, or as text."""
    if json:
        click.echo(to_json(value, indent=2).decode())
        return
    for line in lines:
        click.echo(printable(line))


memory_option = click.option(
    "--memory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/inventory"),
    show_default=True,
    help="The folder of the inventories that are remembered.",
)
full_option = click.option("--full", is_flag=True, help="Read every flow again, also those that did not change.")
