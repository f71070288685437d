"""What the reading of certificates can refuse. Each class makes its sentence from its fields, here only.

CertificateError
├── MalformedDer             bytes are not the DER that they should be
├── RootsUnreadable          the operator's list of load balancer roots has a block that is no certificate
├── Unjudgeable              a part of a certificate that cannot be looked at
└── IntakeRefused            what was handed over is not taken; `code`, `sentence`, `ask`
    ├── SecretRefused        it may hold a private key: never parsed, stored or logged
    │   ├── PrivateKeyRefused
    │   ├── Pkcs12Refused
    │   └── JavaKeystoreRefused
    ├── RequestRefused       a certificate request
    ├── NotACertificate      something else, named where it is known
    ├── DamagedInput         a block that cannot be read to its end
    └── TooLarge             more bytes or certificates than the limit
"""

from abc import abstractmethod
from typing import ClassVar

_EXPOSED = "Nothing was stored. Treat the key as exposed: make a new key pair and request a new certificate for it."
_ONLY_CERTIFICATES = (
    "Hand over the certificate and its chain alone, in PEM, without any key; never send a private key to anybody."
)


class CertificateError(Exception):
    """The root of the tree."""


class MalformedDer(CertificateError):
    """Bytes are not the DER structure `expected`."""

    def __init__(self, expected: str) -> None:
        self.expected = expected
        super().__init__(expected)

    def __str__(self) -> str:
        return f"The bytes are not a well-formed {self.expected}."


class RootsUnreadable(CertificateError):
    """Block `number` (from 1) of the operator's list of load balancer roots is no certificate."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)

    def __str__(self) -> str:
        return (
            f"Block {self.number} of the list of load balancer roots is no certificate. "
            "The operator must correct the list."
        )


class Unjudgeable(CertificateError):
    """A part of a certificate, named by `what`, that cannot be looked at."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)

    def __str__(self) -> str:
        return f"{self.what} cannot be read."


class IntakeRefused(CertificateError):
    """What was handed over is not taken: `sentence` says what happened, `ask` what to do. Neither quotes it."""

    code: ClassVar[str]
    ask: str = _ONLY_CERTIFICATES

    @property
    @abstractmethod
    def sentence(self) -> str:
        """What happened, as a full sentence."""

    def __str__(self) -> str:
        return f"{self.sentence} {self.ask}"


class SecretRefused(IntakeRefused):
    """The input may hold a private key. `kind` names its form, never its content."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)

    @property
    def sentence(self) -> str:
        """What was found, and that the key counts as exposed."""
        return f"What was handed over may hold a private key ({self.kind}), so it was refused unread. {_EXPOSED}"


class PrivateKeyRefused(SecretRefused):
    """A private key in any form, alone or beside certificates."""

    code = "private-key"


class Pkcs12Refused(SecretRefused):
    """A PKCS#12 file (.p12, .pfx)."""

    code = "pkcs12"
    ask = "Export the certificate and its chain without the key, in PEM, and hand over only that file."

    def __init__(self) -> None:
        super().__init__("a PKCS#12 file")


class JavaKeystoreRefused(SecretRefused):
    """A Java keystore (JKS, JCEKS, BKS)."""

    code = "java-keystore"
    ask = "Export the certificate with keytool -exportcert -rfc and hand over only that file."

    def __init__(self) -> None:
        super().__init__("a Java keystore")


class RequestRefused(IntakeRefused):
    """A certificate request (PKCS#10) was handed over."""

    code = "certificate-request"
    ask = "Send the request to the certificate authority and hand over the certificate that comes back."

    @property
    def sentence(self) -> str:
        """What was found."""
        return "This is a certificate request, not a certificate."


class NotACertificate(IntakeRefused):
    """No certificate is in it; `found` names what it is, such as "a PGP message"."""

    code = "not-a-certificate"

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(found)

    @property
    def sentence(self) -> str:
        """What was found instead."""
        return f"No certificate was found in what was handed over; it is {self.found}."


class DamagedInput(IntakeRefused):
    """Block `number` (from 1) begins like a certificate but cannot be read; `why` says how it fails."""

    code = "damaged"
    ask = "Copy the certificate again from its first to its last line, or hand over the file itself."

    def __init__(self, number: int, why: str) -> None:
        self.number = number
        self.why = why
        super().__init__(number, why)

    @property
    def sentence(self) -> str:
        """Which block, and how it fails."""
        return f"Block {self.number} of what was handed over is damaged: {self.why}."


class TooLarge(IntakeRefused):
    """More than `limit` of `what` (bytes or certificates)."""

    code = "too-large"
    ask = "Hand over the certificate and the certificates of its own chain, nothing else."

    def __init__(self, limit: int, what: str) -> None:
        self.limit = limit
        self.what = what
        super().__init__(limit, what)

    @property
    def sentence(self) -> str:
        """Which limit was passed."""
        return f"What was handed over has more than {self.limit} {self.what}, so it was not read."
