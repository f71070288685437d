"""Which files of a flow are what: the .iflw, the parameters and the manifest beside it, in a zip or anywhere else.

A package export is told from an artifact here. What the files say is read elsewhere.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from tenant.flows.archive import Archive, open_archive
from tenant.flows.errors import NoFlow, PackageExport, SeveralFlows, TooBig
from tenant.flows.limits import PARAMETERS_LIMIT, TEXT_LIMIT

RESOURCES = "src/main/resources/"
_PARAMETERS, _MANIFEST = "parameters.prop", "META-INF/MANIFEST.MF"
_FLOW_FOLDER = "scenarioflows/integrationflow/"
_FOLDED = re.compile(r"\r?\n ")


@dataclass(frozen=True)
class FlowFiles:
    """The files of a flow that say something about its channels, named by their paths with `/`.

    `parameters_name` is None where there is no parameters.prop.
    """

    iflw_name: str
    iflw_bytes: bytes
    parameters_name: str | None = None
    parameter_bytes: bytes = b""
    manifest: Mapping[str, str] = field(default_factory=dict)

    def with_contents(self, contents: Mapping[str, bytes]) -> "FlowFiles":
        """The same files with some contents replaced, by name."""
        return replace(
            self,
            iflw_bytes=contents.get(self.iflw_name, self.iflw_bytes),
            parameter_bytes=contents.get(self.parameters_name or "", self.parameter_bytes),
        )


@dataclass(frozen=True)
class Bundle:
    """An opened artifact zip and the files in it that matter."""

    archive: Archive
    files: FlowFiles


def open_bundle(zip_bytes: bytes) -> Bundle:
    """Open an artifact zip; raises an ArchiveRefused."""
    archive = open_archive(zip_bytes)
    members = {member.name: member for member in archive.members}
    return Bundle(archive, pick_files(members, lambda name: archive.content(members[name]), "The zip"))


def pick_files(names: Iterable[str], read: Callable[[str], bytes], what: str) -> FlowFiles:
    """The files of the one flow among `names`, of which only those that matter are read.

    Layouts: that of an artifact, alone or inside a wrapper folder; its resources folder; the .iflw with
    parameters.prop beside it. Raises NoFlow, SeveralFlows, PackageExport, TooBig; `what` holds the names.
    """
    known = set(names)
    if "resources.cnt" in known and any(name.endswith("_content") for name in known):
        raise PackageExport
    iflw = _only_flow(known, what)
    parameters = next(filter(known.__contains__, parameter_places(iflw)), None)
    manifest = iflw.partition(RESOURCES)[0] + _MANIFEST if RESOURCES in iflw else _MANIFEST
    return FlowFiles(
        iflw,
        _within_limit(iflw, read, TEXT_LIMIT),
        parameters,
        _within_limit(parameters, read, PARAMETERS_LIMIT) if parameters is not None else b"",
        read_manifest(_within_limit(manifest, read, PARAMETERS_LIMIT)) if manifest in known else {},
    )


def parameter_places(iflw: str) -> list[str]:
    """Where the parameters of a flow may be, the most telling place first: its resources folder, then beside it."""
    top, resources, _ = iflw.partition(RESOURCES)
    folder = iflw[: iflw.rfind("/") + 1]
    places = [top + RESOURCES + _PARAMETERS] if resources else [RESOURCES + _PARAMETERS]
    if folder.endswith(_FLOW_FOLDER):
        places.append(folder.removesuffix(_FLOW_FOLDER) + _PARAMETERS)
    return [*places, folder + _PARAMETERS]


def read_manifest(data: bytes) -> dict[str, str]:
    """The headers of a MANIFEST.MF, unfolded; of a doubled header the last counts."""
    text = _FOLDED.sub("", data.decode("utf-8", "replace"))
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _within_limit(name: str, read: Callable[[str], bytes], limit: int) -> bytes:
    data = read(name)
    if len(data) > limit:
        raise TooBig(f"{name!r}", len(data), limit)
    return data


def _only_flow(names: Iterable[str], what: str) -> str:
    flows = sorted(filter(_is_flow, names))
    if not flows:
        raise NoFlow(what)
    if len(flows) > 1:
        raise SeveralFlows(what, tuple(flows))
    return flows[0]


def _is_flow(name: str) -> bool:
    """macOS writes `__MACOSX/…/._X.iflw` beside what it zips: attributes of a file, no XML."""
    folders = name.split("/")
    return name.endswith(".iflw") and "__MACOSX" not in folders and not folders[-1].startswith("._")
