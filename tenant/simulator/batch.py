"""`$batch`: several requests in one, as multipart/mixed; those of a change set are all carried out or none.

The parts are carried out one after the other by whoever answers single requests; their form is known here alone.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import Response

from tenant.simulator.call import Call
from tenant.simulator.errors import BadRequestError, Refusal
from tenant.simulator.odata import error_response
from tenant.simulator.paths import parse_path

Answer = Callable[[str, Call], Response]
"""Carries out one request, given its method; may raise a Refusal."""

_LINE_END = "\r\n"
_REQUEST_LINE = re.compile(r"(?P<method>[A-Z]+) (?P<target>\S+) HTTP/1\.1")
_BOUNDARY = re.compile(r"multipart/mixed;\s*boundary=\"?(?P<boundary>[^\s\";]+)", re.IGNORECASE)
_READING = ("GET", "HEAD")
_STATUS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content"}
MAXIMUM_PARTS = 1000


@dataclass(frozen=True)
class _Part:
    """Headers, by lower-case name, and what follows them."""

    headers: dict[str, str]
    body: str


def answer_batch(call: Call, answer: Answer) -> Response:
    """202 with an answer for each part, in their order; raises BadRequestError for what is no batch.

    The boundary is read from the first line of the body.
    """
    text = call.body.decode("utf-8", "replace").replace("\r\n", "\n")
    first = text.lstrip("\n").partition("\n")[0].strip()
    if not first.startswith("--"):
        raise BadRequestError("The body is not multipart/mixed.")
    boundary = f"batch_{uuid.uuid4()}"
    parts = [_answered(call, part, answer) for part in _parts(text, first[2:])]
    return Response(_joined(parts, boundary), 202, media_type=f"multipart/mixed; boundary={boundary}")


def _parts(text: str, boundary: str) -> Iterator[_Part]:
    """What stands between the boundaries."""
    pieces = re.split(rf"(?:^|\n)--{re.escape(boundary)}(?:--)?[ \t]*(?=\n|$)", text)[1:-1]
    if len(pieces) > MAXIMUM_PARTS:
        raise BadRequestError(f"A batch has at most {MAXIMUM_PARTS} parts.")
    return (_part(piece.removeprefix("\n")) for piece in pieces)


def _part(text: str) -> _Part:
    head, _, body = text.partition("\n\n")
    pairs = (line.partition(":") for line in head.split("\n") if ":" in line)
    return _Part({name.strip().lower(): value.strip() for name, _, value in pairs}, body)


def _answered(call: Call, part: _Part, answer: Answer) -> str:
    change_set = _BOUNDARY.match(part.headers.get("content-type", ""))
    if change_set is None:
        return _told(_response(call, part, answer), part)
    return _change_set(call, list(_parts(part.body, change_set["boundary"])), answer)


def _change_set(call: Call, parts: list[_Part], answer: Answer) -> str:
    """Every change, or the one error by which none was made."""
    call.state.change("SAVEPOINT change_set")
    answers = []
    for part in parts:
        response = _response(call, part, answer, in_change_set=True)
        if response.status_code >= 400:
            call.state.change("ROLLBACK TO change_set")
            call.state.change("RELEASE change_set")
            return _told(response, part)
        answers.append(_told(response, part))
    call.state.change("RELEASE change_set")
    boundary = f"changeset_{uuid.uuid4()}"
    head = f"Content-Type: multipart/mixed; boundary={boundary}{_LINE_END}{_LINE_END}"
    return head + _joined(answers, boundary)


def _response(call: Call, part: _Part, answer: Answer, *, in_change_set: bool = False) -> Response:
    """The answer to a part, or the refusal in the form that the part asks for."""
    inner = _part(part.body.partition("\n")[2])
    accept = inner.headers.get("accept", call.accept)
    try:
        request = _REQUEST_LINE.match(part.body.lstrip("\n"))
        if request is None:
            raise BadRequestError("A part of the batch is no HTTP request.")
        if not in_change_set and request["method"] not in _READING:
            raise BadRequestError("A change stands in a change set only.")
        return answer(request["method"], _call(call, request["target"], accept, inner.body))
    except Refusal as refusal:
        return error_response(refusal, "application/json" in accept)


def _call(call: Call, target: str, accept: str, body: str) -> Call:
    """The call of a part; its address is below the service root, or absolute."""
    url = urlsplit(target.removeprefix(call.base))
    path = url.path.removeprefix("/api/v1/").strip("/")
    return replace(
        call,
        path=path,
        segments=parse_path(path),
        query=dict(parse_qsl(url.query, keep_blank_values=True)),
        accept=accept,
        body=body.strip("\n").encode(),
    )


def _told(response: Response, part: _Part) -> str:
    content = bytes(response.body)
    reason = _STATUS.get(response.status_code, "Error")
    own = {"Content-Length": str(len(content))}
    if response.media_type:
        own["Content-Type"] = response.media_type
    outer = {"Content-Type": "application/http", "Content-Transfer-Encoding": "binary"}
    if "content-id" in part.headers:
        outer["Content-Id"] = part.headers["content-id"]
    inner = f"HTTP/1.1 {response.status_code} {reason}{_LINE_END}{_headers(own)}{_LINE_END}"
    return f"{_headers(outer)}{_LINE_END}{inner}{content.decode('utf-8', 'replace')}"


def _headers(headers: dict[str, str]) -> str:
    return "".join(f"{name}: {value}{_LINE_END}" for name, value in headers.items())


def _joined(parts: list[str], boundary: str) -> str:
    begun = "".join(f"--{boundary}{_LINE_END}{part}{_LINE_END}" for part in parts)
    return f"{begun}--{boundary}--{_LINE_END}"
