"""The command line of `certrelay up`: every option with its environment twin."""

import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from desk.up import command, launch
from desk.up.command import up
from desk.up.options import AUTO, Profile, UpOptions

ATTRIBUTES = {"Tenant": "Keyword"}


@pytest.fixture
def options_of(monkeypatch):
    """Runs the command and returns the options that it would run with."""
    seen: list[UpOptions] = []
    # The seam is the function that runs; running it here would start the whole installation.
    monkeypatch.setattr(launch, "run", lambda options: seen.append(options) or 0)
    monkeypatch.setattr(command, "_search_attributes", lambda: ATTRIBUTES)

    def read(arguments=(), env=None) -> UpOptions:
        result = CliRunner().invoke(up, arguments, env=env or {})
        assert result.exit_code == 0, result.output
        return seen.pop()

    return read


def test_defaults_are_those_of_the_options(options_of):
    """The command and the options object agree on every default."""
    assert options_of() == UpOptions(ATTRIBUTES)


OPTIONS = [
    ("--var", "CERTRELAY_VAR", "there", "var", Path("there")),
    ("--temporal-port", "CERTRELAY_TEMPORAL_PORT", "7000", "temporal_port", 7000),
    ("--temporal-port", "CERTRELAY_TEMPORAL_PORT", "auto", "temporal_port", AUTO),
    ("--ui-port", "CERTRELAY_UI_PORT", "0", "ui_port", AUTO),
    ("--simulator-port", "CERTRELAY_SIMULATOR_PORT", "9000", "simulator_port", 9000),
    ("--load-balancer-port", "CERTRELAY_LOAD_BALANCER_PORT", "9001", "load_balancer_port", 9001),
    ("--profile", "CERTRELAY_PROFILE", "cloud-foundry", "profile", Profile.CLOUD_FOUNDRY),
    ("--flows", "CERTRELAY_FLOWS", "/", "flows", Path("/")),
    ("--ready-file", "CERTRELAY_READY_FILE", "r.json", "ready_file", Path("r.json")),
    (
        "--simulator-option",
        "CERTRELAY_SIMULATOR_OPTION",
        "deploy-time=0.3",
        "simulator_options",
        (("deploy-time", "0.3"),),
    ),
]


@pytest.mark.parametrize(("option", "env", "text", "name", "value"), OPTIONS)
def test_option_and_environment_say_the_same(options_of, option, env, text, name, value):
    """What an option sets, its variable sets too."""
    assert getattr(options_of([option, text]), name) == value
    assert getattr(options_of(env={env: text}), name) == value


def test_switches(options_of):
    """The simulator can be left out, JSON asked for, and simulator options repeated."""
    assert options_of(["--no-simulator"]).simulator is False
    assert options_of(env={"CERTRELAY_SIMULATOR": "no"}).simulator is False
    assert options_of(["--json"]).json is True
    repeated = options_of(["--simulator-option", "csrf=off", "--simulator-option", "page-size=10"])
    assert repeated.simulator_options == (("csrf", "off"), ("page-size", "10"))


@pytest.mark.parametrize(
    "wrong",
    [
        ["--temporal-port", "70000"],
        ["--ui-port", "web"],
        ["--simulator-option", "=3"],
        ["--simulator-option", "csrf"],
        ["--simulator-option", "--load=x"],
        ["--flows", "/no/such/folder"],
        ["--profile", "kyma"],
    ],
)
def test_wrong_usage_exits_with_two(wrong):
    """A value that cannot be meant is a usage error, before anything starts."""
    assert CliRunner().invoke(up, wrong).exit_code == 2


def test_every_option_has_a_twin_and_a_sentence():
    """No option without an environment variable and a help text."""
    for parameter in up.params:
        assert isinstance(parameter, click.Option)
        assert parameter.envvar, parameter.name
        assert parameter.help.endswith("."), parameter.name


def test_help_loads_no_engine():
    """`--help` answers at once: Temporal's SDK and the HTTP client stay unloaded."""
    code = (
        "import sys; from desk.up.command import up;"
        "up(['--help'], standalone_mode=False); assert not {'temporalio', 'httpx'} & set(sys.modules)"
    )
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--ready-file" in done.stdout
    assert time.monotonic() - began < 3.0
