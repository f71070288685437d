"""Fills the tenant from a folder of exported flow zips. What is already there is never changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tenant.simulator.bundle import Bundle, Manifest, UnreadableBundleError
from tenant.simulator.deployments import insert_running
from tenant.simulator.flows import NewFlow, find_flow, insert_flow
from tenant.simulator.packages import READ_ONLY, NewPackage, insert_package, set_mode
from tenant.simulator.settings import DEFAULT_PACKAGE, SimulatorSettings
from tenant.simulator.state import State


@dataclass
class LoadReport:
    """Ids of flows that were added and that were there before; files that are no flow, with the reason."""

    added: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    skipped: list[tuple[Path, str]] = field(default_factory=list)


def load_folder(state: State, settings: SimulatorSettings, now: int) -> LoadReport:
    """Read `settings.load`, if set, and make `settings.configure_only` so; all of it is one transaction."""
    loader = _Loader(state, settings, now)
    with state.transaction():
        for path, package in _zips(settings.load) if settings.load else ():
            loader.load(path, package)
        for package_id in settings.configure_only:
            set_mode(state, package_id, READ_ONLY)
    return loader.report


def _zips(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each zip with the name of its package: the first folder below the loaded one."""
    for path in sorted(folder.rglob("*.zip")):
        parts = path.relative_to(folder).parts
        yield path, parts[0] if len(parts) > 1 else DEFAULT_PACKAGE


@dataclass
class _Loader:
    state: State
    settings: SimulatorSettings
    now: int
    report: LoadReport = field(default_factory=LoadReport)

    def load(self, path: Path, package: str) -> None:
        """One file: added, present already, or skipped with its reason."""
        try:
            content = path.read_bytes()
            self._add(content, _manifest(content), package)
        except UnreadableBundleError as error:
            self.report.skipped.append((path, error.why))
        except OSError as error:
            self.report.skipped.append((path, error.strerror or "The file cannot be read."))

    def _add(self, content: bytes, manifest: Manifest, package: str) -> None:
        if self.state.row("SELECT 1 FROM flows WHERE id = ?", manifest.symbolic_name):
            self.report.present.append(manifest.symbolic_name)
            return
        package_id = self._package(package)
        flow = NewFlow(manifest.symbolic_name, package_id, manifest.name, manifest.version, content, manifest)
        insert_flow(self.state, flow, self.settings.user, self.now)
        if self.settings.deploy_loaded:
            insert_running(self.state, find_flow(self.state, flow.id, "active"), self.settings.user, self.now)
        self.report.added.append(flow.id)

    def _package(self, name: str) -> str:
        """The package of that name, made if needed; package Ids hold letters and digits only."""
        package_id = re.sub(r"[^A-Za-z0-9]", "", name) or DEFAULT_PACKAGE
        if not self.state.row("SELECT 1 FROM packages WHERE id = ?", package_id):
            insert_package(self.state, NewPackage(package_id, name, short_text=name), self.settings.user, self.now)
        return package_id


def _manifest(content: bytes) -> Manifest:
    manifest = Bundle(content).manifest
    if manifest.bundle_type not in ("", "IntegrationFlow"):
        raise UnreadableBundleError(f"The zip holds a {manifest.bundle_type}, not an integration flow.")
    return manifest
