"""What the program prints for people, as lines. The same facts as JSON: `shapes`."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from tenant.flows.comparing import Comparison
from tenant.flows.content import Channel, ChannelChange, FlowContent, LegacyRow, Row
from tenant.flows.likeness import Likeness
from tenant.flows.reading import Match


def flow_lines(content: FlowContent) -> Iterator[str]:
    """The channels of a flow with their rows, then what should be known."""
    title = " ".join(filter(None, (content.symbolic_name, content.version)))
    yield f"{content.iflw_name}{f' ({title})' if title else ''}"
    if not content.channels:
        yield "This flow has no sender channel."
    for channel in content.channels:
        yield ""
        yield f"{channel_title(channel)}: {_authorization(channel)}"
        for row in channel.rows:
            yield from row_lines(row)
    if content.notes:
        yield ""
        yield from (f"Note: {note}" for note in content.notes)


def match_lines(matches: Sequence[Match], legacy: Sequence[tuple[LegacyRow, Likeness]]) -> Iterator[str]:
    """What was found, and how alike it is."""
    if not matches and not legacy:
        yield "No row holds this pair of names, and none looks like it."
    for match in matches:
        use = "" if match.in_use else ", not in use: the channel does not authorise by certificate"
        yield f"{channel_title(match.channel)}: {match.likeness}{use}"
        yield from row_lines(match.row)
    for found, likeness in legacy:
        yield f"Participant {found.participant!r}, left by a channel of the first generation: {likeness}"
        yield from row_lines(found.row)


def change_lines(changes: Sequence[ChannelChange | Comparison]) -> Iterator[str]:
    """For each channel its rows, with + and - where they changed."""
    for change in changes:
        yield channel_title(change.channel)
        for kind, i, j, k, m in SequenceMatcher(None, change.before, change.after, autojunk=False).get_opcodes():
            for row in change.before[i:j]:
                yield from row_lines(row, " " if kind == "equal" else "-")
            for row in change.after[k:m] if kind != "equal" else ():
                yield from row_lines(row, "+")
        if isinstance(change, ChannelChange):
            yield from (f"Note: {note}" for note in change.notes)


def channel_title(channel: Channel) -> str:
    """Name, adapter and address of a channel."""
    adapter = channel.adapter or "no adapter named"
    protocol = "" if channel.protocol in ("", "None", channel.adapter) else f" {channel.protocol}"
    return f"Sender channel {channel.name!r} ({adapter}{protocol}{' ' if channel.address else ''}{channel.address})"


def row_lines(row: Row, sign: str = " ") -> Iterator[str]:
    """A row as two lines, its parameters named."""
    for word, name, parameter in (
        ("subject", row.subject, row.subject_from),
        ("issuer ", row.issuer, row.issuer_from),
    ):
        yield f"  {sign} {word} {name}{f'   (parameter {parameter})' if parameter else ''}"


def _authorization(channel: Channel) -> str:
    stated = channel.authorization or "no authorisation stated"
    return f"{stated} (parameter {channel.authorization_from})" if channel.authorization_from else stated
