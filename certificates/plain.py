"""The usual case, told at a glance: PEM blocks of certificates and nothing else, each one a whole certificate.

Such input needs no search for what it might be in other encodings, only for key material in its DER.
"""

import base64
import re

from certificates.der import first_element
from certificates.errors import MalformedDer
from certificates.key_material import refuse_marked_secrets
from certificates.kinds import Kind, kind_of

_BLOCK = re.compile(rb"\s*-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE-----\s*")
# Text in a certificate as long as this might be a key in base64 or hexadecimal digits; names and addresses are not.
_LONG_TEXT = re.compile(rb"[A-Za-z0-9+/=:_%&;\\\s-]{80}")


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
        refuse_marked_secrets(der)
    return tuple(found)


def _certificate(body: bytes) -> bytes:
    """The DER in the lines of a block, empty where it is not exactly one certificate without long texts."""
    try:
        der = base64.b64decode(body.replace(b"\r", b"").replace(b"\n", b""), validate=True)
        element = first_element(der)
    except (ValueError, MalformedDer):
        return b""
    whole = len(element.encoded) == len(der) and kind_of(element) is Kind.CERTIFICATE
    return der if whole and not _LONG_TEXT.search(der) else b""
