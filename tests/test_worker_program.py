"""The worker program: its settings, its bounds, its start and its end. Nobody imports it."""

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from house import NOW, House

from certificates.errors import RootsUnreadable
from certificates.rehearsal import RehearsalAuthority
from tenant.settings import SettingsError
from worker import settings_from

ROOT = Path(__file__).parents[1]


@pytest.fixture
def tenants(tmp_path: Path) -> str:
    """A file of tenants that the worker takes."""
    file = tmp_path / "tenants.toml"
    file.write_text('[tenants.one]\nurl = "http://127.0.0.1:1"\nuser = "u"\npassword_env = "P"\n')
    return str(file)


def test_what_the_environment_says(tenants: str, tmp_path: Path) -> None:
    """Tenants, list of roots and size of the cache come from the environment; the cache is bounded by itself."""
    roots = tmp_path / "roots.pem"
    roots.write_text(RehearsalAuthority.create(now=NOW).root_pem)
    environment = {"CERTRELAY_TENANTS": tenants, "P": "x"}
    assert settings_from(environment).max_cached_workflows == 200
    more = {"CERTRELAY_LOAD_BALANCER_ROOTS": str(roots), "CERTRELAY_MAX_CACHED_WORKFLOWS": "50"}
    settings = settings_from(environment | more)
    assert settings.tenants.names == ("one",)
    assert settings.max_cached_workflows == 50
    assert settings.policy.load_balancer_roots == roots.read_text()


def test_what_is_wrong_is_said(tenants: str, tmp_path: Path) -> None:
    """A missing file, a missing secret, a list without roots, a number that is none: each is its own error."""
    with pytest.raises(SettingsError, match="cannot be read"):
        settings_from({"CERTRELAY_TENANTS": str(tmp_path / "none.toml")})
    with pytest.raises(SettingsError, match="password_env"):
        settings_from({"CERTRELAY_TENANTS": tenants})
    with pytest.raises(ValueError, match="CERTRELAY_MAX_CACHED_WORKFLOWS"):
        settings_from({"CERTRELAY_TENANTS": tenants, "P": "x", "CERTRELAY_MAX_CACHED_WORKFLOWS": "many"})
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    with pytest.raises(RootsUnreadable):
        settings_from({"CERTRELAY_TENANTS": tenants, "P": "x", "CERTRELAY_LOAD_BALANCER_ROOTS": str(empty)})


def start(**environment: str) -> subprocess.Popen[str]:
    """The real program."""
    return subprocess.Popen(
        [sys.executable, "-m", "worker"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def test_a_missing_setting_is_one_sentence(tmp_path: Path) -> None:
    """The worker that cannot start says why and ends with 3, without a traceback."""
    program = start(CERTRELAY_TENANTS=str(tmp_path / "none.toml"))
    _, said = program.communicate(timeout=30)
    assert program.returncode == 3
    assert said.startswith("The worker cannot start:")
    assert "Traceback" not in said


def test_it_says_that_it_is_ready_and_ends_cleanly(house: House, server: str, tenants: str) -> None:
    """One line when it is ready; SIGTERM ends it with 0."""
    program = start(TEMPORAL_ADDRESS=server, CERTRELAY_TENANTS=tenants, P="x", TEMPORAL_NAMESPACE="default")
    assert program.stdout is not None
    assert program.stdout.readline() == "worker ready: queue certrelay, tenants one\n"
    program.send_signal(signal.SIGTERM)
    program.communicate(timeout=30)
    assert program.returncode == 0


def test_nobody_imports_it() -> None:
    """`worker.py` assembles; none of the packages imports it."""
    packages = ("process", "certificates", "tenant", "activities", "workflows", "desk")
    files = [file for package in packages for file in (ROOT / package).rglob("*.py")]
    assert [str(file) for file in files if "worker" in imported(file)] == []


def imported(file: Path) -> set[str]:
    """The top-level names that a module imports."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    plain = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {(node.module or "").split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}
