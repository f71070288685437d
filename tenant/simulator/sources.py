"""Where flows are found in a folder: exported zips, packages of them, unpacked artifacts, bare .iflw files.

Each becomes the zip of an artifact. Nothing is put into the tenant here.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tenant.simulator.bundle import DEFINITIONS, MANIFEST, PARAMETERS, UnreadableBundleError
from tenant.simulator.settings import DEFAULT_PACKAGE

_TIME = (2024, 1, 1, 0, 0, 0)  # the same folder gives the same bytes
_FLOW_FOLDER = "src/main/resources/scenarioflows/integrationflow/"
_CONTENT = "_content"  # how the artifacts in an exported package are called, with their resource id before it
_NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9_.-]")
_NO_DEFINITIONS = b'<?xml version="1.0" encoding="UTF-8"?><parameters></parameters>'


@dataclass(frozen=True)
class Source:
    """A flow that was found: what a report calls it, the package it belongs to, and how its zip is read.

    `read` raises OSError and UnreadableBundleError.
    """

    path: Path
    package: str
    read: Callable[[], bytes]


def find_flows(folder: Path) -> Iterator[Source]:
    """Every flow below the folder, in the order of paths; its package is the first folder below this one."""
    unpacked = [path.parents[1] for path in sorted(folder.rglob(MANIFEST))]
    for path in sorted([*unpacked, *folder.rglob("*.zip"), *folder.rglob("*.iflw")]):
        inside = any(root in path.parents for root in unpacked)
        if path in unpacked:
            yield Source(path, _package(folder, path), partial(_packed, path))
        elif path.suffix == ".zip" and not inside:
            yield from _zipped(path, _package(folder, path))
        elif path.suffix == ".iflw" and not inside:
            yield Source(path, _package(folder, path), partial(_made, path))


def _package(folder: Path, path: Path) -> str:
    parts = path.relative_to(folder).parts
    return parts[0] if len(parts) > 1 else DEFAULT_PACKAGE


def _zipped(path: Path, package: str) -> Iterator[Source]:
    """The artifact itself, or each artifact of an exported package."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(archive.namelist())
    except (zipfile.BadZipFile, OSError):
        names = []
    contents = [] if MANIFEST in names else [name for name in names if name.endswith(_CONTENT)]
    if not contents:
        yield Source(path, package, path.read_bytes)
    for name in contents:
        yield Source(path / name, path.stem if package == DEFAULT_PACKAGE else package, partial(_member, path, name))


def _member(path: Path, name: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise UnreadableBundleError("The artifact in the package cannot be read.") from error


def _packed(root: Path) -> bytes:
    """An unpacked artifact, zipped again; hidden files are somebody's tools, all but SAP's own `.project`."""
    files = {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}
    return _zip({name: path.read_bytes() for name, path in files.items() if _belongs(name)})


def _belongs(name: str) -> bool:
    return name == ".project" or not any(part.startswith(".") for part in name.split("/"))


def _made(path: Path) -> bytes:
    """A bare model with what an artifact needs besides: a manifest, and the parameters that lie next to it."""
    id = _NOT_IN_AN_ID.sub("_", path.stem)
    members = {MANIFEST: _manifest(id, path.stem), _FLOW_FOLDER + path.name: path.read_bytes()}
    parameters = path.with_name("parameters.prop")
    if parameters.is_file():
        definitions = path.with_name("parameters.propdef")
        members[PARAMETERS] = parameters.read_bytes()
        members[DEFINITIONS] = definitions.read_bytes() if definitions.is_file() else _NO_DEFINITIONS
    return _zip(members)


def _manifest(id: str, name: str) -> bytes:
    headers = {
        "Manifest-Version": "1.0",
        "Bundle-ManifestVersion": "2",
        "Bundle-Name": name,
        "Bundle-SymbolicName": f"{id}; singleton:=true",
        "Bundle-Version": "1.0.0",
        "SAP-BundleType": "IntegrationFlow",
        "SAP-RuntimeProfile": "iflmap",
    }
    return b"".join(_folded(f"{key}: {value}".encode()) for key, value in headers.items()) + b"\r\n"


def _folded(line: bytes) -> bytes:
    """At most 72 bytes with the line end; what follows begins with a blank (JAR File Specification)."""
    head, rest = line[:70], line[70:]
    return head + b"\r\n" + (_folded(b" " + rest) if rest else b"")


def _zip(members: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _TIME), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()
