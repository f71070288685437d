"""The state file: transactions are whole, a restart finds everything, foreign files are left alone."""

import sqlite3
from pathlib import Path

import pytest
from rehearsed_tenant import TenantMaker

from tenant.simulator.state import State, StateFileUnusableError


def test_a_transaction_that_fails_changes_nothing(tmp_path: Path) -> None:
    """All or none, also for what was written before the failure."""
    state = State(tmp_path / "a.sqlite")

    def half() -> None:
        with state.transaction():
            state.insert("faults", rule="{}", times_left=1)
            state.insert("faults", rule=None, times_left=1)

    with pytest.raises(sqlite3.IntegrityError):
        half()
    assert state.rows("SELECT * FROM faults") == []
    state.close()


async def test_a_second_start_on_the_file_finds_the_tenant(tenant_with: TenantMaker) -> None:
    """Nothing lives in memory only; two processes on one file even see each other's changes."""
    first = tenant_with()
    await first.with_flow()
    await first.deploy()
    second = tenant_with()
    second.clock.advance(60)
    assert [row["Status"] for row in await second.rows("IntegrationRuntimeArtifacts")] == ["STARTED"]


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """One sentence with the path and the option; the file keeps its bytes."""
    path = tmp_path / "notes.txt"
    path.write_text("no database " * 100)
    with pytest.raises(StateFileUnusableError) as caught:
        State(path)
    assert str(path) in str(caught.value)
    assert "--state" in str(caught.value)
    assert path.read_text() == "no database " * 100


def test_another_programs_database_is_not_touched(tmp_path: Path) -> None:
    """Our tables are not put into a file that has others."""
    path = tmp_path / "other.sqlite"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (a)")
    other.close()
    with pytest.raises(StateFileUnusableError):
        State(path)
    assert sqlite3.connect(path).execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_a_folder_is_no_state_file(tmp_path: Path) -> None:
    """The reason is the system's."""
    with pytest.raises(StateFileUnusableError):
        State(tmp_path)
