"""The search for key material, in every decoding that is plausible, before anything else is done.

It answers only what kind was found, never where or what. It prefers refusing to missing.
"""

import base64
import re
from collections.abc import Iterable

from certificates.decodings import der_heads, inner_views, plain_views
from certificates.errors import JavaKeystoreRefused, Pkcs12Refused, PrivateKeyRefused, SecretRefused

_DEPTH = 3  # a key in base64 in JSON in base64 is found; deeper nesting is no accident of pasting
_I = re.IGNORECASE | re.DOTALL

# A kind, and what must all occur in the text.
_MARKERS: tuple[tuple[str, tuple[re.Pattern[bytes], ...]], ...] = (
    ("a private key in PEM", (re.compile(rb"-\W{0,6}(?:BEGIN|END)[^-\r\n]{0,40}?PRIVATE[\W_]{0,12}KEY", _I),)),
    ("a private key in PEM", (re.compile(rb"BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY"),)),
    ("a private key in PEM", (re.compile(rb"PRIVATE[\W_]{0,12}KEY(?:[\W_]{0,3}BLOCK)?[\W_]{0,3}-{2,}", _I),)),
    ("an OpenSSH key", (re.compile(rb"openssh-key-v1", _I),)),
    ("a PuTTY key", (re.compile(rb"PuTTY-User-Key-File|Private-(?:Lines|MAC|Hash)\s*:", _I),)),
    ("an XML key", (re.compile(rb"RSAKeyValue", _I), re.compile(rb"<\s*(?:\w{1,20}:)?D\s*>", _I))),
    ("a JSON Web Key", (re.compile(rb"[\"']kty[\"']\s*:", _I), re.compile(rb"[\"'][dk][\"']\s*:", _I))),
    ("a service key with its secret", (re.compile(rb"[\"']clientsecret[\"']\s*:", _I),)),
)

# Marks that are searched for in base64 as well: behind other digits a run is decoded out of step, so no decoding
# shows them. Quotation marks and line ends inside do not count, and both alphabets are taken for one.
_MARKS_IN_BASE64 = (b"PRIVATE KEY-----", b"openssh-key-v1", b"PuTTY-User-Key-File", b'"clientsecret"')
_ONE_ALPHABET = bytes.maketrans(b"-_", b"+/")
_NO_DIGITS = b" \t\r\n\\>|\"',"


def _in_base64(mark: bytes) -> tuple[bytes, ...]:
    """The digits that are certain to be there where `mark` was encoded, for each place in a group of three octets."""
    found = []
    for before in range(3):
        bits = 8 * (before + len(mark))
        digits = base64.b64encode(bytes(before) + mark)
        found.append(digits[-(-8 * before // 6) : bits // 6])
    return tuple(found)


_DIGITS = tuple(digits for mark in _MARKS_IN_BASE64 for digits in _in_base64(mark))
# JKS and JCEKS of version 2, whose beginning is the beginning of what was encoded.
_KEYSTORE_DIGITS = (b"/u3+7QAAAAI", b"zs7OzgAAAAI")

# DER lengths, also indefinite; then the shapes of RFC 5208/5958, RFC 8017, RFC 5915, RFC 7292 (PFX).
_LEN = rb"(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)"
_BIG = rb"(?:[\x20-\x7f]|\x81.|\x82..)"
_PKCS8 = re.compile(rb"(?=\x30" + _LEN + rb"\x02\x01[\x00\x01]\x30([\x03-\x7f]|\x81.|\x82..)(\x06))", re.DOTALL)
_RSA_OR_DSA = re.compile(rb"\x30" + _LEN + rb"\x02\x01[\x00\x01]\x02" + _BIG, re.DOTALL)
_EC = re.compile(rb"\x30" + _LEN + rb"\x02\x01\x01\x04[\x10-\x50]", re.DOTALL)
_PFX = re.compile(
    rb"\x30" + _LEN + rb"\x02\x01\x03\x30" + _LEN + rb"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x01\x02]",
    re.DOTALL,
)
_BAG = re.compile(rb"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01[\x01\x02]", re.DOTALL)  # keyBag, shroudedKeyBag
# The password-based schemes of PKCS#5 and PKCS#12: nothing that is public is encrypted with them.
_ENCRYPTED = re.compile(rb"\x2a\x86\x48\x86\xf7\x0d\x01(?:\x05[\x01-\x0f]|\x0c\x01[\x01-\x06])", re.DOTALL)
_KEYSTORES = (  # JKS, JCEKS, and BKS of versions 1 and 2 with a salt of 20 octets
    b"\xfe\xed\xfe\xed",
    b"\xce\xce\xce\xce",
    b"\x00\x00\x00\x01\x00\x00\x00\x14",
    b"\x00\x00\x00\x02\x00\x00\x00\x14",
)


def refuse_secrets(data: bytes) -> None:
    """Returns where no key material is found; else raises SecretRefused, naming the kind and nothing more."""
    refused = _find(data, _DEPTH)
    if refused:
        raise refused


def refuse_marked_secrets(data: bytes) -> None:
    """The quick part of the same, for input too large to be decoded: markers and shapes in the bytes."""
    refused = _found_in(data) or _found_in(data.replace(b"\0", b""))
    if refused:
        raise refused


def refuse_key_shapes(der: bytes) -> None:
    """The same, of DER alone: whether it holds a key by its ASN.1 shape, also between the zeros of wide letters."""
    refused = _by_shape(der) or _by_shape(der.replace(b"\0", b""))
    if refused:
        raise refused


def _find(data: bytes, depth: int) -> SecretRefused | None:
    for view in plain_views(data):
        refused = _found_in(view) or _first(map(_by_shape, der_heads(view)))
        if not refused and depth:
            refused = _first(_find(inner, depth - 1) for inner in inner_views(view))
        if refused:
            return refused
    return None


def _first(found: Iterable[SecretRefused | None]) -> SecretRefused | None:
    return next(filter(None, found), None)


def _found_in(view: bytes) -> SecretRefused | None:
    return _by_marker(view) or _by_shape(view)


def _by_marker(view: bytes) -> SecretRefused | None:
    if view.startswith(_KEYSTORES):
        return JavaKeystoreRefused()
    for kind, markers in _MARKERS:
        if all(marker.search(view) for marker in markers):
            return PrivateKeyRefused(kind)
    digits = view.translate(_ONE_ALPHABET, _NO_DIGITS)
    if any(mark in digits for mark in _DIGITS):
        return PrivateKeyRefused("a private key in base64")
    return JavaKeystoreRefused() if any(mark in digits for mark in _KEYSTORE_DIGITS) else None


def _by_shape(view: bytes) -> SecretRefused | None:
    """Key material by its ASN.1 shape, wherever it begins, also cut off."""
    if _PFX.search(view) or _BAG.search(view):
        return Pkcs12Refused()
    if _ENCRYPTED.search(view):
        return PrivateKeyRefused("an encrypted private key")
    if any(_is_pkcs8(view, match) for match in _PKCS8.finditer(view)):
        return PrivateKeyRefused("a PKCS#8 key")
    if _RSA_OR_DSA.search(view):
        return PrivateKeyRefused("an RSA or DSA key")
    return PrivateKeyRefused("an EC key") if _EC.search(view) else None


def _is_pkcs8(view: bytes, match: re.Match[bytes]) -> bool:
    """After the algorithm comes the key in an OCTET STRING; an old certificate has a name there."""
    length = match.group(1)
    after = match.start(2) + int.from_bytes(length[1:] or length, "big")
    return after >= len(view) or view[after] == 0x04
