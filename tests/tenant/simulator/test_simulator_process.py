"""The program itself: it starts, survives SIGKILL, stops on SIGTERM, and says in a sentence why it cannot start."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from rehearsed_tenant import PASSWORD, USER, encoded, flow_zip

from tenant.simulator.settings import PASSWORD_ENV, option_fields

ROOT = Path(__file__).parents[3]
READY = re.compile(r"answers on (http://127\.0\.0\.1:\d+)/api/v1 ")


def command(*options: str) -> list[str]:
    """How the program is started."""
    return [sys.executable, "-m", "tenant.simulator", *options]


def environment(password: str | None = PASSWORD) -> dict[str, str]:
    """The environment with the password, or without."""
    kept = {name: value for name, value in os.environ.items() if name != PASSWORD_ENV}
    return kept if password is None else {**kept, PASSWORD_ENV: password}


@contextmanager
def started(state: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """A running simulator on a free port, and a client that is signed in."""
    process = subprocess.Popen(
        command("--state", str(state), "--port", "0", *options),
        env=environment(), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        ready = READY.search(process.stdout.readline())
        assert ready is not None
        with httpx.Client(base_url=ready[1], auth=(USER, PASSWORD), headers={"Accept": "application/json"}) as client:
            yield process, client
    finally:
        process.kill()
        process.communicate()


def write(client: httpx.Client, method: str, path: str, body: object = None) -> httpx.Response:
    """A write with a token."""
    token = client.get("/api/v1/", headers={"X-CSRF-Token": "Fetch"}).headers["X-CSRF-Token"]
    return client.request(method, f"/api/v1/{path}", json=body, headers={"X-CSRF-Token": token})


def test_what_was_answered_survives_sigkill(tmp_path: Path) -> None:
    """Killed right after the answer and started again, the tenant has package, flow, deploy and log."""
    state = tmp_path / "tenant.sqlite"
    with started(state) as (process, client):
        write(client, "POST", "IntegrationPackages", {"Id": "Orders", "ShortText": "x"})
        flow = {"Id": "Orders_In", "Name": "x", "PackageId": "Orders", "ArtifactContent": encoded(flow_zip())}
        write(client, "POST", "IntegrationDesigntimeArtifacts", flow)
        query = "DeployIntegrationDesigntimeArtifact?Id='Orders_In'&Version='active'"
        task = write(client, "POST", query).text
        process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
    with started(state) as (_, client):
        content = client.get("/api/v1/IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')/$value").content
        assert content == flow_zip()
        status = client.get(f"/api/v1/BuildAndDeployStatus(TaskId='{task}')").json()["d"]["Status"]
        assert status in ("DEPLOYING", "SUCCESS")
        logged = client.get("/simulator/log", params={"method": "POST"}).json()["requests"]
        assert [one["status"] for one in logged] == [201, 201, 202]


def test_sigterm_ends_it_cleanly_and_the_log_holds_no_secret(tmp_path: Path) -> None:
    """Exit code 0; one line a request on stderr, nothing more on stdout; the password is nowhere."""
    with started(tmp_path / "tenant.sqlite") as (process, client):
        client.get("/api/v1/IntegrationPackages")
        client.get("/simulator/health")
        process.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=10)
        assert process.returncode == 0
        assert stdout == ""
        assert [line.split(" ", 2)[2] for line in stderr.splitlines()] == ["GET /api/v1/IntegrationPackages 200"]
        assert PASSWORD not in stderr


@pytest.mark.parametrize(("drop", "carried_out"), [("before", False), ("after", True)])
def test_a_dropped_connection(tmp_path: Path, drop: str, carried_out: bool) -> None:
    """The client sees no whole answer; "after" has done the work all the same, "before" has not."""
    with started(tmp_path / "tenant.sqlite") as (_, client):
        rule = {"drop": drop, "path": "IntegrationPackages"}
        assert client.post("/simulator/faults", json=rule).status_code == 201
        with pytest.raises(httpx.RemoteProtocolError):
            write(client, "POST", "IntegrationPackages", {"Id": "Orders", "ShortText": "x"})
        assert bool(client.get("/api/v1/IntegrationPackages").json()["d"]["results"]) is carried_out


def test_a_fault_of_the_simulator_itself_is_on_record(tmp_path: Path) -> None:
    """500 that says whose fault it is, and the cause in the log; the next request is answered."""
    state = tmp_path / "tenant.sqlite"
    with started(state) as (process, client):
        with sqlite3.connect(state) as other:
            other.execute("DROP TABLE mappings")
        other.close()
        response = client.get("/api/v1/CertificateUserMappings")
        assert (response.status_code, response.text) == (500, "The simulator itself failed; its log says why.")
        assert client.get("/api/v1/IntegrationPackages").status_code == 200
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=10)
        assert process.returncode == 0
        assert "no such table: mappings" in stderr


def failed(*options: str, password: str | None = PASSWORD) -> tuple[int, str]:
    """Exit code and stderr of a start that fails."""
    result = subprocess.run(
        command(*options), env=environment(password), cwd=ROOT, capture_output=True, text=True, timeout=20
    )
    return result.returncode, result.stderr


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    """It names the port and the option; exit code 3."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code, text = failed("--port", str(port), "--state", str(tmp_path / "a.sqlite"))
    assert code == 3
    assert text.count("\n") == 1
    assert f"Port {port}" in text
    assert "--port" in text


def test_an_unusable_state_file_is_one_sentence(tmp_path: Path) -> None:
    """It names the file and the option; exit code 3."""
    (tmp_path / "notes").write_text("no database " * 100)
    code, text = failed("--port", "0", "--state", str(tmp_path / "notes"))
    assert (code, text.count("\n")) == (3, 1)
    assert "--state" in text


def test_a_missing_password_names_the_variable() -> None:
    """Wrong usage: exit code 2."""
    code, text = failed(password=None)
    assert code == 2
    assert PASSWORD_ENV in text


def test_the_help_names_every_setting() -> None:
    """Each field of the settings is an option with its sentence."""
    shown = subprocess.run(
        command("--help"), env=environment(), cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    plain = " ".join(shown.split())
    for name, (_, sentence) in option_fields().items():
        assert f"--{name.replace('_', '-')}" in shown
        assert sentence.split()[0] in plain
