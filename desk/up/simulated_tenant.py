"""Files that the simulated tenant and the worker share: its password, and where the worker finds it."""

import os
import secrets
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

PASSWORD_ENV = "CERTRELAY_SIMULATOR_PASSWORD"  # noqa: S105 - the name of a variable
TENANTS_ENV = "CERTRELAY_TENANTS"
PASSWORD_FILE = "simulator-password"  # noqa: S105 - the name of a file
TENANTS_FILE = "tenants.toml"
USER = "certrelay"

POLL_SECONDS = 0.2
"""How often a deploy is looked at: a simulated one takes seconds, a real one minutes (default 2)."""

OURS = "# Written by `certrelay up` at each start. Delete this line to keep changes of your own."


def password(var: Path, environ: Mapping[str, str]) -> str:
    """The simulator's password: of the environment, else of its file, made at random the first time."""
    if given := environ.get(PASSWORD_ENV):
        return given
    path = var / PASSWORD_FILE
    with suppress(FileExistsError):
        _create(path, secrets.token_urlsafe(24))
    return path.read_text("ascii").strip()


def _create(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
    try:
        os.link(fresh, path)
    finally:
        fresh.unlink()


def tenants_file(var: Path, url: str, environ: Mapping[str, str]) -> Path:
    """The file that tells the worker its tenants: the one of the environment, else ours, written here.

    A file whose first line is no longer ours belongs to somebody and stays as it is.
    """
    if given := environ.get(TENANTS_ENV):
        return Path(given).absolute()
    path = var / TENANTS_FILE
    if url and (not path.exists() or path.read_text("utf-8").startswith(OURS)):
        path.write_text(_tenants(url), "utf-8")
    return path


def listed_elsewhere(path: Path, url: str) -> str:
    """The other address at which `path` lists the simulated tenant, or nothing."""
    try:
        listed = tomllib.loads(path.read_text("utf-8"))["tenants"]["simulator"]["url"]
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError):
        return ""  # the worker reads the file strictly and says what is wrong with it
    return "" if listed == url else str(listed)


def _tenants(url: str) -> str:
    return f"""{OURS}
[tenants.simulator]
url = "{url}"
user = "{USER}"
password_env = "{PASSWORD_ENV}"
poll_seconds = {POLL_SECONDS}
"""
