"""Files that the simulated tenant and the worker share: its password, and where the worker finds it."""

import json
import os
import secrets
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from desk.up.options import Profile
from desk.up.ports import LOOPBACK

PASSWORD_ENV = "CERTRELAY_SIMULATOR_PASSWORD"  # noqa: S105 - the name of a variable
TENANTS_ENV = "CERTRELAY_TENANTS"
PASSWORD_FILE = "simulator-password"  # noqa: S105 - the name of a file
SERVICE_KEY_FILE = "simulator-service-key.json"
TENANTS_FILE = "tenants.toml"
USER = "certrelay"
CLIENT_ID = "sb-certrelay!b1|it!b1"

POLL_SECONDS = 0.2
"""How often a deploy is looked at: a simulated one takes seconds, a real one minutes (default 2)."""

RATES = {"design_time_per_second": 9.0, "security_content_per_second": 9.0, "runtime_per_second": 45.0}
"""Where the simulated tenant limits requests as SAP does (page 4cac4a4), the worker stays below, as at a real one; by
default it does not slow down at a simulator."""

LIMITED = {Profile.NEO: "off", Profile.CLOUD_FOUNDRY: "on"}
"""Whether a tenant of the profile limits requests where nothing else is said."""

OURS = "# Written by `certrelay up` at each start. Delete this line to keep changes of your own."


@dataclass(frozen=True)
class SimulatedTenant:
    """Where the simulated tenant answers and what it is; `client_id` is its OAuth client's.

    `limited` says that it refuses requests that come too fast.
    """

    port: int
    load_balancer_port: int
    profile: Profile = Profile.NEO
    client_id: str = CLIENT_ID
    limited: bool = False

    @property
    def url(self) -> str:
        """The address of its API."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def load_balancer_url(self) -> str:
        """The address to which senders send."""
        return f"https://{LOOPBACK}:{self.load_balancer_port}"

    @property
    def words(self) -> str:
        """Where it is and what it is."""
        return _words(self.url, self.profile)

    def service_key(self, password: str) -> str:
        """The service key of plan `api` as the simulator gives it out, which SAP's page 19af5e2 describes."""
        client = {"clientid": self.client_id, "clientsecret": password}
        return json.dumps({"oauth": {**client, "tokenurl": f"{self.url}/oauth/token", "url": self.url}}, indent=2)


def password(var: Path, environ: Mapping[str, str]) -> str:
    """The simulator's password: of the environment, else of its file, made at random the first time."""
    if given := environ.get(PASSWORD_ENV):
        return given
    path = var / PASSWORD_FILE
    with suppress(FileExistsError):
        _create(path, secrets.token_urlsafe(24))
    return path.read_text("ascii").strip()


def _create(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all. Raises FileExistsError."""
    fresh = _fresh(path, text)
    try:
        os.link(fresh, path)
    finally:
        fresh.unlink()


def _fresh(path: Path, text: str) -> Path:
    """A file beside the path, for its owner alone, with the text."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    return fresh


def tenants_file(var: Path, tenant: SimulatedTenant | None, secret: str, environ: Mapping[str, str]) -> Path:
    """The file that tells the worker its tenants: the one of the environment, else ours, written here.

    A file whose first line is no longer ours belongs to somebody and stays as it is. On Cloud Foundry the service
    key that it names, which holds the `secret`, is written beside it, for its owner alone.
    """
    if given := environ.get(TENANTS_ENV):
        return Path(given).absolute()
    path = var / TENANTS_FILE
    if tenant is None:
        return path
    if tenant.profile is Profile.CLOUD_FOUNDRY:
        key = var / SERVICE_KEY_FILE
        _fresh(key, tenant.service_key(secret)).replace(key)
    if not path.exists() or path.read_text("utf-8").startswith(OURS):
        path.write_text(_tenants(tenant), "utf-8")
    return path


def listed_elsewhere(path: Path, tenant: SimulatedTenant) -> str:
    """Where, and as what, `path` lists the simulated tenant if not as it is; or nothing."""
    try:
        listed = tomllib.loads(path.read_text("utf-8"))["tenants"]["simulator"]
        found = _words(listed["url"], Profile(listed.get("environment", Profile.NEO)))
    except (OSError, KeyError, TypeError, AttributeError, ValueError):
        return ""  # the worker reads the file strictly and says what is wrong with it
    return "" if found == tenant.words else found


def _words(url: str, profile: Profile) -> str:
    return f"{url} ({profile.words})"


def _tenants(tenant: SimulatedTenant) -> str:
    """The whole file. The address stands there on Cloud Foundry, too, where the service key would be enough."""
    sign_in = {Profile.NEO: _basic, Profile.CLOUD_FOUNDRY: _by_service_key}[tenant.profile](tenant)
    rates = "".join(f"{key} = {rate}\n" for key, rate in RATES.items() if tenant.limited)
    return f"""{OURS}
[tenants.simulator]
environment = "{tenant.profile}"
url = "{tenant.url}"
poll_seconds = {POLL_SECONDS}
{rates}{sign_in}"""


def _basic(_: SimulatedTenant) -> str:
    return f"""user = "{USER}"
password_env = "{PASSWORD_ENV}"
"""


def _by_service_key(tenant: SimulatedTenant) -> str:
    return f"""service_key_file = "{SERVICE_KEY_FILE}"

[tenants.simulator.service_keys]
api = "cloud-foundry"
url = "{tenant.url}/cf"
login_url = "{tenant.url}/uaa/oauth/token"
user = "{USER}"
password_env = "{PASSWORD_ENV}"
"""
