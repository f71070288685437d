"""What the technical user needs a right for, what stops without it, and which role to ask for. A table.

From SAP page fda781c (Cloud Foundry) and its twin 556d557 (Neo); what is on neither was seen on tenants.
"""

from dataclasses import dataclass
from enum import StrEnum

from process.facts import Environment


class Call(StrEnum):
    """A group of calls that one right opens."""

    PACKAGES = "packages"
    FLOWS = "flows"
    DOWNLOAD = "download"
    CONFIGURATIONS = "configurations"
    RUNTIME = "runtime"
    LOCKS = "locks"
    MAPPINGS = "mappings"
    MESSAGES = "messages"
    ENDPOINTS = "endpoints"
    EDIT = "edit"
    CONFIGURE = "configure"
    DEPLOY = "deploy"
    MAP = "map"


@dataclass(frozen=True)
class Right:
    """One group: `what` is read or done, `stops` what does not work without it, and the roles on each side.

    `writes` groups cannot be tried without changing the tenant. `Space Developer` is a role in the space of the
    service instances (SAP page 6e5db60), not one of the tenant's own.
    """

    call: Call
    what: str
    stops: str
    neo: tuple[str, ...]
    cloud_foundry: tuple[str, ...]
    writes: bool = False

    def roles(self, environment: Environment | None) -> tuple[str, ...]:
        """The roles to ask for; of both sides where the environment is not known."""
        if environment is Environment.NEO:
            return self.neo
        return self.cloud_foundry if environment else (*self.neo, *self.cloud_foundry)


_READ = ("WebToolingWorkspace.Read",)
_WRITE = (*_READ, "WebToolingWorkspace.Write")
_MONITOR = ("IntegrationOperationServer.read", "NodeManager.read")
_NOTHING_FOUND = "no flow can be looked at: neither a scan nor a renewal finds what lists a certificate"

RIGHTS = (
    Right(Call.PACKAGES, "list packages", _NOTHING_FOUND, _READ, ("WorkspacePackagesRead",)),
    Right(Call.FLOWS, "list the flows of a package", _NOTHING_FOUND, _READ, ("WorkspacePackagesRead",)),
    Right(
        Call.DOWNLOAD,
        "download a flow",
        "the names that channels list are not seen, and no flow can be edited",
        _READ,
        ("WorkspacePackagesRead",),
    ),
    Right(
        Call.CONFIGURATIONS,
        "read the parameters of a flow",
        "flows of configure-only packages show nothing at all",
        _READ,
        ("WorkspacePackagesRead",),
    ),
    Right(
        Call.RUNTIME,
        "list what is deployed",
        "nobody can tell what runs: no deploy can be proved",
        _MONITOR,
        ("MonitoringDataRead",),
    ),
    Right(
        Call.LOCKS,
        "list design-time locks",
        "a locked flow is refused without the name of the person who holds it",
        ("WorkspaceArtifactLocks.Read",),
        ("WorkspaceArtifactLocksRead",),
    ),
    Right(
        Call.MAPPINGS,
        "list user mappings or service keys",
        "what holds a certificate is not seen: steps 4b and 9b cannot be planned",
        _MONITOR,
        ("Space Developer",),
    ),
    Right(
        Call.MESSAGES,
        "read message processing logs",
        "whether messages still arrive after the switch cannot be shown",
        _MONITOR,
        ("MonitoringDataRead",),
    ),
    Right(
        Call.ENDPOINTS,
        "list service endpoints",
        "the addresses at which senders call are not seen",
        _MONITOR,
        ("MonitoringDataRead",),
    ),
    Right(
        Call.EDIT,
        "save flows and versions",
        "steps 4a and 10 must be done by hand",
        _WRITE,
        ("WorkspacePackagesEdit",),
        writes=True,
    ),
    Right(
        Call.CONFIGURE,
        "set parameters of flows",
        "names in parameters of configure-only packages must be changed by hand",
        (*_WRITE, "WebTooling.IntegrationFlowConfigure"),
        ("WorkspacePackagesConfigure",),
        writes=True,
    ),
    Right(
        Call.DEPLOY,
        "deploy flows",
        "steps 4a and 10 must be done by hand",
        (
            *_READ,
            "NodeManager.read",
            "GenerationAndBuild.generationandbuildcontent",
            "NodeManager.deploycontent",
            "WebToolingWorkspace.RuntimeConfigure",
        ),
        ("WorkspaceArtifactsDeploy",),
        writes=True,
    ),
    Right(
        Call.MAP,
        "add and remove user mappings or service keys",
        "steps 4b and 9b must be done by hand",
        (*_MONITOR, "NodeManager.deploysecuritycontent"),
        ("Space Developer",),
        writes=True,
    ),
)
"""In the order in which they are tried."""
