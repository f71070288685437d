"""`certrelay schedule`: the daily watch over expiry."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from desk.ending import json_option
from desk.output import Output
from desk.running import client, command

if TYPE_CHECKING:
    from desk.schedule import ExpirySchedule, Installed
    from workflows.expiry_watch import WatchReport


@click.group()
def schedule() -> None:
    """The Temporal Schedule that looks daily for certificates that are due, and starts their renewals."""


async def _schedule() -> "ExpirySchedule":
    from desk.schedule import ExpirySchedule

    return ExpirySchedule(await client())


@schedule.command()
@click.option("--cron", default="0 6 * * *", show_default=True, help="When it looks.")
@click.option("--time-zone", default="UTC", show_default=True, help="The time zone of --cron, such as Europe/Berlin.")
@json_option
@command
async def install(cron: str, time_zone: str, output: Output) -> None:
    """Install the schedule, or bring it to this; twice the same changes nothing. Missed runs are made good."""
    installed = await (await _schedule()).install(cron, time_zone)
    output.data(installed, _shown(installed))


@schedule.command()
@json_option
@command
async def show(output: Output) -> None:
    """Show how the schedule stands."""
    installed = await (await _schedule()).show()
    output.data(installed, _shown(installed))


@schedule.command("run-now")
@json_option
@command
async def run_now(output: Output) -> None:
    """Look now, and wait for the report: what was seen, started, already running, and not readable."""
    report = await (await _schedule()).run_now()
    output.data(report, _reported(report))


@schedule.command()
@click.option("-m", "--reason", required=True, help="Why, for those who look at the schedule later.")
@click.option("--off", is_flag=True, help="Let it go on again.")
@json_option
@command
async def pause(reason: str, off: bool, output: Output) -> None:
    """Pause the schedule; with --off it goes on."""
    installed = await (await _schedule()).pause(reason, paused=not off)
    output.data(installed, _shown(installed))


@schedule.command()
@json_option
@command
async def remove(output: Output) -> None:
    """Remove the schedule; renewals that it started go on."""
    await (await _schedule()).remove()
    output.data({"removed": True}, ["The watch over expiry is removed; no renewal starts by itself any more."])


def _shown(installed: "Installed") -> Iterator[str]:
    paused = " (paused)" if installed.paused else ""
    yield f"Watch over expiry: {', '.join(installed.cron)} {installed.time_zone}{paused}"
    if installed.note:
        yield f"  {installed.note}"
    yield from (f"  next: {at:%Y-%m-%d %H:%M UTC}" for at in installed.next)
    yield from (f"  ran:  {id}" for id in installed.recent)
    if installed.missed:
        yield f"  {installed.missed} runs were missed for longer than can be made good."


def _reported(report: "WatchReport") -> Iterator[str]:
    yield f"Looked at {report.registered} registered senders and {report.mapped} user mappings."
    yield from (f"  started: {id}" for id in report.started)
    yield from (f"  already running or done: {id}" for id in report.running_or_done)
    yield from (f"  COULD NOT LOOK AT {part.what}: {part.why}" for part in report.unreadable)
    if not report.started:
        yield "  nothing was started"
