"""Makes a tenant of its table in `tenants.toml`, and finds all that is missing or does not fit together at once."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from process.facts import Environment
from tenant.client_certificate import UnusableCertificate, show_certificate
from tenant.service_key_file import ServiceKey
from tenant.settings_shapes import (
    BasicLogin,
    CertificateLogin,
    OAuthLogin,
    PasswordLogin,
    Rates,
    SecretForm,
    SecretSource,
    ServiceKeyApi,
    ServiceKeyApiKind,
    SettingsError,
    TenantSettings,
    is_loopback,
)
from tenant.settings_table import ServiceKeysTable, Table

API_ROOT = "/api/v1"

_ONE_LOGIN = "only one login can be used"
_ENVIRONMENTS = {"neo": Environment.NEO, "cloud-foundry": Environment.CLOUD_FOUNDRY}

# The keys of [tenants.NAME.service_keys] that only one of the two APIs has a use for.
_OF_CLOUD_FOUNDRY = ("login_url", "user", "password_env", "password_file")
_CLIENT = ("token_url", "client_id", "client_secret_env", "client_secret_file")
_OF_SERVICE_MANAGER = ("sm_url", *_CLIENT, "binding_env", "binding_file")


@dataclass
class _Reading:
    """One table as it is read: `prefix` stands before each key, `problems` is what was found so far."""

    prefix: str
    folder: Path
    environment: Mapping[str, str] | None
    plain_http: bool
    problems: list[str] = field(default_factory=list)

    def wrong(self, key: str, why: str) -> None:
        self.problems.append(f"{self.prefix}{key} {why}")

    def below(self, key: str) -> "_Reading":
        """The reading of a table within this one, with the same list of problems."""
        return _Reading(f"{self.prefix}{key}.", self.folder, self.environment, self.plain_http, self.problems)

    def needed(self, table: Table | ServiceKeysTable, *keys: str) -> None:
        for key in keys:
            if not getattr(table, key):
                self.wrong(key, "is missing")

    def useless(self, table: ServiceKeysTable, why: str, *keys: str) -> None:
        for key in keys:
            if getattr(table, key):
                self.wrong(key, why)

    def address(self, key: str, url: str, query_allowed: bool = False) -> None:
        if url and (why := _wrong_url(url, query_allowed, self.plain_http)):
            self.wrong(key, why)

    def source(self, table: Table | ServiceKeysTable, kind: str, form: SecretForm = SecretForm.BARE) -> SecretSource:
        """Where the secret `kind` is; that exactly one place is named and that it is there is looked at."""
        env, file = str(getattr(table, f"{kind}_env")), str(getattr(table, f"{kind}_file"))
        key = f"{self.prefix}{kind}_{'file' if file else 'env'}"
        source = SecretSource(key, env or None, self.folder / file if file else None, form)
        if bool(env) == bool(file):
            wrong = "are both there" if env else "are both missing"
            self.wrong(f"{kind}_env", f"and {self.prefix}{kind}_file {wrong}, exactly one is needed")
        else:
            self.text(source)
        return source

    def text(self, source: SecretSource) -> str:
        """What the source holds; empty where that is a problem."""
        try:
            return source.read(self.environment)
        except SettingsError as missing:
            self.problems += missing.problems
            return ""

    def service_key(self, source: SecretSource) -> ServiceKey | None:
        """The service key or binding that the source holds, None where that is a problem."""
        try:
            key = source.service_key(source.read(self.environment))
            if key.with_certificate:
                show_certificate(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), key)
            return key
        except SettingsError as wrong:
            self.problems += (problem for problem in wrong.problems if problem not in self.problems)
        except UnusableCertificate as wrong:
            self.problems.append(f"{source.key}: {wrong}")
        return None


def tenant_of(
    name: str, table: Table, folder: Path, environment: Mapping[str, str] | None
) -> tuple[TenantSettings | None, list[str]]:
    """The tenant of a table, and all its problems; there is no tenant where there are problems."""
    reading = _Reading(f"tenants.{name}.", folder, environment, table.plain_http)
    url, login = _login(reading, table)
    service_keys = _service_keys(reading, table)
    if reading.problems or login is None:
        return None, reading.problems
    return TenantSettings(
        name=name,
        url=url if url.endswith(API_ROOT) else url + API_ROOT,
        login=login,
        poll_seconds=table.poll_seconds,
        deploy_timeout_seconds=table.deploy_timeout_seconds,
        timeout_seconds=table.timeout_seconds,
        concurrency=table.concurrency,
        busy_seconds=table.busy_seconds,
        environment=_ENVIRONMENTS[table.environment],
        service_keys=service_keys,
        rates=Rates(
            table.design_time_per_second,
            table.security_content_per_second,
            table.runtime_per_second,
            table.messages_per_second,
        ),
    ), []


_Login = BasicLogin | OAuthLogin | CertificateLogin


def _login(reading: _Reading, table: Table) -> tuple[str, _Login | None]:
    """The address of the tenant and how to sign in there."""
    reading.address("url", table.url)
    if table.service_key:
        return _by_service_key(reading, table)
    if table.oauth and table.basic:
        reading.wrong("user", f"or password and {reading.prefix}token_url or client are there; {_ONE_LOGIN}")
        return "", None
    if table.oauth:
        reading.needed(table, "url", "token_url", "client_id")
        reading.address("token_url", table.token_url, query_allowed=True)
        return _root(table.url), OAuthLogin(table.token_url, table.client_id, reading.source(table, "client_secret"))
    reading.needed(table, "url", "user")
    return _root(table.url), BasicLogin(table.user, reading.source(table, "password"))


def _by_service_key(reading: _Reading, table: Table) -> tuple[str, _Login | None]:
    kind = "service_key_file" if table.service_key_file else "service_key_env"
    if table.basic or table.oauth:
        reading.wrong(kind, f"and a user, password or client are there; {_ONE_LOGIN}")
    if table.environment == "neo":
        reading.wrong(kind, 'is there, but service keys are of environment = "cloud-foundry" only')
    source = reading.source(table, "service_key", SecretForm.SERVICE_KEY)
    key = reading.service_key(source)
    if key is None:
        return "", None
    reading.address(f"{kind}: the url in it", key.url)
    return _root(table.url or key.url), _key_login(reading, kind, source, key)


def _key_login(
    reading: _Reading, kind: str, source: SecretSource, key: ServiceKey, in_body: bool = False
) -> OAuthLogin | CertificateLogin:
    reading.address(f"{kind}: the address of the token server in it", key.token_url, query_allowed=True)
    if key.with_certificate:
        return CertificateLogin(key.token_url, key.client_id, source)
    return OAuthLogin(key.token_url, key.client_id, source, in_body)


def _service_keys(reading: _Reading, table: Table) -> ServiceKeyApi | None:
    keys = table.service_keys
    if keys is None:
        return None
    if table.environment == "neo":
        reading.wrong("service_keys", 'is there, but service keys are of environment = "cloud-foundry" only')
    below = reading.below("service_keys")
    below.needed(keys, "api")
    below.address("url", keys.url)
    below.address("sm_url", keys.sm_url)
    if "" in keys.instances:
        below.wrong("instances", "holds an empty guid")
    if keys.api == "service-manager":
        return _service_manager(below, keys)
    return _cloud_foundry(below, keys) if keys.api else None


def _cloud_foundry(reading: _Reading, keys: ServiceKeysTable) -> ServiceKeyApi:
    """The CF API v3, signed in at the UAA with the password grant (SAP page 6e5db60)."""
    reading.needed(keys, "url", "login_url", "user")
    reading.address("login_url", keys.login_url, query_allowed=True)
    reading.useless(keys, 'is not used with api = "cloud-foundry"', *_OF_SERVICE_MANAGER)
    login = PasswordLogin(keys.login_url, keys.user, reading.source(keys, "password"))
    return ServiceKeyApi(ServiceKeyApiKind.CLOUD_FOUNDRY, _root(keys.url), login, tuple(keys.instances))


def _service_manager(reading: _Reading, keys: ServiceKeysTable) -> ServiceKeyApi | None:
    reading.useless(keys, 'is not used with api = "service-manager"', *_OF_CLOUD_FOUNDRY)
    if keys.url and keys.sm_url:
        reading.wrong("url", f"and {reading.prefix}sm_url are both there, one is needed")
    if keys.binding_env or keys.binding_file:
        return _by_binding(reading, keys)
    if not keys.url:
        reading.needed(keys, "sm_url")
    reading.needed(keys, "token_url", "client_id")
    reading.address("token_url", keys.token_url, query_allowed=True)
    login = OAuthLogin(keys.token_url, keys.client_id, reading.source(keys, "client_secret"), in_body=True)
    return _manager_api(keys, keys.url or keys.sm_url, login)


def _by_binding(reading: _Reading, keys: ServiceKeysTable) -> ServiceKeyApi | None:
    kind = "binding_file" if keys.binding_file else "binding_env"
    reading.useless(keys, f"is not used with {reading.prefix}{kind}", *_CLIENT)
    source = reading.source(keys, "binding", SecretForm.BINDING)
    key = reading.service_key(source)
    if key is None:
        return None
    reading.address(f"{kind}: the sm_url in it", key.url)
    login = _key_login(reading, kind, source, key, in_body=True)
    return _manager_api(keys, keys.url or keys.sm_url or key.url, login)


def _manager_api(keys: ServiceKeysTable, url: str, login: OAuthLogin | CertificateLogin) -> ServiceKeyApi:
    return ServiceKeyApi(ServiceKeyApiKind.SERVICE_MANAGER, _root(url), login, tuple(keys.instances))


def _root(url: str) -> str:
    return url.rstrip("/")


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
