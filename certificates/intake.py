"""From whatever people paste to the DER of certificates. Limits first, then secrets, then parsing.

Nothing is judged here: order, duplicates and chains are for `judge`. Nothing that is refused is kept.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass

from certificates.decodings import repaired, text_of
from certificates.der import CONTEXT_0, SEQUENCE, Element, fields_of, first_element
from certificates.errors import DamagedInput, MalformedDer, NotACertificate, RequestRefused, TooLarge
from certificates.key_material import refuse_marked_secrets, refuse_secrets

MAX_BYTES = 512 * 1024
MAX_CERTIFICATES = 20

_BEGIN = re.compile(r"-{2,8}\s{0,8}BEGIN\s{1,8}([A-Z0-9# ]{1,40}?)\s{0,8}-{2,8}", re.IGNORECASE)
_END = re.compile(r"-{2,8}\s{0,8}END\s", re.IGNORECASE)
_HEADER = re.compile(r"^[ \t]*[A-Za-z][\w-]*:[ \t].*$", re.MULTILINE)
_SPACES = re.compile(r"\s+")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")

_UNKNOWN = "of a form that is not known here"
_KNOWN_STARTS = (  # in lower case
    (b"pk\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a compressed file"),
    (b"%pdf", "a PDF document"),
    (b"<!doctype", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML document"),
    (b"ssh-", "an SSH public key"),
    (b"{", "a JSON text without a certificate"),
)


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
    refuse_secrets(data)
    taken = _Taken()
    if _looks_like_der(data):
        taken.der_values(data)
    else:
        taken.text(data)
    return taken.intake()


def _looks_like_der(data: bytes) -> bool:
    stripped = data.lstrip()
    return stripped[:1] == b"\x30" and stripped[1:2] >= b"\x80"


class _Taken:
    """Collects certificates, repairs, and what else was met, block by block."""

    def __init__(self) -> None:
        self.certificates: list[bytes] = []
        self.repairs: list[str] = []
        self.others: list[str] = []
        self.requests = 0
        self.blocks = 0

    def intake(self) -> Intake:
        """The result. Raises where no certificate was met."""
        if self.certificates:
            aside = [f"left aside {other}" for other in self.others]
            aside += ["left aside a certificate request"] * self.requests
            return Intake(tuple(self.certificates), tuple(dict.fromkeys(self.repairs + aside)))
        if self.requests:
            raise RequestRefused
        raise NotACertificate(self.others[0] if self.others else _UNKNOWN)

    def der_values(self, data: bytes) -> None:
        """DER values one after the other, and the line end that an editor left behind."""
        rest = data.lstrip()
        while rest.strip(b"\r\n\t \0"):
            self.blocks += 1
            try:
                element = first_element(rest)
            except MalformedDer as error:
                raise DamagedInput(self.blocks, "it ends before it should, or is no DER value") from error
            self.value(element)
            rest = rest[len(element.encoded) :]
        if rest:
            self.repairs.append("removed blanks after the certificate")

    def text(self, data: bytes) -> None:
        """PEM blocks, or base64 without them."""
        text, decoded = text_of(data)
        text, undone = repaired(text)
        begins = list(_BEGIN.finditer(text))
        if len(begins) > MAX_CERTIFICATES:
            raise TooLarge(MAX_CERTIFICATES, "certificates")
        if not begins:
            self.bare_base64(text, data)
        ends = [begin.start() for begin in begins[1:]] + [len(text)]
        for begin, end in zip(begins, ends, strict=False):
            self.block(begin.group(1).upper(), text[begin.end() : end])
        self.repairs += [*filter(None, [decoded]), *undone]

    def bare_base64(self, text: str, data: bytes) -> None:
        """Base64 without BEGIN and END; `data` is what the text was, to name it by its first bytes."""
        try:
            value = base64.b64decode(_SPACES.sub("", text), validate=True)
            self.value(first_element(value))
        except (ValueError, MalformedDer):
            raise NotACertificate(_name_of(data)) from None
        self.repairs.append("read base64 that had no BEGIN line")

    def block(self, label: str, rest: str) -> None:
        """One PEM block, from after its BEGIN line to before the next."""
        self.blocks += 1
        if "PGP" in label or "SSH" in label:
            self.others.append("a PGP message" if "PGP" in label else "an SSH key")
            return
        end = _END.search(rest)
        if not end:
            raise DamagedInput(self.blocks, "its END line is missing")
        try:
            body = base64.b64decode(_SPACES.sub("", _HEADER.sub("", rest[: end.start()])), validate=True)
            element = first_element(body)
        except MalformedDer as error:
            raise DamagedInput(self.blocks, "it is cut off, or no DER value") from error
        except ValueError as error:
            raise DamagedInput(self.blocks, "its base64 text is broken") from error
        if len(element.encoded) != len(body):
            self.repairs.append("left aside what follows the certificate inside its block")
        if not self.value(element) and "CERTIFICATE" in label:
            raise DamagedInput(self.blocks, "what it holds is no certificate")

    def value(self, element: Element) -> bool:
        """Sorts one DER value by what it is, whatever its label says. False where it is not known."""
        try:
            take = next((take for test, take in _KINDS if test(element)), None)
        except MalformedDer:
            take = None
        if take is None:
            self.others.append("a DER structure that is no certificate")
            return False
        take(self, element)
        return True

    def take_certificate(self, element: Element) -> None:
        """A certificate, if its fields can be read."""
        try:
            fields_of(element.encoded)
        except MalformedDer as error:
            raise DamagedInput(max(self.blocks, 1), "it looks like a certificate but is malformed") from error
        self.certificates.append(element.encoded)
        if len(self.certificates) > MAX_CERTIFICATES:
            raise TooLarge(MAX_CERTIFICATES, "certificates")

    def take_pkcs7(self, element: Element) -> None:
        """The certificates of a PKCS#7 bundle (RFC 5652 SignedData)."""
        try:
            signed_data = element.children()[1].children()[0].children()
            inside = [part.children() for part in signed_data if part.tag == CONTEXT_0]
        except (MalformedDer, IndexError) as error:
            raise DamagedInput(max(self.blocks, 1), "it looks like PKCS#7 but is malformed") from error
        for certificate in inside[0] if inside else ():
            self.take_certificate(certificate)
        self.repairs.append("took the certificates out of a PKCS#7 bundle")

    def take_request(self, element: Element) -> None:
        """A certificate request, counted only."""
        self.requests += 1

    def take_revocations(self, element: Element) -> None:
        """A CRL, named only."""
        self.others.append("a certificate revocation list")

    def take_public_key(self, element: Element) -> None:
        """A public key, named only."""
        self.others.append("a public key")


def _tags(found: list[Element]) -> list[int]:
    return [element.tag for element in found]


def _signed(element: Element) -> list[int]:
    """The tags inside the signed part of certificate, request or CRL; empty for anything else."""
    parts = element.children()
    if element.tag != SEQUENCE or _tags(parts) != [0x30, 0x30, 0x03]:
        return []
    return _tags(parts[0].children())


def _is_pkcs7(element: Element) -> bool:
    return element.content.startswith(_SIGNED_DATA)


def _is_request(element: Element) -> bool:
    return _signed(element)[:3] == [0x02, 0x30, 0x30] and len(_signed(element)) <= 4


def _is_crl(element: Element) -> bool:
    tags = _signed(element)
    start = tags[1:] if tags[:1] == [0x02] else tags
    return start[:2] == [0x30, 0x30] and start[2:3] in ([0x17], [0x18])


def _is_public_key(element: Element) -> bool:
    return element.tag == SEQUENCE and _tags(element.children()) == [0x30, 0x03]


_KINDS: tuple[tuple[Callable[[Element], bool], Callable[[_Taken, Element], None]], ...] = (
    (_is_pkcs7, _Taken.take_pkcs7),
    (_is_crl, _Taken.take_revocations),
    (_is_request, _Taken.take_request),
    (_is_public_key, _Taken.take_public_key),
    (lambda element: bool(_signed(element)), _Taken.take_certificate),
)


def _name_of(data: bytes) -> str:
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not start:
        return "empty"
    lowered = start[:16].lower()
    return next((name for begin, name in _KNOWN_STARTS if lowered.startswith(begin)), _UNKNOWN)
