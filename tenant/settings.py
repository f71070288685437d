"""The settings of all tenants, in one place: their shapes, and how `tenants.toml` is read."""

from collections.abc import Mapping
from pathlib import Path

from process.facts import Environment
from tenant.settings_file import tenant_of
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
    Tenants,
    TenantSettings,
    UnknownTenant,
    is_loopback,
)
from tenant.settings_table import read_tables

__all__ = [
    "BasicLogin",
    "CertificateLogin",
    "Environment",
    "OAuthLogin",
    "PasswordLogin",
    "Rates",
    "SecretForm",
    "SecretSource",
    "ServiceKeyApi",
    "ServiceKeyApiKind",
    "SettingsError",
    "TenantSettings",
    "Tenants",
    "UnknownTenant",
    "is_loopback",
    "load_tenants",
]


def load_tenants(path: Path | str, environment: Mapping[str, str] | None = None) -> Tenants:
    """Read `tenants.toml` and look whether each secret is there. Raises `SettingsError` with all problems."""
    file = Path(path)
    tables, problems = read_tables(file)
    tenants: dict[str, TenantSettings] = {}
    for name, table in tables.items():
        settings, found = tenant_of(name, table, file.parent, environment)
        problems += found
        if settings is not None:
            tenants[name] = settings
    if problems:
        raise SettingsError(file, tuple(problems))
    return Tenants(file, tenants)
