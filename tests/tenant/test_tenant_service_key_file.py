"""Service keys and bindings exactly as SAP hands them out, and those that cannot sign in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant.service_key_file import UnreadableServiceKey, read_binding, read_service_key

PLAIN = {
    "clientid": "sb-1!b2|it!b3",
    "clientsecret": "s3cret",
    "url": "https://acme.it-xyz.cfapps.us10-001.hana.ondemand.com",
    "tokenurl": "https://acme.authentication.us10.hana.ondemand.com/oauth/token",
}
EXTERNAL = {
    **{k: v for k, v in PLAIN.items() if k != "clientsecret"},
    "certificate": "-----BEGIN CERTIFICATE-----\nA",
}
DETAILS = {"issuerdn": "CN=CA", "serialnumber": "0xAB", "subjectdn": "CN=x", "validuntil": "2026-01-01T00:00:00.000Z"}
GENERATED = {**EXTERNAL, "key": "k3y", "certificatedetails": DETAILS}
BINDING = {
    "clientid": "sb-sm",
    "clientsecret": "s3cret",
    "url": "https://acme.authentication.us10.hana.ondemand.com",
    "xsappname": "x",
    "sm_url": "https://service-manager.cfapps.us10.hana.ondemand.com",
}


@pytest.mark.parametrize("envelope", [None, "oauth", "credentials"])
def test_a_key_with_a_secret_is_read_with_and_without_envelope(envelope):
    """The cockpit's download and the API wrap it, copies often do not."""
    key = read_service_key(json.dumps({envelope: PLAIN} if envelope else PLAIN))
    assert (key.url, key.token_url) == (PLAIN["url"], PLAIN["tokenurl"])
    assert (key.client_id, key.secret, key.with_certificate) == (PLAIN["clientid"], "s3cret", False)


def test_a_key_with_a_certificate_is_read():
    """Type Certificate: chain and private key, and a member with details that changes nothing."""
    key = read_service_key(json.dumps({"oauth": GENERATED}))
    assert (key.with_certificate, key.secret, key.key) == (True, "", "k3y")
    assert key.certificate == EXTERNAL["certificate"]


def test_line_ends_that_were_escaped_twice_are_line_ends():
    """Whoever puts the JSON into an environment variable often escapes it once more."""
    key = read_service_key(json.dumps({**GENERATED, "key": "a\\nb"}))
    assert key.key == "a\nb"


def test_a_key_of_type_external_certificate_cannot_sign_in():
    """It holds the certificate of somebody who has the private key elsewhere: the reason is told."""
    with pytest.raises(UnreadableServiceKey, match=r"External Certificate: .* cannot sign in"):
        read_service_key(json.dumps(EXTERNAL))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[]", "is no service key"),
        ("7", "is no service key"),
        ("{}", "lacks url, tokenurl, clientid"),
        (json.dumps({k: v for k, v in PLAIN.items() if k != "clientsecret"}), "lacks clientsecret"),
        (json.dumps({**PLAIN, "clientid": 7}), "is no service key .clientid"),
        (json.dumps({**PLAIN, "clientsecret": ["s3cret"]}), "is no service key .clientsecret"),
    ],
)
def test_what_is_no_service_key_is_told_without_quoting_it(text, why):
    """The member is named, never its value."""
    with pytest.raises(UnreadableServiceKey, match=why) as caught:
        read_service_key(text)
    assert "s3cret" not in f"{caught.value!r} {caught.value.__cause__}"


def test_the_secrets_are_in_no_repr():
    """A key that is printed shows neither secret nor private key."""
    assert "s3cret" not in repr(read_service_key(json.dumps(PLAIN)))
    assert "k3y" not in repr(read_service_key(json.dumps(GENERATED)))


def test_a_binding_of_the_service_manager_names_token_server_and_api():
    """`url` is the token server, where tokens are given at /oauth/token; `sm_url` is the API."""
    key = read_binding(json.dumps(BINDING))
    assert (key.url, key.token_url) == (BINDING["sm_url"], BINDING["url"] + "/oauth/token")


def test_a_binding_with_a_certificate_has_a_token_server_of_its_own():
    """With a certificate, `certurl` gives the tokens where it is named, else `url`."""
    binding = {**{k: v for k, v in BINDING.items() if k != "clientsecret"}, "certificate": "c", "key": "k"}
    assert read_binding(json.dumps(binding)).token_url == BINDING["url"] + "/oauth/token"
    key = read_binding(json.dumps({**binding, "certurl": "https://acme.authentication.cert.us10.hana.ondemand.com/"}))
    assert key.token_url == "https://acme.authentication.cert.us10.hana.ondemand.com/oauth/token"
    assert key.with_certificate


@given(st.text())
def test_no_text_breaks_the_reading(text):
    """Whatever stands in the file: a key, or a reason."""
    for reading in (read_service_key, read_binding):
        with pytest.raises(UnreadableServiceKey):
            reading(text)
