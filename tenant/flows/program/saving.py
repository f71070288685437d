"""Edited flows into files: complete under a name of its own first, then renamed, with the rights of the original.

Whoever looks sees the old file or the new one, never a part. What is written was proven before.
"""

import os
import shutil
import tempfile
from pathlib import Path

import click

from tenant.flows.errors import ParametersElsewhere
from tenant.flows.program.editing import EditedFlow
from tenant.flows.program.opening import OpenedFlow


def check_target(opened: OpenedFlow, target: Path | None, in_place: bool) -> None:
    """Raise UsageError where the result could not go: before anything is done."""
    if target is None:
        return
    if in_place:
        raise click.UsageError("Give either -o or --in-place, not both.")
    if target.exists() and target.samefile(opened.path):
        raise click.UsageError(f"{str(target)!r} is the flow itself: to change it, say --in-place.")
    if opened.path.is_dir():
        if target.exists():
            raise click.UsageError(f"{str(target)!r} exists: name a folder that does not, for the changed copy.")
        if target.resolve().is_relative_to(opened.path.resolve()):
            raise click.UsageError(f"{str(target)!r} lies inside the flow's own folder: name one outside.")
    elif target.is_dir():
        raise click.UsageError(f"{str(target)!r} is a folder: name a file.")


def save(edited: EditedFlow, target: Path | None) -> None:
    """Write the result to `target`, or in place where it is None; raises ParametersElsewhere, UsageError."""
    try:
        if target is None:
            _in_place(edited)
        elif edited.opened.path.is_dir():
            _copy_of_folder(edited, target)
        else:
            _to_file(edited, target)
    except OSError as error:
        raise click.UsageError(
            f"{error.filename or target} cannot be written ({error.strerror or error})."
        ) from error


def _in_place(edited: EditedFlow) -> None:
    """Parameters first: between the two renames both old and new names are then listed, or the new ones twice."""
    opened = edited.opened
    if opened.root is None:
        if edited.changes:
            _replace(opened.path.resolve(), edited.zip_bytes, like=opened.path)
        return
    for name in sorted(edited.contents, key=lambda name: name == opened.files.iflw_name):
        _replace((opened.root / name).resolve(), edited.contents[name], like=opened.root / name)


def _to_file(edited: EditedFlow, target: Path) -> None:
    opened = edited.opened
    if opened.root is None:
        _replace(target, edited.zip_bytes, like=opened.path)
        return
    beside = edited.contents.keys() - {opened.files.iflw_name}
    if beside:
        raise ParametersElsewhere(next(iter(beside)))
    content = edited.contents.get(opened.files.iflw_name, opened.files.iflw_bytes)
    _replace(target, content, like=opened.path)


def _copy_of_folder(edited: EditedFlow, target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.resolve().parent) as scratch:
        copy = Path(scratch, target.name)
        shutil.copytree(edited.opened.path, copy, symlinks=True)
        for name, content in edited.contents.items():
            (copy / name).write_bytes(content)
        copy.rename(target)


def _replace(target: Path, content: bytes, like: Path) -> None:
    mode = (target if target.exists() else like).stat().st_mode & 0o777
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.resolve().parent)
    scratch = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        scratch.chmod(mode)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)
