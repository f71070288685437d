"""`load`: flows from a folder, or a landscape made from a seed, into a running simulator."""

from pathlib import Path
from typing import Any

import click

from tenant.simulator.commands.talking import Talk, talks


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@click.option("--deploy/--no-deploy", default=None, help="Whether they run at once; else as the settings say.")
@click.option("--flows", type=int, help="Make a landscape of so many flows instead.")
@click.option("--senders", type=int, help="... with so many senders.")
@click.option("--seed", type=int, help="... from this seed; the same seed gives the same landscape.")
@talks
def load(talk: Talk, folder: Path | None, deploy: bool | None, **landscape: int | None) -> None:
    """Load exported zips, unpacked flows and bare .iflw files from FOLDER, or make a landscape.

    FOLDER is read by the simulator, on its machine. What is there already is left alone.
    """
    wanted = {name: value for name, value in landscape.items() if value is not None}
    if (folder is None) == (not wanted):
        raise click.UsageError("Name either a folder or the --flows, --senders and --seed of a landscape.")
    order: dict[str, Any] = {"landscape": wanted}
    if folder is not None:
        order = {"folder": str(folder.resolve()), "deploy": deploy}
    report = talk.call("POST", "load", order)
    for one in report["skipped"]:
        click.echo(f"{one['path']} was not loaded: {one['why']}", err=True)
    talk.show(report, [f"{len(report['added'])} flows loaded, {len(report['present'])} were there already."])
