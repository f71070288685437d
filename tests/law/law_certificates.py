"""The certificates of one sender of the law: the old one and its successors, whose names are drawn."""

from dataclasses import dataclass, field
from datetime import timedelta

from house import NOW
from law_draws import Names

from certificates.rehearsal import Issued, RehearsalAuthority


@dataclass
class Certificates:
    """Of the sender with this number; `roots` are what the load balancer must trust."""

    number: int
    names: Names
    old: Issued = field(init=False)
    issued: list[Issued] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The old one, and CAs for three successors."""
        first = self._authority("Before")
        self._authorities = [self._authority(name) for name in ("After", "Later", "Last")]
        if self.names is not Names.CHANGED:
            self._authorities = [first] * 3
        self.old = first.issue(self._subject("erp"), NOW - timedelta(hours=20), NOW + timedelta(days=40))

    def successor(self) -> Issued:
        """The next one, which replaces the one before it."""
        at = len(self.issued)
        common = {Names.CHANGED: f"erp-{2027 + at}", Names.SPELLED: ("ERP", "Erp", "eRP")[at], Names.SAME: "erp"}[
            self.names
        ]
        begins = NOW - timedelta(hours=10 - at)
        made = self._authorities[at].issue(self._subject(common), begins, NOW + timedelta(days=400))
        self.issued.append(made)
        return made

    def _authority(self, name: str) -> RehearsalAuthority:
        made = RehearsalAuthority.create(f"{name} {self.number}", now=NOW)
        self.roots.append(made.root_pem)
        return made

    def _subject(self, common: str) -> str:
        return f"CN={common}, OU=S{self.number}, O=Acme, C=DE"
