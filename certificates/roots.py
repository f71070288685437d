"""The operator's list of load balancer roots: PEM text to certificates. It is trusted input, without limits."""

import base64
import re
from functools import lru_cache

from certificates.errors import MalformedDer, RootsUnreadable
from certificates.reading import Reading

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


@lru_cache(maxsize=4)
def roots_of(pem: str) -> tuple[Reading, ...]:
    """The certificates of the list, in its order.

    Raises RootsUnreadable where a block is no certificate, and for a list without any: with it, every root would
    count as not listed.
    """
    blocks = _BLOCK.findall(pem)
    if not blocks:
        raise RootsUnreadable(1)
    return tuple(_root(number, block) for number, block in enumerate(blocks, start=1))


def _root(number: int, block: str) -> Reading:
    try:
        reading = Reading(base64.b64decode("".join(block.split()), validate=True))
        reading.facts  # noqa: B018 - read now, so that a bad list is refused when it is set
    except (MalformedDer, ValueError) as error:
        raise RootsUnreadable(number) from error
    return reading
