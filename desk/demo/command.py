"""`certrelay demo`."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.up.options import Profile

if TYPE_CHECKING:
    from desk.demo.processes import Processes
    from desk.demo.tell import Teller
    from desk.demo.theatre import Tally, Theatre

LETTERS = ("a", "b", "c", "d")
BOTH = "both"


@dataclass(frozen=True)
class Played:
    """What is to be played: the scenes, or the note, on a tenant of each profile."""

    letters: tuple[str, ...]
    profiles: tuple[Profile, ...]
    note: bool


@click.command()
@click.option(
    "--profile",
    type=click.Choice([*(profile.value for profile in Profile), BOTH]),
    default=BOTH,
    show_default=True,
    help="The environment of the simulated tenant; both: one after the other.",
)
@click.option("--only", type=click.Choice(LETTERS), multiple=True, help="Play only this scene; may be repeated.")
@click.option("--follow-the-note", "note", is_flag=True, help="Play no renewal but the outage of SAP's closing note.")
@click.option("--keep", is_flag=True, help="Keep the folder with database, logs and lines, and say where it is.")
def demo(profile: str, only: tuple[str, ...], note: bool, keep: bool) -> None:
    """Play all the roles of four renewals against fresh processes, and check each claim on the tenant.

    (a) new names, (b) same names, (c) crashes in the middle of a redeploy, (d) started by the watch over expiry.
    In each a sender program sends messages over TLS all the while, and none of them may be refused.

    With --follow-the-note, people renew by hand as the closing note of SAP's page reads to the letter: the messages
    are refused from the switch on. Then it is told what Certrelay answers.

    Exit codes: 0 all as told, 1 something is not, 3 the processes do not start.
    """
    if note and only:
        raise click.UsageError("--follow-the-note plays none of the scenes; leave --only out.")
    profiles = tuple(Profile) if profile == BOTH else (Profile(profile),)
    folder = Path(tempfile.mkdtemp(prefix="certrelay-demo-"))
    for each in profiles:
        (folder / each).mkdir(mode=0o700)
    code = asyncio.run(_play(folder, Played(only or LETTERS, profiles, note)))
    if keep or code:
        click.echo(f"Database and logs are in {folder}.")
    else:
        _remove(folder)
    sys.exit(code)


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


async def _play(folder: Path, played: Played) -> int:
    from desk.demo.tell import NotAsToldError, NotStartedError, Teller
    from desk.demo.theatre import Tally

    teller, tally = Teller(), Tally()
    try:
        for profile in played.profiles:
            await _on(profile, folder / profile, played, teller, tally)
    except NotStartedError as error:
        click.secho(f"The processes do not start. {error}", fg="red", err=True)
        return 3
    except NotAsToldError as error:
        click.secho(f"NOT AS TOLD: {error}", fg="red", err=True)
        return 1
    click.echo()
    teller.say(f"All senders together: {tally.words}.")
    teller.say(click.style("All was as told.", bold=True))
    return 0


async def _on(profile: Profile, home: Path, played: Played, teller: "Teller", tally: "Tally") -> None:
    """Everything that is to be played, on a tenant of this profile."""
    from desk.demo.processes import processes

    teller.begin(profile)
    async with processes(home, home / "up.log", profile) as running:
        teller.say(f"All answer. Temporal Web UI: {running.web_ui}")
        theatre = await _theatre(running, home, teller, tally)
        async with theatre.stage.http:
            for scene in _scenes(played):
                await scene(theatre)


async def _theatre(running: "Processes", home: Path, teller: "Teller", tally: "Tally") -> "Theatre":
    from temporalio.client import Client

    from desk.demo.stage import Stage
    from desk.demo.theatre import Theatre, now
    from desk.desk import Desk
    from workflows.plugin import CertrelayPlugin

    client = await Client.connect(running.address, plugins=[CertrelayPlugin()])
    stage = Stage.at(*running.simulator, teller.profile)
    return Theatre(running, Desk(client), stage, teller, now(), home, tally)


def _scenes(played: Played) -> list[Callable[["Theatre"], Awaitable[None]]]:
    from desk.demo.note import follow_the_note
    from desk.demo.scenes import SCENES

    return [follow_the_note] if played.note else [SCENES[letter] for letter in played.letters]
