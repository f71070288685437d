"""What the documents say is so: tables, commands, make targets, links."""

import re
from pathlib import Path

import pytest

from desk.cli import COMMANDS, PROGRAMS
from process.steps import table

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("docker/*.md")])
WITH_STEPS = [ROOT / "README.md", ROOT / "docs/architecture.md"]


def named(path: Path) -> str:
    """A test's id for a document."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", WITH_STEPS, ids=named)
def test_the_steps_are_those_of_the_table(document: Path) -> None:
    """The table of steps in a document is printed from `process.steps`; `make reference` writes it anew."""
    shown = document.read_text().partition("<!-- steps -->\n")[2].partition("<!-- /steps -->")[0]
    assert shown == table()


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_lead_somewhere(document: Path) -> None:
    """Each link to a file of the project leads to one."""
    targets = re.findall(r"\]\(([^)#:]+)\)", document.read_text())
    assert [t for t in targets if not (document.parent / t).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_commands_exist(document: Path) -> None:
    """Each `certrelay …` in a document is a command."""
    words = set(re.findall(r"certrelay ([a-z][a-z-]+)", document.read_text()))
    prose = {"is", "relays", "would", "and", "up"}
    assert words - set(COMMANDS) - set(PROGRAMS) - prose == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_make_targets_exist(document: Path) -> None:
    """Each `make …` in a document is a target."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", document.read_text(), re.MULTILINE)) <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_files_named_in_code_exist(document: Path) -> None:
    """Each path in backquotes that looks like one of ours is there."""
    paths = re.findall(r"`((?:process|certificates|tenant|activities|workflows|desk|docs|docker|tests)/[\w/.-]*)`",
                       document.read_text())  # fmt: skip
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_readme_begins_as_it_should() -> None:
    """The first 40 lines hold the promise, the two commands, what it does not do and what to read first."""
    head = "\n".join((ROOT / "README.md").read_text().splitlines()[:40])
    for part in ("At every moment", "make run", "make test", "What it does not do", "Read first"):
        assert part in head


def test_decisions_are_numbered_pages() -> None:
    """Decisions are numbered without gaps, each with question, choice and price."""
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text()
        assert all(f"**{part}.**" in text for part in ("Question", "Choice", "Price")), page.name


def test_every_dependency_has_its_reason() -> None:
    """Each dependency in pyproject.toml has a comment with its reason beside it."""
    text = (ROOT / "pyproject.toml").read_text()
    lines = [line for line in text.splitlines() if re.match(r'\s+"[A-Za-z].*[<>=]=?[\d.]', line)]
    assert lines
    assert [line for line in lines if "# " not in line] == []


def test_no_file_holds_the_address_of_a_registry() -> None:
    """Constraints pin versions and name no address."""
    assert "://" not in (ROOT / "constraints.txt").read_text()
