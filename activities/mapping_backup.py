"""Backups of all user mappings of a Neo tenant, one JSON file before each write, and the check against them after it.

All mappings are one artifact on the tenant, and a failed write could once wipe them (SAP page f4b7126). A mapping is
a user and a public certificate; nothing secret is in a file.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from tenant.model import UserMapping


@dataclass(frozen=True)
class Mapped:
    """What a mapping must still say after the write of another one."""

    id: str
    user: str
    fingerprint: str


def mapped(mappings: Iterable[UserMapping]) -> frozenset[Mapped]:
    """The mappings as they are compared."""
    return frozenset(Mapped(m.id, m.user, m.fingerprint) for m in mappings)


def write_backup(folder: Path, tenant: str, mappings: Iterable[UserMapping], now: datetime) -> Path:
    """Write all mappings into a new file of the folder, which is made if need be. Raises `OSError`.

    The file appears whole or not at all, and never in place of another one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"id": m.id, "user": m.user, "sha256": m.fingerprint, "certificate": m.pem} for m in mappings]
    file = _free(folder, f"{quote(tenant, safe='')}-{now:%Y%m%dT%H%M%S.%fZ}")
    draft = file.with_suffix(".part")
    with draft.open("w", encoding="utf-8") as stream:
        json.dump({"tenant": tenant, "at": now.isoformat(), "user_mappings": rows}, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    return draft.replace(file)


def _free(folder: Path, stem: str) -> Path:
    names = (f"{stem}.json", *(f"{stem}-{number}.json" for number in range(2, 1000)))
    return next(folder / name for name in names if not (folder / name).exists())


def read_backup(file: Path) -> frozenset[Mapped] | None:
    """The mappings of a backup, as they are compared; None where the file is not here or cannot be read."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))["user_mappings"]
        return frozenset(Mapped(row["id"], row["user"], row["sha256"]) for row in rows)
    except (OSError, ValueError, LookupError, TypeError):
        return None
