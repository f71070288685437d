"""docs/simulator.md says what the code does: every control call, every happening, every switch with its reason."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from tenant.simulator.happenings import KINDS, kind_of
from tenant.simulator.landscape import LandscapeOrder
from tenant.simulator.settings import SimulatorSettings, option_fields

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/simulator.md").read_text("utf-8")
CALL = re.compile(r'\("(GET|POST|DELETE)", "([a-z-]+)"\): ')
CONTROLS = ("control", "happenings_control", "key_control", "traffic/control")


def part(name: str) -> str:
    """What stands between the two marks of that name."""
    return PAGE.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- /{name} -->")[0]


def first_cells(text: str) -> list[str]:
    """The first cell of each row of a table, without its head."""
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [row.split("|")[1].strip() for row in rows]


def test_every_control_call_is_told() -> None:
    """The table has each method of each control call once, beside `health`, which asks for no sign-in."""
    told = [(method, name) for cell in first_cells(part("control calls")) for method, name in _calls(cell)]
    sources = [(ROOT / f"tenant/simulator/{module}.py").read_text("utf-8") for module in CONTROLS]
    known = [found for source in sources for found in CALL.findall(source)]
    assert sorted({*known, ("GET", "health")}) == sorted(set(told))
    assert len(told) == len(set(told))


def _calls(cell: str) -> Iterator[tuple[str, str]]:
    methods, _, name = cell.strip("`").partition(" /simulator/")
    yield from ((method, name.split("/")[0]) for method in methods.split(", "))


def test_every_happening_is_told() -> None:
    """The table has each kind of happening, in the order of the code."""
    assert first_cells(part("happenings")) == [f"`{kind_of(kind)}`" for kind in KINDS]


def test_every_switch_is_told_with_its_reason() -> None:
    """The table is made from the settings that have a reason: what they are by default, what else, and why."""
    assert part("switches").splitlines()[2:] == [
        f"| `--{item.name.replace('_', '-')}` | {_values(item.name, item.default)} | {item.metadata['reason']} |"
        for item in fields(SimulatorSettings)
        if item.metadata.get("reason")
    ]


def _values(name: str, default: Any) -> str:
    hint = get_type_hints(SimulatorSettings)[name]
    if hint is bool:
        return "**on**, off" if default else "**off**, on"
    others = [value for value in get_args(hint) if value != default] if get_origin(hint) is Literal else []
    shown = f"{default:g}" if isinstance(default, float) else f"{default}"
    return ", ".join([f"**{shown or 'none'}**", *others])


def test_options_exist() -> None:
    """Each option that the page names in a command of the server is one."""
    known = {f"--{name.replace('_', '-')}" for name in option_fields()} | {"--port", "--host", "--state"}
    servers = re.findall(r"^ {4}certrelay simulate (--.+)$", PAGE, re.MULTILINE)
    assert servers
    assert set(re.findall(r"--[a-z-]+", " ".join(servers))) <= known


def test_the_size_of_a_landscape_is_told() -> None:
    """The page names the default size."""
    order = LandscapeOrder()
    assert f"{order.flows} flows and {order.senders} senders" in PAGE
