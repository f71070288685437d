"""The demonstration: it tells what is so, and ends otherwise where it is not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from desk.demo.tell import NotAsToldError, Teller

CERTRELAY = Path(sys.executable).with_name("certrelay")


def demo(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `certrelay demo` as a stranger does."""
    return subprocess.run(
        [CERTRELAY, "demo", *options],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={**os.environ, **environment},
    )


def test_a_claim_that_does_not_hold_ends_the_story() -> None:
    """What is claimed is checked: a claim that is not so is an error, never a line that is told all the same."""
    with pytest.raises(NotAsToldError, match="the sky is green"):
        Teller().check(False, "the sky is green")


def test_processes_that_do_not_start_are_said_so() -> None:
    """Without the server's binary nothing is played: exit code 3, and a sentence that names the setting."""
    ended = demo(CERTRELAY_TEMPORAL_BINARY="/nowhere/temporal")
    assert ended.returncode == 3
    assert "CERTRELAY_TEMPORAL_BINARY" in ended.stderr


@pytest.mark.slow
def test_all_is_as_told() -> None:
    """All four scenes, crashes included, in under a minute, with each claim checked on the tenant."""
    ended = demo()
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "All was as told." in ended.stdout
    assert [line for line in ended.stdout.splitlines() if line.startswith("(")] != []


@pytest.mark.slow
@pytest.mark.parametrize("_", range(3))
def test_crashes_again_and_again(_: int) -> None:
    """Worker and server killed in the middle of a redeploy: the renewal completes, each flow is patched once."""
    ended = demo("--only", "c")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("patched once to add and once to remove") == 6
