"""The files in docker/, read and linted; running them takes an engine and is tested elsewhere."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tenant.settings import load_tenants

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("build")}
ONE_SHOT = {name for name, service in SERVICES.items() if service["restart"].startswith("on-failure")}
NO_PORT = {"worker"}  # opens no port that could be asked; it ends when it cannot work


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest), with continued lines joined and comments left out."""
    text = (DOCKER / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage, its FROM first."""
    found: list[list[tuple[str, str]]] = []
    for name, rest in instructions():
        if name == "FROM":
            found.append([])
        if found:
            found[-1].append((name, rest))
    return found


def last_of(name: str) -> str:
    """The last of an instruction in the final stage: the one that counts."""
    return [rest for found, rest in stages()[-1] if found == name][-1]


def default_of(text: str) -> str:
    """A text with compose's variables replaced by their defaults."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def test_base_is_one_argument_with_a_slim_pinned_default():
    """Every stage starts from the argument, whose default is a slim image of an exact version."""
    assert instructions()[0][0] == "ARG"
    assert re.fullmatch(r"BASE=\S+:\d+\.\d+\.\d+-slim-\w+", instructions()[0][1])
    assert [stage[0][1].split()[0] for stage in stages()] == ["${BASE}"] * len(stages())


def test_base_has_a_python_that_the_project_accepts():
    """The default base is not older than pyproject.toml asks for."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    minimum = tuple(int(n) for n in re.findall(r"\d+", wanted))
    base = re.search(r"python:(\d+)\.(\d+)", instructions()[0][1])
    assert (int(base[1]), int(base[2])) >= minimum


def test_build_tools_stay_behind():
    """The final stage installs nothing and copies only from the build stage."""
    assert len(stages()) == 2
    copies = [rest for name, rest in stages()[-1] if name == "COPY"]
    assert copies
    assert all(rest.startswith("--from=build ") for rest in copies)
    assert "pip" not in " ".join(rest for name, rest in stages()[-1] if name == "RUN")


def test_runs_as_a_number_that_is_not_root():
    """Orchestrators check that a container is not root only where the user is a number."""
    user, group = last_of("USER").split(":")
    assert int(user) > 0
    assert int(group) > 0
    names = [name for name, _ in stages()[-1]]
    assert "RUN" not in names[names.index("USER") :]


def test_every_program_is_a_word_of_one_entry_point():
    """The entry point is the command line, as a list so that signals reach it, and help by default."""
    assert last_of("ENTRYPOINT") == '["certrelay"]'
    assert last_of("CMD") == '["--help"]'


def test_what_is_installed_is_what_is_copied():
    """Every part of the wheel is copied into the build stage, and the builder is sent it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    parts = project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    copied = " ".join(rest for name, rest in stages()[0] if name == "COPY").split()
    sent = (DOCKER / "Dockerfile.dockerignore").read_text("utf-8").split()
    for part in [*parts, "pyproject.toml", "constraints.txt", "README.md"]:
        assert part in copied, part
        assert f"!{part}" in sent, part
        assert (ROOT / part).exists(), part


def test_builder_is_sent_nothing_else():
    """Everything is left out first, so that no state and no secret can come along."""
    lines = (DOCKER / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"


def test_no_secret_in_any_file():
    """A password stands in no file and no instruction: variables and files are named, never given."""
    assert not [rest for name, rest in instructions() if re.search(r"(?i)password|secret|token", rest)]
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"(?i)password|pwd|secret|token", name):
                assert value.startswith("/run/secrets/") or value == f"${{{name}:-}}", name


@pytest.mark.parametrize("name", SERVICES)
def test_service_runs_with_few_rights(name):
    """Read-only file system, no new privileges, and no capability but for the database's start."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert "no-new-privileges:true" in service["security_opt"]
    assert name == "postgresql" or service["cap_drop"] == ["ALL"]
    assert not service.get("privileged")


@pytest.mark.parametrize("name", SERVICES)
def test_service_image_is_pinned(name):
    """Every default image has an exact version, never a moving tag."""
    assert re.fullmatch(r"[\w./-]+:\d+\.\d+(\.\d+)?", default_of(SERVICES[name]["image"]))


@pytest.mark.parametrize("name", SERVICES)
def test_service_says_when_it_is_well(name):
    """A service that stays has a health check; one that ends is waited for by its end."""
    service = SERVICES[name]
    assert ("healthcheck" in service) == (name not in ONE_SHOT | NO_PORT)
    for other, wait in service.get("depends_on", {}).items():
        ends = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
        assert wait["condition"] == ends


@pytest.mark.parametrize("name", SERVICES)
def test_service_opens_loopback_ports_only(name):
    """The Temporal server and its Web UI ask nobody who they are: nothing is open to the network."""
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", ()))


@pytest.mark.parametrize("name", SERVICES)
def test_service_names_only_what_is_there(name):
    """Networks, volumes, secrets and mounted files exist."""
    service = SERVICES[name]
    assert set(service.get("networks", ())) <= set(COMPOSE["networks"])
    assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
    for volume in service.get("volumes", ()):
        source = volume["source"] if isinstance(volume, dict) else volume.split(":")[0]
        source = default_of(source)
        made = isinstance(volume, dict) and volume["bind"]["create_host_path"]
        assert source in COMPOSE["volumes"] or (DOCKER / source).exists() or made, source


def help_of(*words: str) -> str:
    """What the command line tells of itself."""
    program = Path(sys.executable).with_name("certrelay")
    done = subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("name", OURS)
def test_service_runs_a_command_of_ours(name):
    """What a service of our image runs is a command that the command line knows, with these options."""
    word, *options = OURS[name]["command"]
    assert re.search(rf"^  {word}  ", help_of(), re.MULTILINE), f"certrelay has no command {word}"
    for option in options:
        assert option.split("=")[0] in help_of(word), option


def test_server_and_tools_are_of_one_version():
    """The tables must be those that the server expects."""
    tags = {default_of(SERVICES[name]["image"]).split(":")[1] for name in ("temporal", "temporal-schema")}
    assert len(tags) == 1


def test_simulator_and_tenants_file_agree():
    """The tenants file for the simulated tenant names its address, user and variable."""
    tenant = tomllib.loads((DOCKER / "tenants.toml").read_text("utf-8"))["tenants"]["simulator"]
    command = SERVICES["simulator"]["command"]
    port = next(word.split("=")[1] for word in command if word.startswith("--port="))
    assert tenant["url"] == f"http://simulator:{port}"
    assert f"--user={tenant['user']}" in command
    for name in ("worker", "simulator"):
        assert tenant["password_env"] in SERVICES[name]["environment"]


def test_server_settings_are_those_of_certrelay_up():
    """The two queue settings are the same in containers and on a desk."""
    from desk.up.programs import DYNAMIC_CONFIG

    settings = yaml.safe_load((DOCKER / "dynamicconfig.yaml").read_text("utf-8"))
    desk = dict(line.split("=", 1) for line in DYNAMIC_CONFIG)
    assert {name: str(rows[0]["value"]) for name, rows in settings.items()} == {
        name: value.strip('"') for name, value in desk.items()
    }


@pytest.mark.parametrize("script", sorted(DOCKER.glob("*.sh")), ids=lambda path: path.name)
def test_scripts_parse(script):
    """The scripts are plain sh and stop at the first failure."""
    shell = shutil.which("dash") or "/bin/sh"
    done = subprocess.run([shell, "-n", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "set -eu" in script.read_text("utf-8")


def test_readme_names_every_variable_and_service():
    """No service and no variable of the compose file is missing from the page."""
    page = (DOCKER / "README.md").read_text("utf-8")
    compose = (DOCKER / "compose.yaml").read_text("utf-8")
    for name in [*SERVICES, *set(re.findall(r"\$\{(\w+):-", compose))]:
        assert f"`{name}`" in page, name


def test_the_worker_can_read_the_tenants_of_compose() -> None:
    """The file that compose.yaml hands to the worker is one that the worker takes."""
    assert load_tenants(DOCKER / "tenants.toml", {"CERTRELAY_SIMULATOR_PASSWORD": "x"}).names == ("simulator",)
