"""The list of single faults does not rot: each still has its place, and the page that tells of them tells of all."""

from mutants.__main__ import PAGE, misplaced
from mutants.faults import FAULTS


def test_each_fault_has_its_place() -> None:
    """Its text occurs once in its file, and its tests are there."""
    assert misplaced() == []


def test_each_fault_has_a_name_of_its_own() -> None:
    """A row of the table is one fault."""
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 24


def test_the_page_tells_of_each_fault() -> None:
    """`make mutants` writes the table anew."""
    table = PAGE.read_text().partition("<!-- mutants -->\n")[2]
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")]
    assert rows == ["Fault", *(fault.name for fault in FAULTS)]
