"""What runs where, told twice from the same facts: as a table for people, as JSON for programs."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from desk.up.process import Child
from desk.up.programs import Place
from desk.up.simulated_tenant import PASSWORD_FILE

STANDARD_ADDRESS = "127.0.0.1:7233"
"""Where a Temporal client looks when nothing tells it otherwise."""


def as_json(place: Place, children: Sequence[Child]) -> str:
    """One line of JSON: addresses, process ids, and the environment that reaches this installation."""
    facts = {
        "supervisor": os.getpid(),
        "var": str(place.var),
        "temporal": {
            "address": place.server.address,
            "namespace": place.server.namespace,
            "own": place.server.own,
        },
        "simulator": _tenant(place),
        "environment": place.client_environment,
        "programs": {c.program.name: {"pid": c.pid, "links": dict(c.program.links)} for c in children},
    }
    return json.dumps(facts)


def _tenant(place: Place) -> dict[str, str] | None:
    if place.tenant is None:
        return None
    return {
        "url": place.tenant.url,
        "profile": place.tenant.profile,
        "load_balancer": place.tenant.load_balancer_url,
        "password_file": str(place.var / PASSWORD_FILE),
    }


def as_text(place: Place, children: Sequence[Child]) -> str:
    """The table for people: what runs, where to look, how to reach it, how to stop it."""
    rows = [link for child in children for link in child.program.links]
    if not place.server.own:
        rows.insert(0, ("Temporal server (not ours)", f"{place.server.address}, {place.server.namespace}"))
    rows.append(("State", str(place.var)))
    width = max(len(what) for what, _ in rows)
    lines = ["", "certrelay is up:", *(f"  {what:<{width}}  {where}" for what, where in rows)]
    if place.server.own and place.server.address != STANDARD_ADDRESS:
        lines.append(f"  In another terminal: export TEMPORAL_ADDRESS={place.server.address}")
    return "\n".join([*lines, "  Ctrl-C stops all; the next start goes on where this one was.", ""])


def write_ready_file(path: Path, text: str) -> None:
    """Replace the file in one step, so that a reader finds it whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text + "\n", "utf-8")
    fresh.replace(path)
