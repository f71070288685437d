"""Flows out of files: an artifact zip, a bare .iflw with what lies around it, or an unpacked folder. Reading only.

Sizes are looked at before anything is read; links inside a folder are not followed.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from tenant.flows.archive import open_archive
from tenant.flows.bundle import RESOURCES, FlowFiles, open_bundle, parameter_places, pick_files
from tenant.flows.errors import TooBig
from tenant.flows.limits import MEMBER_LIMIT, TEXT_LIMIT, ZIP_LIMIT

_INSIDE = (RESOURCES + "scenarioflows/integrationflow", "scenarioflows/integrationflow")
_NOT_OF_THE_FLOW = frozenset({".git"})


@dataclass(frozen=True)
class OpenedFlow:
    """A flow as it was handed over. `root` is the folder that the names in `files` start from, None for a zip."""

    path: Path
    files: FlowFiles
    root: Path | None = None
    zip_bytes: bytes = b""


def open_flow(path: Path) -> OpenedFlow:
    """Open whatever `path` is; raises a FlowRefused, or UsageError where it cannot be read at all."""
    try:
        if path.is_dir():
            return OpenedFlow(path, _folder(path), path)
        if not path.is_file():
            raise click.UsageError(f"{str(path)!r} is neither a file nor a folder.")
        return _file(path)
    except OSError as error:
        raise click.UsageError(f"{str(path)!r} cannot be read ({error.strerror or error}).") from error


def other_members(before: OpenedFlow, after: OpenedFlow) -> list[str] | None:
    """The members that differ between two zips, without the .iflw and the parameters; None where one is no zip."""
    if before.root is not None or after.root is not None:
        return None
    old, new = _sums(before), _sums(after)
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _sums(opened: OpenedFlow) -> dict[str, tuple[int, int]]:
    """Size and checksum of each member; those of the shown files were compared already."""
    shown = {opened.files.iflw_name, opened.files.parameters_name}
    members = open_archive(opened.zip_bytes).members
    return {member.name: (member.size, member.crc) for member in members if member.name not in shown}


def _file(path: Path) -> OpenedFlow:
    with path.open("rb") as stream:
        head = stream.read(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    if path.suffix == ".iflw" or head.startswith(b"<"):
        return _bare(path)
    raw = _read(path, ZIP_LIMIT, "The zip file")
    return OpenedFlow(path, open_bundle(raw).files, zip_bytes=raw)


def _bare(path: Path) -> OpenedFlow:
    """Its parameters and manifest are looked for where they lie in an unpacked artifact, and beside it."""
    whole = path.resolve()
    depth = next((len(Path(inside).parts) for inside in _INSIDE if whole.parent.as_posix().endswith("/" + inside)), 0)
    root = whole.parents[depth]
    name = whole.relative_to(root).as_posix()
    around = {place for place in [*parameter_places(name), "META-INF/MANIFEST.MF"] if (root / place).is_file()}

    def read(wanted: str) -> bytes:
        return _read(root / wanted, TEXT_LIMIT, f"{wanted!r}")

    if whole.suffix == ".iflw":
        return OpenedFlow(path, pick_files({name, *around}, read, "The file"), root)
    return OpenedFlow(path, FlowFiles(name, read(name)), root)


def _folder(root: Path) -> FlowFiles:
    names = []
    for name in _names(root):
        names.append(name)
        if len(names) > MEMBER_LIMIT:
            raise TooBig("The list of files in the folder", len(names), MEMBER_LIMIT)
    return pick_files(names, lambda name: _read(root / name, TEXT_LIMIT, f"{name!r}"), "The folder")


def _names(root: Path) -> Iterator[str]:
    for folder, below, files in os.walk(root):
        below[:] = sorted(set(below) - _NOT_OF_THE_FLOW)
        for file in sorted(files):
            path = Path(folder, file)
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(root).as_posix()


def _read(path: Path, limit: int, what: str) -> bytes:
    """At most `limit` bytes, also of a file that grows meanwhile."""
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        data = stream.read(limit + 1) if size <= limit else b""
    if max(size, len(data)) > limit:
        raise TooBig(what, max(size, len(data)), limit)
    return data
