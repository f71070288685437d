"""Findings on the names of the leaf: what cannot be seen, and what people get wrong when they type it."""

import unicodedata
from collections.abc import Iterator

from certificates.findings import error, note, warning
from certificates.reading import Reading
from process.facts import Finding
from process.names import Attribute, keyword

_PLAIN_NAMES = "Ask the certificate authority to issue the certificate with plain names."
_USE_FILE = "Fill the sender channel from the certificate file instead of typing the name."

# Types that every program writes and reads alike; the others have different keywords everywhere.
_COMMON_TYPES = frozenset({"CN", "OU", "O", "L", "ST", "C", "DC", "UID", "STREET"})
# The first word of a letter's Unicode name says its script.
_LOOKALIKES = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})


def name_findings(leaf: Reading) -> Iterator[Finding]:
    """What is said of subject and issuer DN of the leaf."""
    if not leaf.subject:
        said = "The certificate has no subject DN, so no sender channel can list it."
        yield warning("subject-empty", said, _PLAIN_NAMES)
    fields = leaf.fields
    for what, name, text in (("subject", fields.subject, leaf.subject), ("issuer", fields.issuer, leaf.issuer)):
        yield from _invisible(what, text)
        reasons = list(dict.fromkeys(reason for rdn in name.rdns for reason in _risks(rdn)))
        if reasons:
            said = f"The {what} DN is easily mistyped: {'; '.join(reasons)}."
            yield note("risky-to-type", said, _USE_FILE)


def _invisible(what: str, text: str) -> Iterator[Finding]:
    hidden = [character for character in dict.fromkeys(text) if is_invisible(character)]
    if not hidden:
        return
    listed = ", ".join(f"U+{ord(character):04X}" for character in hidden)
    said = f"The {what} DN holds characters that cannot be seen or typed: {listed}."
    unusable = {"\0", "\ufffd"} & set(hidden)
    yield (error if unusable else warning)("invisible-characters", said, _PLAIN_NAMES)


def is_invisible(character: str) -> bool:
    """Whether people cannot see it or cannot tell it from a blank."""
    if character == " ":
        return False
    return character == "\ufffd" or unicodedata.category(character)[0] in "CZ"


def _risks(rdn: tuple[Attribute, ...]) -> Iterator[str]:
    if len(rdn) > 1:
        yield "several attributes stand in one RDN, joined by +"
    for attribute in rdn:
        written = keyword(attribute.oid)
        if written not in _COMMON_TYPES:
            yield f"programs write the attribute {written} differently"
        if isinstance(attribute.value, bytes):
            yield f"the value of {written} is no text"
        else:
            yield from _text_risks(written, attribute.value)


def _text_risks(written: str, value: str) -> Iterator[str]:
    if value != value.strip() or "  " in value:
        yield f"{written} has blanks at its ends or several in a row"
    if set(value) & set(',+=<>#;\\"'):
        yield f"{written} has characters that must be quoted"
    if value.isascii():
        return
    if not unicodedata.is_normalized("NFC", value):
        yield f"{written} has letters that are composed of several characters"
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in value if letter.isalpha()}
    if "LATIN" in scripts and scripts & _LOOKALIKES:
        yield f"{written} mixes Latin letters with look-alikes of another script"
