"""The password and the tenants file that simulator and worker share."""

import tomllib

from desk.up.simulated_tenant import PASSWORD_ENV, TENANTS_ENV, listed_elsewhere, password, tenants_file

HERE, THERE = "http://127.0.0.1:1", "http://127.0.0.1:2"


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
    """The worker finds address and user in the file, the password in its environment."""
    path = tenants_file(tmp_path, HERE, {})
    assert tomllib.loads(path.read_text()) == {
        "tenants": {
            "simulator": {"url": HERE, "user": "certrelay", "password_env": PASSWORD_ENV, "poll_seconds": 0.2}
        }
    }


def test_our_file_follows_the_port(tmp_path):
    """A file that is still ours is written anew when the address changes."""
    path = tenants_file(tmp_path, HERE, {})
    tenants_file(tmp_path, THERE, {})
    assert listed_elsewhere(path, THERE) == ""


def test_a_file_of_somebody_stays(tmp_path):
    """Without our first line the file belongs to a person, and another address in it is told."""
    path = tenants_file(tmp_path, HERE, {})
    theirs = path.read_text().partition("\n")[2] + "# mine\n"
    path.write_text(theirs)
    assert tenants_file(tmp_path, THERE, {}) == path
    assert path.read_text() == theirs
    assert listed_elsewhere(path, THERE) == HERE


def test_a_file_of_the_environment_is_used(tmp_path):
    """CERTRELAY_TENANTS names another file; ours is not written."""
    other = tmp_path / "other.toml"
    assert tenants_file(tmp_path, HERE, {TENANTS_ENV: str(other)}) == other
    assert list(tmp_path.iterdir()) == []


def test_without_simulator_nothing_is_written(tmp_path):
    """No simulated tenant, no entry for it."""
    assert not tenants_file(tmp_path, "", {}).exists()
    assert listed_elsewhere(tmp_path / "tenants.toml", HERE) == ""
