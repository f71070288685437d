"""A distinguished name to text, exactly as Java's X500Principal.toString() writes it.

That is the form in which the tenant itself shows names (SAP Security Content API, KeystoreEntries).
"""

from process.names.keywords import JAVA_KEYWORDS
from process.names.shapes import Attribute, DistinguishedName

_FORCES_QUOTES = frozenset(',+=\n<>#;\\"')
_BLANKS = (" ", "\n")


def render(name: DistinguishedName) -> str:
    """The name as Java writes it: comma and blank between RDNs, blank plus blank inside one."""
    return ", ".join(" + ".join(map(_attribute, rdn)) for rdn in name.rdns)


def render_compact(name: DistinguishedName) -> str:
    """The same keywords, order and quoting without blanks at the separators, as service keys write it."""
    return ",".join("+".join(map(_attribute, rdn)) for rdn in name.rdns)


def _attribute(attribute: Attribute) -> str:
    keyword = JAVA_KEYWORDS.get(attribute.oid) or f"OID.{attribute.oid}"
    if isinstance(attribute.value, bytes):
        return f"{keyword}=#{attribute.value.hex()}"
    return f"{keyword}={_quoted(attribute.value)}"


def _quoted(value: str) -> str:
    # Java takes a value that is itself between quotation marks for quoted already, and escapes only within.
    if len(value) > 1 and value[0] == value[-1] == '"':
        return f'"{_escaped(value[1:-1])}"'
    return f'"{_escaped(value)}"' if _needs_quotes(value) else value


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _needs_quotes(value: str) -> bool:
    if not _FORCES_QUOTES.isdisjoint(value) or "  " in value:
        return True
    return value.startswith(_BLANKS) or value.endswith(_BLANKS)
