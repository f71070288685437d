"""The error bodies of the REST APIs that keep service keys, and of token servers, in words. Pure, no HTTP.

CF API v3           {"errors": [{"code": 10008, "title": "CF-UnprocessableEntity", "detail": "…"}]}
Service Manager     {"error": "NotFound", "description": "…", "broker_error": {…}}
token servers       {"error": "invalid_client", "error_description": "…"}  (RFC 6749 section 5.2)
"""

from collections.abc import Mapping

from tenant.odata import Unreadable, document

# A broker's answer that may be another one next time: asked too slowly, too often, or it is in trouble itself.
_PASSING = frozenset({408, 425, 429})


def rest_message(text: str) -> str | None:
    """The body's reason in words; None when it is no such body."""
    body = _body(text)
    if isinstance(errors := body.get("errors"), list):
        return "; ".join(filter(None, map(_cloud_foundry, errors))) or None
    error = body.get("error")
    if not isinstance(error, str):
        return None
    said = body.get("description") or body.get("error_description")
    return ", ".join(part for part in (_told(error, said), _broker(body)) if part)


def broker_refused(text: str) -> bool:
    """True when the Service Manager passes on that the service's broker said no, in whatever status."""
    status = _broker_error(_body(text)).get("StatusCode")
    return isinstance(status, int) and 400 <= status < 500 and status not in _PASSING


def oauth_error(text: str) -> str:
    """The error code of a token server, empty where it names none."""
    error = _body(text).get("error")
    return error if isinstance(error, str) else ""


def _body(text: str) -> Mapping[str, object]:
    try:
        read = document(text)
    except Unreadable:
        return {}
    return read if isinstance(read, Mapping) else {}


def _cloud_foundry(error: object) -> str:
    if not isinstance(error, Mapping):
        return ""
    code = error.get("code")
    title = str(error.get("title") or "")
    return _told(f"{title} ({code})" if code else title, error.get("detail"))


def _broker(body: Mapping[str, object]) -> str:
    error = _broker_error(body)
    said = error.get("Description") or error.get("ErrorMessage")
    return f"the broker says: {said}" if said else ""


def _broker_error(body: Mapping[str, object]) -> Mapping[str, object]:
    error = body.get("broker_error")
    return error if isinstance(error, Mapping) else {}


def _told(name: str, said: object) -> str:
    return f"{name}: {said}" if name and said else name or str(said or "")
