"""Facts that decisions rest on: of certificates, of the tenant. Only shapes live here, no rule."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: an error returns the certificate, a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class RootTrust(StrEnum):
    """Whether the load balancer trusts the root of a chain, as far as the operator's list tells."""

    LISTED = "listed"
    NOT_LISTED = "not listed"
    UNKNOWN = "unknown"  # the operator keeps no list


@dataclass(frozen=True)
class NamePair:
    """A subject DN and an issuer DN: what a sender channel lists, always together (SAP KBA 3538749)."""

    subject: str
    issuer: str


@dataclass(frozen=True)
class CertificateFacts:
    """One certificate as the process knows it. Times are aware and UTC.

    `names` are rendered as Java's `X500Principal.toString()` does; `fingerprint` is SHA-256 of the DER in
    lower-case hex; `pem` is the leaf alone, `chain` the PEM of the certificates above it (may be empty).
    """

    fingerprint: str
    names: NamePair
    serial: str
    not_before: datetime
    not_after: datetime
    pem: str
    chain: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing worth saying about a handed-over certificate; `ask` is what to ask the CA or sender for.

    `certificate` is the one it is about: "leaf", "chain 1" and so on upwards, "root" for a root out of the
    operator's list, else its fingerprint; empty where it is about all that was handed over.
    """

    code: str
    severity: Severity
    sentence: str
    ask: str = ""
    certificate: str = ""


@dataclass(frozen=True)
class Verdict:
    """The judgement on what was handed over. `certificate` is missing where nothing could be read.

    `needs_person`: neither yes nor no is certain, so a person decides, who should see `opinions`, full sentences.
    `roots` names the operator's list of roots that it rests on, empty where none is kept.
    """

    certificate: CertificateFacts | None
    findings: tuple[Finding, ...] = ()
    root: RootTrust = RootTrust.UNKNOWN
    needs_person: bool = False
    opinions: tuple[str, ...] = ()
    roots: str = ""

    @property
    def accepted(self) -> bool:
        """True when there is a certificate and no finding is an error."""
        return self.certificate is not None and not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that return the certificate."""
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)


class Environment(StrEnum):
    """Where a tenant runs; it decides what a user mapping is."""

    NEO = "Neo"
    CLOUD_FOUNDRY = "Cloud Foundry"


@dataclass(frozen=True)
class ChannelFacts:
    """A sender channel, authorised by certificate, that lists a pair of names.

    `names` is that pair; `rows` are all pairs that the channel lists, as they are written there (None: not told).
    `version`, `deployed_on` and `deployed_by` are of the deployed flow, by the tenant's words and clock.
    `parameterised`: the pair stands in externalised parameters of the flow.
    """

    package_id: str
    flow_id: str
    channel: str
    address: str
    names: NamePair
    rows: tuple[NamePair, ...] | None = None
    version: str = ""
    deployed_on: datetime | None = None
    deployed_by: str = ""
    parameterised: bool = False


@dataclass(frozen=True)
class RoleChannels:
    """How many sender channels of deployed flows are authorised by this role; `addresses` are the first of them."""

    role: str
    count: int
    addresses: tuple[str, ...] = ()


class MappingKind(StrEnum):
    """What ties a certificate to a user: on Neo a mapping, on Cloud Foundry a service key of an instance."""

    USER_MAPPING = "user mapping"
    SERVICE_KEY = "service key"


@dataclass(frozen=True)
class MappingFacts:
    """A certificate and as whom it may call. `id` is the tenant's key of it.

    Neo: a certificate-to-user mapping, `id` is the MD5 of the DER in lower-case hex. Cloud Foundry: a service
    key, `user` its service instance, `pinned` whether the whole certificate is compared (None: not told; false:
    only subject and issuer, SAP page 19af5e2), `roles` those of the instance (None: not told).
    """

    id: str
    user: str
    fingerprint: str
    not_after: datetime
    kind: MappingKind = MappingKind.USER_MAPPING
    names: NamePair | None = None
    pinned: bool | None = None
    roles: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Unreadable:
    """Something that could not be looked at, and why. Never the same as looked-and-fine."""

    what: str
    why: str


@dataclass(frozen=True)
class TenantFacts:
    """What the tenant holds that knows the old certificate, and what could not be looked at.

    `new_names_in` (flow ids) and `new_mapped_to` (users) tell where the new certificate was known already
    when the tenant was read; that is not ours to take back. `mappings` hold the old certificate; `others` are
    mappings of the new one, and of any other certificate with the names of one of the two. `configure_only` are
    ids of flows that can only be configured. `watched` are channels that do not list the old names, but list the
    new ones or belong to a flow that was to be watched; `not_running` are flows to be watched of which nothing runs.
    """

    read_at: datetime
    channels: tuple[ChannelFacts, ...] = ()
    mappings: tuple[MappingFacts, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    notes: tuple[str, ...] = ()
    new_names_in: tuple[str, ...] = ()
    new_mapped_to: tuple[str, ...] = ()
    environment: Environment = Environment.NEO
    others: tuple[MappingFacts, ...] = ()
    role_channels: tuple[RoleChannels, ...] = ()
    watched: tuple[ChannelFacts, ...] = ()
    not_running: tuple[str, ...] = ()
    configure_only: tuple[str, ...] = ()

    @property
    def flows(self) -> tuple[str, ...]:
        """Ids of the flows whose channels list the pair, each once, sorted."""
        return tuple(sorted({channel.flow_id for channel in self.channels}))

    def with_places_of(self, other: "TenantFacts") -> "TenantFacts":
        """These facts with the channels and mappings of another reading that they lack."""
        places, ids = {(c.flow_id, c.channel) for c in self.channels}, {m.id for m in self.mappings}
        return replace(
            self,
            channels=(*self.channels, *(c for c in other.channels if (c.flow_id, c.channel) not in places)),
            mappings=(*self.mappings, *(m for m in other.mappings if m.id not in ids)),
        )
