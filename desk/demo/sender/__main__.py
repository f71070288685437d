"""`python -m desk.demo.sender`: the sender as a program of its own. SIGTERM or Ctrl-C ends it with a summary."""

import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import click

from desk.demo.sender.folder import FolderUnusableError, SenderFolder
from desk.demo.sender.program import EVERY, Sender

UNUSABLE = 3


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--every", default=EVERY, show_default=True, type=click.FloatRange(min=0.001), help="Seconds between.")
@click.option("--log", type=click.Path(dir_okay=False, path_type=Path), help="File for the lines, instead of stdout.")
def main(folder: Path, urls: tuple[str, ...], every: float, log: Path | None) -> None:
    """Send messages to each URL in turn, with the certificate that the file `current` in FOLDER names.

    One line of JSON for each message: time, certificate (SHA-256), address, status, outcome, words. An outcome is
    accepted, refused (401, 403 or a TLS alert: the certificate is not wanted) or failed (anything else). Replacing
    `current` in one step is the switch: it holds for the next message, on a new connection. Exit codes: 0 ended by
    a signal, 2 wrong usage, 3 the folder cannot be used.
    """
    stop = _until_signal()
    with ExitStack() as opened:
        lines = opened.enter_context(log.open("a", encoding="utf-8")) if log else sys.stdout
        try:
            sender = Sender(SenderFolder(folder), urls, lines)
        except FolderUnusableError as error:
            click.echo(str(error), err=True)
            sys.exit(UNUSABLE)
        sender.run(every, stop.wait)
    for line in sender.counts.words():
        click.echo(line, err=True)


def _until_signal() -> threading.Event:
    stop = threading.Event()

    def asked(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)
    return stop


if __name__ == "__main__":
    main()
