"""What the operator demands of certificates: data with defaults, each with its source. No rule lives here."""

from dataclasses import dataclass
from datetime import timedelta

from certificates.roots import roots_of


@dataclass(frozen=True)
class Policy:
    """Limits for the judgement of a new certificate; every one is the operator's to set.

    `load_balancer_roots` is PEM text of the roots that the load balancer trusts, None where no list is kept:
    SAP publishes its list behind a login only (SAP Note 2801396). Raises RootsUnreadable for a bad list.
    """

    # SAP's own service keys are RSA 2048 by default (SAP page 19af5e2); the CA/Browser Forum's minimum too.
    min_rsa_bits: int = 2048
    # P-256 is the smallest curve of the CA/Browser Forum's and the Chrome root program's rules.
    min_ec_bits: int = 256
    # Three people need about ten working days. A 47-day certificate (the limit of public CAs from 2029,
    # ballot SC-081v3) that is renewed at two thirds of its life leaves 16 days.
    min_overlap: timedelta = timedelta(days=14)
    # CAs date certificates from the next midnight, and clocks differ; the people's work takes longer than that.
    max_start_delay: timedelta = timedelta(days=1)
    load_balancer_roots: str | None = None

    def __post_init__(self) -> None:
        """A bad list is refused when it is set, not when the first certificate comes."""
        if self.load_balancer_roots is not None:
            roots_of(self.load_balancer_roots)
