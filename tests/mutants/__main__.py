"""Put each fault of the list into a copy of the decisions and see that its tests find it.

`make mutants` runs all, two at a time, and writes the table into docs/invariant.md; `--check` only sees
that each text still occurs once.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mutants.faults import FAULTS, Fault

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/invariant.md"
AT_ONCE = 2
MACHINE_RUNS = "120"
"""Renewals that the machine plays against a fault: a fixed few."""


def misplaced() -> list[str]:
    """The faults whose text does not occur exactly once any more, or whose tests are gone."""
    wrong = [f"{f.name}: {f.file} holds its text {n} times" for f in FAULTS if (n := _occurrences(f)) != 1]
    return wrong + [f"{f.name}: {t} is not there" for f in FAULTS for t in f.tests if not (ROOT / t).exists()]


def _occurrences(fault: Fault) -> int:
    return (ROOT / fault.file).read_text().count(fault.right)


def killed_by(fault: Fault | None, tests: tuple[str, ...]) -> str:
    """The first test that fails with the fault in its place; empty where none does."""
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder)
        for part in ("process", "tests"):
            shutil.copytree(ROOT / part, there / part, ignore=shutil.ignore_patterns("__pycache__", "histories"))
        shutil.copy(ROOT / "pyproject.toml", there)
        (there / "tests/conftest.py").unlink()  # it is for servers, which nothing here needs
        if fault is not None:
            file = there / fault.file
            file.write_text(file.read_text().replace(fault.right, fault.wrong))
        return _run(there, tests)


def _run(there: Path, tests: tuple[str, ...]) -> str:
    options = ["-x", "-q", "-m", "not slow", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist"]
    environment = {
        **os.environ,
        "MACHINE_RUNS": MACHINE_RUNS,
        "PYTHONPATH": str(there),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=there, env=environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    found = re.search(r"^(?:FAILED|ERROR) (\S+?)(?:\[.*)?(?: - .*)?$", done.stdout, re.MULTILINE)
    if done.returncode not in (0, 1, 2) or (done.returncode and not found):
        raise RuntimeError(f"pytest ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return found.group(1).removeprefix("tests/process/test_process_") if found else ""


def table(killers: dict[str, str]) -> str:
    """Each fault and the test that finds it, in Markdown."""
    rows = (f"| {f.name} | `{f.file}` | {killers[f.name].replace('.py::', ': ')} |" for f in FAULTS)
    return "| Fault | File | Found by |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _write(text: str) -> None:
    before, _, rest = PAGE.read_text().partition("<!-- mutants -->\n")
    after = rest.partition("<!-- /mutants -->")[2]
    PAGE.write_text(f"{before}<!-- mutants -->\n{text}<!-- /mutants -->{after}")


def main(arguments: list[str]) -> int:
    """The number of what is wrong."""
    wrong = misplaced()
    if wrong or arguments == ["--check"]:
        print("\n".join(wrong) or f"{len(FAULTS)} faults are in their places.")
        return len(wrong)
    everything = tuple(dict.fromkeys(test for fault in FAULTS for test in fault.tests))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sound = pool.submit(killed_by, None, everything)
        found = list(pool.map(lambda fault: killed_by(fault, fault.tests), FAULTS))
    killers = dict(zip((fault.name for fault in FAULTS), found, strict=True))
    for name, killer in killers.items():
        print(f"{killer or 'SURVIVES':70} {name}")
    if sound.result():
        print(f"Without any fault a test fails: {sound.result()}")
        return 1
    survivors = sum(not killer for killer in found)
    if not survivors:
        _write(table(killers))
    print(f"{len(FAULTS) - survivors} of {len(FAULTS)} faults are found.")
    return survivors


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
