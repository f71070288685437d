"""The sender channels of a flow, with effective values, from the bytes of its files.

`locate` keeps the places in the bytes beside the facts, for `editing`; `read_flow` gives the facts alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from process.facts import NamePair
from process.names import equal
from tenant.flows.adapters import ADDRESS_KEYS, BY_CERTIFICATE, NEVER_BY_CERTIFICATE, TABLE_KEY, Adapter
from tenant.flows.bundle import FlowFiles, open_bundle
from tenant.flows.content import CLIENT_CERTIFICATE, Channel, FlowContent, LegacyRow, Row
from tenant.flows.errors import TableUnreadable, TooBig
from tenant.flows.legacy import legacy_note, legacy_rows
from tenant.flows.likeness import Likeness, row_likeness
from tenant.flows.limits import CHANNEL_LIMIT, TABLES_LIMIT
from tenant.flows.notes import channel_notes
from tenant.flows.parameters import parameter_of, resolved, resolved_cell
from tenant.flows.properties import Parameter, read_properties
from tenant.flows.scan import Element, scan_iflw
from tenant.flows.table import TableRow, TableSyntaxError, parse_plain_table, parse_table

Same = Callable[[str, str], bool]


@dataclass(frozen=True)
class LocatedChannel:
    """A channel and the rows of its table as they stand in the bytes (unfilled rows included)."""

    channel: Channel
    rows: tuple[TableRow, ...]
    element: Element


@dataclass(frozen=True)
class LocatedFlow:
    """A flow with everything an edit must know: the bytes, the parameters, where each row stands."""

    files: FlowFiles
    elements: tuple[Element, ...]
    parameters: Mapping[str, Parameter]
    channels: tuple[LocatedChannel, ...]

    @cached_property
    def values(self) -> dict[str, str]:
        """The parameters' values by name."""
        return {name: parameter.value for name, parameter in self.parameters.items()}


@dataclass(frozen=True)
class Match:
    """A row that holds a pair of names, or looks as if. Only rows of channels `in_use` let a sender in."""

    channel: Channel
    row: Row
    likeness: Likeness

    @property
    def in_use(self) -> bool:
        """True when the channel authorises by certificate."""
        return self.channel.authorization == CLIENT_CERTIFICATE


def read_flow(zip_bytes: bytes) -> FlowContent:
    """Read an artifact zip; raises a FlowRefused. A table that counts and cannot be read is an error, never empty."""
    return read_files(open_bundle(zip_bytes).files)


def read_files(files: FlowFiles) -> FlowContent:
    """Read the files of a flow, wherever they lie; raises a FlowRefused."""
    flow = locate(files)
    notes = tuple(tuple(channel_notes(located.channel, located.element)) for located in flow.channels)
    legacy = legacy_rows(flow.elements, flow.values)
    return FlowContent(
        iflw_name=files.iflw_name,
        channels=tuple(located.channel for located in flow.channels),
        symbolic_name=files.manifest.get("Bundle-SymbolicName", "").partition(";")[0].strip(),
        version=files.manifest.get("Bundle-Version", ""),
        notes=(*chain.from_iterable(notes), *map(legacy_note, legacy)),
        channel_notes=notes,
        legacy=legacy,
    )


def find_rows(content: FlowContent, names: NamePair, same: Same = equal) -> tuple[tuple[Channel, Row], ...]:
    """The rows that hold a pair, in channels that authorise by certificate; both names must match (KBA 3538749)."""
    return tuple(
        (channel, row)
        for channel in content.channels
        if channel.authorization == CLIENT_CERTIFICATE
        for row in channel.rows
        if holds(row, names, same)
    )


def match_rows(content: FlowContent, names: NamePair) -> tuple[Match, ...]:
    """The rows of all sender channels that hold a pair or look like it, the closest first, used or not."""
    found = [
        Match(channel, row, likeness)
        for channel in content.channels
        for row in channel.rows
        if (likeness := row_likeness(row, names)) is not None
    ]
    return tuple(sorted(found, key=lambda match: list(Likeness).index(match.likeness)))


def match_legacy(content: FlowContent, names: NamePair) -> tuple[tuple[LegacyRow, Likeness], ...]:
    """The pairs on sending participants that are, or look like, a pair of names; no edit changes these."""
    found = ((legacy, row_likeness(legacy.row, names)) for legacy in content.legacy)
    return tuple((legacy, likeness) for legacy, likeness in found if likeness is not None)


def holds(row: Row, names: NamePair, same: Same) -> bool:
    """True when a row holds the pair."""
    return same(row.subject, names.subject) and same(row.issuer, names.issuer)


def locate(files: FlowFiles) -> LocatedFlow:
    """Read the files of a flow and keep the places; raises a FlowRefused."""
    elements = scan_iflw(files.iflw_bytes, files.iflw_name)
    parameters = read_properties(files.parameter_bytes)
    values = {name: parameter.value for name, parameter in parameters.items()}
    senders = {
        element.attributes.get("id")
        for element in elements
        if element.kind == "participant" and element.type == "EndpointSender"
    }
    flows = [element for element in elements if element.kind == "messageFlow" and _is_sender(element, senders)]
    _check_sizes(flows, files.iflw_bytes)
    channels = tuple(_channel(files.iflw_bytes, element, values) for element in flows)
    return LocatedFlow(files, elements, parameters, channels)


def _check_sizes(flows: Sequence[Element], data: bytes) -> None:
    if len(flows) > CHANNEL_LIMIT:
        raise TooBig("The list of sender channels", len(flows), CHANNEL_LIMIT)
    tables = filter(None, (flow.find(TABLE_KEY) for flow in flows))
    if (size := sum(span.end - span.start for table in tables if (span := table.content(data)))) > TABLES_LIMIT:
        raise TooBig("The certificate tables together", size, TABLES_LIMIT)


def effective_rows(rows: tuple[TableRow, ...], values: Mapping[str, str]) -> tuple[Row, ...]:
    """The rows with their parameters resolved; rows that nobody filled in are none."""
    return tuple(effective_row(row.subject.text, row.issuer.text, values) for row in rows if is_filled(row))


def effective_row(subject: str, issuer: str, values: Mapping[str, str]) -> Row:
    """A row out of the texts of its two cells."""
    return Row(
        resolved_cell(subject, values),
        resolved_cell(issuer, values),
        parameter_of(subject),
        parameter_of(issuer),
    )


def is_filled(row: TableRow) -> bool:
    """False for a row with two empty cells: a line that was opened in the UI and never filled."""
    return bool(row.subject.text or row.issuer.text)


def _is_sender(element: Element, senders: set[str | None]) -> bool:
    """Old files state no direction: there the channel starts at a sending participant."""
    direction = element.get("direction")
    return direction == "Sender" or (not direction and element.attributes.get("sourceRef") in senders)


def _channel(data: bytes, element: Element, values: Mapping[str, str]) -> LocatedChannel:
    adapter = BY_CERTIFICATE.get(element.get("ComponentType"), Adapter())
    stated = element.get(adapter.authorization)
    authorization = resolved(stated, values)
    if element.get("ComponentType") in NEVER_BY_CERTIFICATE:
        stated = authorization = ""
    authorization = dict(adapter.spelling).get(authorization, authorization)
    rows, table_from = _rows(data, element, values, strict=authorization == CLIENT_CERTIFICATE)
    channel = Channel(
        id=element.attributes.get("id", ""),
        name=_name(element),
        adapter=element.get("ComponentType"),
        protocol=element.get("MessageProtocol"),
        address=_address(element, values),
        authorization=authorization,
        role=resolved(element.get("userRole"), values),
        rows=effective_rows(rows, values),
        authorization_from=parameter_of(stated),
        table_from=table_from,
    )
    return LocatedChannel(channel, rows, element)


def _name(element: Element) -> str:
    return element.attributes.get("name") or element.get("Name") or element.attributes.get("id", "")


def _address(element: Element, values: Mapping[str, str]) -> str:
    return resolved(next(filter(None, map(element.get, ADDRESS_KEYS)), ""), values)


def _rows(
    data: bytes, element: Element, values: Mapping[str, str], strict: bool
) -> tuple[tuple[TableRow, ...], str | None]:
    """The rows of a table, and the parameter that is the whole table; only a table in use must be readable."""
    table = element.find(TABLE_KEY)
    content = table.content(data) if table is not None else None
    if table is None or content is None:
        return (), None
    parameter = parameter_of(table.value)
    try:
        if parameter is not None:
            return parse_plain_table(values.get(parameter, "")), parameter
        return parse_table(content.of(data), content.start), None
    except TableSyntaxError as error:
        if strict:
            raise TableUnreadable(_name(element)) from error
        return (), parameter
