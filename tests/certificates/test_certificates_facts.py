"""The facts of one certificate and its digests."""

import hashlib
from dataclasses import replace

from certificates_pki import Pki
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.facts import facts_of, mapping_id, pem_of, public_key_digest, serial_text
from certificates.rehearsal import LeafProfile
from process.facts import NamePair


def test_facts_are_those_of_the_library(pki: Pki) -> None:
    """Where the library can read a certificate, it reads what we read."""
    theirs = x509.load_der_x509_certificate(pki.new.der)
    ours = facts_of(pki.new.der, pki.new.chain)
    assert ours.fingerprint == theirs.fingerprint(hashes.SHA256()).hex()
    assert int(ours.serial, 16) == theirs.serial_number
    assert (ours.not_before, ours.not_after) == (theirs.not_valid_before_utc, theirs.not_valid_after_utc)
    assert ours.names == NamePair("CN=sender, O=Rehearsal", "CN=Rehearsal Issuing CA, O=Rehearsal, C=DE")
    assert x509.load_pem_x509_certificates((ours.pem + ours.chain).encode()) == [
        theirs,
        *map(x509.load_der_x509_certificate, pki.new.chain),
    ]


def test_the_chain_may_be_empty(pki: Pki) -> None:
    """Without a chain the facts are otherwise the same."""
    assert facts_of(pki.new.der) == replace(pki.new.facts, chain="")


def test_the_mapping_id_is_md5_of_the_der(pki: Pki) -> None:
    """SAP page e01d3f0: the tenant's key of a user mapping, in lower-case hex."""
    assert mapping_id(pki.new.der) == hashlib.md5(pki.new.der).hexdigest()
    assert mapping_id(pki.new.der) != mapping_id(pki.old.der)


def test_the_key_digest_tells_keys_apart(pki: Pki) -> None:
    """Equal for certificates of one key, different for different keys."""
    again = pki.root.issue("other", profile=LeafProfile(key=pki.new.key))
    assert public_key_digest(again.der) == public_key_digest(pki.new.der)
    assert public_key_digest(pki.old.der) != public_key_digest(pki.new.der)


def test_serial_numbers_have_whole_octets() -> None:
    """Hex with an even number of digits, the sign kept."""
    assert [serial_text(number) for number in (0, 5, 255, 256, -5)] == ["00", "05", "ff", "0100", "-05"]


def test_pem_is_what_the_library_writes(pki: Pki) -> None:
    """Lines of 64 characters between BEGIN and END."""
    theirs = x509.load_der_x509_certificate(pki.new.der).public_bytes(Encoding.PEM).decode()
    assert pem_of(pki.new.der) == theirs
