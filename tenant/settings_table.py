"""`tenants.toml` as it is written, table by table: which keys there are and of what type. What they mean together
is found in settings_file.py.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tenant.settings_shapes import SettingsError

_STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)
_Rate = Field(None, ge=0, le=10_000, allow_inf_nan=False)


class ServiceKeysTable(BaseModel):
    """`[tenants.NAME.service_keys]`: the API that keeps the service keys of the senders."""

    model_config = _STRICT

    api: Literal["", "cloud-foundry", "service-manager"] = ""
    url: str = ""
    sm_url: str = ""
    login_url: str = ""
    user: str = ""
    password_env: str = ""
    password_file: str = ""
    token_url: str = ""
    client_id: str = ""
    client_secret_env: str = ""
    client_secret_file: str = ""
    binding_env: str = ""
    binding_file: str = ""
    instances: list[str] = Field(default_factory=list)


class Table(BaseModel):
    """`[tenants.NAME]`. Nothing is required here: what is missing is told with all other problems at once."""

    model_config = _STRICT

    environment: Literal["neo", "cloud-foundry"] = "neo"
    url: str = ""
    plain_http: bool = False
    user: str = ""
    password_env: str = ""
    password_file: str = ""
    token_url: str = ""
    client_id: str = ""
    client_secret_env: str = ""
    client_secret_file: str = ""
    service_key_env: str = ""
    service_key_file: str = ""
    service_keys: ServiceKeysTable | None = None
    poll_seconds: float = Field(2.0, gt=0, le=600)
    deploy_timeout_seconds: float = Field(900.0, gt=0, le=86400)
    timeout_seconds: float = Field(30.0, gt=0, le=600)
    concurrency: int = Field(4, ge=1, le=64)
    busy_seconds: float = Field(30.0, ge=0, le=600)
    design_time_per_second: float | None = _Rate
    security_content_per_second: float | None = _Rate
    runtime_per_second: float | None = _Rate
    messages_per_second: float | None = _Rate

    @property
    def basic(self) -> bool:
        """True when user and password are spoken of."""
        return any((self.user, self.password_env, self.password_file))

    @property
    def oauth(self) -> bool:
        """True when an OAuth client is spoken of."""
        return any((self.token_url, self.client_id, self.client_secret_env, self.client_secret_file))

    @property
    def service_key(self) -> bool:
        """True when a service key of plan `api` is spoken of."""
        return any((self.service_key_env, self.service_key_file))


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    tenants: dict[str, dict[str, object]] = Field(default_factory=dict)


def read_tables(file: Path) -> tuple[dict[str, Table], list[str]]:
    """The tables that could be read, by tenant, and the problems of the others. Raises `SettingsError`."""
    tables: dict[str, Table] = {}
    problems: list[str] = []
    for name, raw in _read(file).tenants.items():
        try:
            tables[name] = Table.model_validate(raw)
        except ValidationError as wrong:
            problems.extend(_told(wrong, f"tenants.{name}."))
    return tables, problems


def _read(file: Path) -> _File:
    try:
        return _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as missing:
        raise SettingsError(file, (f"the file cannot be read ({missing.strerror})",)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise SettingsError(file, (f"the file is not TOML ({wrong})",)) from None
    except ValidationError as wrong:
        raise SettingsError(file, tuple(_told(wrong, ""))) from None


def _told(wrong: ValidationError, prefix: str) -> Iterator[str]:
    """Each problem with its key and never with the value: somebody may have written a secret there."""
    for error in wrong.errors(include_input=False, include_url=False, include_context=False):
        key = prefix + ".".join(str(part) for part in error["loc"])
        unknown = error["type"] == "extra_forbidden"
        yield f"{key} is no setting" if unknown else f"{key} is wrong ({error['msg']})"
