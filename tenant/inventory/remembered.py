"""The last inventory of each tenant as a JSON file, so that the next scan reads only what changed.

It saves time and decides nothing: a file that is missing, damaged or of another shape means a full scan.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from tenant.inventory.model import Inventory

SHAPE: Literal[1] = 1
"""Raised when the shape changes, and when flows are read otherwise: what was read before is then read again."""


@dataclass(frozen=True)
class _File:
    """What a file holds. `shape` is looked at first."""

    shape: Literal[1]
    inventory: Inventory


_FILE = TypeAdapter(_File)
_INVENTORY = TypeAdapter(Inventory)


@dataclass(frozen=True)
class Memory:
    """What is remembered of a tenant; `word` is for people, where nothing is although a file is there."""

    inventory: Inventory | None = None
    word: str = ""


def file_of(folder: Path, tenant: str) -> Path:
    """The file of a tenant: its name, with whatever a path would obey encoded."""
    return folder / f"{quote(tenant, safe=' ').replace('.', '%2E')}.json"


def recall(file: Path) -> Memory:
    """What the file holds; a file that cannot be used is told, not raised."""
    try:
        return Memory(_FILE.validate_json(file.read_bytes()).inventory)
    except FileNotFoundError:
        return Memory()
    except OSError as error:
        return Memory(word=_word(file, f"it cannot be read: {error.strerror or error}"))
    except ValidationError:
        return Memory(word=_word(file, "it is damaged, or of another version of Certrelay"))


def keep(inventory: Inventory, file: Path) -> None:
    """Write the file as a whole, for its owner alone. Raises `OSError`."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    scratch = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:  # mkstemp makes it readable for its owner alone
            stream.write(_FILE.dump_json(_File(SHAPE, inventory)))
            stream.flush()
            os.fsync(stream.fileno())
        scratch.replace(file)
    finally:
        scratch.unlink(missing_ok=True)


def plain(inventory: Inventory) -> object:
    """The inventory as plain data, for JSON; names as in `model`."""
    return _INVENTORY.dump_python(inventory, mode="json")


def _word(file: Path, why: str) -> str:
    return f"The inventory in {file} is not used ({why}): the whole tenant is read."
