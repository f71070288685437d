"""Names in DER, built octet by octet, also as no library would build them. Shared by the tests."""

import random

from process.names.keywords import TYPED_KEYWORDS

UTF8, PRINTABLE, TELETEX, IA5, UNIVERSAL, BMP, GENERAL = 12, 19, 20, 22, 28, 30, 27
CODECS = {
    UTF8: "utf-8",
    PRINTABLE: "ascii",
    TELETEX: "latin-1",
    IA5: "ascii",
    UNIVERSAL: "utf-32-be",
    BMP: "utf-16-be",
    GENERAL: "ascii",
}
OIDS = [*sorted(set(TYPED_KEYWORDS.values())), "1.2.3.4", "2.999.5", "2.5.4.99"]
ALPHABET = [*' ,+=<>#;\\"\n\r\tab/?*@_&Üß1', "\u00a0", "\u200b", "語", "😀", "  ", "\0", "\x7f"]


def tlv(tag: int, content: bytes) -> bytes:
    """One DER value."""
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def oid(dotted: str) -> bytes:
    """An object identifier."""
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for arc in (first * 40 + second, *rest):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(arc & 0x7F | 0x80)
        content += bytes(reversed(septets))
    return tlv(6, content)


def attribute(kind: str, tag: int, value: str) -> bytes:
    """One attribute with a text of the given string type."""
    return tlv(0x30, oid(kind) + tlv(tag, value.encode(CODECS[tag], "ignore")))


def name(*rdns: bytes | list[bytes]) -> bytes:
    """A Name of RDNs, each an attribute or a list of them, in the order of the certificate."""
    sets = [rdn if isinstance(rdn, list) else [rdn] for rdn in rdns]
    return tlv(0x30, b"".join(tlv(0x31, b"".join(attributes)) for attributes in sets))


def random_name(chance: random.Random) -> bytes:
    """Some name: several string types, types that are no text, broken UTF-8, multi-valued RDNs."""
    rdns = [
        sorted(_random_attribute(chance) for _ in range(chance.choice([1, 1, 1, 2, 3])))
        for _ in range(chance.randrange(5))
    ]
    return name(*rdns)


def _random_attribute(chance: random.Random) -> bytes:
    text = "".join(chance.choice(ALPHABET) for _ in range(chance.randrange(9)))
    tag = chance.choice([UTF8, UTF8, *CODECS, 2, 3, 4, 18, 23])
    content = text.encode(CODECS.get(tag, "ascii"), "ignore")
    if tag == UTF8 and chance.random() < 0.05:
        content += chance.choice([b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xf0\x9f"])
    if tag == 2:
        content = b"\x05"
    return tlv(0x30, oid(chance.choice(OIDS)) + tlv(tag, content))
