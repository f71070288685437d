"""Whatever may hold a private key is refused, in any encoding, before anything is read."""

import base64
import html
import json
import os
import traceback
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest
from certificates_pki import Pki
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.errors import (
    JavaKeystoreRefused,
    Pkcs12Refused,
    PrivateKeyRefused,
    SecretRefused,
)
from certificates.intake import MAX_BYTES, take_in
from certificates.key_material import refuse_secrets

PASSWORD = BestAvailableEncryption(b"a password")
TRADITIONAL, PKCS8, OPENSSH = PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8, PrivateFormat.OpenSSH


@pytest.fixture(scope="session")
def keys(rsa_key: rsa.RSAPrivateKey) -> dict[str, bytes]:
    """Every form of private key, PEM and DER."""
    curve = ec.generate_private_key(ec.SECP384R1())
    edwards = ed25519.Ed25519PrivateKey.generate()
    digital = dsa.generate_private_key(1024)
    return {
        "RSA PKCS#8": rsa_key.private_bytes(Encoding.DER, PKCS8, NoEncryption()),
        "RSA PKCS#1": rsa_key.private_bytes(Encoding.DER, TRADITIONAL, NoEncryption()),
        "EC PKCS#8": curve.private_bytes(Encoding.DER, PKCS8, NoEncryption()),
        "EC SEC1": curve.private_bytes(Encoding.DER, TRADITIONAL, NoEncryption()),
        "Ed25519 PKCS#8": edwards.private_bytes(Encoding.DER, PKCS8, NoEncryption()),
        "DSA": digital.private_bytes(Encoding.DER, TRADITIONAL, NoEncryption()),
        "encrypted PKCS#8": curve.private_bytes(Encoding.DER, PKCS8, PASSWORD),
        "RSA PEM": rsa_key.private_bytes(Encoding.PEM, TRADITIONAL, NoEncryption()),
        "encrypted PEM": rsa_key.private_bytes(Encoding.PEM, PKCS8, PASSWORD),
        "old encrypted PEM": rsa_key.private_bytes(Encoding.PEM, TRADITIONAL, PASSWORD),
        "OpenSSH": edwards.private_bytes(Encoding.PEM, OPENSSH, NoEncryption()),
    }


KEY_NAMES = [
    "RSA PKCS#8", "RSA PKCS#1", "EC PKCS#8", "EC SEC1", "Ed25519 PKCS#8", "DSA", "encrypted PKCS#8",
    "RSA PEM", "encrypted PEM", "old encrypted PEM", "OpenSSH",
]  # fmt: skip

WRAPS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "base64": base64.encodebytes,
    "base64 in one line": base64.b64encode,
    "base64 for URLs": base64.urlsafe_b64encode,
    "hexadecimal": lambda data: data.hex().encode(),
    "hexadecimal with colons": lambda data: data.hex(":").encode(),
    "UTF-16": lambda data: data.decode("latin-1").encode("utf-16"),
    "UTF-16 without mark": lambda data: data.decode("latin-1").encode("utf-16-le"),
    "UTF-32": lambda data: data.decode("latin-1").encode("utf-32"),
    "JSON": lambda data: json.dumps({"key": data.decode("latin-1")}).encode(),
    "HTML": lambda data: html.escape(data.decode("latin-1")).encode("latin-1"),
    "URL": lambda data: urllib.parse.quote(data).encode(),
    "mail": lambda data: b"\n".join(b"> " + line for line in data.split(b"\n")),
    "indented": lambda data: b"\n".join(b"    " + line for line in data.split(b"\n")),
}
TEXT_WRAPS = ["JSON", "HTML", "URL", "mail", "indented", "UTF-16", "UTF-16 without mark", "UTF-32"]


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("kind", KEY_NAMES)
def test_every_key_in_every_encoding_is_refused(keys: dict[str, bytes], kind: str, wrap: str) -> None:
    """Alone, a key of any form is refused as a secret, never as something unknown."""
    if wrap in TEXT_WRAPS and "PEM" not in kind and "OpenSSH" not in kind:
        data = WRAPS[wrap](base64.encodebytes(keys[kind]))
    else:
        data = WRAPS[wrap](keys[kind])
    with pytest.raises(SecretRefused):
        take_in(data)


@pytest.mark.parametrize("kind", KEY_NAMES)
def test_a_key_beside_certificates_is_refused(pki: Pki, keys: dict[str, bytes], kind: str) -> None:
    """Before, after and between certificates a key is found; the certificates are not taken."""
    key = keys[kind]
    as_text = key if key.startswith(b"-----") else base64.encodebytes(key)
    chain = pki.new.chain_pem.encode()
    for data in (
        as_text + pki.new.pem.encode(),
        pki.new.pem.encode() + as_text + chain,
        pki.new.pem.encode() + b"x" * 300_000 + b"\n" + as_text,
        pki.new.der + key,
    ):
        with pytest.raises(SecretRefused):
            take_in(data)


@given(st.sampled_from(KEY_NAMES), st.lists(st.sampled_from(sorted(WRAPS)), min_size=1, max_size=2))
@settings(max_examples=120, deadline=None)
def test_keys_are_found_through_two_layers(keys: dict[str, bytes], kind: str, wraps: list[str]) -> None:
    """Encodings inside encodings do not hide a key."""
    data = keys[kind]
    if not data.startswith(b"-----"):
        data = base64.encodebytes(data)
    for wrap in wraps:
        data = WRAPS[wrap](data)
    with pytest.raises(SecretRefused):
        take_in(data)


def test_a_key_after_pkcs7_and_in_lower_case(pki: Pki, keys: dict[str, bytes]) -> None:
    """A bundle in front and a marker in other letters do not hide a key."""
    bundle = pkcs7.serialize_certificates([x509.load_der_x509_certificate(pki.new.der)], Encoding.PEM)
    for data in (bundle + keys["RSA PEM"], keys["RSA PEM"].lower()):
        with pytest.raises(PrivateKeyRefused):
            take_in(data)


def test_a_key_that_was_cut_off_is_still_a_key(keys: dict[str, bytes]) -> None:
    """Half a key is half exposed."""
    for kind in ("RSA PKCS#8", "RSA PKCS#1", "EC PKCS#8", "EC SEC1", "encrypted PKCS#8"):
        with pytest.raises(SecretRefused):
            take_in(base64.b64encode(keys[kind][:100]))


def test_pkcs12_is_refused_without_asking_for_its_password(pki: Pki) -> None:
    """A PKCS#12 file, with and without a password, in DER and base64, is refused by name."""
    certificate = x509.load_der_x509_certificate(pki.new.der)
    for protection in (NoEncryption(), PASSWORD):
        data = pkcs12.serialize_key_and_certificates(b"sender", pki.new.key, certificate, None, protection)
        for form in (data, base64.b64encode(data)):
            with pytest.raises(Pkcs12Refused) as refused:
                take_in(form)
            assert refused.value.code == "pkcs12"


def test_java_keystores_are_refused() -> None:
    """JKS and JCEKS are known by their first octets."""
    for magic in ("feedfeed", "cececece"):
        with pytest.raises(JavaKeystoreRefused):
            take_in(bytes.fromhex(magic) + bytes(60))


@pytest.mark.parametrize(
    "text",
    [
        '{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}',
        '{"clientid":"a","clientsecret":"b"}',
        "<RSAKeyValue><Modulus>AA</Modulus><D>AA</D></RSAKeyValue>",
        "PuTTY-User-Key-File-3: ssh-ed25519",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nx",
        "AAAA\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_keys_that_are_no_asn1(text: str) -> None:
    """Keys of other worlds, and fragments of PEM, are refused too."""
    with pytest.raises(PrivateKeyRefused):
        take_in(text.encode())


def test_a_key_in_a_file_that_is_too_large(keys: dict[str, bytes]) -> None:
    """The limit does not keep the person from hearing that the key is exposed."""
    with pytest.raises(PrivateKeyRefused):
        take_in(b"x" * MAX_BYTES + keys["RSA PEM"])


def test_the_words_say_that_the_key_is_exposed_and_quote_nothing(keys: dict[str, bytes]) -> None:
    """Neither the sentence nor the traceback holds a piece of the key; the person hears what to do."""
    secret = keys["RSA PEM"]
    with pytest.raises(PrivateKeyRefused) as refused:
        take_in(secret)
    said = str(refused.value) + "".join(traceback.format_exception(refused.value))
    assert "exposed" in refused.value.sentence
    assert not any(line in said for line in secret.decode().splitlines()[1:-1])


def test_certificates_are_not_taken_for_keys(pki: Pki) -> None:
    """No false alarm on certificates of several kinds and on text that speaks of keys."""
    refuse_secrets(pki.new.bundle_pem.encode())
    refuse_secrets(b"Never send the private key to us. " + pki.new.pem.encode() + b"The private key stays here.")
    refuse_secrets(b"".join((pki.new.der, *pki.new.chain)))


CORPUS = Path(os.environ.get("CERTRELAY_CORPUS", "../shared/corpus")) / "x509" / "limbo-client.json"


@pytest.mark.corpus
def test_no_certificate_of_the_corpus_is_taken_for_a_key() -> None:
    """Hundreds of unusual certificates raise no false alarm."""
    if not CORPUS.exists():
        pytest.skip(f"no corpus at {CORPUS}; set CERTRELAY_CORPUS")
    for block in set(CORPUS.read_text(encoding="utf-8").split("-----BEGIN ")[1:]):
        refuse_secrets(("-----BEGIN " + block.replace("\\n", "\n").split('"')[0]).encode())


@settings(max_examples=60, deadline=None)
@given(
    before=st.text("abcXYZ0189+/ \n", max_size=120),
    inside=st.integers(0, 2),
    width=st.sampled_from([64, 76, 77, 10_000]),
    form=st.sampled_from(["RSA PEM", "encrypted PEM", "OpenSSH"]),
    encode=st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]),
)
def test_a_key_in_base64_is_found_behind_other_digits(
    keys: dict[str, bytes], before: str, inside: int, width: int, form: str, encode: Callable[[bytes], bytes]
) -> None:
    """Digits that stand before it, as of a certificate, put a decoder out of step; the key is found all the same."""
    digits = encode(b"x" * inside + keys[form]).decode()
    lines = "\n".join(digits[at : at + width] for at in range(0, len(digits), width))
    with pytest.raises(SecretRefused):
        refuse_secrets(f"{before}\n{lines}\n".encode())


@pytest.mark.parametrize("cut", range(4))
@pytest.mark.parametrize("magic", [b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"], ids=["JKS", "JCEKS"])
def test_a_keystore_in_base64_is_found_behind_other_digits(magic: bytes, cut: int) -> None:
    """The same for Java keystores, which have no words in them."""
    store = base64.encodebytes(magic + bytes((0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1)) + b"alias" * 40)
    with pytest.raises(JavaKeystoreRefused):
        refuse_secrets(b"Q" * (40 + cut) + b"\n" + store)
