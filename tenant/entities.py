"""SAP's JSON entities, read strictly into the shapes of model.py. The only place that knows their field names.

Fields that are not named here are ignored: SAP adds some. What does not fit raises `Unreadable`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tenant.model import DeployStatus, Flow, Lock, Package, RuntimeArtifact, RuntimeStatus
from tenant.odata import Unreadable, moment

E = TypeVar("E", bound=BaseModel)


def _text(value: object) -> object:
    return "" if value is None else value


def _time(value: object) -> datetime | None:
    return None if value in (None, "") else moment(value)


def _time_if_any(value: object) -> datetime | None:
    try:
        return _time(value)
    except Unreadable:
        return None


Filled = Annotated[str, Field(min_length=1)]
Text = Annotated[str, BeforeValidator(_text)]
Time = Annotated[datetime | None, BeforeValidator(_time)]


class _Entity(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class _Package(_Entity):
    Id: Filled
    Name: Text
    Mode: Text = ""


class _Flow(_Entity):
    Id: Filled
    Version: Filled
    Name: Text = ""
    PackageId: Text = ""
    ModifiedAt: object = None  # Edm.String of no documented form
    ModifiedBy: str | None = None


class _RuntimeArtifact(_Entity):
    Id: Filled
    Version: Text
    Status: Filled
    DeployedOn: Time = None
    DeployedBy: Text = ""


class _RunningVersion(_Entity):
    Id: Filled
    Version: Text = ""


class _Lock(_Entity):
    ResourceId: Filled
    ArtifactId: Text = ""
    ArtifactName: Text = ""
    PackageId: Text = ""
    CreatedBy: Text = ""
    CreatedAt: Time = None


class _Task(_Entity):
    Status: Filled


class MappingEntity(_Entity):
    """A certificate-to-user mapping as SAP writes it: `Certificate` is base64 of PEM text (page 4b99156)."""

    Id: Filled
    User: Filled
    Certificate: Filled
    ValidUntil: Time = None


def shaped(shape: type[E], row: object) -> E:
    """The row in its shape. Raises `Unreadable`, which names the fields and never quotes their values."""
    try:
        return shape.model_validate(row)
    except ValidationError as wrong:
        fields = {str(error["loc"][0]) for error in wrong.errors(include_input=False) if error["loc"]}
        raise Unreadable(f"missing or wrong: {', '.join(sorted(fields))}") from None


def package(row: object) -> Package:
    """A package of `IntegrationPackages`."""
    read = shaped(_Package, row)
    return Package(read.Id, read.Name, read.Mode)


def flow(row: object) -> Flow:
    """A flow of `IntegrationDesigntimeArtifacts`."""
    read = shaped(_Flow, row)
    return Flow(
        read.Id, read.Name, read.Version, read.PackageId, _time_if_any(read.ModifiedAt), read.ModifiedBy or ""
    )


def runtime_artifact(row: object) -> RuntimeArtifact:
    """An artifact of `IntegrationRuntimeArtifacts`."""
    read = shaped(_RuntimeArtifact, row)
    status = _word(RuntimeStatus, read.Status)
    return RuntimeArtifact(read.Id, read.Version, status, read.DeployedOn, read.DeployedBy)


def running_version(row: object) -> tuple[str, str]:
    """Id and version of an artifact of `IntegrationRuntimeArtifacts`, whatever its status says."""
    read = shaped(_RunningVersion, row)
    return read.Id, read.Version


def lock(row: object) -> Lock:
    """A lock of `IntegrationDesigntimeLocks`."""
    read = shaped(_Lock, row)
    return Lock(read.ResourceId, read.ArtifactId, read.ArtifactName, read.PackageId, read.CreatedBy, read.CreatedAt)


def deploy_status(row: object) -> DeployStatus:
    """The status of `BuildAndDeployStatus`."""
    return _word(DeployStatus, shaped(_Task, row).Status)


W = TypeVar("W", bound=StrEnum)


def _word(words: type[W], value: str) -> W:
    try:
        return words(value)
    except ValueError:
        raise Unreadable(f"{words.__name__} has no such word") from None
