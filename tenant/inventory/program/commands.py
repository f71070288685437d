"""The commands of `certrelay tenant`: check and scan. Options and exit codes alone."""

import asyncio
from dataclasses import asdict
from pathlib import Path

import click

from tenant.client import TenantClient
from tenant.inventory.check import TenantCheck, check
from tenant.inventory.program.check_lines import check_lines
from tenant.inventory.program.running import (
    REFUSED,
    Look,
    ending,
    full_option,
    memory_option,
    print_data,
    scanned,
    tenant_named,
)
from tenant.inventory.program.scan_lines import scan_lines
from tenant.inventory.remembered import plain
from tenant.settings import TenantSettings

tenant_argument = click.argument("name", required=False)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Look at a tenant: whether all is there to work with it, and what it holds. Nothing on it is changed.

    NAME is a tenant of the settings, CERTRELAY_TENANTS or else tenants.toml; where there is one alone, it may be
    left out. Exit codes: 0 done, 1 refused or something is wrong, 2 usage, 3 not reachable or a setting is missing.
    """


@main.command("check")
@tenant_argument
@ending
def check_tenant(name: str | None, json: bool) -> int:
    """Check connection, sign-in, rights, clock and environment, by reading alone.

    For each right that is missing it tells what does not work without it, and which role to ask for. Rights to
    change the tenant cannot be tried without changing it: they are listed with their roles.

    JSON: tenant, url, at, environment, seen, skew_seconds, refused, rights (call, what, outcome, said, stops, roles),
    clock_is_right, environment_matches, is_fine.
    """
    found = asyncio.run(_checked(tenant_named(name)))
    told = {key: getattr(found, key) for key in ("clock_is_right", "environment_matches", "is_fine")}
    print_data(json, asdict(found) | told, check_lines(found))
    return 0 if found.is_fine else REFUSED


async def _checked(settings: TenantSettings) -> TenantCheck:
    async with TenantClient(settings) as client:
        return await check(client)


@main.command("scan")
@tenant_argument
@full_option
@memory_option
@ending
def scan_tenant(name: str | None, full: bool, memory: Path, json: bool) -> int:
    """List all packages, flows, sender channels, mappings or service keys, and what could not be looked at.

    What did not change since the last scan is not read again, unless --full is said.

    JSON: tenant, url, read_at, environment, packages (id, name, mode), flows (id, name, package_id, version, draft,
    modified_at, modified_by, deployed, read, channels, legacy, notes, configured), mappings, endpoints (id, flow_id,
    protocol, address, urls), gaps (cause, what, why, flow), reused. A flow with read false shows no channels, which
    does not mean that it has none.
    """
    inventory = scanned(tenant_named(name), Look(memory, full))
    print_data(json, plain(inventory), scan_lines(inventory))
    return 0
