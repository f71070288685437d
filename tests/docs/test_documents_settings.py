"""The settings that the documents name are those that the programs read."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
LAYERS = ("activities", "certificates", "desk", "process", "tenant", "workflows")
VARIABLE = re.compile(r"\bCERTRELAY_[A-Z_]*[A-Z]\b")


def test_the_readme_has_every_variable() -> None:
    """The table of settings names each variable that a program reads, and no other."""
    sources = [ROOT / "worker.py", *(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))]
    read = {name for path in sources for name in VARIABLE.findall(path.read_text("utf-8"))}
    table = "\n".join(line.split("|")[1] for line in README.splitlines() if line.startswith("| `"))
    assert set(VARIABLE.findall(table)) == read


def test_backups_outlive_the_container() -> None:
    """The worker's file system is read-only: backups go into a volume, else no user mapping could be changed."""
    worker = yaml.safe_load((ROOT / "docker/compose.yaml").read_text("utf-8"))["services"]["worker"]
    volumes = dict(volume.split(":", 1) for volume in worker["volumes"] if isinstance(volume, str))
    assert worker["environment"]["CERTRELAY_BACKUPS"].startswith(volumes["worker"] + "/")
