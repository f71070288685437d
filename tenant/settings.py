"""Reads `tenants.toml`: where each tenant is and how to sign in there. No secret stands in the file.

SettingsError      something is missing or wrong; all of it is named at once
└── UnknownTenant  nobody described a tenant of this name

A secret comes from an environment variable or a file and is read when it is used.
"""

import ipaddress
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

API_ROOT = "/api/v1"


class SettingsError(Exception):
    """`file` cannot be used as it is; `problems` names each key and what is wrong with it."""

    def __init__(self, file: Path | str, problems: tuple[str, ...]) -> None:
        """Keep the file and all problems."""
        super().__init__(str(file), problems)
        self.file = str(file)
        self.problems = problems

    @property
    def sentence(self) -> str:
        """What is wrong, who must act, what to do."""
        return f"The settings in {self.file} cannot be used; the operator must mend this: {'; '.join(self.problems)}."

    def __str__(self) -> str:
        """The sentence."""
        return self.sentence


class UnknownTenant(SettingsError):
    """The file describes no tenant `name`; `known` are those it does."""

    def __init__(self, file: Path | str, name: str, known: tuple[str, ...]) -> None:
        """Keep the name that was asked for and those that are known."""
        there = f"known are {', '.join(known)}" if known else "it describes none"
        super().__init__(file, (f"there is no [tenants.{name}], {there}",))
        self.args = (str(file), name, known)
        self.name = name
        self.known = known


@dataclass(frozen=True)
class SecretSource:
    """Where a secret is: an environment variable or a file (relative to `tenants.toml`), never its value."""

    key: str
    env: str | None = None
    file: Path | None = None

    def read(self, environment: Mapping[str, str] | None = None) -> str:
        """The secret as it is now, without the line end of a file. Raises `SettingsError`."""
        secret = self._value(os.environ if environment is None else environment)
        if not secret:
            raise SettingsError(*self._missing())
        return secret

    def _value(self, environment: Mapping[str, str]) -> str:
        if self.file is None:
            return environment.get(self.env or "", "")
        try:
            return self.file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            return ""

    def _missing(self) -> tuple[str, tuple[str, ...]]:
        if self.file is None:
            return "the environment", (f"{self.key} names the variable {self.env}, which is not set",)
        return str(self.file), (f"{self.key} names {self.file}, which is empty or cannot be read",)


@dataclass(frozen=True)
class BasicLogin:
    """A user with a password: the normal way on Neo."""

    user: str
    secret: SecretSource


@dataclass(frozen=True)
class OAuthLogin:
    """OAuth client credentials (SAP page 20e26a8)."""

    token_url: str
    client_id: str
    secret: SecretSource


@dataclass(frozen=True)
class TenantSettings:
    """One tenant. `url` is the API root and ends with `/api/v1`; times are in seconds."""

    name: str
    url: str
    login: BasicLogin | OAuthLogin
    poll_seconds: float = 2.0
    deploy_timeout_seconds: float = 900.0
    timeout_seconds: float = 30.0
    concurrency: int = 4


@dataclass(frozen=True)
class Tenants:
    """All tenants of one file, by name."""

    file: Path
    by_name: Mapping[str, TenantSettings] = field(default_factory=dict)

    def get(self, name: str) -> TenantSettings:
        """The tenant of this name. Raises `UnknownTenant`, which names the known ones."""
        if name not in self.by_name:
            raise UnknownTenant(self.file, name, self.names)
        return self.by_name[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all tenants, sorted."""
        return tuple(sorted(self.by_name))

    def __iter__(self) -> Iterator[TenantSettings]:
        """The tenants by name."""
        return (self.by_name[name] for name in self.names)


class _Table(BaseModel):
    """`[tenants.NAME]` as it is written. What is missing is found in `_problems`, all at once."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    url: str = ""
    plain_http: bool = False
    user: str = ""
    password_env: str = ""
    password_file: str = ""
    token_url: str = ""
    client_id: str = ""
    client_secret_env: str = ""
    client_secret_file: str = ""
    poll_seconds: float = Field(2.0, gt=0, le=600)
    deploy_timeout_seconds: float = Field(900.0, gt=0, le=86400)
    timeout_seconds: float = Field(30.0, gt=0, le=600)
    concurrency: int = Field(4, ge=1, le=64)

    @property
    def basic(self) -> bool:
        return any((self.user, self.password_env, self.password_file))

    @property
    def oauth(self) -> bool:
        return any((self.token_url, self.client_id, self.client_secret_env, self.client_secret_file))


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    tenants: dict[str, dict[str, object]] = Field(default_factory=dict)


def load_tenants(path: Path | str, environment: Mapping[str, str] | None = None) -> Tenants:
    """Read `tenants.toml` and look whether each secret is there. Raises `SettingsError` with all problems."""
    file = Path(path)
    tables, problems = _tables(file)
    tenants: dict[str, TenantSettings] = {}
    for name, table in tables.items():
        settings = _settings(name, table, file.parent)
        found = _problems(name, table) or _missing_secret(settings, environment)
        problems.extend(found)
        tenants[name] = settings
    if problems:
        raise SettingsError(file, tuple(problems))
    return Tenants(file, tenants)


def _tables(file: Path) -> tuple[dict[str, _Table], list[str]]:
    tables: dict[str, _Table] = {}
    problems: list[str] = []
    for name, raw in _read(file).tenants.items():
        try:
            tables[name] = _Table.model_validate(raw)
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


def _problems(name: str, table: _Table) -> list[str]:
    """What is missing or does not fit together in one table."""
    prefix = f"tenants.{name}."
    if table.oauth and table.basic:
        return [f"{prefix}user or password and {prefix}token_url or client are there; only one login can be used"]
    needed = ("url", "token_url", "client_id") if table.oauth else ("url", "user")
    problems = [f"{prefix}{key} is missing" for key in needed if not getattr(table, key)]
    problems += [
        f"{prefix}{key} {why}"
        for key, url in (("url", table.url), ("token_url", table.token_url))
        if url and (why := _wrong_url(url, key == "token_url", table.plain_http))
    ]
    kind = "client_secret" if table.oauth else "password"
    given = [key for key in (f"{kind}_env", f"{kind}_file") if getattr(table, key)]
    if len(given) != 1:
        wrong = "are both there" if given else "are both missing"
        problems.append(f"{prefix}{kind}_env and {prefix}{kind}_file {wrong}, exactly one is needed")
    return problems


def _wrong_url(url: str, query_allowed: bool, plain_http: bool) -> str | None:
    """Why an address cannot be used, None when it can; `plain_http` is for a simulator in a network of its own."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in {"http", "https"} or not host:
        return "is no https:// address"
    if parts.username is not None or parts.password is not None:
        return "holds a user or password, which must not stand in the file"
    if parts.fragment or (parts.query and not query_allowed):
        return "must end with the path"
    if parts.scheme == "http" and not plain_http and not is_loopback(host):
        return "is not encrypted; http:// is only for this machine itself, or for a simulator with plain_http = true"
    return None


def is_loopback(host: str) -> bool:
    """True for this machine itself: `localhost`, 127.0.0.0/8 and ::1."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def _missing_secret(settings: TenantSettings, environment: Mapping[str, str] | None) -> list[str]:
    try:
        settings.login.secret.read(environment)
    except SettingsError as missing:
        return list(missing.problems)
    return []


def _settings(name: str, table: _Table, folder: Path) -> TenantSettings:
    root = table.url.rstrip("/")
    return TenantSettings(
        name=name,
        url=root if root.endswith(API_ROOT) else root + API_ROOT,
        login=_login(f"tenants.{name}.", table, folder),
        poll_seconds=table.poll_seconds,
        deploy_timeout_seconds=table.deploy_timeout_seconds,
        timeout_seconds=table.timeout_seconds,
        concurrency=table.concurrency,
    )


def _login(prefix: str, table: _Table, folder: Path) -> BasicLogin | OAuthLogin:
    if table.oauth:
        key, env, file = "client_secret", table.client_secret_env, table.client_secret_file
    else:
        key, env, file = "password", table.password_env, table.password_file
    suffix = "_file" if file else "_env"
    source = SecretSource(f"{prefix}{key}{suffix}", env or None, folder / file if file else None)
    if table.oauth:
        return OAuthLogin(table.token_url, table.client_id, source)
    return BasicLogin(table.user, source)
