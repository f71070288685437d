"""Fixtures of the tests of the inventory."""

from pathlib import Path

import pytest
from inventory_stage import Stage, stage_in


@pytest.fixture
def staged(tmp_path: Path) -> Stage:
    """A simulated tenant with nothing on it."""
    return stage_in(tmp_path)
