"""The shapes of a report on what was handed over. No rule lives here; `report` makes them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certificates.policy import Policy
from process.facts import CertificateFacts, Finding, RootTrust
from process.names import Difference, NameChange


class Decision(StrEnum):
    """What becomes of the certificate. PERSON: neither yes nor no is certain, and a person decides."""

    ACCEPT = "accept"
    REJECT = "reject"
    PERSON = "person"


@dataclass(frozen=True)
class Inspection:
    """What an inspection needs beside the bytes: the time (aware), the operator's limits, the current certificate.

    `crls` are certificate revocation lists in PEM or DER; without any, revocation is not checked.
    """

    now: datetime
    policy: Policy
    old: CertificateFacts | None = None
    crls: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class LeafReport:
    """The sender's certificate for people: names in Java's form, `serial` and `sha256` in lower-case hex.

    `key` is such as "EC P-256" or "RSA 3072"; `signature` such as "ECDSA with SHA-256". A part that cannot be
    read is said in a finding and is empty here. `eku` is None where the extension is absent.
    """

    subject: str
    issuer: str
    serial: str
    sha256: str
    not_before: datetime
    not_after: datetime
    key: str
    signature: str
    san: tuple[str, ...] = ()
    eku: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ChainLink:
    """One certificate above the leaf. `role` is as findings name it; `listed`: it is on the list of roots.

    `handed_over` is False for a root that was taken from the operator's list.
    """

    role: str
    subject: str
    issuer: str
    sha256: str
    not_before: datetime
    not_after: datetime
    key: str
    handed_over: bool = True
    listed: bool = False


@dataclass(frozen=True)
class NamesReport:
    """The names of the current and of the new certificate. `meaning` says what follows for the steps."""

    subject: NameChange
    issuer: NameChange
    differences: tuple[Difference, ...] = ()
    meaning: str = ""


@dataclass(frozen=True)
class EngineOpinion:
    """What one engine says of the path. `accepts` None: it could not be asked, and `reason` says why.

    `reason` is a full sentence; `certificate` names the one it is about, empty where the engine does not say.
    `path` is the DER of the path that it accepted, leaf first; `fault` is OpenSSL's number (X509_V_ERR_…).
    """

    engine: str
    accepts: bool | None
    reason: str
    certificate: str = ""
    path: tuple[bytes, ...] = ()
    fault: int = 0


@dataclass(frozen=True)
class Report:
    """Everything that is known of what was handed over, the findings with errors first.

    `leaf`, `facts` and `chain` are missing where nothing could be read; `names` where there is no current
    certificate. `root` tells whether the load balancer trusts the root, `roots` which list was asked.
    """

    verdict: Decision
    findings: tuple[Finding, ...] = ()
    leaf: LeafReport | None = None
    chain: tuple[ChainLink, ...] = ()
    names: NamesReport | None = None
    repairs: tuple[str, ...] = ()
    engines: tuple[EngineOpinion, ...] = ()
    facts: CertificateFacts | None = None
    root: RootTrust = RootTrust.UNKNOWN
    roots: str = ""
