"""docs/tenant.md says what the code does: every key of `tenants.toml`, every right, every rate."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from tenant.inventory.check import Outcome
from tenant.inventory.rights import RIGHTS
from tenant.rates import SAP_LIMITS, Family, rates_of
from tenant.settings import BasicLogin, SecretSource, TenantSettings, load_tenants
from tenant.settings_table import ServiceKeysTable, Table
from tenant.simulator.limits import _LIMITS as SIMULATED_LIMITS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/tenant.md").read_text("utf-8")
SECRETS = {"password", "client_secret", "service_key", "binding"}


def part(name: str) -> str:
    """What stands between the two marks of that name."""
    return PAGE.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- /{name} -->")[0]


def cells(text: str) -> list[list[str]]:
    """The rows of a table, without its head."""
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def default(value: object) -> str:
    """A default as the table writes it; what is empty has none."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return f"{value}" if value else ""


@pytest.mark.parametrize(("name", "table"), [("tenant keys", Table), ("service key keys", ServiceKeysTable)])
def test_every_key_is_told(name: str, table: type[BaseModel]) -> None:
    """The page has each key of the file with its default, and no other."""
    told = {row[0].strip("`"): row[1].strip("`") for row in cells(part(name))}
    assert told == {key: default(field.get_default(call_default_factory=True)) for key, field in
                    table.model_fields.items()}  # fmt: skip


def test_every_right_is_told() -> None:
    """The page has each right, what stops without it and its roles in both environments."""
    assert [row[:4] for row in cells(part("rights"))] == [
        [right.what, right.stops, _roles(right.neo), _roles(right.cloud_foundry)] for right in RIGHTS
    ]


def _roles(roles: tuple[str, ...]) -> str:
    return ", ".join(f"`{role}`" for role in roles)


def test_rights_that_are_not_tried_are_marked() -> None:
    """The last column says of each right whether `certrelay tenant check` tries it."""
    told = [row[4] for row in cells(part("rights"))]
    assert told == [str(Outcome.NOT_TRIED) if right.writes else "tried" for right in RIGHTS]


def test_every_rate_is_told() -> None:
    """The page has SAP's two numbers of each family, and ours."""
    login = BasicLogin("user", SecretSource("password_env", env="UNUSED"))
    ours = rates_of(TenantSettings("real", "https://example.hana.ondemand.com/api/v1", login))
    named = zip(list(Family)[:4], SIMULATED_LIMITS.values(), strict=True)
    assert [row[1:] for row in cells(part("rates"))] == [
        [f"{SAP_LIMITS[family]:g}", f"{whole}", f"{ours[family]:g}", f"`{family.name.lower()}_per_second`"]
        for family, (whole, _) in named
    ]


def test_the_samples_are_read(tmp_path: Path) -> None:
    """Each sample of `tenants.toml` is one that the worker takes, once the secrets that it names are there."""
    samples = re.findall(r"```toml\n(.+?)```", PAGE, re.DOTALL)
    assert len(samples) == 3
    for sample in samples:
        file = tmp_path / "tenants.toml"
        file.write_text(sample.replace('"/run/secrets/', f'"{tmp_path}/'), "utf-8")
        for name in re.findall(r'_file = "/run/secrets/([^"]+)"', sample):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(_secret(name), "utf-8")
        variables = dict.fromkeys(re.findall(r'_env = "(\w+)"', sample), "secret")
        assert load_tenants(file, variables).names == tuple(sorted(tomllib.loads(sample)["tenants"]))


def _secret(name: str) -> str:
    if name.endswith(".json"):
        return (
            '{"oauth": {"clientid": "c", "clientsecret": "s", "url": "https://example.hana.ondemand.com", '
            '"tokenurl": "https://example.authentication.hana.ondemand.com/oauth/token", '
            '"sm_url": "https://service-manager.cfapps.hana.ondemand.com"}}'
        )
    return "secret"
