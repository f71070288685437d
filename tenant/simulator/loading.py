"""Fills the tenant from a folder of flows. What is already there is never changed."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from tenant.simulator.bundle import Bundle, Manifest, UnreadableBundleError
from tenant.simulator.deployments import insert_running
from tenant.simulator.flows import NewFlow, find_flow, insert_flow
from tenant.simulator.packages import READ_ONLY, NewPackage, insert_package, set_mode
from tenant.simulator.settings import DEFAULT_PACKAGE, SimulatorSettings
from tenant.simulator.sources import Source, find_flows
from tenant.simulator.state import State


@dataclass
class LoadReport:
    """Ids of flows that were added and that were there before; files that are no flow, with the reason."""

    added: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    skipped: list[tuple[Path, str]] = field(default_factory=list)


def load_at_start(state: State, settings: SimulatorSettings, now: int) -> LoadReport:
    """Read `settings.load`, if set, and make `settings.configure_only` so; all of it is one transaction."""
    report = LoadReport()
    with state.transaction():
        if settings.load:
            report = load_folder(state, settings, settings.load, deploy=settings.deploy_loaded, now=now)
        for package_id in settings.configure_only:
            set_mode(state, package_id, READ_ONLY)
    return report


def load_folder(state: State, settings: SimulatorSettings, folder: Path, *, deploy: bool, now: int) -> LoadReport:
    """Put every flow below the folder into the tenant, running where `deploy` says so; inside a transaction."""
    loader = _Loader(state, settings.user, deploy, now)
    for source in find_flows(folder):
        loader.load(source)
    return loader.report


def package_named(state: State, name: str, user: str, now: int) -> str:
    """The Id of the package of that name, made if needed; package Ids hold letters and digits only."""
    package_id = re.sub(r"[^A-Za-z0-9]", "", name) or DEFAULT_PACKAGE
    if not state.row("SELECT 1 FROM packages WHERE id = ?", package_id):
        insert_package(state, NewPackage(package_id, name, short_text=name), user, now)
    return package_id


@dataclass
class _Loader:
    state: State
    user: str
    deploy: bool
    now: int
    report: LoadReport = field(default_factory=LoadReport)

    def load(self, source: Source) -> None:
        """One flow: added, present already, or skipped with its reason."""
        try:
            content = source.read()
            self._add(content, _manifest(content), source.package)
        except UnreadableBundleError as error:
            self.report.skipped.append((source.path, error.why))
        except OSError as error:
            self.report.skipped.append((source.path, error.strerror or "The file cannot be read."))

    def _add(self, content: bytes, manifest: Manifest, package: str) -> None:
        if self.state.row("SELECT 1 FROM flows WHERE id = ?", manifest.symbolic_name):
            self.report.present.append(manifest.symbolic_name)
            return
        package_id = package_named(self.state, package, self.user, self.now)
        flow = NewFlow(manifest.symbolic_name, package_id, manifest.name, manifest.version, content, manifest)
        insert_flow(self.state, flow, self.user, self.now)
        if self.deploy:
            insert_running(self.state, find_flow(self.state, flow.id, "active"), self.user, self.now)
        self.report.added.append(flow.id)


def _manifest(content: bytes) -> Manifest:
    """The manifest of a flow that can run; raises UnreadableBundleError with the reason why it cannot."""
    bundle = Bundle(content)
    manifest = bundle.manifest
    if manifest.bundle_type not in ("", "IntegrationFlow"):
        raise UnreadableBundleError(f"The zip holds a {manifest.bundle_type}, not an integration flow.")
    fault = bundle.fault()
    if fault:
        raise UnreadableBundleError(fault)
    return manifest
