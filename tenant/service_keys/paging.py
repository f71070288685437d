"""What both APIs share on the wire: answers in their shape, addresses below the API root, pages that end."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel

from tenant.entities import shaped
from tenant.odata import Unreadable, document
from tenant.session import nonsense, read

P = TypeVar("P", bound=BaseModel)
R = TypeVar("R")

_MOST_PAGES = 10_000


def answer(response: httpx.Response, shape: type[P]) -> P:
    """The body in its shape, without anything that the shape does not name. Raises `NonsenseAnswer`."""
    return read(response, lambda text: shaped(shape, document(text)))


def below(address: str, version: str) -> str:
    """The path below the API root of an address that an API gives: all from `version` ("v3") on, with its query.

    The host is left out: what follows is asked of the host of the settings, so the login never goes elsewhere.
    Raises `Unreadable`.
    """
    parts = urlsplit(address)
    _, slash, rest = parts.path.partition(f"/{version}/")
    if not slash:
        raise Unreadable("an address in the answer is not of this API")
    return f"{version}/{rest}" + (f"?{parts.query}" if parts.query else "")


def location(response: httpx.Response, version: str) -> str | None:
    """Where an accepted order can be watched, None where the API does not say. Raises `NonsenseAnswer`."""
    address = response.headers.get("location", "")
    return read(response, lambda _: below(address, version)) if address else None


async def all_pages(
    first: str,
    get: Callable[[str], Awaitable[httpx.Response]],
    page: Callable[[httpx.Response], tuple[list[R], str | None]],
) -> list[R]:
    """All rows of a list: `page` gives those of an answer and the path of the next. Raises `NonsenseAnswer`."""
    path: str | None = first
    seen: set[str] = set()
    found: list[R] = []
    while path is not None:
        seen.add(path)
        response = await get(path)
        rows, path = page(response)
        found += rows
        if path in seen or len(seen) > _MOST_PAGES:
            raise nonsense(response, "the pages of the list go in a circle")
    return found
