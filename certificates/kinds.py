"""What a DER value is, told by its shape, and what other input is, told by its first bytes. Nothing is kept."""

from enum import StrEnum

from certificates.der import SEQUENCE, Element
from certificates.errors import MalformedDer

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_UNKNOWN = "of a form that is not known here"
_KNOWN_STARTS = (  # in lower case
    (b"pk\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"%pdf", "a PDF document"),
    (b"\x89png", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\xd0\xcf\x11\xe0", "an old Office document or an Outlook message"),
    (b"<!doctype", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML document"),
    (b"ssh-", "an SSH public key"),
    (b"ecdsa-sha2-", "an SSH public key"),
    (b"{", "a JSON text without a certificate"),
)


class Kind(StrEnum):
    """What a DER value is."""

    CERTIFICATE = "a certificate"
    PKCS7 = "a PKCS#7 bundle"
    REQUEST = "a certificate request"
    REVOCATIONS = "a certificate revocation list"
    PUBLIC_KEY = "a public key"
    OTHER = "a DER structure that is no certificate"


def kind_of(element: Element) -> Kind:
    """What the value is, whatever its label says. Never fails."""
    try:
        return _kind(element)
    except MalformedDer:
        return Kind.OTHER


def name_of_input(data: bytes) -> str:
    """What input without any certificate is, as far as its first bytes tell."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not start:
        return "empty"
    lowered = start[:16].lower()
    return next((name for begin, name in _KNOWN_STARTS if lowered.startswith(begin)), _UNKNOWN)


def _kind(element: Element) -> Kind:
    if element.content.startswith(_SIGNED_DATA):
        return Kind.PKCS7
    inside = _signed(element)
    if _is_crl(inside):
        return Kind.REVOCATIONS
    if inside[:3] == [0x02, 0x30, 0x30] and len(inside) <= 4:
        return Kind.REQUEST
    if element.tag == SEQUENCE and _tags(element.children()) == [0x30, 0x03]:
        return Kind.PUBLIC_KEY
    return Kind.CERTIFICATE if inside else Kind.OTHER


def _tags(found: list[Element]) -> list[int]:
    return [element.tag for element in found]


def _signed(element: Element) -> list[int]:
    """The tags inside the signed part of certificate, request or CRL; empty for anything else."""
    parts = element.children()
    if element.tag != SEQUENCE or _tags(parts) != [0x30, 0x30, 0x03]:
        return []
    return _tags(parts[0].children())


def _is_crl(inside: list[int]) -> bool:
    start = inside[1:] if inside[:1] == [0x02] else inside
    return start[:2] == [0x30, 0x30] and start[2:3] in ([0x17], [0x18])
