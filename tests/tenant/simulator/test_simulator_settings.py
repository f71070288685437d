"""The settings: each says what it does, and what SAP leaves open says why its default is chosen."""

from dataclasses import fields
from pathlib import Path

from tenant.simulator.settings import SimulatorSettings, option_fields


def test_every_setting_has_a_sentence() -> None:
    """All but the state file and the password, which the program asks for in its own way."""
    named = {field.name for field in fields(SimulatorSettings)}
    assert named - option_fields().keys() == {"state", "password"}
    assert all(sentence.endswith(".") for _, sentence in option_fields().values())


def test_the_password_is_not_shown() -> None:
    """Neither in a repr nor, with it, in a log."""
    assert "secret" not in repr(SimulatorSettings(state=Path("a"), password="secret"))
