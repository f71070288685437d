"""An inventory: what a tenant held at one time. Only shapes, and they are the documented JSON, too.

Names of fields are those in the JSON of `certrelay tenant scan --json` and of the files of `remembered`. Times are
aware and UTC, by the tenant's clock but for `read_at`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from process.facts import Environment
from tenant.flows import CLIENT_CERTIFICATE, ROLE_BASED, Channel, LegacyRow
from tenant.lists import Configuration, ServiceEndpoint
from tenant.model import Package, UserMapping


class Cause(StrEnum):
    """Why something could not be looked at."""

    CONFIGURE_ONLY = "configure-only"
    """The flow is in a configure-only package: its zip is refused, its parameters alone can be read."""
    HIDDEN = "hidden"
    """Something runs that no package lists: an access policy hides it, or it was deleted in the design time."""
    DRAFT = "draft"
    """What runs is hidden behind changes that were not saved as a version."""
    OTHER_VERSION = "other version"
    """Another version runs than the one that can be read."""
    CHANGED_SINCE = "changed since the deploy"
    """The version that runs was changed after it was deployed."""
    FILE = "unreadable file"
    """The zip, or the flow in it, cannot be read."""
    MAPPING = "unreadable mapping"
    """A user mapping or service key does not show its certificate."""
    RIGHTS = "rights"
    """The technical user may not."""
    REFUSED = "refused"
    """The tenant said no, did not find it, or gave an answer that cannot be understood."""


@dataclass(frozen=True)
class Gap:
    """One thing that could not be looked at: what it is, why, and the flow or artifact that it is about, if one."""

    cause: Cause
    what: str
    why: str
    flow: str = ""


@dataclass(frozen=True)
class Deployment:
    """What runs of a flow. `status` is SAP's word; only STARTED answers messages."""

    version: str
    status: str
    deployed_on: datetime | None = None
    deployed_by: str = ""


@dataclass(frozen=True)
class FlowRecord:
    """A flow at design time, and what runs of it.

    `version` is as the package lists it: a draft shows `Active` or `Draft`. `read` says whether `channels`,
    `legacy` and `notes` come from its zip; where it is false they are empty, which says nothing. `configured` are,
    of a configure-only flow, the externalised parameters that state an authorisation or hold a name.
    """

    id: str
    name: str
    package_id: str
    version: str
    draft: bool
    modified_at: datetime | None = None
    modified_by: str = ""
    deployed: Deployment | None = None
    read: bool = False
    channels: tuple[Channel, ...] = ()
    legacy: tuple[LegacyRow, ...] = ()
    notes: tuple[str, ...] = ()
    configured: tuple[Configuration, ...] = ()


@dataclass(frozen=True)
class Inventory:
    """All of a tenant at `read_at` (our clock). `gaps` is what could not be looked at; empty means all was seen.

    `environment` is what the settings say; `mappings` are certificate-to-user mappings on Neo, service keys on Cloud
    Foundry. `reused` counts the flows that were taken from an earlier inventory, for nothing in them had changed.
    """

    tenant: str
    url: str
    read_at: datetime
    environment: Environment = Environment.NEO
    packages: tuple[Package, ...] = ()
    flows: tuple[FlowRecord, ...] = ()
    mappings: tuple[UserMapping, ...] = ()
    endpoints: tuple[ServiceEndpoint, ...] = ()
    gaps: tuple[Gap, ...] = ()
    reused: int = field(default=0, compare=False)

    @property
    def channels(self) -> Iterator[tuple[FlowRecord, Channel]]:
        """Every sender channel that was read, with its flow."""
        return ((flow, channel) for flow in self.flows for channel in flow.channels)


def by_certificate(channel: Channel) -> bool:
    """True when the channel authorises by the names of the certificate."""
    return channel.authorization == CLIENT_CERTIFICATE


def by_role(channel: Channel) -> bool:
    """True when the channel authorises by a role of the user behind the certificate."""
    return channel.authorization == ROLE_BASED
