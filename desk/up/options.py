"""What `certrelay up` can be told, as one frozen object. Reading it from a command line is `command.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from desk.up.errors import Setting

VAR = Setting("--var", "CERTRELAY_VAR")
TEMPORAL_PORT = Setting("--temporal-port", "CERTRELAY_TEMPORAL_PORT")
UI_PORT = Setting("--ui-port", "CERTRELAY_UI_PORT")
SIMULATOR_PORT = Setting("--simulator-port", "CERTRELAY_SIMULATOR_PORT")
LOAD_BALANCER_PORT = Setting("--load-balancer-port", "CERTRELAY_LOAD_BALANCER_PORT")
PROFILE = Setting("--profile", "CERTRELAY_PROFILE")
FLOWS = Setting("--flows", "CERTRELAY_FLOWS")
BINARY = Setting("", "CERTRELAY_TEMPORAL_BINARY")

AUTO = 0
"""A port of zero means: pick a free one."""


class Profile(StrEnum):
    """The environment of the simulated tenant, as `certrelay simulate` and the tenants file write it."""

    NEO = "neo"
    CLOUD_FOUNDRY = "cloud-foundry"

    @property
    def words(self) -> str:
        """The environment as SAP writes it."""
        return {"neo": "Neo", "cloud-foundry": "Cloud Foundry"}[self.value]


@dataclass(frozen=True)
class Limits:
    """How long the supervisor waits, in seconds, and how often a program may end before all stop."""

    ready: float = 60.0
    grace: float = 15.0  # above the worker's own grace for running activities
    deaths: int = 5
    deaths_within: float = 60.0
    first_pause: float = 0.2
    longest_pause: float = 5.0


@dataclass(frozen=True)
class UpOptions:
    """The options of `certrelay up`.

    Ports are 1-65535 or `AUTO`. `search_attributes` maps names to Temporal's types ("Keyword",
    "KeywordList", "Datetime", ...). `simulator_options` are handed to the simulator as `--KEY=VALUE`.
    """

    search_attributes: Mapping[str, str]
    var: Path = Path("var")
    temporal_port: int = 7233
    ui_port: int = 8233
    simulator_port: int = 8234
    load_balancer_port: int = 8235
    simulator: bool = True
    profile: Profile = Profile.NEO
    flows: Path | None = None
    simulator_options: tuple[tuple[str, str], ...] = ()
    ready_file: Path | None = None
    json: bool = False
    limits: Limits = Limits()
