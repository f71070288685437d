"""`certrelay demo`."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from desk.demo.processes import Processes
    from desk.demo.tell import Teller

LETTERS = ("a", "b", "c", "d")


@click.command()
@click.option("--only", type=click.Choice(LETTERS), multiple=True, help="Play only this scene; may be repeated.")
@click.option("--keep", is_flag=True, help="Keep the folder with database and logs, and say where it is.")
def demo(only: tuple[str, ...], keep: bool) -> None:
    """Play all the roles of four renewals against fresh processes, and check each claim on the tenant.

    (a) new names, (b) same names, (c) crashes in the middle of a redeploy, (d) started by the watch over expiry.
    Exit codes: 0 all as told, 1 something is not, 3 the processes do not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="certrelay-demo-"))
    code = asyncio.run(_play(folder, only or LETTERS))
    if keep or code:
        click.echo(f"Database and logs are in {folder}.")
    else:
        _remove(folder)
    sys.exit(code)


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


async def _play(folder: Path, letters: tuple[str, ...]) -> int:
    from desk.demo.processes import processes
    from desk.demo.tell import NotAsToldError, NotStartedError, Teller

    teller = Teller()
    try:
        teller.say("Starting Temporal, a simulated tenant and the worker, in a folder of their own.")
        async with processes(folder, folder / "up.log") as running:
            teller.say(f"All answer. Temporal Web UI: {running.web_ui}")
            await _scenes(running, teller, letters)
    except NotStartedError as error:
        click.secho(f"The processes do not start. {error}", fg="red", err=True)
        return 3
    except NotAsToldError as error:
        click.secho(f"NOT AS TOLD: {error}", fg="red", err=True)
        return 1
    teller.say(click.style("All was as told.", bold=True))
    return 0


async def _scenes(running: "Processes", teller: "Teller", letters: tuple[str, ...]) -> None:
    from temporalio.client import Client

    from desk.demo.scenes import SCENES, Theatre, now
    from desk.demo.stage import Stage
    from desk.desk import Desk
    from workflows.plugin import CertrelayPlugin

    client = await Client.connect(running.address, plugins=[CertrelayPlugin()])
    stage = Stage.at(*running.simulator)
    async with stage.http:
        for letter in letters:
            await SCENES[letter](Theatre(running, Desk(client), stage, teller, now()))
