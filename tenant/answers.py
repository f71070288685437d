"""Judges an HTTP answer: fine, or which error it means. No request is made or repeated here.

SAP's habits behind the table: business errors come as 500 with an OData body; a lock shows only as the word
"locked"; a 403 without a CSRF header is a missing role; HTML never comes from the API itself. The CF API, the
Service Manager and token servers speak by status; their reasons are put in words.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from tenant.errors import (
    NonsenseAnswer,
    NotAllowed,
    NotFound,
    TenantBusy,
    TenantError,
    TenantLocked,
    TenantRefused,
    TenantUnreachable,
)
from tenant.odata import error_message, is_html, plain
from tenant.rest_errors import broker_refused, rest_message

Clock = Callable[[], datetime]

_LOCKED = re.compile(r"\blocked\b", re.IGNORECASE)
_LOCK_STATUS = frozenset({400, 423, 500, 503})
_GATEWAY_STATUS = frozenset({408, 502, 503, 504})
# Since December 2024 the runtime says this with statuses other than 404 too.
_NOT_FOUND = "requested entity could not be found"


def utc_now() -> datetime:
    """The clock that is used where none is given."""
    return datetime.now(UTC)


def asks_for_csrf(response: httpx.Response) -> bool:
    """True for the 403 of a missing or expired CSRF token; any other 403 is a missing role."""
    asked = response.headers.get("x-csrf-token", "")
    return response.status_code == 403 and asked.strip().casefold() == "required"


def error_of(response: httpx.Response, clock: Clock = utc_now, secrets: tuple[str, ...] = ()) -> TenantError | None:
    """The error that an answer means, None for a 2xx.

    The path is kept without the query. `secrets` are blotted out, should the tenant echo a header.
    """
    if response.is_success:
        return None
    status, path, text = response.status_code, response.request.url.path, response.text
    message = error_message(text)
    words = _blotted(_first(message, rest_message(text), plain(text)), secrets)
    if status == 429:
        return TenantBusy(status, path, words, retry_after(response, clock))
    kind = _by_voice(status, message, text) or _by_status(response)
    return kind(status, path, words)


def _first(*readings: str | None) -> str:
    return next(reading for reading in readings if reading is not None)


def _blotted(text: str, secrets: tuple[str, ...]) -> str:
    for secret in filter(None, secrets):
        text = text.replace(secret, "•••")
    return text


def _by_voice(status: int, message: str | None, text: str) -> type[TenantError] | None:
    """What the tenant's own words tell, whatever the status."""
    if status == 423 or (status in _LOCK_STATUS and not is_html(text) and _LOCKED.search(message or text)):
        return TenantLocked
    if message is not None and _NOT_FOUND in message.casefold():
        return NotFound
    if message is not None and status == 500:
        return TenantRefused
    if broker_refused(text):
        return TenantRefused
    return None


def _by_status(response: httpx.Response) -> type[TenantError]:
    status = response.status_code
    if response.is_redirect:
        return NonsenseAnswer  # the API never redirects; a sign-in page of the Web UI does
    if status in {401, 403}:
        return NotAllowed
    if status in {404, 410}:
        return TenantUnreachable if _from_gateway(response) else NotFound
    if status in _GATEWAY_STATUS or status == 500:
        return TenantUnreachable
    return TenantRefused


def _from_gateway(response: httpx.Response) -> bool:
    """A 404 of the router or of Tomcat says nothing about the entity."""
    return is_html(response.text) or "x-cf-routererror" in response.headers


def retry_after(response: httpx.Response, clock: Clock = utc_now) -> float | None:
    """The wait that `Retry-After` asks for in seconds (RFC 9110 section 10.2.3), never negative."""
    value = response.headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        return _until(value, clock)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(value: str, clock: Clock) -> float | None:
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (aware - clock()).total_seconds())
