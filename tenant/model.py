"""What a tenant holds, as the rest of the house sees it. Only shapes; SAP's JSON is read in entities.py.

Times are aware and UTC. Names of fields follow SAP's `$metadata` of `com.sap.hci.api`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Package:
    """An integration package. `mode` is `EDIT_ALLOWED` or `READ_ONLY` (a configure-only package)."""

    id: str
    name: str
    mode: str

    @property
    def is_configure_only(self) -> bool:
        """True when flows of the package can be neither downloaded nor changed (400), only configured."""
        return self.mode == "READ_ONLY"


@dataclass(frozen=True)
class Flow:
    """An integration flow at design time. In a package's list, `version` also says whether it is a draft.

    `modified_by` is the user who changed it last, empty where the tenant does not tell. `modified_at` is the
    tenant's clock; None where the tenant says none or writes it in a way of its own.
    """

    id: str
    name: str
    version: str
    package_id: str
    modified_at: datetime | None = None
    modified_by: str = ""

    @property
    def is_draft(self) -> bool:
        """True for `Active` (edited, not saved as a version) and `Draft` (never had a version).

        Only a package's list tells; read by its key, a flow shows its last saved version.
        """
        return self.version.casefold() in {"active", "draft"}


class _Named(StrEnum):
    """Words that SAP's pages print in different cases: they are compared without case."""

    @classmethod
    def _missing_(cls, value: object) -> _Named | None:
        return next((m for m in cls if m.value == str(value).strip().upper()), None)


class DeployStatus(_Named):
    """What `BuildAndDeployStatus` says of a deploy task (SAP pages d8934e0, 49c7336)."""

    DEPLOYING = "DEPLOYING"
    SUCCESS = "SUCCESS"
    FAIL = "FAIL"
    FAIL_ON_LICENSE_ERROR = "FAIL_ON_LICENSE_ERROR"

    @property
    def failed(self) -> bool:
        """True when the task ended without deploying."""
        return self in {DeployStatus.FAIL, DeployStatus.FAIL_ON_LICENSE_ERROR}


class RuntimeStatus(_Named):
    """The status of a deployed artifact (SAP page c14a7b1)."""

    STARTING = "STARTING"
    STARTED = "STARTED"
    ERROR = "ERROR"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"


@dataclass(frozen=True)
class RuntimeArtifact:
    """A deployed artifact. `deployed_on` is the tenant's clock, never ours."""

    id: str
    version: str
    status: RuntimeStatus
    deployed_on: datetime | None
    deployed_by: str


@dataclass(frozen=True)
class Lock:
    """A design-time lock: `created_by` edits the artifact since `created_at`."""

    resource_id: str
    artifact_id: str
    artifact_name: str
    package_id: str
    created_by: str
    created_at: datetime | None


@dataclass(frozen=True)
class UserMapping:
    """A certificate-to-user mapping (Neo): it knows the whole certificate, not its names.

    `id` is the MD5 of the DER in lower-case hex (SAP page e01d3f0), `fingerprint` its SHA-256 likewise, `pem`
    the leaf alone. `valid_until` is the tenant's own field, empty right after the mapping was made.
    """

    id: str
    user: str
    pem: str
    fingerprint: str
    not_after: datetime
    valid_until: datetime | None = None
