"""Which members of an artifact zip are what: the .iflw, the parameters and the manifest beside it.

A package export is told from an artifact here. What the members say is read elsewhere.
"""

import re
from dataclasses import dataclass

from tenant.flows.archive import Archive, Member, open_archive
from tenant.flows.errors import NoFlow, PackageExport, SeveralFlows

_RESOURCES = "src/main/resources/"
_FOLDED = re.compile(r"\r?\n ")


@dataclass(frozen=True)
class Bundle:
    """An opened artifact zip. `iflw_bytes` is the .iflw unpacked; the others may be missing."""

    archive: Archive
    iflw: Member
    iflw_bytes: bytes
    parameters: Member | None
    parameter_bytes: bytes
    manifest: dict[str, str]


def open_bundle(zip_bytes: bytes) -> Bundle:
    """Open an artifact zip; raises an ArchiveRefused."""
    archive = open_archive(zip_bytes)
    names = {member.name for member in archive.members}
    if "resources.cnt" in names and any(name.endswith("_content") for name in names):
        raise PackageExport
    iflw = _only_flow(archive)
    top = iflw.name.partition(_RESOURCES)[0] if _RESOURCES in iflw.name else ""
    parameters = _member(archive, top + _RESOURCES + "parameters.prop")
    manifest = _member(archive, top + "META-INF/MANIFEST.MF")
    return Bundle(
        archive,
        iflw,
        archive.content(iflw),
        parameters,
        archive.content(parameters) if parameters else b"",
        read_manifest(archive.content(manifest)) if manifest else {},
    )


def read_manifest(data: bytes) -> dict[str, str]:
    """The headers of a MANIFEST.MF, unfolded; of a doubled header the last counts."""
    text = _FOLDED.sub("", data.decode("utf-8", "replace"))
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _only_flow(archive: Archive) -> Member:
    flows = [member for member in archive.members if _is_flow(member.name)]
    if not flows:
        raise NoFlow
    if len(flows) > 1:
        raise SeveralFlows(tuple(flow.name for flow in flows))
    return flows[0]


def _is_flow(name: str) -> bool:
    """macOS writes `__MACOSX/…/._X.iflw` beside what it zips: attributes of a file, no XML."""
    folders = name.split("/")
    return name.endswith(".iflw") and "__MACOSX" not in folders and not folders[-1].startswith("._")


def _member(archive: Archive, name: str) -> Member | None:
    return next((member for member in archive.members if member.name == name), None)
