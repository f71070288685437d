"""The little DER that has to be written by hand: values, object identifiers, names out of text.

Libraries write names anew when they copy them; what is written here keeps what was read octet by octet.
"""

from process.names import Attribute, DistinguishedName

_BOOLEAN, _INTEGER, _BIT_STRING, _NULL, _OID = 0x01, 0x02, 0x03, 0x05, 0x06
_UTF8, _PRINTABLE, _IA5 = 0x0C, 0x13, 0x16
_SEQUENCE, _SET = 0x30, 0x31

_PRINTABLES = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?")

# RFC 5280 appendix A: these are PrintableString or IA5String whatever others are; UTF8String fits all others.
_PRINTABLE_TYPES = frozenset({"2.5.4.6", "2.5.4.5", "2.5.4.46", "1.3.6.1.4.1.311.60.2.1.3"})
_IA5_TYPES = frozenset({"1.2.840.113549.1.9.1", "0.9.2342.19200300.100.1.25"})


def value(tag: int, content: bytes) -> bytes:
    """One DER value."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of encoded values."""
    return value(_SEQUENCE, b"".join(parts))


def set_of(*parts: bytes) -> bytes:
    """A SET OF encoded values, in the order that DER demands."""
    return value(_SET, b"".join(sorted(parts)))


def oid(dotted: str) -> bytes:
    """An object identifier from its dotted form."""
    first, second, *rest = map(int, dotted.split("."))
    return value(_OID, b"".join(map(_septets, (first * 40 + second, *rest))))


def _septets(arc: int) -> bytes:
    septets = [arc & 0x7F]
    while arc := arc >> 7:
        septets.append(arc & 0x7F | 0x80)
    return bytes(reversed(septets))


def small_integer(number: int) -> bytes:
    """An INTEGER from 0 to 127."""
    return value(_INTEGER, bytes([number]))


def bits(content: bytes, unused: int = 0) -> bytes:
    """A BIT STRING whose last octet has `unused` bits that do not count."""
    return value(_BIT_STRING, bytes([unused]) + content)


def true() -> bytes:
    """The BOOLEAN true."""
    return value(_BOOLEAN, b"\xff")


def null() -> bytes:
    """NULL."""
    return value(_NULL, b"")


def name(distinguished: DistinguishedName) -> bytes:
    """A Name; the least specific RDN comes first in DER, last in the text."""
    rdns = (set_of(*map(_attribute, rdn)) for rdn in reversed(distinguished.rdns))
    return sequence(*rdns)


def _attribute(attribute: Attribute) -> bytes:
    return sequence(oid(attribute.oid), _attribute_value(attribute))


def _attribute_value(attribute: Attribute) -> bytes:
    text = attribute.value
    if isinstance(text, bytes):
        return text
    if attribute.oid in _PRINTABLE_TYPES and _PRINTABLES.issuperset(text):
        return value(_PRINTABLE, text.encode("ascii"))
    if attribute.oid in _IA5_TYPES and text.isascii():
        return value(_IA5, text.encode("ascii"))
    return value(_UTF8, text.encode("utf-8"))
