"""The command `certrelay up`: reads its options. Imports little, so that `--help` answers at once."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict, Unpack

import click

from desk.up import run
from desk.up.options import (
    AUTO,
    FLOWS,
    LOAD_BALANCER_PORT,
    PROFILE,
    SIMULATOR_PORT,
    TEMPORAL_PORT,
    UI_PORT,
    VAR,
    Profile,
    UpOptions,
)

KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Port(click.ParamType[int]):
    """A port number, or `auto` for a free one."""

    name = "port"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read 1-65535; `auto` and 0 become AUTO."""
        text = str(value).strip().lower()
        if text in ("auto", "0"):
            return AUTO
        if text.isdecimal() and 1 <= int(text) <= 65_535:
            return int(text)
        self.fail(f"{value!r} is no port: give a number from 1 to 65535, or auto.", param, ctx)


class KeyValue(click.ParamType[tuple[str, str]]):
    """An option of the simulator as KEY=VALUE."""

    name = "key=value"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Split at the first equals sign; the key is a long option's name without the first dashes."""
        key, equals, rest = str(value).partition("=")
        if equals and KEY.fullmatch(key):
            return key, rest
        self.fail(f"{value!r} is not KEY=VALUE, such as deploy-time=0.3.", param, ctx)


class Given(TypedDict):
    """The parameters as click hands them over."""

    var: Path
    temporal_port: int
    ui_port: int
    simulator_port: int
    load_balancer_port: int
    simulator: bool
    profile: str
    flows: Path | None
    simulator_option: tuple[tuple[str, str], ...]
    ready_file: Path | None
    as_json: bool


FOLDER = click.Path(file_okay=False, path_type=Path)
EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


HELP = ["-h", "--help"]


@click.command(context_settings={"show_default": True, "help_option_names": HELP})
@click.option(VAR.option, "var", type=FOLDER, default="var", envvar=VAR.env, help="Folder for all state.")
@click.option(
    TEMPORAL_PORT.option,
    type=Port(),
    default=7233,
    envvar=TEMPORAL_PORT.env,
    help="Port of the Temporal server, or auto.",
)
@click.option(UI_PORT.option, type=Port(), default=8233, envvar=UI_PORT.env, help="Port of its Web UI, or auto.")
@click.option(
    SIMULATOR_PORT.option,
    type=Port(),
    default=8234,
    envvar=SIMULATOR_PORT.env,
    help="Port of the simulated tenant, or auto.",
)
@click.option(
    LOAD_BALANCER_PORT.option,
    type=Port(),
    default=8235,
    envvar=LOAD_BALANCER_PORT.env,
    help="Port on which the simulated tenant's load balancer takes messages over TLS, or auto.",
)
@click.option(
    "--simulator/--no-simulator",
    default=True,
    envvar="CERTRELAY_SIMULATOR",
    help="Whether to run a simulated tenant.",
)
@click.option(
    PROFILE.option,
    type=click.Choice([profile.value for profile in Profile]),
    default=Profile.NEO.value,
    envvar=PROFILE.env,
    help="The environment of the simulated tenant.",
)
@click.option(
    FLOWS.option,
    type=EXISTING_FOLDER,
    envvar=FLOWS.env,
    help="Folder of exported flows (zip) that the simulated tenant loads.",
)
@click.option(
    "--simulator-option",
    type=KeyValue(),
    multiple=True,
    envvar="CERTRELAY_SIMULATOR_OPTION",
    help="An option of `certrelay simulate`, such as deploy-time=0.3; may be repeated.",
)
@click.option(
    "--ready-file",
    type=FILE,
    envvar="CERTRELAY_READY_FILE",
    help="File to write, once all answer, with addresses and process ids as JSON.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    envvar="CERTRELAY_UP_JSON",
    help="Print what runs where as one line of JSON.",
)
def up(**given: Unpack[Given]) -> None:
    """Run Temporal, a simulated tenant and the worker, until Ctrl-C.

    With TEMPORAL_ADDRESS, TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE set, that Temporal server is used and
    none is started. CERTRELAY_TEMPORAL_BINARY names the server's binary. Exit codes: 0 stopped as asked,
    2 wrong usage, 3 could not run.
    """
    sys.exit(run(_options(given)))


@click.command(context_settings={"help_option_names": HELP})
def prepare() -> None:
    """Make a Temporal server fit for certrelay: namespace, retention and search attributes, read back.

    TEMPORAL_ADDRESS, TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE name the server. Doing it twice changes
    nothing. Exit codes: 0 done, 3 not reachable or not fit.
    """
    from desk.up import launch

    sys.exit(launch.prepare(_search_attributes()))


def _options(given: Given) -> UpOptions:
    return UpOptions(
        search_attributes=_search_attributes(),
        var=given["var"],
        temporal_port=given["temporal_port"],
        ui_port=given["ui_port"],
        simulator_port=given["simulator_port"],
        load_balancer_port=given["load_balancer_port"],
        simulator=given["simulator"],
        profile=Profile(given["profile"]),
        flows=given["flows"],
        simulator_options=given["simulator_option"],
        ready_file=given["ready_file"],
        json=given["as_json"],
    )


def _search_attributes() -> Mapping[str, str]:
    """What the workflows write; imported late, for it loads Temporal's SDK."""
    from workflows.attributes import SEARCH_ATTRIBUTES

    return SEARCH_ATTRIBUTES
