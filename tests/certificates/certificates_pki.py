"""The shape of the tests' public key infrastructure. Shared by the tests."""

from dataclasses import dataclass
from datetime import datetime

from certificates.rehearsal import Issued, RehearsalAuthority


@dataclass(frozen=True)
class Pki:
    """A root, an issuing CA below it, the current certificate of a sender and its successor."""

    now: datetime
    root: RehearsalAuthority
    issuing: RehearsalAuthority
    old: Issued
    new: Issued
