"""LogFiles and LogFileArchives of Neo: what the nodes wrote about HTTP calls and about what they refused.

The form of SAP's lines is not documented; ours are one line each: time, node, text. Elsewhere than on Neo the sets
are there and empty, since nobody knows what they return.
"""

import gzip
import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby

from starlette.responses import Response

from tenant.simulator.call import Call, Routes
from tenant.simulator.entities import LOG_ARCHIVES, LOG_FILES, Entity
from tenant.simulator.errors import BadRequestError, NotImplementedHereError, entity_missing
from tenant.simulator.odata import entity_response, feed_response
from tenant.simulator.query import Manners
from tenant.simulator.state import Row, State

KEPT = 20_000  # lines
RETENTION = 7 * 24 * 3600 * 1000  # milliseconds; Neo keeps log files for 7 days
APPLICATION = "iflmap"


class LogFileType(StrEnum):
    """SAP's two kinds of log file."""

    HTTP = "http"
    TRACE = "trace"


def trace(state: State, node: str, at: int, text: str, log_file_type: LogFileType = LogFileType.TRACE) -> None:
    """Write one line into a node's log; call it inside a transaction. `at` is epoch milliseconds."""
    state.insert("trace_lines", at=at, node=node, text=text, log_file_type=str(log_file_type))
    state.change("DELETE FROM trace_lines WHERE id <= (SELECT MAX(id) FROM trace_lines) - ?", KEPT)


def http_line(state: State, node: str, at: int, text: str) -> None:
    """Write one line into a node's HTTP access log."""
    trace(state, node, at, text, LogFileType.HTTP)


def _lines(call: Call) -> list[Row]:
    if call.settings.profile != "neo":
        return []
    return call.state.rows("SELECT * FROM trace_lines WHERE at > ? ORDER BY at, id", call.now - RETENTION)


def _name(line: Row) -> str:
    day = datetime.fromtimestamp(line["at"] / 1000, UTC).strftime("%Y-%m-%d")
    kind = "http_access" if line["log_file_type"] == LogFileType.HTTP else "ljs_trace"
    return f"{kind}_{line['node']}_{day}.log.gz"


def _files(call: Call) -> dict[str, list[Row]]:
    """A file for each node, kind and day."""
    lines = sorted(_lines(call), key=lambda line: (_name(line), line["id"]))
    return {name: list(group) for name, group in groupby(lines, key=_name)}


def _content(lines: Sequence[Row]) -> bytes:
    text = "".join(f"{_moment(line['at'])} {line['node']} {line['text']}\n" for line in lines)
    return gzip.compress(text.encode(), mtime=0)


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _entity(name: str, lines: Sequence[Row]) -> Entity:
    return {
        "Name": name,
        "Application": APPLICATION,
        "LastModified": lines[-1]["at"],
        "ContentType": "application/gzip",
        "LogFileType": lines[-1]["log_file_type"],
        "NodeScope": "worker",
        "Size": len(_content(lines)),
    }


def _list(call: Call) -> Response:
    return feed_response(call, LOG_FILES, [_entity(*item) for item in _files(call).items()], Manners())


def _addressed(call: Call) -> tuple[str, list[Row]]:
    name = call.segments[0].key("Name")
    lines = _files(call).get(name)
    if lines is None:
        raise entity_missing()
    return name, lines


def _read(call: Call) -> Response:
    return entity_response(call, LOG_FILES, _entity(*_addressed(call)))


def _download(call: Call) -> Response:
    name, lines = _addressed(call)
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(_content(lines), headers=headers, media_type="application/gzip")


def _archive(call: Call) -> Response:
    """All or the latest files of one kind as a zip; `modifiedAfter` (either spelling) leaves older ones out."""
    segment = call.segments[0]
    scope, kind = segment.key("Scope"), segment.key("LogFileType")
    if scope not in ("all", "latest") or kind not in tuple(LogFileType) or segment.key("NodeScope") != "worker":
        raise entity_missing()
    after = _after(call.query.get("modifiedAfter") or call.query.get("ModifiedAfter"))
    files = {
        name: lines
        for name, lines in _files(call).items()
        if lines[-1]["log_file_type"] == kind and lines[-1]["at"] > after
    }
    if scope == "latest":
        newest = max((lines[-1]["at"] for lines in files.values()), default=0)
        files = {name: lines for name, lines in files.items() if lines[-1]["at"] == newest}
    return Response(_zipped(files), media_type="application/zip")


def _after(text: str | None) -> int:
    if text is None:
        return 0
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise BadRequestError("The parameter 'modifiedAfter' is no time.") from error
    return round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def _zipped(files: dict[str, list[Row]]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, lines in files.items():
            archive.writestr(zipfile.ZipInfo(name), _content(lines))
    return target.getvalue()


def _archives(call: Call) -> Response:
    entities: list[Entity] = [
        {"Scope": scope, "LogFileType": str(kind), "NodeScope": "worker", "ContentType": "application/zip"}
        for scope in ("all", "latest")
        for kind in LogFileType
    ]
    return feed_response(call, LOG_ARCHIVES, entities if _lines(call) else [], Manners())


def _not_by_key(call: Call) -> Response:
    raise NotImplementedHereError(f"{call.segments[0].name} are read with /$value.")


ROUTES: Routes = {
    ("GET", "LogFiles"): _list,
    ("GET", "LogFiles()"): _read,
    ("GET", "LogFiles()/$value"): _download,
    ("GET", "LogFileArchives"): _archives,
    ("GET", "LogFileArchives()"): _not_by_key,
    ("GET", "LogFileArchives()/$value"): _archive,
}
