"""Which roles a call needs: on Neo the roles of SAP page 556d557, on Cloud Foundry the templates of page fda781c.

The table is data; what the technical user has comes from the settings, or from a control call since.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass

from starlette.responses import Response

from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State

_READING = frozenset({"GET", "HEAD"})
_WORKSPACE = ("WebToolingWorkspace.Read", "WebToolingWorkspace.Write")
_MONITOR = ("IntegrationOperationServer.read", "NodeManager.read")


@dataclass(frozen=True)
class CallGroup:
    """Calls that need the same: all of the `neo` roles, or one of the `templates`; none at all is free to call.

    `sets` is a pattern for the whole shape of the path.
    """

    name: str
    reading: bool
    sets: str
    neo: tuple[str, ...]
    templates: tuple[str, ...]

    def holds(self, method: str, shape: str) -> bool:
        """Whether a call belongs to this group."""
        return self.reading == (method in _READING) and re.fullmatch(self.sets, shape) is not None

    def allows(self, profile: str, roles: Collection[str]) -> bool:
        """Whether these roles are enough."""
        if profile == "neo":
            return set(self.neo) <= set(roles)
        return not self.templates or not set(self.templates).isdisjoint(roles)


_DESIGN = r"(IntegrationPackages|IntegrationDesigntimeArtifact|Validate).*"
_MONITORED = (
    r"(IntegrationRuntimeArtifacts|MessageProcessingLog|Keystore|CertificateUserMappings|ServiceEndpoints|EntryPoints"
    r"|ApiDefinitions|RuntimeArtifactErrorInformation).*"
)
CALL_GROUPS = (
    CallGroup(
        "read packages and flows", True, _DESIGN,
        ("WebToolingWorkspace.Read",), ("WorkspacePackagesRead", "WorkspacePackagesEdit"),
    ),
    CallGroup(
        "configure flows", False, r"IntegrationDesigntimeArtifacts\(\)/\$links/Configurations.*",
        (*_WORKSPACE, "WebTooling.IntegrationFlowConfigure"), ("WorkspacePackagesConfigure",),
    ),
    CallGroup("change packages and flows", False, _DESIGN, _WORKSPACE, ("WorkspacePackagesEdit",)),
    CallGroup(
        "deploy and undeploy", False, r"(DeployIntegrationDesigntimeArtifact|IntegrationRuntimeArtifacts).*",
        (
            "WebToolingWorkspace.Read", "NodeManager.read", "GenerationAndBuild.generationandbuildcontent",
            "NodeManager.deploycontent", "WebToolingWorkspace.RuntimeConfigure",
        ),
        ("WorkspaceArtifactsDeploy",),
    ),
    CallGroup(
        "read locks", True, r"IntegrationDesigntimeLocks.*",
        ("WorkspaceArtifactLocks.Read",), ("WorkspaceArtifactLocksRead",),
    ),
    CallGroup(
        "release locks", False, r"IntegrationDesigntimeLocks.*",
        ("WorkspaceArtifactLocks.Delete",), ("WorkspaceArtifactLocksDelete",),
    ),
    CallGroup("monitor", True, _MONITORED, _MONITOR, ("MonitoringDataRead",)),
    CallGroup(
        "change security content", False, r"(Keystore|CertificateUserMappings|CertificateResources).*",
        (*_MONITOR, "NodeManager.deploysecuritycontent"), ("SecurityMaterialEdit",),
    ),
    CallGroup("read log files", True, r"LogFile.*", ("IntegrationOperationServer.read", "AuditLog.Read"), ()),
)  # fmt: skip
"""The first group that holds a call decides. Calls in no group, as the service root, need no role."""

_TOLD_AS_NULL = ("IntegrationDesigntimeLocks", "AuditLogs", "CustomTagConfigurations")


def every_role(settings: SimulatorSettings) -> tuple[str, ...]:
    """All roles that the table names for the environment."""
    neo = settings.profile == "neo"
    return tuple(sorted({role for group in CALL_GROUPS for role in (group.neo if neo else group.templates)}))


def granted_roles(state: State, settings: SimulatorSettings) -> tuple[str, ...]:
    """What the technical user has now; a token keeps what it had when the token was issued."""
    row = state.row("SELECT roles FROM granted_roles")
    return tuple(json.loads(row["roles"])) if row else settings.roles or every_role(settings)


def grant_roles(state: State, roles: Collection[str] | None) -> None:
    """Give the technical user these roles and no others; None goes back to the settings."""
    state.change("DELETE FROM granted_roles")
    if roles is not None:
        state.insert("granted_roles", roles=json.dumps(sorted(roles)))


def forbidden(profile: str, roles: Collection[str], method: str, shape: str) -> Response | None:
    """None where the roles are enough; else 403 without a body, or for some sets with a message of null.

    Both were seen on Cloud Foundry tenants.
    """
    group = next((group for group in CALL_GROUPS if group.holds(method, shape)), None)
    if group is None or group.allows(profile, roles):
        return None
    if shape.startswith(_TOLD_AS_NULL):
        error = {"error": {"code": "Forbidden", "message": {"lang": "en", "value": None}}}
        return Response(json.dumps(error), 403, media_type="application/json")
    return Response(status_code=403)
