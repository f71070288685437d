"""Loopback ports: those asked for must be free, those left open are picked.

All are held at once while they are looked at, so that no two programs get the same one.
"""

import secrets
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from desk.up.errors import PortNamedTwice, PortTaken, Setting
from desk.up.options import AUTO

LOOPBACK = "127.0.0.1"
# Below the range from which Linux takes the ports of outgoing connections: such a connection could
# otherwise sit on a picked port at the moment a program that ended is started again.
PICKED_FROM = range(20_000, 32_000)
TRIES = 200


@dataclass(frozen=True)
class Wanted:
    """A port for one program; `port` is `AUTO` where any free one will do."""

    program: str
    port: int
    setting: Setting


def settle(wanted: Sequence[Wanted]) -> tuple[int, ...]:
    """The ports to use, in the order asked. Raises PortTaken or PortNamedTwice."""
    _refuse_doubles(wanted)
    with ExitStack() as held:
        asked = {w.port: _hold(held, w.port) for w in wanted if w.port != AUTO}
        for each in wanted:
            if each.port != AUTO and not asked[each.port]:
                raise PortTaken(each.program, each.port, each.setting)
        return tuple(_pick(held, w) if w.port == AUTO else w.port for w in wanted)


def _refuse_doubles(wanted: Sequence[Wanted]) -> None:
    seen: set[int] = set()
    for each in wanted:
        if each.port in seen:
            raise PortNamedTwice(each.program, each.port, each.setting)
        seen |= {each.port} - {AUTO}


def _pick(held: ExitStack, wanted: Wanted) -> int:
    for _ in range(TRIES):
        port = secrets.choice(PICKED_FROM)
        if _hold(held, port):
            return port
    raise PortTaken(wanted.program, port, wanted.setting)


def _hold(held: ExitStack, port: int) -> bool:
    """Bind the port until `held` closes; False where it is not free."""
    listener = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    # As our programs do: a port that waits out old connections counts as free.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(1)  # two binders with SO_REUSEADDR may coexist until one listens
    except OSError:
        return False
    return True
