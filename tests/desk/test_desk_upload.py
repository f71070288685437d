"""What people hand over: secrets are refused, certificates become plain PEM, nothing else gets through."""

import pytest
from house import same_names
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.rehearsal import Issued
from desk.refusals import UploadRefused
from desk.upload import certificate_in_use, pem_from
from process.steps import Role
from workflows.messages import Submit


@pytest.fixture(scope="module")
def issued() -> Issued:
    """One certificate with chain and key."""
    return same_names().new


def test_pem_comes_out_as_it_went_in(issued: Issued) -> None:
    """A clean bundle needs no repair and stays as it is, in its order."""
    assert pem_from(issued.bundle_pem.encode()) == (issued.bundle_pem, ())


def test_der_becomes_pem(issued: Issued) -> None:
    """DER is taken too."""
    assert pem_from(issued.der)[0] == issued.pem


@settings(max_examples=30, deadline=None)
@given(before=st.text(max_size=40), after=st.text(max_size=40))
def test_only_certificates_get_through(before: str, after: str) -> None:
    """Whatever stands around the blocks, what comes out is blocks of type CERTIFICATE, as the message wants them."""
    try:
        pem, _ = pem_from(f"{before}\n{_SOME.bundle_pem}\n{after}".encode())
    except UploadRefused:
        return
    assert pem == _SOME.bundle_pem
    assert Submit(request_id="r", by="sam", role=Role.SENDER_ADMINISTRATOR, certificate=pem).certificate == pem


def test_a_key_is_refused_and_not_repeated(issued: Issued) -> None:
    """Certificate and key: refused under its rule, told as exposed, and no line of the key in the error."""
    key = issued.key_pem()
    with pytest.raises(UploadRefused) as caught:
        pem_from(issued.bundle_pem.encode() + key)
    assert caught.value.code == "private-key"
    assert "Treat the key as exposed" in caught.value.sentence
    assert key.splitlines()[1].decode() not in f"{caught.value!r} {caught.value.sentence}"
    assert caught.value.__cause__ is None


def test_a_key_is_refused_at_registration_too(issued: Issued) -> None:
    """The certificate in use comes without its key."""
    with pytest.raises(UploadRefused) as caught:
        certificate_in_use(issued.pem.encode() + issued.key_pem())
    assert caught.value.code == "private-key"


def test_the_first_one_is_the_certificate_in_use(issued: Issued) -> None:
    """Of a bundle, the first certificate is the one in use and the others its chain."""
    facts = certificate_in_use(issued.bundle_pem.encode())
    assert facts.fingerprint == issued.facts.fingerprint
    assert facts.chain == issued.chain_pem


def test_what_is_no_certificate_has_a_sentence_and_an_ask() -> None:
    """The refusal says what it is instead and what to hand over."""
    for take in (pem_from, certificate_in_use):
        with pytest.raises(UploadRefused) as caught:
            take(b"hello")
        assert caught.value.code == "not-a-certificate"
        assert caught.value.ask in caught.value.sentence


_SOME = same_names().new
