"""The usual case, told at a glance: PEM blocks of certificates and nothing else, each one a whole certificate.

Such input needs no search for what it might be in other encodings, only for key material in its DER.
"""

import binascii
import re

from certificates.der import fields_of
from certificates.errors import MalformedDer
from certificates.key_material import refuse_key_shapes

_BLOCK = re.compile(rb"\s*-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE-----\s*")
# Text in a certificate as long as this might be a key in base64 or hexadecimal digits; names and addresses are not.
_LONG_TEXT = re.compile(rb"[A-Za-z0-9+/=:_%&;\\\s-]{80}")
# A word of every marker of key material; a certificate that has one is looked at with all care.
_SUSPICIOUS = (b"private", b"openssh", b"putty", b"keyvalue", b"kty", b"clientsecret")


def plain_certificates(data: bytes) -> tuple[bytes, ...]:
    """The DER of each certificate where `data` is the usual case; nothing where it is not.

    Raises SecretRefused where a certificate holds what may be a key.
    """
    found: list[bytes] = []
    at = 0
    while at < len(data):
        block = _BLOCK.match(data, at)
        der = _certificate(block.group(1)) if block else b""
        if not block or not der:
            return ()
        found.append(der)
        at = block.end()
    for der in found:
        refuse_key_shapes(der)
    return tuple(found)


def _certificate(body: bytes) -> bytes:
    """The DER in the lines of a block, empty where it is not exactly one certificate without long texts."""
    try:
        der = binascii.a2b_base64(body.replace(b"\r", b"").replace(b"\n", b""), strict_mode=True)
        fields_of(der)
    except (ValueError, MalformedDer):
        return b""
    letters = der.replace(b"\0", b"").lower()
    if _LONG_TEXT.search(der) or any(word in letters for word in _SUSPICIOUS):
        return b""
    return der
