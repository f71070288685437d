"""What a flow says about its sender channels, and what an edit changed. Shapes only, no rule."""

from dataclasses import dataclass

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
class FlowContent:
    """An integration flow as far as renewals need it; `notes` are full sentences for people.

    `symbolic_name` and `version` are those of MANIFEST.MF, empty where it does not tell.
    """

    iflw_name: str
    channels: tuple[Channel, ...]
    symbolic_name: str
    version: str
    notes: tuple[str, ...] = ()


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
