"""Ids and queue names, made in this one place. An id is also a lock: the server refuses a second one."""

from urllib.parse import quote

TASK_QUEUE = "certrelay"
SCHEDULE_ID = "expiry-watch"
EXPIRY_WATCH_ID = "expiry-watch"


def _part(text: str) -> str:
    """A part of an id: readable, and a slash in a name makes no further part."""
    return quote(text, safe="@.-_ ")


def renewal_id(tenant: str, sender: str, fingerprint: str) -> str:
    """The id of the renewal of this certificate (SHA-256 fingerprint, of which 16 digits are enough to tell)."""
    return f"renewal/{_part(tenant)}/{_part(sender)}/{fingerprint[:16]}"


def sender_id(tenant: str, sender: str) -> str:
    """The id of a sender's entry in the register."""
    return f"sender/{_part(tenant)}/{_part(sender)}"
