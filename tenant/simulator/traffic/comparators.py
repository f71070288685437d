"""When a DN of a channel and a DN of a certificate are the same name: three readings, since SAP's is not known. Pure.

What SAP publishes (KBA 3538749) shows only that names are normalised: attribute names in lower case, no blanks.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from process.names import Attribute, DistinguishedName, NameSyntaxError, equal, parse, render_compact

Same = Callable[[str, str], bool]


def identical(listed: str, presented: str) -> bool:
    """Strict: the very characters in which the tenant itself writes names."""
    return listed == presented


def same_values(listed: str, presented: str) -> bool:
    """Default: blanks at separators, quoting and the case of attribute names aside; RDNs in order, values exact."""
    return listed == presented or _exact(listed) == _exact(presented) != ()


def same_name(listed: str, presented: str) -> bool:
    """Lenient: equal by RFC 5280 section 7.1."""
    return equal(listed, presented)


COMPARATORS: Mapping[str, Same] = {"strict": identical, "default": same_values, "lenient": same_name}


def as_logged(name: str) -> str:
    """A name as the runtime's log writes it (KBA 3538749): attribute names in lower case, no blanks between."""
    try:
        parsed = parse(name)
    except NameSyntaxError:
        return name
    return ",".join("+".join(map(_as_logged, rdn)) for rdn in parsed.rdns)


def _as_logged(attribute: Attribute) -> str:
    keyword, _, value = render_compact(DistinguishedName(((attribute,),))).partition("=")
    return f"{keyword.lower()}={value}"


@lru_cache(maxsize=4096)
def _exact(name: str) -> tuple[tuple[tuple[str, str | bytes], ...], ...]:
    """RDNs in their order, the attributes of each in any; () for a text that is no name."""
    try:
        rdns = parse(name).rdns
    except NameSyntaxError:
        return ()
    return tuple(tuple(sorted(((one.oid, one.value) for one in rdn), key=repr)) for rdn in rdns)
