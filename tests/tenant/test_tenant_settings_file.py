"""`tenants.toml` of a tenant on Cloud Foundry: service keys to sign in with, and where those of the senders live."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certificates.rehearsal import RehearsalAuthority
from tenant.settings import (
    BasicLogin,
    CertificateLogin,
    Environment,
    OAuthLogin,
    PasswordLogin,
    Rates,
    ServiceKeyApiKind,
    SettingsError,
    TenantSettings,
    load_tenants,
)

CLIENT = RehearsalAuthority.create(now=datetime.now(UTC)).issue("renewal client")
KEY = {
    "clientid": "sb-1!b2|it!b3",
    "clientsecret": "s3cret",
    "url": "https://acme.it-xyz.cfapps.us10-001.hana.ondemand.com",
    "tokenurl": "https://acme.authentication.us10.hana.ondemand.com/oauth/token",
}
BARE = {name: value for name, value in KEY.items() if name != "clientsecret"}
GENERATED = {**BARE, "certificate": CLIENT.bundle_pem, "key": CLIENT.key_pem().decode()}
BINDING = {
    "clientid": "sb-sm",
    "clientsecret": "sm-s3cret",
    "url": "https://acme.authentication.us10.hana.ondemand.com",
    "sm_url": "https://service-manager.cfapps.us10.hana.ondemand.com/",
}
PROD = """
[tenants.prod]
environment = "cloud-foundry"
service_key_file = "api-key.json"
"""
CLOUD_FOUNDRY = """
[tenants.prod.service_keys]
api = "cloud-foundry"
url = "https://api.cf.us10-001.hana.ondemand.com/"
login_url = "https://uaa.cf.us10-001.hana.ondemand.com/oauth/token"
user = "developer@acme.example"
password_env = "CF_PASSWORD"
instances = ["guid-1", "guid-2"]
"""
SERVICE_MANAGER = """
[tenants.prod.service_keys]
api = "service-manager"
sm_url = "https://service-manager.cfapps.us10.hana.ondemand.com"
token_url = "https://acme.authentication.us10.hana.ondemand.com/oauth/token"
client_id = "sb-sm"
client_secret_env = "SM_SECRET"
"""
ENVIRONMENT = {"CF_PASSWORD": "cf-pw", "SM_SECRET": "sm-s3cret", "API_KEY": json.dumps({"oauth": KEY})}


@pytest.fixture
def load(tmp_path: Path):
    """Reads a text as `tenants.toml`, with these files beside it."""

    def read(text: str, **files: object) -> TenantSettings:
        for name, content in files.items():
            written = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / f"{name}.json").write_text(written, encoding="utf-8")
        file = tmp_path / "tenants.toml"
        file.write_text(text.replace("api-key.json", "key.json"), encoding="utf-8")
        return load_tenants(file, ENVIRONMENT).get("prod")

    return read


def _problems(load, text: str, **files: object) -> str:
    with pytest.raises(SettingsError) as caught:
        load(text, **files)
    for secret in ("s3cret", "cf-pw", "PRIVATE KEY"):
        assert secret not in f"{caught.value!r}"
    return caught.value.sentence


@pytest.mark.parametrize("envelope", [True, False])
def test_a_service_key_says_all_of_the_tenant(load, envelope):
    """Address, token server, client and secret come out of the file as SAP hands it out."""
    tenant = load(PROD, key={"oauth": KEY} if envelope else KEY)
    assert tenant.environment is Environment.CLOUD_FOUNDRY
    assert tenant.url == KEY["url"] + "/api/v1"
    assert isinstance(tenant.login, OAuthLogin)
    assert (tenant.login.token_url, tenant.login.client_id) == (KEY["tokenurl"], KEY["clientid"])
    assert tenant.login.secret.secret(tenant.login.secret.read()) == "s3cret"
    assert "s3cret" not in repr(tenant)


def test_a_service_key_may_come_in_an_environment_variable(load):
    """Where a platform hands secrets over in that way, no file is needed."""
    tenant = load(PROD.replace('service_key_file = "api-key.json"', 'service_key_env = "API_KEY"'))
    assert tenant.url == KEY["url"] + "/api/v1"


def test_a_service_key_with_a_certificate_signs_in_over_tls(load):
    """Type Certificate: the source is kept, neither certificate nor key is."""
    tenant = load(PROD, key={"oauth": GENERATED})
    assert isinstance(tenant.login, CertificateLogin)
    assert (tenant.login.token_url, tenant.login.client_id) == (KEY["tokenurl"], KEY["clientid"])
    assert "PRIVATE KEY" not in repr(tenant)
    assert "PRIVATE KEY" in tenant.login.source.service_key(tenant.login.source.read()).key


def test_the_address_of_the_settings_goes_before_that_of_the_key(load):
    """A tenant behind a domain of its own is reached there."""
    assert load(PROD + 'url = "https://ci.acme.example"', key=KEY).url == "https://ci.acme.example/api/v1"


def test_basic_and_a_named_client_work_on_cloud_foundry_too(load):
    """A user "for compatibility only" (SAP page 57f104d), or a client without a service key file."""
    basic = PROD.replace(
        'service_key_file = "api-key.json"', 'url = "https://x"\nuser = "u"\npassword_env = "CF_PASSWORD"'
    )
    assert isinstance(load(basic).login, BasicLogin)
    assert load(basic).environment is Environment.CLOUD_FOUNDRY


def test_the_cf_api_is_signed_in_to_with_a_password(load):
    """The service keys of senders by the CF API v3: the UAA, a Space Developer, and these instances alone."""
    keys = load(PROD + CLOUD_FOUNDRY, key=KEY).service_keys
    assert keys is not None
    assert keys.kind is ServiceKeyApiKind.CLOUD_FOUNDRY
    assert keys.url == "https://api.cf.us10-001.hana.ondemand.com"
    assert isinstance(keys.login, PasswordLogin)
    assert (keys.login.user, keys.login.token_url[:14]) == ("developer@acme.example", "https://uaa.cf")
    assert keys.instances == ("guid-1", "guid-2")
    assert keys.login.secret.read(ENVIRONMENT) == "cf-pw"


def test_the_service_manager_is_signed_in_to_as_a_client(load):
    """By its own keys in the file, or by a binding as SAP hands it out; both come to the same."""
    written = load(PROD + SERVICE_MANAGER, key=KEY).service_keys
    text = '[tenants.prod.service_keys]\napi = "service-manager"\nbinding_file = "binding.json"\n'
    bound = load(PROD + text, key=KEY, binding=BINDING).service_keys
    assert written is not None
    assert bound is not None
    assert written.kind is bound.kind is ServiceKeyApiKind.SERVICE_MANAGER
    assert written.url == bound.url
    assert isinstance(written.login, OAuthLogin)
    assert isinstance(bound.login, OAuthLogin)
    assert (bound.login.token_url, bound.login.client_id) == (written.login.token_url, written.login.client_id)
    assert bound.login.in_body
    assert bound.login.secret.secret(bound.login.secret.read()) == "sm-s3cret"


def test_a_binding_with_a_certificate_signs_in_over_tls(load):
    """The mTLS form of a binding: certificate and key instead of the secret."""
    text = '[tenants.prod.service_keys]\napi = "service-manager"\nbinding_file = "binding.json"\n'
    bare = {name: value for name, value in BINDING.items() if name != "clientsecret"}
    binding = {**bare, "certificate": CLIENT.pem, "key": CLIENT.key_pem().decode()}
    keys = load(PROD + text, key=KEY, binding=binding).service_keys
    assert keys is not None
    assert isinstance(keys.login, CertificateLogin)
    assert keys.login.source.service_key(keys.login.source.read()).url == BINDING["sm_url"]


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ({**BARE, "certificate": CLIENT.pem}, "is of type External Certificate"),
        ({**GENERATED, "certificate": GENERATED["certificate"][:100]}, "certificate and key cannot be read"),
        ({**KEY, "url": "http://acme.example"}, "service_key_file: the url in it is not encrypted"),
        ({**KEY, "tokenurl": "ftp://x"}, "the address of the token server in it is no https:// address"),
        ("{", "is not JSON"),
        ("", "is empty or cannot be read"),
        ({"oauth": {}}, "lacks url, tokenurl, clientid"),
    ],
)
def test_a_service_key_that_cannot_sign_in_is_refused_at_once(load, key, problem):
    """Not when the first renewal needs it; with the key of the setting, and nothing of the file."""
    sentence = _problems(load, PROD, key=key)
    assert problem in sentence
    assert "tenants.prod.service_key_file" in sentence


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"cloud-foundry"\nservice_key', '"kyma"\nservice_key', "tenants.prod.environment is wrong"),
        ('environment = "cloud-foundry"\nservice_key', "service_key", "service keys are of environment"),
        ("service_key_file", "service_key", "tenants.prod.service_key is no setting"),
        ("service_key_file", 'user = "u"\nservice_key_file', "only one login can be used"),
        ("service_key_file", 'client_id = "u"\nservice_key_file', "only one login can be used"),
        ("service_key_file", 'service_key_env = "API_KEY"\nservice_key_file', "exactly one is needed"),
        ('api = "cloud-foundry"', 'api = "kyma"', "tenants.prod.service_keys.api is wrong"),
        ('api = "cloud-foundry"', "", "tenants.prod.service_keys.api is missing"),
        ("login_url", "sm_url", "tenants.prod.service_keys.login_url is missing"),
        ("https://uaa", "http://uaa", "tenants.prod.service_keys.login_url is not encrypted"),
        ("CF_PASSWORD", "NOWHERE", "tenants.prod.service_keys.password_env names the variable NOWHERE"),
        ("password_env", "password", "tenants.prod.service_keys.password is no setting"),
        ('"guid-2"', '""', "tenants.prod.service_keys.instances holds an empty guid"),
        ('user = "dev', 'binding_env = "X"\nuser = "dev', 'binding_env is not used with api = "cloud-foundry"'),
    ],
)
def test_a_wrong_setting_on_cloud_foundry_is_named_with_its_key(load, old, new, problem):
    """Nothing is guessed and nothing ignored, in the tenant's table and in the one of its service keys."""
    text = PROD + CLOUD_FOUNDRY
    assert old in text
    assert problem in _problems(load, text.replace(old, new, 1), key=KEY)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("sm_url", "login_url", 'service_keys.login_url is not used with api = "service-manager"'),
        (
            "sm_url",
            'url = "https://x"\nsm_url',
            "service_keys.url and tenants.prod.service_keys.sm_url are both there",
        ),
        ("client_id", 'binding_file = "nowhere.json"\nclient_id', "client_id is not used with"),
        ("client_secret_env", "client_secret_file", "is empty or cannot be read"),
    ],
)
def test_a_wrong_setting_of_the_service_manager_is_named_with_its_key(load, old, new, problem):
    """Keys of the other API, and keys beside a binding, are told and not passed over."""
    assert problem in _problems(load, PROD + SERVICE_MANAGER.replace(old, new, 1), key=KEY)


def test_everything_that_is_missing_is_told_at_once(load):
    """The tenant's own login, the address of the CF API, its login and its user, in one run."""
    text = '[tenants.prod]\nenvironment = "cloud-foundry"\n[tenants.prod.service_keys]\napi = "cloud-foundry"\n'
    sentence = _problems(load, text)
    for key in ("url", "user", "password_env", "service_keys.url", "service_keys.login_url", "service_keys.user"):
        assert f"tenants.prod.{key}" in sentence
    assert "tenants.prod.service_keys.password_env and tenants.prod.service_keys.password_file" in sentence


def test_the_pace_is_set_per_tenant(load):
    """What is not set is left to the default; 0 is no limit."""
    rates = "design_time_per_second = 4\nruntime_per_second = 0\nbusy_seconds = 5\n"
    tenant = load(PROD + rates, key=KEY)
    assert tenant.rates == Rates(design_time_per_second=4, runtime_per_second=0)
    assert tenant.busy_seconds == 5
    for wrong in ("-1", "nan", '"9"'):
        assert "design_time_per_second is wrong" in _problems(
            load, PROD + f"design_time_per_second = {wrong}", key=KEY
        )
