"""`--json`: one table of shapes is what the help tells and what the commands print; refusals have one shape."""

from pathlib import Path

import click
import pytest
from cli_driver import DONE, Line, Told, on_disk
from house import House, Stage, begin, same_names

from desk.cli import COMMANDS, main
from desk.shapes import LINES, LIST, SHAPES, epilog

OF_OTHERS = {"up"}
"""Prints JSON of a form that its own help tells."""

CASE_KEYS = {
    "subject", "started_at", "table_version", "people", "submission", "verdict", "returned", "new", "facts",
    "facts_fresh", "read_again_at", "steps", "pending", "added", "removed_old", "released", "root_confirmed",
    "decided", "judged_at", "overrides", "lifted", "troubles", "record", "refusals_dropped", "switched_back",
    "closing", "seen", "looked_at", "look_every", "look_again_after", "not_proved_since", "touched", "alarms",
    "shown", "pinned", "called", "holds_two", "nodes",
}  # fmt: skip


def leaves(command: click.Command, path: str) -> dict[str, click.Command]:
    """The commands below, by their words."""
    if not isinstance(command, click.Group):
        return {path: command}
    found: dict[str, click.Command] = {}
    for name, below in command.commands.items():
        found |= leaves(below, f"{path} {name}")
    return found


def every_command() -> dict[str, click.Command]:
    """All commands of the desk that do something."""
    context = click.Context(main)
    found: dict[str, click.Command] = {}
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        found |= leaves(command, name)
    return found


def test_every_command_with_json_has_its_shape_in_the_table() -> None:
    """No command prints JSON that is not told of, and none is told of that does not."""
    with_json = {name for name, command in every_command().items() if any("--json" in p.opts for p in command.params)}
    assert with_json - OF_OTHERS == {name.partition(" --")[0] for name in SHAPES}


def test_every_shape_is_in_its_commands_help() -> None:
    """The help of each command ends with the names that it prints."""
    for name, command in every_command().items():
        if name not in OF_OTHERS:
            assert command.epilog == epilog(name)
    assert "waiting_for" in (epilog("show") or "")


def fits(name: str, told: Told) -> None:
    """Standard output is the JSON that the table says."""
    assert told.code == DONE, told.words
    shape = SHAPES[name]
    if shape.form == LINES:
        return
    values = told.json if shape.form == LIST else [told.json]
    for value in values:
        assert set(value) == set(shape.fields), name


async def test_the_register_prints_its_shapes(house: House, stage: Stage, certrelay: Line, tmp_path: Path) -> None:
    """sender add, list, show and start."""
    file, name = on_disk(tmp_path, same_names().old.pem), f"json-{stage.name}"
    add = ("sender", "add", name, "--tenant", stage.name, "--certificate", file, "--lead-days", "30")
    fits("sender add", await certrelay(*add, "--json"))
    fits("sender list", await certrelay("sender", "list", "--json"))
    shown = await certrelay("sender", "show", name, "--json")
    fits("sender show", shown)
    assert shown.json["registered"]["lead_days"] == 30
    fits("start", await certrelay("start", name, "--as", "operator", "--json"))


async def test_acts_print_the_answer(house: House, stage: Stage, certrelay: Line, tmp_path: Path) -> None:
    """submit, confirm and every act beyond the steps print one shape."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old)
    file, tenant, sender = on_disk(tmp_path, pair.new.bundle_pem), ("--as", "tenant:tina"), ("--as", "sender:sam")
    acts = {
        "comment": (play.id, "-m", "x", *sender),
        "delegate": (play.id, "--to", "theo", *tenant),
        "submit": (play.id, file, *sender),
        "return": (play.id, "-m", "x", *tenant),
    }
    for name, words in acts.items():
        fits(name, await certrelay(name, *words, "--json"))
    await play.submit(pair.new)
    await play.steps("4b")
    late = {
        "confirm": ("6", play.id, "--root-confirmed", "seen", *tenant),
        "switch-back": (play.id, "-m", "x", *sender),
    }
    for name, words in late.items():
        told = await certrelay(name, *words, "--json")
        fits(name, told)
    assert told.json["accepted"] is True
    assert told.json["waiting_for"] == ["sender-administrator"]
    await play.step("7")
    lift = ("WithdrawUnsafe", play.id, "--sender", "erp", "-m", "x", *tenant)
    fits("override", await certrelay("override", *lift, "--json"))
    fits("withdraw", await certrelay("withdraw", play.id, "-m", "x", *tenant, "--json"))


async def test_show_prints_the_whole_state_under_stable_names(house: House, stage: Stage, certrelay: Line) -> None:
    """`show --json`: standing, steps and commands for programs, and the case with the names of its fields."""
    play = await begin(house, stage, same_names().old)
    await play.until(lambda case: case.facts_fresh)
    told = await certrelay("show", play.id, "--json")
    fits("show", told)
    assert set(told.json["case"]) == CASE_KEYS
    assert told.json["waiting_for"] == ["sender-administrator"]
    assert told.json["commands"] == [f"certrelay submit {play.id} CERTIFICATE.pem --as sender:NAME"]
    assert [s["id"] for s in told.json["steps"]][:3] == ["1", "2", "3"]
    assert {frozenset(s) for s in told.json["steps"]} == {frozenset({"id", "role", "state"})}
    assert told.json["may_present"] == [told.json["case"]["subject"]["old"]["fingerprint"]]


@pytest.mark.parametrize("role", ["", "tenant", "operator"])
async def test_inbox_prints_its_shapes(house: House, stage: Stage, certrelay: Line, role: str) -> None:
    """`inbox --json` is a list of lines; to the operator a list of troubles."""
    play = await begin(house, stage, same_names().old)
    await play.until(lambda case: case.facts_fresh)
    told = await certrelay("inbox", "--json", *(("--as", role) if role else ()))
    fits("inbox --as operator" if role == "operator" else "inbox", told)
    assert isinstance(told.json, list)


async def test_steps_print_the_table(certrelay: Line) -> None:
    """`steps --json` is the table, in its order."""
    told = await certrelay("steps", "--json")
    fits("steps", told)
    assert [step["id"] for step in told.json] == [
        "1", "2", "3", "4a", "4b", "5", "6", "7", "8", "9a", "9b", "10"
    ]  # fmt: skip


async def test_the_schedule_prints_its_shapes(house: House, certrelay: Line) -> None:
    """schedule install, show, pause and remove; without one, a refusal that says who can install it."""
    fits("schedule install", await certrelay("schedule", "install", "--cron", "0 3 * * *", "--json"))
    try:
        fits("schedule show", await certrelay("schedule", "show", "--json"))
        fits("schedule pause", await certrelay("schedule", "pause", "-m", "holidays", "--json"))
    finally:
        fits("schedule remove", await certrelay("schedule", "remove", "--json"))
    told = await certrelay("schedule", "show", "--json")
    assert (told.code, set(told.json)) == (1, {"refused", "sentence"})
    assert told.json["refused"] == "NoSchedule"


async def test_a_schedule_that_temporal_does_not_accept_is_refused(house: House, certrelay: Line) -> None:
    """A cron expression that is none: exit 1 with Temporal's reason, not a trace."""
    told = await certrelay("schedule", "install", "--cron", "every tuesday", "--json")
    assert (told.code, told.json["refused"]) == (1, "TemporalRefused")
    assert "Nothing was changed" in told.json["sentence"]
