"""`tenants.toml`: strict, without secrets, and every problem named at once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant.settings import (
    BasicLogin,
    OAuthLogin,
    SettingsError,
    UnknownTenant,
    is_loopback,
    load_tenants,
)

BASIC = """
[tenants.dev]
url = "https://acme-tmn.hci.eu1.hana.ondemand.com/"
user = "renewer"
password_env = "DEV_PASSWORD"
"""
OAUTH = """
[tenants.prod]
url = "https://prod.example/api/v1"
token_url = "https://login.example/oauth2/api/v1/token?grant_type=client_credentials"
client_id = "renewal"
client_secret_env = "PROD_SECRET"
poll_seconds = 0.05
deploy_timeout_seconds = 60
concurrency = 2
"""
ENVIRONMENT = {"DEV_PASSWORD": "pw", "PROD_SECRET": "cs"}


def _load(folder: Path, text: str, environment=ENVIRONMENT):
    file = folder / "tenants.toml"
    file.write_text(text, encoding="utf-8")
    return load_tenants(file, environment)


def _problems(folder: Path, text: str, environment=ENVIRONMENT) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        _load(folder, text, environment)
    assert str(folder / "tenants.toml") in caught.value.sentence
    assert all(problem in caught.value.sentence for problem in caught.value.problems)
    assert "the operator must" in caught.value.sentence
    return caught.value.problems


def test_both_logins_are_read(tmp_path):
    """Basic and OAuth, with defaults, and the API root appended only where it is absent."""
    tenants = _load(tmp_path, BASIC + OAUTH)
    dev, prod = tenants
    assert tenants.names == ("dev", "prod")
    assert dev.url == "https://acme-tmn.hci.eu1.hana.ondemand.com/api/v1"
    assert isinstance(dev.login, BasicLogin)
    assert dev.login.user == "renewer"
    assert prod.url == "https://prod.example/api/v1"
    assert isinstance(prod.login, OAuthLogin)
    assert (prod.poll_seconds, prod.deploy_timeout_seconds, prod.concurrency) == (0.05, 60, 2)


def test_a_secret_is_read_when_it_is_used_and_is_in_no_repr(tmp_path):
    """Settings hold where a secret is, never the secret itself."""
    tenants = _load(tmp_path, BASIC)
    assert tenants.get("dev").login.secret.read({"DEV_PASSWORD": "rotated"}) == "rotated"
    assert "pw'" not in repr(tenants)
    with pytest.raises(SettingsError, match="DEV_PASSWORD"):
        tenants.get("dev").login.secret.read({})


def test_a_secret_file_lies_beside_the_settings_and_loses_its_line_end(tmp_path):
    """A relative file is looked for where tenants.toml is; the editor's line end is no part of a password."""
    (tmp_path / "secret").write_text(" pass word \n", encoding="utf-8")
    text = BASIC.replace('password_env = "DEV_PASSWORD"', 'password_file = "secret"')
    assert _load(tmp_path, text).get("dev").login.secret.read() == " pass word "


def test_an_unknown_tenant_names_the_known_ones(tmp_path):
    """Whoever mistypes a name sees which there are."""
    with pytest.raises(UnknownTenant) as caught:
        _load(tmp_path, BASIC + OAUTH).get("qas")
    assert (caught.value.name, caught.value.known) == ("qas", ("dev", "prod"))
    assert "known are dev, prod" in caught.value.sentence
    with pytest.raises(UnknownTenant, match="describes none"):
        _load(tmp_path, "").get("qas")


def test_all_that_is_missing_is_named_at_once(tmp_path):
    """One run tells all: every tenant, every key, and secrets that are not there."""
    text = "[tenants.a]\n[tenants.b]\ntoken_url = 'https://x/token'\n" + BASIC
    problems = " ".join(_problems(tmp_path, text, {}))
    for key in ("a.url", "a.user", "a.password_env", "b.url", "b.client_id", "b.client_secret_env"):
        assert f"tenants.{key}" in problems
    assert "tenants.dev.password_env names the variable DEV_PASSWORD, which is not set" in problems


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("password_env", "password", "tenants.dev.password is no setting"),
        ('user = "renewer"', "user = 7", "tenants.dev.user is wrong"),
        ('user = "renewer"', 'user = "r"\npoll_seconds = 0', "tenants.dev.poll_seconds is wrong"),
        ('user = "renewer"', 'user = "r"\nconcurrency = 1.5', "tenants.dev.concurrency is wrong"),
        ("https://acme", "http://acme", "is not encrypted"),
        ("https://acme", "ftp://acme", "is no https:// address"),
        ("https://acme", "https://me:pw@acme", "must not stand in the file"),
        ("https://acme", "https://[acme", "is no address"),
        ("ondemand.com/", "ondemand.com/?a=b", "must end with the path"),
        ('user = "renewer"', 'user = "r"\nclient_id = "c"', "only one login can be used"),
        ('user = "renewer"', 'user = "r"\npassword_file = "f"', "are both there"),
        ('password_env = "DEV_PASSWORD"', 'password_file = "nowhere"', "is empty or cannot be read"),
        ("[tenants.dev]", "[tenant.dev]", "tenant is no setting"),
        ("[tenants.dev]", "[tenants.dev", "the file is not TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_its_key(tmp_path, old, new, problem):
    """Nothing is guessed and nothing ignored: what does not fit is told with its key."""
    assert old in BASIC
    assert problem in " ".join(_problems(tmp_path, BASIC.replace(old, new)))


def test_a_value_is_never_quoted(tmp_path):
    """Somebody may have written a secret into the file: the message does not spread it."""
    text = BASIC.replace("password_env = ", "password = ").replace("DEV_PASSWORD", "s3cr3t")
    assert "s3cr3t" not in " ".join(_problems(tmp_path, text))


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    """The operator hears which file is missing."""
    with pytest.raises(SettingsError, match=r"none\.toml cannot be used.*cannot be read"):
        load_tenants(tmp_path / "none.toml")


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:1", "127.9.9.9", "[::1]:8080"])
def test_plain_http_is_for_this_machine_itself(tmp_path, host):
    """A simulator on this machine may be called without TLS."""
    text = BASIC.replace("https://acme-tmn.hci.eu1.hana.ondemand.com", f"http://{host}")
    assert _load(tmp_path, text).get("dev").url == f"http://{host}/api/v1"


@given(st.ip_addresses())
def test_loopback_is_what_the_address_says(address):
    """Every address of 127.0.0.0/8 and ::1 is this machine, no other is."""
    assert is_loopback(str(address)) is address.is_loopback


def test_a_name_that_looks_local_is_not():
    """Only the name localhost itself stands for this machine."""
    assert is_loopback("LOCALHOST")
    assert not is_loopback("localhost.example")


def test_plain_http_beyond_this_machine_is_said_in_the_file(tmp_path):
    """A simulator in a network of its own may be reached without TLS, where the file says so for this tenant."""
    file = tmp_path / "tenants.toml"
    text = '[tenants.s]\nurl = "http://simulator:8234"\nuser = "u"\npassword_env = "P"\n'
    file.write_text(text)
    with pytest.raises(SettingsError, match="plain_http"):
        load_tenants(file, {"P": "x"})
    file.write_text(text + "plain_http = true\n")
    assert load_tenants(file, {"P": "x"}).get("s").url.startswith("http://simulator:8234")
