"""One request to Cloud Foundry's API or the Service Manager, and what both do with service keys in the same way."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import Response

from tenant.simulator.key_parameters import BrokerRefusedError, KeyParameters, read_parameters
from tenant.simulator.key_records import keys
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State

LONGEST_NAME = 32
"""Characters of a service key's name (SAP page 19af5e2); who refuses a longer one, and how, is not known."""


@dataclass(frozen=True)
class PlatformCall:
    """A request of somebody who signed in. `now` is epoch milliseconds.

    `root` is the address of the simulator without a path, `base` that of the API, `path` what comes below it.
    """

    state: State
    settings: SimulatorSettings
    now: int
    method: str
    root: str
    base: str
    path: str
    query_string: str
    body: bytes

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the query; of a repeated one the last."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    def json_body(self) -> dict[str, Any] | None:
        """The JSON object of the body, None where there is none."""
        try:
            read = json.loads(self.body)
        except ValueError:
            return None
        return read if isinstance(read, dict) else None


PlatformHandler = Callable[..., Response]
Table = Mapping[tuple[str, str], PlatformHandler]


def find_handler(table: Table, call: PlatformCall) -> tuple[PlatformHandler, tuple[str, ...]] | None:
    """The handler for a call and the parts of the path that its pattern takes out; the paths are patterns."""
    for (method, pattern), handler in table.items():
        match = re.fullmatch(pattern, call.path)
        if match and method == call.method:
            return handler, match.groups()
    return None


def offered(call: PlatformCall, name: str, parameters: Mapping[str, Any]) -> tuple[KeyParameters, str | None]:
    """What the broker makes of name and parameters, or why it fails (then the key has no certificate)."""
    try:
        if len(name) > LONGEST_NAME:
            raise BrokerRefusedError(f"The name of a service key has at most {LONGEST_NAME} characters.")
        read = read_parameters(parameters, call.settings)
        if read.der and call.settings.duplicate_certificates == "refuse":
            _refuse_duplicate(call, read)
    except BrokerRefusedError as error:
        return KeyParameters(), error.text
    return read, None


def _refuse_duplicate(call: PlatformCall, read: KeyParameters) -> None:
    if any(key.certificate == read.pem for key in keys(call.state, call.now)):
        raise BrokerRefusedError("The certificate is used by another service key.")


def instant(milliseconds: int) -> str:
    """A time as both APIs write it."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
