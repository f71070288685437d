"""The DER of one attribute value to text, decoded as Java decodes it. No other ASN.1 is read here."""

import re

# Universal tag -> codec. Teletex is taken for Latin-1, as Java, OpenSSL and most CAs do.
_TEXT_CODECS = {
    12: "utf-8",
    19: "ascii",
    20: "latin-1",
    22: "ascii",
    27: "ascii",
    28: "utf-32-be",
    30: "utf-16-be",
}


# A surrogate in UTF-8 is one malformed character to Java, three to Python.
_SURROGATE = re.compile(b"\xed[\xa0-\xbf][\x80-\xbf]")


class EncodingError(ValueError):
    """Bytes are not one complete DER value."""

    def __str__(self) -> str:
        return "The bytes are not one complete DER value."


def value_from_der(encoded: bytes) -> str | bytes:
    """The text of a string type, or `encoded` itself for any other type (Java writes those as #hex).

    Bytes that are invalid in their character set become U+FFFD. Raises EncodingError.
    """
    content = _content(encoded)
    codec = _TEXT_CODECS.get(encoded[0])
    if codec is None:
        return encoded
    if codec == "utf-8":
        content = _SURROGATE.sub("\ufffd".encode(), content)
    return content.decode(codec, "replace")


def _content(encoded: bytes) -> bytes:
    if len(encoded) < 2 or encoded[0] & 0x1F == 0x1F or encoded[1] == 0x80:
        raise EncodingError
    start, length = 2, encoded[1]
    if length > 0x80:
        start += length & 0x7F
        length = int.from_bytes(encoded[2:start], "big")
    if start + length != len(encoded):
        raise EncodingError
    return encoded[start:]
