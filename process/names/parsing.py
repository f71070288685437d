"""Text to a distinguished name: RFC 4514, 2253 and 1779, and what people type or paste.

Order is kept as written. No comparison and no guess: what is ambiguous is an error with its position.
"""

import re
from dataclasses import dataclass

from process.names.keywords import TYPED_KEYWORDS
from process.names.shapes import Attribute, DistinguishedName, NameSyntaxError
from process.names.values import EncodingError, value_from_der

_TYPE = re.compile(r"(?i:OID)\.[0-9.]+|[A-Za-z][A-Za-z0-9-]*|[0-9.]+")
_OID = re.compile(r"[012](\.(0|[1-9][0-9]*))+")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_HEX_PAIRS = re.compile(r"(?:\\[0-9A-Fa-f]{2})+")
_SEPARATORS = frozenset(",;+")
_BLANKS = " \t\r\n"


def parse(text: str) -> DistinguishedName:
    """The name written in `text`; the empty text is the empty name. Raises NameSyntaxError."""
    if "\0" in text:
        raise NameSyntaxError(text, text.index("\0"), "it contains a NUL character")
    return _Reader(text).name()


@dataclass
class _Reader:
    text: str
    at: int = 0

    def name(self) -> DistinguishedName:
        self.skip_blanks()
        if self.done:
            return DistinguishedName(())
        rdns = [[self.attribute()]]
        while not self.done:
            separator = self.text[self.at]
            self.at += 1
            attribute = self.attribute()
            if separator == "+":
                rdns[-1].append(attribute)
            else:
                rdns.append([attribute])
        return DistinguishedName(tuple(tuple(rdn) for rdn in rdns))

    @property
    def done(self) -> bool:
        return self.at >= len(self.text)

    def error(self, reason: str, at: int | None = None) -> NameSyntaxError:
        return NameSyntaxError(self.text, self.at if at is None else at, reason)

    def skip_blanks(self) -> None:
        """Pasted text brings tabs, line ends and no-break spaces between the parts of a name."""
        while not self.done and self.text[self.at].isspace():
            self.at += 1

    def attribute(self) -> Attribute:
        self.skip_blanks()
        oid = self.type_oid()
        value = self.value()
        if isinstance(value, str) and "\0" in value:
            raise self.error("it contains a NUL character", min(self.at, len(self.text) - 1))
        return Attribute(oid, value)

    def type_oid(self) -> str:
        """The OID of the attribute type; the equals sign after it is passed too."""
        found = _TYPE.match(self.text, self.at)
        if not found:
            raise self.error(self.why_no_type())
        start, written = self.at, found.group()
        self.at = found.end()
        self.skip_blanks()
        if self.done or self.text[self.at] != "=":
            why = "has no equals sign after it; a comma inside a value needs a backslash before it, or quotes"
            raise self.error(f"{written} {why}", start)
        self.at += 1
        return self.oid_of(written, start)

    def oid_of(self, written: str, start: int) -> str:
        oid = self.dotted(written, start) or TYPED_KEYWORDS.get(written.upper())
        if oid is None:
            raise self.error(f"{written} is no attribute type that is known here", start)
        return oid

    def dotted(self, written: str, start: int) -> str | None:
        number = written[4:] if written[:4].upper() == "OID." else written
        if not number[:1].isdigit() and "." not in number:
            return None
        if not _OID.fullmatch(number):
            raise self.error(f"{written} is no object identifier", start)
        return number

    def why_no_type(self) -> str:
        if self.done:
            return "it ends where another attribute is expected"
        if self.text[self.at] == "/":
            return "this is OpenSSL's form with slashes, which has the opposite order; write it with commas"
        return "an attribute type such as CN is expected here"

    def value(self) -> str | bytes:
        while not self.done and self.text[self.at] in _BLANKS:
            self.at += 1
        if self.done:
            return ""
        if self.text[self.at] == '"':
            return self.quoted()
        return self.encoded() if self.text[self.at] == "#" else self.plain()

    def quoted(self) -> str:
        opened = self.at
        self.at += 1
        parts: list[str] = []
        while not self.done and self.text[self.at] != '"':
            parts.append(self.character())
        if self.done:
            raise self.error("the quotation mark is never closed", opened)
        self.at += 1
        self.expect_separator("after the closing quotation mark")
        return "".join(parts)

    def encoded(self) -> str | bytes:
        start = self.at
        found = _HEX.match(self.text, start + 1)
        if not found:
            raise self.error("after # an even number of hexadecimal digits is expected")
        self.at = found.end()
        self.expect_separator("after the hexadecimal digits")
        try:
            return value_from_der(bytes.fromhex(found.group()))
        except EncodingError as error:
            raise self.error("the hexadecimal digits after # are not one DER value", start) from error

    def expect_separator(self, where: str) -> None:
        self.skip_blanks()
        if not self.done and self.text[self.at] not in _SEPARATORS:
            raise self.error(f"a comma or the end is expected {where}")

    def plain(self) -> str:
        parts: list[str] = []
        kept = 0  # blanks at the end do not count, unless they are escaped
        while not self.done and self.text[self.at] not in _SEPARATORS:
            if self.text[self.at] == '"':
                raise self.error("a quotation mark inside a value must be escaped with a backslash")
            before = self.at
            parts.append(self.character())
            if self.text[before] not in _BLANKS:
                kept = len(parts)
        return "".join(parts[:kept])

    def character(self) -> str:
        if self.text[self.at] != "\\":
            self.at += 1
            return self.text[self.at - 1]
        pairs = _HEX_PAIRS.match(self.text, self.at)
        if pairs:
            return self.hex_pairs(pairs)
        if self.at + 1 >= len(self.text):
            raise self.error("a backslash at the end escapes nothing")
        self.at += 2
        return self.text[self.at - 1]

    def hex_pairs(self, pairs: re.Match[str]) -> str:
        try:
            value = bytes.fromhex(pairs.group().replace("\\", "")).decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.error("the escaped bytes are no UTF-8 text") from error
        self.at = pairs.end()
        return value
