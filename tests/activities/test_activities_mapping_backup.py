"""Backups of user mappings: whole, never in place of another, read back as they were."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from house import NOW
from hypothesis import given
from hypothesis import strategies as st

from activities.mapping_backup import mapped, read_backup, write_backup
from activities.mapping_words import mappings_lost
from tenant.model import UserMapping

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
_MAPPINGS = st.lists(st.builds(UserMapping, _TEXT, _TEXT, _TEXT, _TEXT, st.just(datetime(2027, 1, 1, tzinfo=UTC))))


@given(_MAPPINGS, _TEXT)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, mappings: list[UserMapping], tenant: str
) -> None:
    """Whatever users and tenants are called: one file in the folder itself, with all of it."""
    folder = tmp_path_factory.mktemp("backups")
    file = write_backup(folder, tenant, mappings, NOW)
    assert list(folder.iterdir()) == [file]
    assert read_backup(file) == mapped(mappings)
    rows = json.loads(file.read_text(encoding="utf-8"))["user_mappings"]
    assert [(row["user"], row["certificate"]) for row in rows] == [(m.user, m.pem) for m in mappings]


def test_a_backup_never_takes_the_place_of_another(tmp_path: Path) -> None:
    """Not even one of the same moment."""
    files = [write_backup(tmp_path, "prod", [], NOW) for _ in range(3)]
    assert len(set(files)) == 3
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("text", [None, "", "{}", "[]", '{"user_mappings": [{"id": 1}]}', '{"user_mappings": 7}'])
def test_what_is_no_backup_is_none(tmp_path: Path, text: str | None) -> None:
    """A file of another worker, or one that was cut off, gives nothing to compare with."""
    file = tmp_path / "backup.json"
    if text is not None:
        file.write_text(text)
    assert read_backup(file) is None


def test_a_long_loss_is_told_in_short() -> None:
    """Two thousand mappings in one sentence would help nobody; the file has them all."""
    error = mappings_lost([f"{number} of U{number}" for number in range(2000)], "backup.json")
    assert "2000 user mappings" in error.message
    assert "1980 more" in error.message
    assert "backup.json" in error.message
    assert len(error.message) < 1500
