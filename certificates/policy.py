"""What the operator demands of certificates: data with defaults, each with its source. No rule lives here."""

from dataclasses import dataclass
from datetime import date, timedelta

from certificates.once import once
from certificates.roots import Roots, roots_of


@dataclass(frozen=True)
class Policy:
    """Limits for the judgement of a new certificate; every one is the operator's to set.

    `load_balancer_roots` is PEM text of the roots that the load balancer trusts, None where no list is kept:
    SAP publishes its list behind a login only (SAP Note 2801396). Raises RootsUnreadable for a bad list,
    ValueError for a limit that cannot be kept.
    """

    # SAP's own service keys are RSA 2048 by default (SAP page 19af5e2); the CA/Browser Forum's minimum too.
    min_rsa_bits: int = 2048
    # P-256 is the smallest curve of the CA/Browser Forum's and the Chrome root program's rules.
    min_ec_bits: int = 256
    # TLS 1.3 has no DSA (RFC 8446 section 4.2.3), and TLS 1.2 stacks dropped it.
    refused_keys: tuple[str, ...] = ("DSA",)
    # RFC 9155 takes MD5 and SHA-1 out of TLS 1.2; RFC 6151 and RFC 6194 say why. A root's own signature is exempt.
    refused_hashes: tuple[str, ...] = ("md5", "sha1")
    # The load balancer refuses certificates without the client authentication EKU (SAP page 0f92842).
    # RFC 5280 section 4.2.1.12 alone would allow it to be absent.
    require_eku: bool = True
    # No limit of SAP is known; private CAs are bound by none (CA/Browser Forum ballot SC-081v3 binds public ones).
    max_validity: timedelta | None = None
    # 100 days is what public CAs may issue from 2027-03-15 (ballot SC-081v3): then people are busy with renewals.
    short_validity: timedelta = timedelta(days=100)
    # Three people need about ten working days. A 47-day certificate (the limit of public CAs from 2029,
    # ballot SC-081v3) that is renewed at two thirds of its life leaves 16 days.
    min_overlap: timedelta = timedelta(days=14)
    # CAs date certificates from the next midnight, and clocks differ; the people's work takes longer than that.
    max_start_delay: timedelta = timedelta(days=1)
    # The default of cryptography's verifier, at most 255; enterprise chains have one to three.
    max_intermediates: int = 8
    # Policies of the CA/Browser Forum's baseline and EV requirements: whoever asserts them is a public TLS CA.
    public_tls_policies: tuple[str, ...] = (
        "2.23.140.1.1",
        "2.23.140.1.2.1",
        "2.23.140.1.2.2",
        "2.23.140.1.2.3",
    )
    # From this day on the Chrome root program (version 1.8) allows no client authentication in public TLS.
    public_tls_end: date = date(2027, 3, 15)
    load_balancer_roots: str | None = None

    def __post_init__(self) -> None:
        """A bad list or limit is refused when it is set, not when the first certificate comes."""
        if not 0 <= self.max_intermediates <= 255:
            raise ValueError("max_intermediates must be from 0 to 255, as cryptography's verifier counts them.")
        self.roots  # noqa: B018 - read now

    @once
    def roots(self) -> Roots | None:
        """The list of load balancer roots, None where none is kept."""
        return None if self.load_balancer_roots is None else roots_of(self.load_balancer_roots)
