"""The program with its load balancer: it says where it listens, takes messages, and ends on SIGTERM."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from rehearsed_tenant import PASSWORD, USER

from certificates.rehearsal import Issued, RehearsalAuthority
from tenant.simulator.settings import PASSWORD_ENV

ROOT = Path(__file__).parents[4]
LISTENS = re.compile(r"load balancer takes messages on (https://127\.0\.0\.1:\d+)\.\n")


@pytest.fixture
def port() -> int:
    """A port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    """The program on a free port for the API."""
    command = [sys.executable, "-m", "tenant.simulator", "--port", "0", "--state", str(folder / "tenant.sqlite")]
    return subprocess.Popen(
        [*command, *options], env={**os.environ, PASSWORD_ENV: PASSWORD}, cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def running(tmp_path: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], httpx.Client, str, Issued]]:
    """The program, a client of its API, the load balancer's address, and a certificate below the root on its list."""
    root = RehearsalAuthority.create(now=datetime.now(UTC))
    (tmp_path / "roots.pem").write_text(root.root_pem)
    process = start(tmp_path, "--load-balancer-port", str(port), "--roots", str(tmp_path / "roots.pem"))
    try:
        assert process.stdout is not None
        api = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        balancer = LISTENS.search(process.stdout.readline())
        assert api is not None
        assert balancer is not None
        with httpx.Client(base_url=api[0], auth=(USER, PASSWORD), trust_env=False) as client:
            yield process, client, balancer[1], root.subordinate().issue("sender")
    finally:
        process.kill()
        process.communicate()


def test_it_takes_messages_until_sigterm(
    running: tuple[subprocess.Popen[str], httpx.Client, str, Issued], tmp_path: Path
) -> None:
    """A message is accepted; with its connection still open the program ends at once, code 0, and tells no secret."""
    process, client, url, certificate = running
    told = client.get("/simulator/load-balancer").json()
    assert (told["url"], told["nodes"]) == (url, 2)
    names = certificate.facts.names
    channel = {"name": "in", "address": "/orders", "rows": [{"subject": names.subject, "issuer": names.issuer}]}
    assert client.post("/simulator/flows", json={"flow": "Orders", "channels": [channel]}).status_code == 201
    terms = ssl.create_default_context(cadata=told["ca"])
    (tmp_path / "sender.pem").write_bytes(certificate.key_pem() + certificate.bundle_pem.encode())
    terms.load_cert_chain(tmp_path / "sender.pem")
    with httpx.Client(verify=terms, base_url=url, trust_env=False) as sender:
        assert sender.post("/http/orders?token=hush", content=b"hush").status_code == 200
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "POST /http/orders 200" in stderr
    assert not any(secret in stderr for secret in ("hush", "PRIVATE", PASSWORD, "Traceback"))


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    """Exit code 3; the option that names another."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = start(tmp_path, "--load-balancer-port", str(listener.getsockname()[1]))
        _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr.count("\n")) == (3, 1)
    assert "--load-balancer-port" in stderr


def test_roots_that_cannot_be_used_are_one_sentence(tmp_path: Path) -> None:
    """Exit code 3; file and option."""
    (tmp_path / "roots.pem").write_text("nothing")
    process = start(tmp_path, "--roots", str(tmp_path / "roots.pem"))
    _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr.count("\n")) == (3, 1)
    assert "--roots" in stderr
