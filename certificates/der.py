"""A small strict DER reader, and the fields of a certificate that are read with it.

It reads names, serial and validity where libraries refuse the whole certificate. It verifies nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from certificates.der_writing import sequence
from certificates.errors import MalformedDer
from process.names import Attribute, DistinguishedName, EncodingError, value_from_der

INTEGER, BIT_STRING, OID = 0x02, 0x03, 0x06
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
CONTEXT_0 = 0xA0


class Element(NamedTuple):
    """One DER value: its tag octet, its content, and its whole encoding."""

    tag: int
    content: bytes
    encoded: bytes

    def children(self) -> list["Element"]:
        """The values inside. Raises MalformedDer."""
        return elements(self.content)


@dataclass(frozen=True)
class CertificateFields:
    """The fields of a certificate as its DER holds them. `public_key` is the DER of the SPKI.

    The encoded names are the DER of issuer and subject, for comparing byte for byte.
    """

    serial: int
    issuer: DistinguishedName
    not_before: datetime
    not_after: datetime
    subject: DistinguishedName
    public_key: bytes
    encoded_issuer: bytes
    encoded_subject: bytes


def first_element(data: bytes) -> Element:
    """The first DER value of `data`; what follows it is left alone. Raises MalformedDer."""
    if len(data) < 2 or data[0] & 0x1F == 0x1F or data[1] == 0x80:
        raise MalformedDer("DER value")
    start, length = 2, data[1]
    if length > 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    if start + length > len(data):
        raise MalformedDer("DER value")
    return Element(data[0], data[start : start + length], data[: start + length])


def elements(data: bytes) -> list[Element]:
    """All DER values of `data`, one after the other. Raises MalformedDer."""
    found = []
    at, size = 0, len(data)
    while at < size:
        # The short form by itself: it is most of what is read, and all of it is read often.
        if at + 1 < size and data[at + 1] < 0x80 and data[at] & 0x1F != 0x1F:
            end = at + 2 + data[at + 1]
            if end > size:
                raise MalformedDer("DER value")
            element = Element(data[at], data[at + 2 : end], data[at:end])
        else:
            element = first_element(data[at:])
        found.append(element)
        at += len(element.encoded)
    return found


@lru_cache(maxsize=256)
def fields_of(der: bytes) -> CertificateFields:
    """The fields of a certificate (RFC 5280 section 4.1). Raises MalformedDer.

    The last ones are remembered: intake, judgement and chains all ask for them.
    """
    try:
        return _fields(der)
    except (IndexError, ValueError, OverflowError) as error:
        raise MalformedDer("certificate") from error


def _fields(der: bytes) -> CertificateFields:
    tbs, algorithm, signature = _expect(der, SEQUENCE)
    if (tbs.tag, algorithm.tag, signature.tag) != (SEQUENCE, SEQUENCE, BIT_STRING):
        raise MalformedDer("certificate")
    parts = tbs.children()
    if parts[0].tag == CONTEXT_0:
        parts = parts[1:]
    serial, _, issuer, validity, subject, public_key = parts[:6]
    if serial.tag != INTEGER or public_key.tag != SEQUENCE:
        raise MalformedDer("certificate")
    not_before, not_after = map(_time, _expect(validity.encoded, SEQUENCE))
    return CertificateFields(
        serial=int.from_bytes(serial.content, "big", signed=True),
        issuer=name_of(issuer.encoded),
        not_before=not_before,
        not_after=not_after,
        subject=name_of(subject.encoded),
        public_key=public_key.encoded,
        encoded_issuer=issuer.encoded,
        encoded_subject=subject.encoded,
    )


def without_names(der: bytes) -> bytes:
    """The certificate with empty names, for whoever cannot read its own. Raises MalformedDer."""
    tbs, *rest = _expect(der, SEQUENCE)
    parts = [part.encoded for part in tbs.children()]
    first = 3 if parts[0][0] == CONTEXT_0 else 2
    for at in (first, first + 2):
        parts[at] = sequence()
    return sequence(sequence(*parts), *(part.encoded for part in rest))


@lru_cache(maxsize=1024)
def name_of(der: bytes) -> DistinguishedName:
    """A DER Name, the most specific RDN first as Java writes it. Raises MalformedDer or ValueError."""
    rdns = [_rdn(rdn.encoded) for rdn in _expect(der, SEQUENCE)]
    return DistinguishedName(tuple(reversed(rdns)))


@lru_cache(maxsize=1024)
def _rdn(encoded: bytes) -> tuple[Attribute, ...]:
    """One RDN; country and organization are the same in all names of a chain."""
    attributes = tuple(map(_attribute, _expect(encoded, SET)))
    if not attributes:
        raise MalformedDer("name")
    return attributes


def _attribute(element: Element) -> Attribute:
    kind, value = _expect(element.encoded, SEQUENCE)
    try:
        return Attribute(oid_of(kind), value_from_der(value.encoded))
    except EncodingError as error:
        raise MalformedDer("attribute value") from error


def oid_of(element: Element) -> str:
    """An object identifier in dotted form. Raises MalformedDer."""
    if element.tag != OID or not element.content or element.content[-1] >= 0x80:
        raise MalformedDer("object identifier")
    arcs = [0]
    for octet in element.content:
        arcs[-1] = arcs[-1] << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(0)
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:-1]]))


def _time(element: Element) -> datetime:
    text = element.content.decode("ascii")
    if element.tag == UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif element.tag != GENERALIZED_TIME:
        raise MalformedDer("time")
    if len(text) != 15 or text[-1] != "Z" or not text[:14].isdecimal():
        raise MalformedDer("time")
    month, day, hour, minute, second = (int(text[at : at + 2]) for at in range(4, 14, 2))
    return datetime(int(text[:4]), month, day, hour, minute, second, tzinfo=UTC)


def _expect(encoded: bytes, tag: int) -> list[Element]:
    element = first_element(encoded)
    if element.tag != tag or len(element.encoded) != len(encoded):
        raise MalformedDer("certificate")
    return element.children()
