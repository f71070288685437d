"""The rehearsal authority issues real chains, as they are wanted, and keeps its keys to itself."""

from datetime import timedelta
from itertools import pairwise

import pytest
from certificates_pki import Pki
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from certificates.facts import public_key_digest
from certificates.rehearsal import CLIENT_AUTH, SERVER_AUTH, LeafProfile, RehearsalAuthority, encoded_name
from process.names import NameSyntaxError, equal


def usages(der: bytes) -> list[x509.ObjectIdentifier] | None:
    """The extended key usages of a certificate."""
    try:
        extensions = x509.load_der_x509_certificate(der).extensions
        return list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return None


def test_the_chain_verifies_up_to_the_root(pki: Pki) -> None:
    """Each certificate is signed by the next, and the root is the one to be listed."""
    chain = [x509.load_der_x509_certificate(der) for der in (pki.new.der, *pki.new.chain)]
    for below, above in pairwise(chain):
        below.verify_directly_issued_by(above)
    assert pki.new.chain_pem.endswith(pki.root.root_pem)
    assert pki.issuing.root_pem == pki.root.root_pem


def test_names_are_as_asked(pki: Pki) -> None:
    """A common name gets the CA's organization; a DN text is taken as it is, most specific first."""
    assert pki.root.issue("a").facts.names.subject == "CN=a, O=Rehearsal"
    dn = 'EMAILADDRESS=a@b.c, CN="Acme, Inc.", SERIALNUMBER=5, OU=x, DC=corp, C=DE'
    assert pki.root.issue(dn).facts.names.subject == dn
    assert equal(pki.root.issue("CN=a + OU=b, C=DE").facts.names.subject, "CN=a + OU=b, C=DE")
    with pytest.raises(NameSyntaxError):
        pki.root.issue("NOSUCH=a")
    with pytest.raises(ValueError, match="text only"):
        encoded_name("CN=#020105")


def test_two_authorities_of_one_name_have_two_keys(pki: Pki) -> None:
    """The same issuer DN with another key: a CA that was set up anew."""
    twin = RehearsalAuthority.create(now=pki.now)
    assert twin.issue("a").facts.names == pki.root.issue("a").facts.names
    assert public_key_digest(twin.issue("a").chain[0]) != public_key_digest(pki.root.issue("a").chain[0])


def test_usages_and_keys_are_as_asked(pki: Pki, rsa_key: rsa.RSAPrivateKey) -> None:
    """Client authentication by default; another, or none; a key of one's own."""
    assert usages(pki.root.issue("a").der) == [CLIENT_AUTH]
    assert usages(pki.root.issue("a", profile=LeafProfile(usages=(SERVER_AUTH,))).der) == [SERVER_AUTH]
    assert usages(pki.root.issue("a", profile=LeafProfile(usages=None)).der) is None
    ours = pki.root.issue("a", profile=LeafProfile(key=rsa_key))
    assert load_pem_private_key(ours.key_pem(), None).public_key() == rsa_key.public_key()


def test_validity_is_as_asked(pki: Pki) -> None:
    """From an hour before now for a year, or as told."""
    facts = pki.root.issue("a").facts
    assert facts.not_before < pki.now < facts.not_before + timedelta(hours=2)
    assert facts.not_after - facts.not_before == timedelta(days=365)
    begin, end = pki.now + timedelta(days=1), pki.now + timedelta(days=2)
    told = pki.root.issue("a", begin, end).facts
    assert (told.not_before, told.not_after) == (begin, end)


def test_representations_show_no_key(pki: Pki) -> None:
    """What a log or a failed test prints holds no key object."""
    assert "PrivateKey" not in repr(pki.new) + repr(pki.issuing) + repr(LeafProfile(key=pki.new.key))
