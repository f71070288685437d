"""What a tenant holds, as the rest of the house sees it. Only shapes; SAP's JSON is read in entities.py.

Times are aware and UTC. Names of fields follow SAP's `$metadata` of `com.sap.hci.api`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from process.facts import MappingKind, NamePair, Unreadable


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


class KeyType(StrEnum):
    """The type of a service key that holds a certificate, in SAP's words (page ae419b6)."""

    EXTERNAL_CERTIFICATE = "certificate_external"  # the certificate was handed over, SAP has no key to it
    CERTIFICATE = "certificate"  # SAP made key and certificate


@dataclass(frozen=True)
class UserMapping:
    """A certificate and as whom it may call: a certificate-to-user mapping (Neo) or a service key (Cloud Foundry).

    `id` is on Neo the MD5 of the DER in lower-case hex (SAP page e01d3f0), on Cloud Foundry the guid of the key.
    `fingerprint` is the SHA-256 of the DER likewise, `pem` the leaf alone; `names` is missing where the certificate
    is too odd to parse. `valid_until` is Neo's own field, empty right after the mapping was made.

    Of a service key: `user` is the name of its service instance, made unique where two share one, `instance` its
    guid, `name` the key's own, `roles` those of the instance (None: not told), `pinned` whether the whole
    certificate is compared (None: no API tells).
    """

    id: str
    user: str
    pem: str
    fingerprint: str
    not_after: datetime
    valid_until: datetime | None = None
    kind: MappingKind = MappingKind.USER_MAPPING
    names: NamePair | None = None
    name: str = ""
    instance: str = ""
    key_type: KeyType | None = None
    pinned: bool | None = None
    roles: tuple[str, ...] | None = None


@dataclass(frozen=True)
class UnreadableMapping:
    """A user mapping that could not be looked at, and why; `may_hold`: a certificate that may call can be in it."""

    user: str
    name: str
    why: str
    may_hold: bool = True

    @property
    def facts(self) -> Unreadable:
        """The same for a record."""
        what = f"service key {self.name} of {self.user}" if self.name else f"service instance {self.user}"
        return Unreadable(what, self.why)


@dataclass(frozen=True)
class UserMappings:
    """All user mappings of a tenant, and those that could not be looked at. Iterating gives the mappings alone."""

    mappings: tuple[UserMapping, ...]
    unreadable: tuple[UnreadableMapping, ...] = ()

    def __iter__(self) -> Iterator[UserMapping]:
        """The mappings."""
        return iter(self.mappings)

    def __len__(self) -> int:
        """How many mappings there are."""
        return len(self.mappings)
