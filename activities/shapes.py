"""What goes into activities and comes out. Plain shapes, stored in the history: no secret is ever in one."""

from dataclasses import dataclass
from datetime import datetime

from process.facts import CertificateFacts


@dataclass(frozen=True)
class Judge:
    """Judge handed-over PEM against the certificate in use."""

    pem: str
    old: CertificateFacts


@dataclass(frozen=True)
class Read:
    """Find everything on the tenant that knows the old certificate, and the new one if there is one.

    Channels of the flows in `watched` are told even where they know neither, and so are the user mappings of the
    certificates in `further` (SHA-256).
    """

    tenant: str
    old: CertificateFacts
    new: CertificateFacts | None = None
    watched: tuple[str, ...] = ()
    further: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """Change one flow or the mappings of one user. `where` is a flow id or a user.

    Adding: `new` is put beside `old`. Removing: `old` goes, and `new` must be there to stay.
    With `check_only` nothing is changed: the tenant must already show it.
    """

    tenant: str
    where: str
    old: CertificateFacts
    new: CertificateFacts
    check_only: bool = False


@dataclass(frozen=True)
class Evidence:
    """What the tenant shows after a change, in words for the record."""

    text: str
    changed: bool = False


@dataclass(frozen=True)
class Ended:
    """A renewal has ended: what the register is to know of it. `entry` is the id of the sender's entry."""

    entry: str
    tenant: str
    sender: str
    renewal: str
    outcome: str
    at: datetime
    old: CertificateFacts
    new: CertificateFacts | None = None
