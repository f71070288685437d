"""What both engines are asked, and the rules on usages that are applied to the path of either."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from certificates.reading import Reading

CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
ANY_USAGE = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
Usages = frozenset[x509.ObjectIdentifier]


@dataclass(frozen=True)
class Question:
    """Does a path lead from `leaf` through `others` to one of `anchors`, at `now` (aware)?

    An anchor need not be a root: it is trusted because it is on the list.
    """

    leaf: Reading
    others: tuple[Reading, ...]
    anchors: tuple[Reading, ...]
    now: datetime
    max_intermediates: int


def may_sign(usage: x509.KeyUsage | None) -> bool:
    """Whether a leaf's key usage lets it authenticate a TLS client (RFC 8446 4.4.2.2, RFC 5246 7.4.8).

    Key agreement alone serves old TLS only, but OpenSSL's purpose of a TLS client accepts it.
    """
    return usage is None or usage.digital_signature or usage.key_agreement


def may_issue(usage: x509.KeyUsage | None) -> bool:
    """Whether a CA's key usage lets it sign certificates (RFC 5280 4.2.1.3)."""
    return usage is None or usage.key_cert_sign


def allows_client(usages: Usages | None, also: Sequence[x509.ObjectIdentifier] = ()) -> bool:
    """Whether extended key usages, None where absent, allow TLS clients; `also` counts as allowing them."""
    return usages is None or not usages.isdisjoint({CLIENT_AUTH, *also})
