"""From whatever people paste to the DER of certificates. Limits first, then secrets, then parsing.

Nothing is judged here: order, duplicates and chains are for `report`. Nothing that is refused is kept.
"""

import base64
import re
from dataclasses import dataclass

from certificates.ber import definite
from certificates.decodings import repaired, text_of
from certificates.der import CONTEXT_0, Element, fields_of, first_element
from certificates.errors import DamagedInput, MalformedDer, NotACertificate, RequestRefused, TooLarge
from certificates.key_material import refuse_marked_secrets, refuse_secrets
from certificates.kinds import Kind, kind_of, name_of_input
from certificates.plain import plain_certificates

MAX_BYTES = 512 * 1024
MAX_CERTIFICATES = 20

_BEGIN = re.compile(r"-{1,8}\s{0,8}BEGIN\s{1,8}([A-Z0-9# ]{1,40}?)\s{0,8}-{1,8}", re.IGNORECASE)
_END = re.compile(r"-{1,8}\s{0,8}END\s", re.IGNORECASE)
_HEADER = re.compile(r"^[ \t]*[A-Za-z][\w-]*:[ \t].*$", re.MULTILINE)
_SPACES = re.compile(r"\s+")
# A certificate is longer; so are its PEM lines in base64 once more, as in secrets of Kubernetes.
_BASE64_RUN = re.compile(r"(?:[A-Za-z0-9+/]{24,}[ \t\r\n]{0,8})+[A-Za-z0-9+/]*={0,2}")


@dataclass(frozen=True)
class Intake:
    """What was taken in: the DER of each certificate in the order given, and the repairs that it took."""

    certificates: tuple[bytes, ...]
    repairs: tuple[str, ...] = ()


def take_in(data: bytes) -> Intake:
    """The certificates in `data`. Raises IntakeRefused; nothing of `data` is in the error.

    At most 512 KiB and 20 certificates. What may hold a private key is refused before it is parsed.
    """
    if len(data) > MAX_BYTES:
        refuse_marked_secrets(data)
        raise TooLarge(MAX_BYTES, "bytes")
    taken = _Taken()
    plain = plain_certificates(data)
    if plain:
        return taken.plain(plain)
    refuse_secrets(data)
    if _looks_like_der(data):
        taken.der_values(data)
    else:
        taken.text(data)
    return taken.intake(data)


def _looks_like_der(data: bytes) -> bool:
    stripped = data.lstrip()
    return stripped[:1] == b"\x30" and stripped[1:2] >= b"\x80"


class _Taken:
    """Collects certificates, repairs, and what else was met, block by block."""

    def __init__(self) -> None:
        self.certificates: list[bytes] = []
        self.repairs: list[str] = []
        self.others: list[str] = []
        self.blocks = 0

    def intake(self, data: bytes) -> Intake:
        """The result. Raises where no certificate was met; `data` is named by its first bytes then."""
        if self.certificates:
            aside = [f"left aside {other}" for other in self.others]
            return Intake(tuple(self.certificates), tuple(dict.fromkeys(self.repairs + aside)))
        if Kind.REQUEST in self.others:
            raise RequestRefused
        raise NotACertificate(self.others[0] if self.others else name_of_input(data))

    def plain(self, certificates: tuple[bytes, ...]) -> Intake:
        """The usual case."""
        if len(certificates) > MAX_CERTIFICATES:
            raise TooLarge(MAX_CERTIFICATES, "certificates")
        for der in certificates:
            self.blocks += 1
            self.take_certificate(first_element(der))
        return Intake(certificates)

    def damaged(self, why: str) -> DamagedInput:
        """The refusal of the block that is being read."""
        return DamagedInput(max(self.blocks, 1), why)

    def der_values(self, data: bytes) -> None:
        """DER values one after the other, and the line end that an editor left behind."""
        rest = data.lstrip()
        while rest.strip(b"\r\n\t \0"):
            self.blocks += 1
            try:
                rest = self.definite(rest)
                element = first_element(rest)
            except MalformedDer as error:
                raise self.damaged("it ends before it should, or is no DER value") from error
            self.value(element)
            if self.certificates and kind_of(element) is Kind.OTHER:
                # Never left aside: the end of a certificate may be lost, and what follows stand in its place.
                raise self.damaged("it is a DER value that is no certificate")
            rest = rest[len(element.encoded) :]
        if rest:
            self.repairs.append("removed blanks after the certificate")

    def text(self, data: bytes, again: bool = True) -> None:
        """PEM blocks, or base64 without them; `again`: such base64 may hold a text once more."""
        text, decoded = text_of(data)
        text, undone = repaired(text)
        begins = list(_BEGIN.finditer(text))
        if len(begins) > MAX_CERTIFICATES:
            raise TooLarge(MAX_CERTIFICATES, "certificates")
        if _END.search(text, 0, begins[0].start() if begins else len(text)):
            raise DamagedInput(1, "its BEGIN line is missing")
        if not begins:
            self.bare_base64(text, again)
        ends = [begin.start() for begin in begins[1:]] + [len(text)]
        for begin, end in zip(begins, ends, strict=False):
            self.block(begin.group(1).upper(), text[begin.end() : end])
        self.repairs += [*filter(None, [decoded]), *undone]

    def bare_base64(self, text: str, again: bool) -> None:
        """Base64 without BEGIN and END, anywhere in a text."""
        for run in _BASE64_RUN.finditer(text):
            digits = _SPACES.sub("", run.group()).rstrip("=")
            value = base64.b64decode(digits + "=" * (-len(digits) % 4)) if len(digits) % 4 != 1 else b""
            if value[:1] == b"\x30":
                self.der_values(value)
                self.repairs.append("read base64 that had no BEGIN line")
            elif again and b"BEGIN" in value.replace(b"\0", b""):
                self.text(value, again=False)
                self.repairs.append("undid a second base64 encoding")

    def block(self, label: str, rest: str) -> None:
        """One PEM block, from after its BEGIN line to before the next."""
        self.blocks += 1
        if "PGP" in label or "SSH" in label:
            self.others.append("a PGP message" if "PGP" in label else "an SSH key")
            return
        ends = list(_END.finditer(rest))
        if not ends:
            raise self.damaged("its END line is missing")
        element = self.body(rest[: ends[0].start()])
        self.value(element)
        if kind_of(element) is Kind.OTHER and "CERTIFICATE" in label:
            raise self.damaged("what it holds is no certificate")
        if len(ends) > 1:
            self.blocks += 1
            raise self.damaged("its BEGIN line is missing")

    def body(self, text: str) -> Element:
        """The DER value in the lines of a PEM block."""
        try:
            body = self.definite(base64.b64decode(_SPACES.sub("", _HEADER.sub("", text)), validate=True))
            element = first_element(body)
        except MalformedDer as error:
            raise self.damaged("it is cut off, or no DER value") from error
        except ValueError as error:
            raise self.damaged("its base64 text is broken") from error
        if len(element.encoded) != len(body):
            self.repairs.append("left aside what follows the certificate inside its block")
        return element

    def definite(self, data: bytes) -> bytes:
        """The same value in definite length, with a word where that was a change. Raises MalformedDer."""
        value = definite(data)
        if value is not data:
            self.repairs.append("read a value of indefinite length")
        return value

    def value(self, element: Element) -> None:
        """Sorts one DER value by what it is, whatever its label says."""
        kind = kind_of(element)
        if kind is Kind.CERTIFICATE:
            self.take_certificate(element)
        elif kind is Kind.PKCS7:
            self.take_pkcs7(element)
        else:
            self.others.append(kind)

    def take_certificate(self, element: Element) -> None:
        """A certificate, if its fields can be read."""
        try:
            fields_of(element.encoded)
        except MalformedDer as error:
            raise self.damaged("it looks like a certificate but is malformed") from error
        self.certificates.append(element.encoded)
        if len(self.certificates) > MAX_CERTIFICATES:
            raise TooLarge(MAX_CERTIFICATES, "certificates")

    def take_pkcs7(self, element: Element) -> None:
        """The certificates of a PKCS#7 bundle (RFC 5652 SignedData)."""
        try:
            signed_data = element.children()[1].children()[0].children()
            inside = [part.children() for part in signed_data if part.tag == CONTEXT_0]
        except (MalformedDer, IndexError) as error:
            raise self.damaged("it looks like PKCS#7 but is malformed") from error
        if not inside or not inside[0]:
            self.others.append("a PKCS#7 bundle without certificates")
            return
        for certificate in inside[0]:
            self.take_certificate(certificate)
        self.repairs.append("took the certificates out of a PKCS#7 bundle")
