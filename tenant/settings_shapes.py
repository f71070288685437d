"""What is known of each tenant: where it is, how to sign in there, how gently to ask. Shapes and their errors only.

SettingsError      something is missing or wrong; all of it is named at once
└── UnknownTenant  nobody described a tenant of this name

A secret comes from an environment variable or a file and is read when it is used.
"""

import ipaddress
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from process.facts import Environment
from tenant.service_key_file import ServiceKey, UnreadableServiceKey, read_binding, read_service_key


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


class SecretForm(StrEnum):
    """What the environment variable or file of a secret holds."""

    BARE = "bare"  # the secret alone
    SERVICE_KEY = "service key"  # the JSON of a service key of plan api
    BINDING = "binding"  # the JSON of a Service Manager binding


@dataclass(frozen=True)
class SecretSource:
    """Where a secret is: an environment variable or a file (relative to `tenants.toml`), never its value."""

    key: str
    env: str | None = None
    file: Path | None = None
    form: SecretForm = SecretForm.BARE

    def read(self, environment: Mapping[str, str] | None = None) -> str:
        """The text as it is now, without the line end of a file. Raises `SettingsError`."""
        secret = self._value(os.environ if environment is None else environment)
        if not secret:
            raise SettingsError(*self._missing())
        return secret

    def service_key(self, text: str) -> ServiceKey:
        """The service key or binding that `text`, as `read` gives it, is. Raises `SettingsError`."""
        try:
            return read_binding(text) if self.form is SecretForm.BINDING else read_service_key(text)
        except UnreadableServiceKey as wrong:
            raise SettingsError(self._place, (f"{self.key} names {self._what}, which {wrong}",)) from None

    def secret(self, text: str) -> str:
        """The secret in `text`, as `read` gives it: the text itself, or the client secret of a service key.

        Raises `SettingsError`.
        """
        if self.form is SecretForm.BARE:
            return text
        if secret := self.service_key(text).secret:
            return secret
        raise SettingsError(self._place, (f"{self.key} names {self._what}, whose type has changed; start again",))

    def _value(self, environment: Mapping[str, str]) -> str:
        if self.file is None:
            return environment.get(self.env or "", "")
        try:
            return self.file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            return ""

    def _missing(self) -> tuple[str, tuple[str, ...]]:
        if self.file is None:
            return self._place, (f"{self.key} names the variable {self.env}, which is not set",)
        return self._place, (f"{self.key} names {self.file}, which is empty or cannot be read",)

    @property
    def _place(self) -> str:
        return "the environment" if self.file is None else str(self.file)

    @property
    def _what(self) -> str:
        return f"the variable {self.env}" if self.file is None else str(self.file)


@dataclass(frozen=True)
class BasicLogin:
    """A user with a password: the normal way on Neo."""

    user: str
    secret: SecretSource


@dataclass(frozen=True)
class OAuthLogin:
    """OAuth client credentials (SAP page 20e26a8). `secret` may be a whole service key.

    `in_body`: the client is named in the body, as clients of the Service Manager do, instead of by Basic.
    """

    token_url: str
    client_id: str
    secret: SecretSource
    in_body: bool = False


@dataclass(frozen=True)
class CertificateLogin:
    """OAuth client credentials over TLS with the client certificate and key of a service key (SAP page 0fc1446)."""

    token_url: str
    client_id: str
    source: SecretSource

    @property
    def secret(self) -> SecretSource:
        """Where the service key is that holds certificate and key."""
        return self.source


@dataclass(frozen=True)
class PasswordLogin:
    """OAuth password grant of Cloud Foundry's UAA, with its public client `cf` (SAP page 6e5db60)."""

    token_url: str
    user: str
    secret: SecretSource


AnyLogin = BasicLogin | OAuthLogin | CertificateLogin | PasswordLogin


def user_of(login: AnyLogin) -> str:
    """Who the tenant sees: the user, or the client of OAuth."""
    return login.user if isinstance(login, BasicLogin | PasswordLogin) else login.client_id


class ServiceKeyApiKind(StrEnum):
    """Which API gives and takes the service keys of senders."""

    CLOUD_FOUNDRY = "cloud-foundry"
    SERVICE_MANAGER = "service-manager"


@dataclass(frozen=True)
class ServiceKeyApi:
    """Where the service keys of senders live. `url` ends without a slash; no `instances` means all that are seen."""

    kind: ServiceKeyApiKind
    url: str
    login: PasswordLogin | OAuthLogin | CertificateLogin
    instances: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rates:
    """Most requests per second of each family of APIs; 0 is no limit, None the default (`tenant.rates`)."""

    design_time_per_second: float | None = None
    security_content_per_second: float | None = None
    runtime_per_second: float | None = None
    messages_per_second: float | None = None


@dataclass(frozen=True)
class TenantSettings:
    """One tenant. `url` is the API root and ends with `/api/v1`; times are in seconds.

    `busy_seconds` is the longest that one request waits after answers of 429 before that is an error.
    """

    name: str
    url: str
    login: BasicLogin | OAuthLogin | CertificateLogin
    poll_seconds: float = 2.0
    deploy_timeout_seconds: float = 900.0
    timeout_seconds: float = 30.0
    concurrency: int = 4
    environment: Environment = Environment.NEO
    service_keys: ServiceKeyApi | None = None
    rates: Rates = Rates()
    busy_seconds: float = 30.0

    @property
    def is_simulated(self) -> bool:
        """True where only a simulator can be: on this machine itself, or reached without TLS."""
        parts = urlsplit(self.url)
        return parts.scheme == "http" or is_loopback(parts.hostname or "")


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


def is_loopback(host: str) -> bool:
    """True for this machine itself: `localhost`, 127.0.0.0/8 and ::1."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"
