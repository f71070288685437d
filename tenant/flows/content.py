"""What a flow says about its sender channels, and what an edit changed. Shapes only, no rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CLIENT_CERTIFICATE = "ClientCertificate"
"""The effective authorisation that makes a channel look at its DN table, as SAP spells it (no blank)."""

ROLE_BASED = "RoleBased"
"""The effective authorisation by user role, as SAP spells it."""


@dataclass(frozen=True)
class Row:
    """A row of a channel's DN table with its effective names; `…_from` is the parameter that gave one."""

    subject: str
    issuer: str
    subject_from: str | None = None
    issuer_from: str | None = None


@dataclass(frozen=True)
class Channel:
    """A sender channel. All values are effective: parameters are resolved.

    `authorization` is `ClientCertificate`, `RoleBased`, another value as it stands there, or empty where
    the channel states none; `authorization_from` is the parameter that decides. A row with two empty cells
    is an unfilled line of the UI and no row here. `table_from` names the parameter that is the whole table.
    """

    id: str
    name: str
    adapter: str
    protocol: str
    address: str
    authorization: str
    role: str
    rows: tuple[Row, ...] = ()
    authorization_from: str | None = None
    table_from: str | None = None


@dataclass(frozen=True)
class LegacyRow:
    """A pair on a sending participant, in its properties `subject<number>` and `issuer<number>`."""

    participant: str
    number: str
    row: Row


@dataclass(frozen=True)
class FlowContent:
    """An integration flow as far as renewals need it; `notes` are full sentences for people.

    `symbolic_name` and `version` are those of MANIFEST.MF, empty where it does not tell. `channel_notes` are the
    notes on each channel, in the order of `channels`; `legacy` are the pairs beside the channels.
    """

    iflw_name: str
    channels: tuple[Channel, ...]
    symbolic_name: str
    version: str
    notes: tuple[str, ...] = ()
    channel_notes: tuple[tuple[str, ...], ...] = ()
    legacy: tuple[LegacyRow, ...] = ()


@dataclass(frozen=True)
class ChannelChange:
    """The rows of one channel before and after; `channel` is the channel as it was before."""

    channel: Channel
    before: tuple[Row, ...]
    after: tuple[Row, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edit:
    """An artifact zip after an edit, proven; no changes means that the bytes are those that came in."""

    zip_bytes: bytes
    changes: tuple[ChannelChange, ...] = ()


@dataclass(frozen=True)
class FilesEdit:
    """The files of a flow outside a zip after an edit, proven; `contents` holds those alone that changed."""

    contents: Mapping[str, bytes] = field(default_factory=dict)
    changes: tuple[ChannelChange, ...] = ()
