"""The entity types as SAP's metadata names them: properties in order, keys, navigation. Data, no behaviour."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Scalar = str | int | bool | None
Value = Scalar | Mapping[str, Scalar]
Entity = Mapping[str, Value]


class Edm(StrEnum):
    """The types that decide how a value is written. DateTime values are epoch milliseconds."""

    STRING = "Edm.String"
    INT32 = "Edm.Int32"
    INT64 = "Edm.Int64"
    BOOLEAN = "Edm.Boolean"
    DATE_TIME = "Edm.DateTime"
    DATE_TIME_OFFSET = "Edm.DateTimeOffset"
    BINARY = "Edm.Binary"


@dataclass(frozen=True)
class ComplexType:
    """A property that is made of strings."""

    name: str
    properties: tuple[str, ...]


@dataclass(frozen=True)
class Navigation:
    """Where a navigation property leads: the name of a set, and whether to many of it, to one, or to one or none."""

    entity_set: str
    multiplicity: str = "*"


@dataclass(frozen=True)
class EntitySet:
    """One set: its name, its type, its key names, its properties, where it leads to, whether it has a stream.

    `required` are the properties, beside the keys, that are never null. `complex` types the properties that are
    not simple. A set that is not `listed` stands in the metadata only, as most sets of a tenant do.
    """

    name: str
    type_name: str
    keys: tuple[str, ...]
    properties: Mapping[str, Edm]
    navigation: Mapping[str, Navigation] = field(default_factory=dict)
    stream: bool = False
    required: frozenset[str] = frozenset()
    complex: Mapping[str, ComplexType] = field(default_factory=dict)
    listed: bool = False


@dataclass(frozen=True)
class FunctionImport:
    """A call by POST with its parameters, all strings, in the query; `returns` is None for a bare string."""

    name: str
    parameters: tuple[str, ...]
    returns: str | None = None


def _properties(names: str, **others: Edm) -> dict[str, Edm]:
    """All strings, except those named with another type."""
    return {name: others.get(name, Edm.STRING) for name in names.split()}


def _to_many(**sets: str) -> dict[str, Navigation]:
    return {name: Navigation(entity_set) for name, entity_set in sets.items()}


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
    _to_many(IntegrationDesigntimeArtifacts="IntegrationDesigntimeArtifacts"),
    stream=True,
    required=frozenset({"ShortText"}),
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
    _to_many(
        Configurations="Configurations",
        Resources="Resources",
        DesignGuidelineExecutionResults="DesignGuidelineExecutionResults",
    ),
    stream=True,
)
CONFIGURATIONS = EntitySet(
    "Configurations",
    "Configuration",
    ("ParameterKey",),
    _properties("ParameterKey ParameterValue DataType Description"),
)
RESOURCES = EntitySet(
    "Resources",
    "Resource",
    ("Name", "ResourceType"),
    _properties(
        "Name ResourceType ReferencedResourceType ResourceSize ResourceSizeUnit ResourceContent",
        ResourceSize=Edm.INT64,
        ResourceContent=Edm.BINARY,
    ),
    stream=True,
)
GUIDELINE_RESULTS = EntitySet(
    "DesignGuidelineExecutionResults",
    "DesignGuidelineExecutionResult",
    ("ExecutionId",),
    _properties("ExecutionId ArtifactVersion ExecutionStatus ExecutionTime ReportType"),
)
TASKS = EntitySet("BuildAndDeployStatus", "BuildAndDeployStatus", ("TaskId",), _properties("TaskId Status"))
RUNTIME = EntitySet(
    "IntegrationRuntimeArtifacts",
    "IntegrationRuntimeArtifact",
    ("Id",),
    _properties("Id Version Name Type DeployedBy DeployedOn Status", DeployedOn=Edm.DATE_TIME),
    {"ErrorInformation": Navigation("RuntimeArtifactErrorInformations", "0..1")},
    stream=True,
)
ERROR_INFORMATION = EntitySet(
    "RuntimeArtifactErrorInformations",
    "RuntimeArtifactErrorInformation",
    ("Id",),
    _properties("Id"),
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
    required=frozenset({"ArtifactId"}),
    listed=True,
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
    _to_many(EntryPoints="EntryPoints", ApiDefinitions="APIDefinitions"),
)
ENTRY_POINTS = EntitySet("EntryPoints", "EntryPoint", ("Url",), _properties("Name Url Type AdditionalInformation"))
API_DEFINITIONS = EntitySet("APIDefinitions", "APIDefinition", ("Url",), _properties("Url Name"))
KEYSTORE_ENTRIES = EntitySet(
    "KeystoreEntries",
    "KeystoreEntry",
    ("Hexalias",),
    _properties(
        "Hexalias Alias KeyType KeySize ValidNotBefore ValidNotAfter SerialNumber SignatureAlgorithm EllipticCurve"
        " Validity SubjectDN IssuerDN Version FingerprintSha1 FingerprintSha256 FingerprintSha512 Type Owner Status"
        " LastModifiedBy LastModifiedTime CreatedBy CreatedTime",
        KeySize=Edm.INT32,
        ValidNotBefore=Edm.DATE_TIME_OFFSET,
        ValidNotAfter=Edm.DATE_TIME_OFFSET,
        Version=Edm.INT32,
        LastModifiedTime=Edm.DATE_TIME_OFFSET,
        CreatedTime=Edm.DATE_TIME_OFFSET,
    ),
)
MESSAGE_LOGS = EntitySet(
    "MessageProcessingLogs",
    "MessageProcessingLog",
    ("MessageGuid",),
    _properties(
        "MessageGuid CorrelationId ApplicationMessageId ApplicationMessageType PredecessorMessageGuid LogStart LogEnd"
        " LastChangeTime Sender Receiver IntegrationFlowName IntegrationArtifact Status CustomStatus LogLevel"
        " AlternateWebLink TransactionId PreviousComponentName LocalComponentName OriginComponentName",
        LogStart=Edm.DATE_TIME,
        LogEnd=Edm.DATE_TIME,
        LastChangeTime=Edm.DATE_TIME,
    ),
    _to_many(
        CustomHeaderProperties="MessageProcessingLogCustomHeaderProperties",
        AdapterAttributes="MessageProcessingLogAdapterAttributes",
    ),
    complex={
        "IntegrationArtifact": ComplexType("IntegrationArtifact", ("Id", "Name", "Type", "PackageId", "PackageName"))
    },
    listed=True,
)
CUSTOM_HEADERS = EntitySet(
    "MessageProcessingLogCustomHeaderProperties",
    "MessageProcessingLogCustomHeaderProperty",
    ("Id",),
    _properties("Id Name Value"),
    {"Log": Navigation("MessageProcessingLogs", "1")},
    listed=True,
)
ADAPTER_ATTRIBUTES = EntitySet(
    "MessageProcessingLogAdapterAttributes",
    "MessageProcessingLogAdapterAttribute",
    ("Id",),
    _properties("Id AdapterId AdapterMessageId Name Value"),
    listed=True,
)
LOG_FILES = EntitySet(
    "LogFiles",
    "LogFile",
    ("Name", "Application"),
    _properties(
        "Name Application LastModified ContentType LogFileType NodeScope Size",
        LastModified=Edm.DATE_TIME,
        Size=Edm.INT64,
    ),
    stream=True,
    listed=True,
)
LOG_ARCHIVES = EntitySet(
    "LogFileArchives",
    "LogFileArchive",
    ("Scope", "LogFileType", "NodeScope"),
    _properties("Scope LogFileType NodeScope ContentType"),
    stream=True,
    listed=True,
)

ENTITY_SETS = (
    PACKAGES,
    FLOWS,
    CONFIGURATIONS,
    RESOURCES,
    GUIDELINE_RESULTS,
    TASKS,
    RUNTIME,
    ERROR_INFORMATION,
    LOCKS,
    MAPPINGS,
    ENDPOINTS,
    ENTRY_POINTS,
    API_DEFINITIONS,
    KEYSTORE_ENTRIES,
    MESSAGE_LOGS,
    CUSTOM_HEADERS,
    ADAPTER_ATTRIBUTES,
    LOG_FILES,
    LOG_ARCHIVES,
)
FUNCTION_IMPORTS = (
    FunctionImport("DeployIntegrationDesigntimeArtifact", ("Id", "Version")),
    FunctionImport("ValidateIntegrationDesigntimeArtifact", ("Id", "Version")),
    FunctionImport("IntegrationDesigntimeArtifactSaveAsVersion", ("Id", "SaveAsVersion"), FLOWS.name),
)
NEO_ONLY = frozenset({MAPPINGS.name})
"""Sets that a Cloud Foundry tenant has neither in its metadata nor behind an address."""


def served(profile: str) -> Iterable[EntitySet]:
    """The sets of a tenant in that environment ("neo" or another)."""
    return [entities for entities in ENTITY_SETS if profile == "neo" or entities.name not in NEO_ONLY]
