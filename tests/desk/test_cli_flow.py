"""`certrelay flow`: the program of the tenant's layer, reached through the one command line."""

import json
import subprocess
from pathlib import Path

import pytest
from cli_driver import PROGRAM

from process.facts import NamePair
from tenant.flows import SampleChannel, read_flow, sample_flow

OLD, NEW = NamePair("CN=old, C=DE", "CN=ca, C=DE"), NamePair("CN=new, C=DE", "CN=ca, C=DE")


def run(*words: object) -> subprocess.CompletedProcess[str]:
    """One call of the installed program."""
    return subprocess.run([PROGRAM, "flow", *map(str, words)], capture_output=True, text=True)


def test_a_flow_is_edited_and_shown_offline(tmp_path: Path) -> None:
    """Options and data go through unchanged, and so do the exit codes."""
    path, output = tmp_path / "flow.zip", tmp_path / "new.zip"
    path.write_bytes(sample_flow("F", "F", [SampleChannel("in", rows=[OLD])]))
    pair = [
        "--old-subject",
        OLD.subject,
        "--old-issuer",
        OLD.issuer,
        "--subject",
        NEW.subject,
        "--issuer",
        NEW.issuer,
    ]
    assert run("add", path, *pair, "-o", output).returncode == 0
    assert [row.subject for row in read_flow(output.read_bytes()).channels[0].rows] == [OLD.subject, NEW.subject]
    shown = json.loads(run("show", output, "--json").stdout)
    assert [row["subject"] for row in shown["channels"][0]["rows"]] == [OLD.subject, NEW.subject]
    assert run("remove", path, *pair, "-o", output).returncode == 1
    assert run("add", path, *pair).returncode == 2


@pytest.mark.parametrize("words", [[], ["show"], ["find"], ["add"], ["remove"], ["diff"]])
def test_every_command_has_a_help(words: list[str]) -> None:
    """The program calls itself by the name that people type, and every command tells --json."""
    told = run(*words, "--help")
    assert told.returncode == 0
    assert told.stdout.startswith(" ".join(["Usage: certrelay flow", *words]))
    assert ("--json" in told.stdout) is bool(words)
