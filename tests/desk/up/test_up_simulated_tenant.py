"""The password, the service key and the tenants file that simulator and worker share."""

import json
import tomllib

import pytest

from desk.up.options import Profile
from desk.up.simulated_tenant import (
    PASSWORD_ENV,
    SERVICE_KEY_FILE,
    TENANTS_ENV,
    SimulatedTenant,
    listed_elsewhere,
    password,
    tenants_file,
)

HERE, THERE = SimulatedTenant(1, 11), SimulatedTenant(2, 12)
ON_CLOUD_FOUNDRY = SimulatedTenant(1, 11, Profile.CLOUD_FOUNDRY)
SECRET = "not-in-the-tenants-file"


def test_the_password_is_made_once_for_its_owner_only(tmp_path):
    """Made at random at the first start, the same afterwards, readable by nobody else."""
    first = password(tmp_path, {})
    assert len(first) >= 24
    assert password(tmp_path, {}) == first
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_two_installations_have_two_passwords(tmp_path):
    """Nothing is shared between folders."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert password(tmp_path / "a", {}) != password(tmp_path / "b", {})


def test_a_given_password_is_used_and_not_written(tmp_path):
    """What the environment gives stays in the environment."""
    assert password(tmp_path, {PASSWORD_ENV: "given"}) == "given"
    assert list(tmp_path.iterdir()) == []


def test_the_tenants_file_names_the_password_and_does_not_hold_it(tmp_path):
    """On Neo the worker finds address and user in the file, the password in its environment."""
    path = tenants_file(tmp_path, HERE, SECRET, {})
    assert tomllib.loads(path.read_text())["tenants"]["simulator"] == {
        "environment": "neo",
        "url": "http://127.0.0.1:1",
        "user": "certrelay",
        "password_env": PASSWORD_ENV,
        "poll_seconds": 0.2,
    }
    assert not (tmp_path / SERVICE_KEY_FILE).exists()


def test_on_cloud_foundry_the_service_key_is_for_its_owner_only(tmp_path):
    """The tenants file names it and holds no secret; the key is SAP's JSON, and anew at each start."""
    for _ in range(2):
        path = tenants_file(tmp_path, ON_CLOUD_FOUNDRY, SECRET, {})
        key = tmp_path / SERVICE_KEY_FILE
        assert key.stat().st_mode & 0o777 == 0o600
        assert json.loads(key.read_text())["oauth"]["clientsecret"] == SECRET
        assert SECRET not in path.read_text()
        assert {file.name for file in tmp_path.iterdir()} == {path.name, key.name}


@pytest.mark.parametrize(("limited", "rate"), [(False, None), (True, 9.0)])
def test_the_worker_is_as_slow_as_the_tenant_asks(tmp_path, limited, rate):
    """A simulated tenant that limits requests would refuse a worker that does not slow down."""
    path = tenants_file(tmp_path, SimulatedTenant(1, 11, limited=limited), SECRET, {})
    assert tomllib.loads(path.read_text())["tenants"]["simulator"].get("design_time_per_second") == rate


def test_our_file_follows_the_port_and_the_profile(tmp_path):
    """A file that is still ours is written anew when the tenant is elsewhere or another."""
    path = tenants_file(tmp_path, HERE, SECRET, {})
    for tenant in (THERE, ON_CLOUD_FOUNDRY, HERE):
        tenants_file(tmp_path, tenant, SECRET, {})
        assert listed_elsewhere(path, tenant) == ""


@pytest.mark.parametrize("other", [THERE, ON_CLOUD_FOUNDRY])
def test_a_file_of_somebody_stays(tmp_path, other):
    """Without our first line the file belongs to a person, and what it says otherwise is told."""
    path = tenants_file(tmp_path, HERE, SECRET, {})
    theirs = path.read_text().partition("\n")[2] + "# mine\n"
    path.write_text(theirs)
    assert tenants_file(tmp_path, other, SECRET, {}) == path
    assert path.read_text() == theirs
    assert listed_elsewhere(path, other) == "http://127.0.0.1:1 (Neo)"


def test_a_file_of_the_environment_is_used(tmp_path):
    """CERTRELAY_TENANTS names another file; ours is not written."""
    other = tmp_path / "other.toml"
    assert tenants_file(tmp_path, ON_CLOUD_FOUNDRY, SECRET, {TENANTS_ENV: str(other)}) == other
    assert list(tmp_path.iterdir()) == []


def test_without_simulator_nothing_is_written(tmp_path):
    """No simulated tenant, no entry for it."""
    assert not tenants_file(tmp_path, None, "", {}).exists()
    assert listed_elsewhere(tmp_path / "tenants.toml", HERE) == ""
