"""The notation of OData 2.0 as SAP speaks it: keys, dates, envelopes, error bodies. Pure, no HTTP.

What cannot be read raises `Unreadable`; the session makes it a `NonsenseAnswer` with its evidence.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import quote
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_JSON_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{1,4})?\)/")
_MILLISECONDS = re.compile(r"-?\d+")
_HTML = re.compile(r"\s*(<!doctype html|<html)", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_METADATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"


class Unreadable(ValueError):
    """The text is not in the notation that is due; the argument says why, without quoting the text."""


def literal(value: str) -> str:
    """A string as key or parameter: quotes doubled, everything unsafe percent-encoded, in single quotes."""
    return f"'{quote(value.replace(chr(39), chr(39) * 2), safe='')}'"


def key(**parts: str) -> str:
    """A key predicate: `key(Id="x", Version="active")` gives `(Id='x',Version='active')`."""
    return f"({','.join(f'{name}={literal(value)}' for name, value in parts.items())})"


def parameters(**parts: str) -> str:
    """The query of a function import: `?Id='x'&Version='active'`."""
    return "?" + "&".join(f"{name}={literal(value)}" for name, value in parts.items())


def moment(value: object) -> datetime:
    """A time as SAP writes it: `/Date(ms)/`, `/Date(ms+zzzz)/`, epoch milliseconds as text, ISO 8601.

    Milliseconds are UTC whatever offset stands beside them; ISO without a zone is UTC (SAP page 99f4b70).
    Raises `Unreadable`.
    """
    text = str(value).strip()
    json_date = _JSON_DATE.fullmatch(text)
    milliseconds = json_date.group(1) if json_date else text
    try:
        if _MILLISECONDS.fullmatch(milliseconds):
            return _EPOCH + timedelta(milliseconds=int(milliseconds))
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable("a time is in none of the notations that SAP uses") from None


def document(text: str) -> object:
    """The JSON document; a member that stands twice with two values is nobody's truth. Raises `Unreadable`."""
    try:
        return json.loads(text, object_pairs_hook=_members)
    except Unreadable:
        raise
    except (ValueError, RecursionError):
        raise Unreadable("the body is not JSON") from None


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = {}
    for name, value in pairs:
        if members.setdefault(name, value) != value:
            raise Unreadable(f"the member {name} stands twice with two values")
    return members


def entity(text: str) -> Mapping[str, object]:
    """The one entity of `{"d":{…}}`. Raises `Unreadable`."""
    inner = _inner(text)
    if not isinstance(inner, dict):
        raise Unreadable("the body holds no entity")
    return inner


def page(text: str) -> tuple[list[Mapping[str, object]], str | None]:
    """The rows of `{"d":{"results":[…]}}` and the address of the next page, if any. Raises `Unreadable`."""
    inner = _inner(text)
    rows = inner.get("results") if isinstance(inner, dict) else inner
    following = inner.get("__next") if isinstance(inner, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable("the body holds no list of entities")
    if not (following is None or isinstance(following, str)):
        raise Unreadable("the address of the next page is no text")
    return rows, following or None


def _inner(text: str) -> object:
    outer = document(text)
    if not isinstance(outer, dict) or "d" not in outer:
        raise Unreadable("the body is no OData document")
    return outer["d"]


def returned_text(text: str, function: str) -> str:
    """What a function import of type Edm.String returned: bare text, quoted text, or `{"d":{function: …}}`.

    SAP documents the task id of a deploy as bare text while the metadata says Edm.String. Raises `Unreadable`.
    """
    bare = text.strip()
    if bare[:1] in {"{", '"'}:
        read = document(bare)
        inner = read.get("d") if isinstance(read, dict) else read
        bare = str(inner.get(function, "")) if isinstance(inner, dict) else str(inner or "")
    bare = bare.strip().strip("'")
    if not bare or len(bare) > 200 or any(c.isspace() or c in '<>"' for c in bare):
        raise Unreadable("the body holds no task id")
    return bare


def is_html(text: str) -> bool:
    """True for an HTML page, which never comes from the API itself."""
    return _HTML.match(text) is not None


def error_message(text: str) -> str | None:
    """The message of an OData error body, JSON or Atom; None when the body is none.

    A message may be null (a missing scope on CF) and is the empty text then.
    """
    stripped = text.strip()
    return _json_message(stripped) if stripped.startswith("{") else _atom_message(stripped)


def _json_message(text: str) -> str | None:
    try:
        outer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    error = outer.get("error") if isinstance(outer, dict) else None
    if not isinstance(error, dict):
        return None
    message = error.get("message")
    return str((message.get("value") if isinstance(message, dict) else message) or "")


def _atom_message(text: str) -> str | None:
    try:
        root = fromstring(text)
    except (ParseError, DefusedXmlException, ValueError):
        return None
    if root.tag not in {f"{_METADATA}error", "error"}:
        return None
    found = root.find(f"{_METADATA}message")
    found = found if found is not None else root.find("message")
    return "" if found is None else "".join(found.itertext()).strip()


def plain(text: str) -> str:
    """A body in words short enough for a person: an HTML page becomes its title."""
    if not is_html(text):
        return " ".join(text.split())
    title = _TITLE.search(text)
    return f"an HTML page: {unescape(' '.join(title.group(1).split()))}" if title else "an HTML page"
