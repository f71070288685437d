"""One request as the calls of the API see it, and the type of what answers it. No behaviour of a call lives here."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from starlette.responses import Response

from tenant.simulator.errors import BadRequestError
from tenant.simulator.paths import Segment
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State


@dataclass(frozen=True)
class Call:
    """A request that passed authentication, rate limit and CSRF. `now` is epoch milliseconds.

    `base` is the absolute service root with its port and a trailing slash; `runtime` is where messages go, with a
    trailing slash: the load balancer, or the same host where none listens.
    """

    state: State
    settings: SimulatorSettings
    now: int
    user: str
    base: str
    runtime: str
    path: str
    segments: tuple[Segment, ...]
    query: Mapping[str, str]
    accept: str
    body: bytes

    @property
    def wants_json(self) -> bool:
        """JSON was asked for; otherwise the answer is Atom XML."""
        return self.query.get("$format") == "json" or "application/json" in self.accept

    def json_body(self) -> dict[str, object]:
        """The JSON object of the body; raises BadRequestError."""
        try:
            read: object = json.loads(self.body)
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise BadRequestError("The request body is not a JSON object.")
        return cast(dict[str, object], read)

    def parameter(self, name: str) -> str:
        """A function import's parameter from the query, without its single quotes; raises BadRequestError."""
        text = self.query.get(name, "")
        if len(text) < 2 or text[0] != "'" or text[-1] != "'":
            raise BadRequestError(f"The parameter '{name}' is missing or not in single quotes.")
        return text[1:-1].replace("''", "'")


Handler = Callable[[Call], Response]
Routes = Mapping[tuple[str, str], Handler]


def text_field(body: Mapping[str, object], name: str, default: str = "") -> str:
    """A string member of a JSON body; raises BadRequestError for another type."""
    value = body.get(name, default)
    if value is None:
        return default
    if not isinstance(value, str):
        raise BadRequestError(f"Property '{name}' is not a string.")
    return value
