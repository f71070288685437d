"""MessageProcessingLogs: one row for each message that reached a flow, and the header properties that the flow wrote.

A message that was refused before the flow leaves no row here; the trace log (`log_files`) has its line.
"""

import json
import re
import uuid
from collections.abc import Mapping

from starlette.responses import Response

from tenant.simulator.call import Call, Routes
from tenant.simulator.entities import CUSTOM_HEADERS, MESSAGE_LOGS, Entity
from tenant.simulator.errors import BadRequestError, BusinessError, entity_missing
from tenant.simulator.odata import Expansions, count_response, entity_response, expanded_feed_response, feed_response
from tenant.simulator.query import Manners
from tenant.simulator.state import Row, State

KEPT = 50_000  # rows; a tenant keeps its logs for 30 days
_ORDERS = re.compile(
    r"(LogEnd|LogStart|Status,\s*LogEnd|ApplicationMessageId)(\s+(asc|desc))?|Name,\s*Value|Name desc,\s*Value desc"
)
_HEADER = re.compile(r"'(?P<name>(?:[^']|'')*)'\s+eq\s+'(?P<value>(?:[^']|'')*)'")
_HEADER_FILTER = "filterCustomHeaderProperties"


def record_message(
    state: State,
    *,
    flow_id: str,
    flow_name: str,
    package_id: str,
    status: str,
    started: int,
    ended: int,
    headers: Mapping[str, str] | None = None,
) -> str:
    """Put a processed message on record and give its MessageGuid; call it inside a transaction.

    `status` is SAP's word (COMPLETED, FAILED, ...); times are epoch milliseconds; `headers` are the custom header
    properties that the flow wrote.
    """
    guid = _identifier()
    state.insert(
        "message_logs", guid=guid, flow_id=flow_id, flow_name=flow_name, package_id=package_id, status=status,
        log_start=started, log_end=ended, correlation_id=_identifier(), headers=json.dumps(dict(headers or {})),
    )  # fmt: skip
    state.change("DELETE FROM message_logs WHERE id <= (SELECT MAX(id) FROM message_logs) - ?", KEPT)
    return guid


def _identifier() -> str:
    """Ids of messages are letters, digits, `-` and `_`, 28 characters long, on a tenant."""
    return "A" + uuid.uuid4().hex[:27]


def _entity(row: Row) -> Entity:
    empty = (
        "ApplicationMessageId ApplicationMessageType Sender Receiver AlternateWebLink PredecessorMessageGuid"
        " TransactionId PreviousComponentName OriginComponentName"
    )
    return {
        **dict.fromkeys(empty.split()),
        "MessageGuid": row["guid"],
        "CorrelationId": row["correlation_id"],
        "LogStart": row["log_start"],
        "LogEnd": row["log_end"],
        "LastChangeTime": row["log_end"],
        "IntegrationFlowName": row["flow_id"],
        "IntegrationArtifact": {
            "Id": row["flow_id"],
            "Name": row["flow_name"],
            "Type": "INTEGRATION_FLOW",
            "PackageId": row["package_id"],
            "PackageName": row["package_name"] or row["package_id"],
        },
        "Status": row["status"],
        "CustomStatus": row["status"],
        "LogLevel": "INFO",
        "LocalComponentName": "CPI_simulated",
    }


_SELECT = (
    "SELECT message_logs.*, packages.name AS package_name FROM message_logs"
    " LEFT JOIN packages ON packages.id = message_logs.package_id"
)


def _rows(call: Call) -> list[Row]:
    """Newest first, as far as `filterCustomHeaderProperties` leaves them."""
    rows = call.state.rows(f"{_SELECT} ORDER BY log_end DESC, message_logs.id DESC")
    wanted = call.query.get(_HEADER_FILTER)
    if wanted is None:
        return rows
    match = _HEADER.fullmatch(wanted.strip())
    if match is None:
        raise BadRequestError("Invalid filter expression.")
    name, value = (match[group].replace("''", "'") for group in ("name", "value"))
    return [row for row in rows if json.loads(row["headers"]).get(name) == value]


def _check_order(call: Call) -> None:
    order = call.query.get("$orderby", "").strip()
    if order and not _ORDERS.fullmatch(order):
        raise BadRequestError(f"$orderby={order} is not supported.")


def _list(call: Call) -> Response:
    _check_order(call)
    expand = "CustomHeaderProperties" in call.query.get("$expand", "")
    rows: list[tuple[Entity, Expansions]] = [
        (_entity(row), {"CustomHeaderProperties": (CUSTOM_HEADERS, _headers(row))} if expand else {})
        for row in _rows(call)
    ]
    return expanded_feed_response(call, MESSAGE_LOGS, rows, Manners())


def _count(call: Call) -> Response:
    return count_response(call, MESSAGE_LOGS, [_entity(row) for row in _rows(call)])


def _addressed(call: Call) -> Row:
    row = call.state.row(f"{_SELECT} WHERE guid = ?", call.segments[0].key("MessageGuid"))
    if row is None:
        raise entity_missing()
    return row


def _read(call: Call) -> Response:
    return entity_response(call, MESSAGE_LOGS, _entity(_addressed(call)))


def _headers(row: Row) -> list[Entity]:
    return [
        {"Id": f"{row['guid']}:{number}", "Name": name, "Value": value}
        for number, (name, value) in enumerate(json.loads(row["headers"]).items())
    ]


def _headers_of_one(call: Call) -> Response:
    return feed_response(call, CUSTOM_HEADERS, _headers(_addressed(call)), Manners())


def _all_headers(call: Call) -> Response:
    _check_order(call)
    expand = "Log" in call.query.get("$expand", "").split(",")
    rows: list[tuple[Entity, Expansions]] = [
        (header, {"Log": (MESSAGE_LOGS, [_entity(row)])} if expand else {})
        for row in call.state.rows(f"{_SELECT} WHERE headers <> '{{}}' ORDER BY log_end DESC, message_logs.id DESC")
        for header in _headers(row)
    ]
    return expanded_feed_response(call, CUSTOM_HEADERS, rows, Manners())


def _navigation_only(_: Call) -> Response:
    raise BusinessError("Only retrievable via navigation from MessageProcessingLogs entity")


ROUTES: Routes = {
    ("GET", "MessageProcessingLogs"): _list,
    ("GET", "MessageProcessingLogs/$count"): _count,
    ("GET", "MessageProcessingLogs()"): _read,
    ("GET", "MessageProcessingLogs()/CustomHeaderProperties"): _headers_of_one,
    ("GET", "MessageProcessingLogCustomHeaderProperties"): _all_headers,
    ("GET", "MessageProcessingLogAdapterAttributes"): _navigation_only,
}
