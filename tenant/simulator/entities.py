"""The entity types as SAP's metadata names them: properties in order, keys, navigation. Data, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Value = str | int | bool | None
Entity = Mapping[str, Value]


class Edm(StrEnum):
    """The types that decide how a value is written. DateTime values are epoch milliseconds."""

    STRING = "Edm.String"
    INT64 = "Edm.Int64"
    BOOLEAN = "Edm.Boolean"
    DATE_TIME = "Edm.DateTime"
    BINARY = "Edm.Binary"


@dataclass(frozen=True)
class EntitySet:
    """One set: its name, its type, its key names, its properties, where it leads to, whether it has a stream."""

    name: str
    type_name: str
    keys: tuple[str, ...]
    properties: Mapping[str, Edm]
    navigation: tuple[str, ...] = ()
    stream: bool = False


def _properties(names: str, **others: Edm) -> dict[str, Edm]:
    """All strings, except those named with another type."""
    return {name: others.get(name, Edm.STRING) for name in names.split()}


PACKAGES = EntitySet(
    "IntegrationPackages",
    "IntegrationPackage",
    ("Id",),
    _properties(
        "Id Name ResourceId Description ShortText Version Vendor PartnerContent UpdateAvailable Mode"
        " SupportedPlatform ModifiedBy CreationDate ModifiedDate CreatedBy Products Keywords Countries"
        " Industries LineOfBusiness PackageContent",
        PartnerContent=Edm.BOOLEAN,
        UpdateAvailable=Edm.BOOLEAN,
        PackageContent=Edm.BINARY,
    ),
    ("IntegrationDesigntimeArtifacts",),
    stream=True,
)
FLOWS = EntitySet(
    "IntegrationDesigntimeArtifacts",
    "IntegrationDesigntimeArtifact",
    ("Id", "Version"),
    _properties(
        "Id Version PackageId Name Description Sender Receiver CreatedBy CreatedAt ModifiedBy ModifiedAt"
        " ArtifactContent Comment",
        ArtifactContent=Edm.BINARY,
    ),
    ("Configurations", "Resources", "DesignGuidelineExecutionResults"),
    stream=True,
)
CONFIGURATIONS = EntitySet(
    "Configurations",
    "Configuration",
    ("ParameterKey",),
    _properties("ParameterKey ParameterValue DataType Description"),
)
TASKS = EntitySet("BuildAndDeployStatus", "BuildAndDeployStatus", ("TaskId",), _properties("TaskId Status"))
RUNTIME = EntitySet(
    "IntegrationRuntimeArtifacts",
    "IntegrationRuntimeArtifact",
    ("Id",),
    _properties("Id Version Name Type DeployedBy DeployedOn Status", DeployedOn=Edm.DATE_TIME),
    ("ErrorInformation",),
    stream=True,
)
LOCKS = EntitySet(
    "IntegrationDesigntimeLocks",
    "IntegrationDesigntimeLock",
    ("ResourceId",),
    _properties(
        "ResourceId ArtifactId ArtifactName ArtifactType PackageId PackageName CreatedAt CreatedBy",
        CreatedAt=Edm.DATE_TIME,
    ),
)
MAPPINGS = EntitySet(
    "CertificateUserMappings",
    "CertificateUserMapping",
    ("Id",),
    _properties(
        "Id User Certificate LastModifiedBy LastModifiedTime CreatedBy CreatedTime ValidUntil",
        Certificate=Edm.BINARY,
        LastModifiedTime=Edm.DATE_TIME,
        CreatedTime=Edm.DATE_TIME,
        ValidUntil=Edm.INT64,
    ),
)
ENDPOINTS = EntitySet(
    "ServiceEndpoints",
    "ServiceEndpoint",
    ("Id",),
    _properties("Name Id Title Version Summary Description LastUpdated Protocol", LastUpdated=Edm.DATE_TIME),
    ("EntryPoints", "ApiDefinitions"),
)
ENTRY_POINTS = EntitySet("EntryPoints", "EntryPoint", ("Url",), _properties("Name Url Type AdditionalInformation"))

ENTITY_SETS = (
    PACKAGES,
    FLOWS,
    CONFIGURATIONS,
    TASKS,
    RUNTIME,
    LOCKS,
    MAPPINGS,
    ENDPOINTS,
    ENTRY_POINTS,
)
