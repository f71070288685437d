"""Certificates in and out of credentials, and names of keys and instances: laws."""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_keys import certificate, external, secret_key

from certificates.facts import mapping_id, pem_of
from tenant.model import KeyType
from tenant.odata import Unreadable
from tenant.service_keys.credentials import MOST_NAME, certificate_in, key_name, one_line_pem
from tenant.service_keys.labels import instance_called, labels
from tenant.service_keys.shapes import Instance

DER = certificate("law")
_LINES = st.sampled_from(["\n", "\r\n", "\\n", "\\r\\n".replace("\\r", ""), ""])


@given(st.binary(min_size=1, max_size=400), _LINES, st.booleans(), st.booleans())
def test_a_certificate_is_found_however_its_lines_end(der: bytes, end: str, envelope: bool, chain: bool) -> None:
    """One line or many, line ends escaped or real, with or without `oauth` and a chain: always the leaf's bytes."""
    text = (pem_of(der) + (pem_of(DER) if chain else "")).replace("\n", end)
    credentials = external(der, certificate=text)
    held = certificate_in({"oauth": credentials} if envelope else credentials)
    assert held is not None
    assert (held.der, held.key_type) == (der, KeyType.EXTERNAL_CERTIFICATE)


@given(st.binary(min_size=1, max_size=400))
def test_one_line_is_the_same_certificate(der: bytes) -> None:
    """What goes out without line ends reads as what went in."""
    line = one_line_pem(der)
    assert "\n" not in line
    assert line == "".join(ssl.DER_cert_to_PEM_cert(der).split("\n"))


@given(st.binary(min_size=1), st.integers(min_value=0, max_value=120))
def test_names_of_keys_fit_and_are_free(der: bytes, others: int) -> None:
    """At most 32 characters (SAP page 19af5e2), never one that is taken, and the MD5 first."""
    taken: list[str] = []
    for _ in range(others):
        name = key_name(der, taken)
        assert name not in taken
        assert 0 < len(name) <= MOST_NAME
        taken.append(name)
    assert taken[:1] in ([], [mapping_id(der)])


_GUIDS = st.text("0123456789abcdef-", min_size=1, max_size=36)
_INSTANCES = st.lists(
    st.builds(Instance, _GUIDS, st.sampled_from(["ERP", "CRM", "ERP (1)"])), unique_by=lambda i: i.guid
)


@given(_INSTANCES)
def test_every_instance_has_a_label_of_its_own(instances: list[Instance]) -> None:
    """Whatever they are named: the label leads back to the instance, and a name alone is kept where it suffices."""
    called = labels(instances)
    assert len(set(called.values())) == len(instances)
    names = [instance.name for instance in instances]
    for instance in instances:
        assert instance_called(called[instance.guid], instances) == instance
        if names.count(instance.name) == 1:
            assert called[instance.guid] == instance.name


def test_a_key_of_secret_holds_no_certificate() -> None:
    """Its client secret is not even looked at."""
    assert certificate_in(secret_key()) is None


@pytest.mark.parametrize(
    "odd", [None, [], "text", {}, {"oauth": "text"}, {"redacted_message": "[PRIVATE DATA HIDDEN]"}]
)
def test_what_are_no_credentials_are_not_taken_for_a_key_without_a_certificate(odd: object) -> None:
    """Hidden or foreign credentials are unreadable: could not look is never looked and fine."""
    with pytest.raises(Unreadable):
        certificate_in(odd)


@pytest.mark.parametrize("text", ["garbage", "-----BEGIN CERTIFICATE-----!!-----END CERTIFICATE-----", 7])
def test_a_certificate_that_is_none_is_unreadable(text: object) -> None:
    """And the text is not quoted."""
    with pytest.raises(Unreadable) as unreadable:
        certificate_in(external(DER, certificate=text))
    assert "garbage" not in str(unreadable.value)
