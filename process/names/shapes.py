"""The shapes of a distinguished name and the one error of its syntax. No reading, no rule."""

from dataclasses import dataclass


class NameSyntaxError(ValueError):
    """A text is no distinguished name: `reason` is what is wrong at `position` (from 0) in `text`."""

    def __init__(self, text: str, position: int, reason: str) -> None:
        self.text = text
        self.position = position
        self.reason = reason
        super().__init__(text, position, reason)

    def __str__(self) -> str:
        return (
            f"The distinguished name {self.text!r} cannot be read: {self.reason} "
            f"(character {self.position + 1}). Copy the name from the certificate again, "
            "for example CN=sender, O=Example, C=DE."
        )


@dataclass(frozen=True)
class Attribute:
    """One attribute of an RDN: a dotted OID, and a text, or the DER of a value that is no text."""

    oid: str
    value: str | bytes


@dataclass(frozen=True)
class DistinguishedName:
    """RDNs, each of one or more attributes, as written: the most specific first, as Java writes them."""

    rdns: tuple[tuple[Attribute, ...], ...]
