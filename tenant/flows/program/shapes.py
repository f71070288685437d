"""What the program prints as JSON: plain dictionaries whose names are stable. No text for people is made here."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from tenant.flows.comparing import Comparison
from tenant.flows.content import CLIENT_CERTIFICATE, Channel, ChannelChange, FlowContent, LegacyRow, Row
from tenant.flows.likeness import Likeness
from tenant.flows.reading import Match

Shape = Mapping[str, object]


def flow_shape(content: FlowContent) -> Shape:
    """What `show` prints. `stale_tables` are the rows of channels that do not use them, once more and apart."""
    return {
        "flow": content.iflw_name,
        "symbolic_name": content.symbolic_name,
        "version": content.version,
        "channels": [
            channel_shape(channel) | {"rows": rows_shape(channel.rows), "notes": list(notes)}
            for channel, notes in zip(content.channels, content.channel_notes, strict=True)
        ],
        "stale_tables": [
            {"channel": channel.name, "rows": rows_shape(channel.rows)}
            for channel in content.channels
            if channel.rows and channel.authorization != CLIENT_CERTIFICATE
        ],
        "legacy": [
            {"participant": found.participant, "number": found.number} | asdict(found.row) for found in content.legacy
        ],
        "notes": list(content.notes),
    }


def channel_shape(channel: Channel) -> dict[str, object]:
    """A channel without its rows."""
    return {
        "id": channel.id,
        "name": channel.name,
        "adapter": channel.adapter,
        "protocol": channel.protocol,
        "address": channel.address,
        "authorization": channel.authorization,
        "authorization_from": channel.authorization_from,
        "role": channel.role,
        "table_from": channel.table_from,
    }


def rows_shape(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Rows with effective names, and the parameters that they come from."""
    return [asdict(row) for row in rows]


def matches_shape(matches: Sequence[Match], legacy: Sequence[tuple[LegacyRow, Likeness]]) -> Shape:
    """What `find` prints: rows of channels, and pairs on participants."""
    return {
        "matches": [_match_shape(match) for match in matches],
        "legacy": [
            {"participant": found.participant, "number": found.number, "match": likeness.name.lower()}
            | {"row": asdict(found.row)}
            for found, likeness in legacy
        ],
    }


def _match_shape(match: Match) -> Shape:
    channel = match.channel
    return {
        "channel": channel.name,
        "adapter": channel.adapter,
        "address": channel.address,
        "authorization": channel.authorization,
        "in_use": match.in_use,
        "match": match.likeness.name.lower(),
        "row": asdict(match.row),
    }


def change_shape(change: ChannelChange | Comparison) -> Shape:
    """The rows of a channel before and after."""
    return {
        "channel": change.channel.name,
        "adapter": change.channel.adapter,
        "address": change.channel.address,
        "before": rows_shape(change.before),
        "after": rows_shape(change.after),
        "notes": list(change.notes) if isinstance(change, ChannelChange) else [],
    }
