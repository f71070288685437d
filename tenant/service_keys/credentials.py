"""Takes the certificate out of a key's credentials, and puts one into the parameters of a new key.

Credentials may hold a client secret or a private key. Nothing of them is kept here but the certificate, and no
error quotes them.
"""

import base64
import binascii
from collections.abc import Collection, Mapping

from certificates.facts import mapping_id
from tenant.model import KeyType
from tenant.odata import Unreadable
from tenant.service_keys.shapes import HeldCertificate
from tenant.user_mappings import der_of

MOST_NAME = 32
"""Characters of a key's name (SAP page 19af5e2); MD5 in hex fits exactly."""

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def certificate_in(credentials: object) -> HeldCertificate | None:
    """The certificate of a key, with or without the envelope `oauth`; None for a key of client id and secret.

    A key with a private key of its own was made by SAP; it holds a chain, the leaf first (SAP page 19af5e2).
    Raises `Unreadable` for what are no credentials of Process Integration Runtime.
    """
    members = _members(credentials)
    if not is_runtime_key(credentials):
        raise Unreadable("the credentials are none of a key of Process Integration Runtime")
    text = members.get("certificate")
    if text in (None, ""):
        return None
    key_type = KeyType.CERTIFICATE if members.get("key") else KeyType.EXTERNAL_CERTIFICATE
    return HeldCertificate(_der(text), key_type)


def is_runtime_key(credentials: object) -> bool:
    """True when credentials have the members that every key of Process Integration Runtime has (page 19af5e2)."""
    members = _members(credentials)
    return all(isinstance(members.get(name), str) for name in ("clientid", "tokenurl", "url"))


def _members(credentials: object) -> Mapping[str, object]:
    inner = credentials.get("oauth", credentials) if isinstance(credentials, dict) else credentials
    return inner if isinstance(inner, dict) else {}


def _der(text: object) -> bytes:
    """The DER of the first certificate; its line ends may be written as backslash and n, or be missing."""
    try:
        return der_of(str(text).replace("\\n", "\n"))
    except (ValueError, binascii.Error):
        raise Unreadable("the certificate of the credentials is no PEM text") from None


def one_line_pem(der: bytes) -> str:
    """A certificate as PEM without line ends, as `X.509` wants it (SAP page ae419b6)."""
    return f"{_BEGIN}{base64.b64encode(der).decode('ascii')}{_END}"


def parameters(der: bytes) -> dict[str, object]:
    """The parameters of a key for this certificate, the leaf alone, in the form of SAP page ae419b6.

    `validity` has no effect on such a key (SAP page 7f84d16), it ends with its certificate; the form has it anyway.
    How a key is said to be unpinned is not documented: this one is pinned, the default.
    """
    return {
        "key-type": KeyType.EXTERNAL_CERTIFICATE.value,
        "X.509": one_line_pem(der),
        "validity": 365,
        "key-length": 2048,
    }


def key_name(der: bytes, taken: Collection[str]) -> str:
    """A free name for the key of a certificate: its MD5 in hex, as SAP's own migration names keys.

    Where that is taken by another certificate's key, its end gives way to a number.
    """
    base, number = mapping_id(der), 1
    name = base
    while name in taken:
        number += 1
        ending = f"-{number}"
        name = base[: MOST_NAME - len(ending)] + ending
    return name
