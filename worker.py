"""The worker program: settings, Temporal client, worker, run until SIGTERM. Nobody imports it."""

import asyncio
import signal
import sys
from dataclasses import dataclass
from datetime import timedelta
from os import environ
from pathlib import Path

import click
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities.certificate import CertificateActivities
from activities.expiry import ExpiryActivities
from activities.flows import FlowActivities
from activities.reading import ReadingActivities
from activities.register import RegisterActivities
from activities.user_mappings import BACKUP_FOLDER, UserMappingActivities
from certificates.errors import RootsUnreadable
from certificates.policy import Policy
from tenant.client import TenantClient
from tenant.settings import SettingsError, Tenants, load_tenants
from workflows.connection import connect
from workflows.expiry_watch import ExpiryWatch
from workflows.leaving import leave
from workflows.names import TASK_QUEUE
from workflows.renewal import Renewal
from workflows.sender import Sender

NOT_REACHABLE = 3
"""The exit code when a server or a setting is missing, as of the command line."""


@dataclass(frozen=True)
class Settings:
    """What the environment says: tenants, the operator's list of roots, where backups go, the workflow cache."""

    tenants: Tenants
    policy: Policy
    backup_folder: Path = BACKUP_FOLDER
    max_cached_workflows: int = 200  # renewals sleep for days; waking one costs a replay of 8 ms


def settings_from(environment: dict[str, str]) -> Settings:
    """Read the settings. Raises `SettingsError` naming all that is missing, `OSError` for a missing file."""
    roots = environment.get("CERTRELAY_LOAD_BALANCER_ROOTS", "")
    cached = environment.get("CERTRELAY_MAX_CACHED_WORKFLOWS", "200")
    if not cached.isdecimal():
        raise ValueError(f"CERTRELAY_MAX_CACHED_WORKFLOWS is {cached!r}; the operator must set it to a whole number.")
    return Settings(
        tenants=load_tenants(environment.get("CERTRELAY_TENANTS", "tenants.toml"), environment),
        policy=Policy(load_balancer_roots=Path(roots).read_text() if roots else None),
        backup_folder=Path(environment.get("CERTRELAY_BACKUPS", BACKUP_FOLDER)),
        max_cached_workflows=int(cached),
    )


def worker_for(client: Client, settings: Settings) -> Worker:
    """The worker with all workflows and activities; converter, guard and sandbox come with the client's plugin."""

    def open_tenant(name: str) -> TenantClient:
        return TenantClient(settings.tenants.get(name))

    certificates, flows = CertificateActivities(settings.policy), FlowActivities(open_tenant)
    mappings, register = UserMappingActivities(open_tenant, settings.backup_folder), RegisterActivities(client)
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[Renewal, Sender, ExpiryWatch],
        activities=[
            certificates.judge_certificate,
            ReadingActivities(open_tenant).read_tenant,
            flows.add_names,
            flows.remove_names,
            mappings.add_user_mapping,
            mappings.remove_user_mapping,
            ExpiryActivities(open_tenant, settings.tenants.names).list_mapped,
            register.read_register,
            register.record_end,
        ],
        max_cached_workflows=settings.max_cached_workflows,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=0.5),  # then another worker gets a dead one's tasks
        max_heartbeat_throttle_interval=timedelta(seconds=1),  # what an attempt says must survive its crash
        graceful_shutdown_timeout=timedelta(seconds=10),
        # Refusing an update sends it back whole. With the check here, one of 3 MB fails the workflow task for as
        # long as it is offered; the server takes a refusal of any size.
        disable_payload_error_limit=True,
    )


async def run() -> int:
    """Work until SIGTERM or Ctrl-C; the exit code."""
    try:
        settings = settings_from(dict(environ))
        client = await connect()
    except (SettingsError, RootsUnreadable, ValueError, OSError, RPCError, RuntimeError) as error:
        print(f"The worker cannot start: {error}", file=sys.stderr)  # noqa: T201 - a program's own words
        return NOT_REACHABLE
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with worker_for(client, settings):
        names = ", ".join(settings.tenants.names)
        print(f"worker ready: queue {TASK_QUEUE}, tenants {names}", flush=True)  # noqa: T201 - awaited by `up`
        await stop.wait()
    return 0


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run the worker: it carries out what people order, until SIGTERM or Ctrl-C.

    Settings: TEMPORAL_ADDRESS or a profile (where Temporal is), CERTRELAY_TENANTS (the file of tenants, else
    tenants.toml), CERTRELAY_LOAD_BALANCER_ROOTS (a PEM file of the roots that the load balancer trusts),
    CERTRELAY_BACKUPS (where the user mappings of a tenant are backed up before a change, else var/backups),
    CERTRELAY_MAX_CACHED_WORKFLOWS (else 200).

    Exit codes: 0 stopped as asked, 2 usage, 3 a server or a setting is missing.
    """
    leave(asyncio.run(run()))


if __name__ == "__main__":
    main()
