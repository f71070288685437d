"""The demonstration: it tells what is so, and ends otherwise where it is not."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from desk.demo.tell import NotAsToldError, Teller

CERTRELAY = Path(sys.executable).with_name("certrelay")
PROFILES = ("neo", "cloud-foundry")


def demo(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `certrelay demo` as a stranger does."""
    return subprocess.run(
        [CERTRELAY, "demo", *options],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, **environment},
    )


def totals(told: str) -> tuple[int, int, int]:
    """Accepted and refused messages and certificates of all senders together."""
    found = re.search(r"together: (\d+) accepted, (\d+) refused, of messages with (\d+) certificates\.", told)
    assert found, told
    return int(found[1]), int(found[2]), int(found[3])


def test_a_claim_that_does_not_hold_ends_the_story() -> None:
    """What is claimed is checked: a claim that is not so is an error, never a line that is told all the same."""
    with pytest.raises(NotAsToldError, match="the sky is green"):
        Teller().check(False, "the sky is green")


def test_processes_that_do_not_start_are_said_so() -> None:
    """Without the server's binary nothing is played: exit code 3, and a sentence that names the setting."""
    ended = demo("--profile", "neo", CERTRELAY_TEMPORAL_BINARY="/nowhere/temporal")
    assert ended.returncode == 3
    assert "CERTRELAY_TEMPORAL_BINARY" in ended.stderr


def test_the_note_has_no_scenes() -> None:
    """Two stories at once are wrong usage."""
    assert demo("--follow-the-note", "--only", "a").returncode == 2


def test_a_sender_sends_through_a_whole_renewal() -> None:
    """On Neo with new user mapping: messages with both certificates, none refused, and the tenant counts the same."""
    ended = demo("--profile", "neo", "--only", "b")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("the tenant counted the same") == 2
    accepted, refused, certificates = totals(ended.stdout)
    assert accepted >= 9
    assert (refused, certificates) == (0, 2)


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
def test_all_is_as_told(profile: str) -> None:
    """All four scenes, crashes included, with each claim checked on the tenant and no message refused."""
    ended = demo("--profile", profile)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "All was as told." in ended.stdout
    assert len([line for line in ended.stdout.splitlines() if line.startswith("(")]) == 4
    accepted, refused, certificates = totals(ended.stdout)
    assert accepted > 60
    assert (refused, certificates) == (0, 8)


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
def test_the_note_to_the_letter_is_an_outage(profile: str) -> None:
    """From the switch on each message is refused, in SAP's words; certrelay refuses what led there."""
    ended = demo("--follow-the-note", "--profile", profile)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    words = {"neo": "HTTP Status 401 – Unauthorized", "cloud-foundry": "invalid_client"}
    assert ended.stdout.count(f"refused, with status 401: {words[profile]}") == 2
    assert re.search(r"certificate [0-9a-f]{16}: 0 accepted, [1-9]\d* refused", ended.stdout)
    assert "certrelay plans step 4b" in ended.stdout
    assert "refused: Step 6 is not open yet: it waits for step 4b" in ended.stdout


@pytest.mark.slow
@pytest.mark.parametrize("_", range(3))
def test_crashes_again_and_again(_: int) -> None:
    """Worker and server killed in the middle of a redeploy: the renewal completes, each flow is patched once."""
    ended = demo("--profile", "neo", "--only", "c")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("patched once to add and once to remove") == 6
