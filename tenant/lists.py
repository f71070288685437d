"""What only a look over a whole tenant asks for: deployed artifacts of any type, service endpoints, parameters.

Shapes and how SAP's JSON becomes them. The requests are made in design_time.py and runtime.py.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated
from urllib.parse import unquote

import httpx
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tenant.entities import Filled, Text, Time, shaped


@dataclass(frozen=True)
class Deployed:
    """A deployed artifact as the list shows it; `type` and `status` are SAP's words, whatever they are.

    Unlike `RuntimeArtifact` it never refuses a word that is new: one odd artifact must not hide all others.
    """

    id: str
    version: str
    name: str
    type: str
    status: str
    deployed_on: datetime | None
    deployed_by: str


@dataclass(frozen=True)
class ServiceEndpoint:
    """An address at which a deployed flow is called; `flow_id` is SAP's `Name`, `urls` are its entry points.

    `protocol` is `REST` (HTTPS), `SOAP` (SOAP and IDoc), `ODATAV2`, `AS2` or `AS4` (SAP page 26797fb). How the
    caller is authorised is not told; and the list lags minutes behind the start of a flow.
    """

    id: str
    flow_id: str
    protocol: str
    address: str
    urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Configuration:
    """An externalised parameter of a flow with its value; `value` is in no `repr`: people put secrets there."""

    key: str
    value: str = field(repr=False)


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class _Deployed(_Row):
    Id: Filled
    Version: Text = ""
    Name: Text = ""
    Type: Text = ""
    Status: Text = ""
    DeployedOn: Time = None
    DeployedBy: Text = ""


class _EntryPoint(_Row):
    Url: Filled


def _expanded(value: object) -> object:
    """The rows of an expanded navigation; what was not expanded has none."""
    return value.get("results", []) if isinstance(value, dict) else value or []


class _Endpoint(_Row):
    Id: Filled
    Name: Text = ""
    Protocol: Text = ""
    EntryPoints: Annotated[list[_EntryPoint], BeforeValidator(_expanded)] = Field(default_factory=list)


class _Configuration(_Row):
    ParameterKey: Filled
    ParameterValue: Text = ""


def deployed(row: object) -> Deployed:
    """An artifact of `IntegrationRuntimeArtifacts`. Raises `Unreadable`."""
    read = shaped(_Deployed, row)
    return Deployed(
        read.Id, read.Version, read.Name, read.Type, read.Status.strip().upper(), read.DeployedOn, read.DeployedBy
    )


def endpoint(row: object) -> ServiceEndpoint:
    """An endpoint of `ServiceEndpoints`; its `Id` is `<flow id>$endpointAddress=<address>`. Raises `Unreadable`."""
    read = shaped(_Endpoint, row)
    address = unquote(read.Id).partition("$endpointAddress=")[2]
    return ServiceEndpoint(read.Id, read.Name, read.Protocol, address, tuple(point.Url for point in read.EntryPoints))


def configuration(row: object) -> Configuration:
    """A parameter of `Configurations`. Raises `Unreadable`."""
    read = shaped(_Configuration, row)
    return Configuration(read.ParameterKey, read.ParameterValue)


def date_of(response: httpx.Response) -> datetime | None:
    """The time in the header `Date` (RFC 9110 section 6.6.1), in UTC; None where there is none to read."""
    try:
        read = parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
