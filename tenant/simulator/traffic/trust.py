"""The load balancer's list of roots, and what it makes of the certificate that a client presents in the handshake.

SAP page 4509f60: only roots are on the list, the client must send the rest of its chain; what the list does not lead
to is not passed on, and the handshake goes on without it (SAP page 0fc1446).
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from OpenSSL import SSL, crypto

from certificates.engines.asking import CLIENT_AUTH
from certificates.errors import MalformedDer, RootsUnreadable, Unjudgeable
from certificates.facts import fingerprint
from certificates.reading import Reading
from certificates.roots import readings_of
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State
from tenant.simulator.traffic.gates import Gate
from tenant.simulator.traffic.server_certificate import ServerCertificate

_OUTDATED = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_FAULTS = {
    7: "a signature is wrong",
    9: "one is not valid yet",
    10: "one has expired",
    18: "it is self-signed",
    19: "its root is not on the list",
    20: "an issuer's certificate was not sent",
    21: "the first signature cannot be checked",
    26: "a CA may not issue client certificates",
}


class NoRootError(Exception):
    """A certificate that shall go on the list is no root; `subject` says which."""

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self.subject = subject

    def __str__(self) -> str:
        return f"{self.subject} is no root. The load balancer's list holds roots only; the sender sends the rest."


class RootsFileUnusableError(Exception):
    """The file of the setting `roots` cannot be used; `path` and `why` say which and what."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why

    def __str__(self) -> str:
        return f"The roots of {self.path} cannot be used ({self.why}). Name a PEM file of roots with --roots."


def add_roots(state: State, pem: str, now: int) -> list[str]:
    """Put the roots of a PEM text on the list, all or none; their SHA-256. Raises RootsUnreadable or NoRootError."""
    readings = readings_of(pem)
    for reading in readings:
        if not reading.self_issued:
            raise NoRootError(reading.subject)
    for reading in readings:
        state.change(
            "INSERT OR IGNORE INTO load_balancer_roots VALUES (?, ?, ?)", fingerprint(reading.der), reading.der, now
        )
    return [fingerprint(reading.der) for reading in readings]


def add_roots_of(state: State, path: Path, now: int) -> None:
    """Put the roots of a file on the list; raises RootsFileUnusableError."""
    try:
        add_roots(state, path.read_text("utf-8"), now)
    except (OSError, UnicodeDecodeError, RootsUnreadable, NoRootError) as error:
        raise RootsFileUnusableError(path, str(error)) from error


def listed_roots(state: State) -> list[bytes]:
    """The list, DER, in the order in which they were added."""
    rows = state.rows("SELECT certificate FROM load_balancer_roots ORDER BY added_at, rowid")
    return [bytes(row["certificate"]) for row in rows]


def remove_roots(state: State, digest: str | None) -> int:
    """Take one root (its SHA-256 in lower-case hex), or all, off the list; how many went."""
    if digest is None:
        return state.change("DELETE FROM load_balancer_roots")
    return state.change("DELETE FROM load_balancer_roots WHERE fingerprint = ?", digest)


def describe(der: bytes) -> dict[str, str]:
    """A root for people: digest and subject."""
    return {"sha256": fingerprint(der), "subject": Reading(der).subject}


@dataclass
class Handshake:
    """What one handshake showed. `faults` are OpenSSL's numbers; a `failed` gate ended it, a sentence says why."""

    settings: SimulatorSettings
    leaf: bytes = b""
    faults: list[int] = field(default_factory=list)
    lacks_usage: bool = False
    failed: Gate = Gate.NONE

    def sees(self, certificate: crypto.X509, fault: int, depth: int) -> bool:
        """One report of OpenSSL's walk along the chain; False ends the handshake."""
        if fault:
            self.faults.append(fault)
        if depth == 0:
            self._sees_leaf(certificate)
        if self.lacks_usage and self.settings.missing_eku == "tls":
            self.failed = Gate.USAGE
        elif self.is_outdated and self.settings.outdated_certificate == "tls":
            self.failed = Gate.VALIDITY
        return self.failed is Gate.NONE

    def _sees_leaf(self, certificate: crypto.X509) -> None:
        self.leaf = crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
        self.lacks_usage = not _states_client_auth(self.leaf)

    @property
    def is_outdated(self) -> bool:
        """The chain leads to the list, but one of it is not valid now."""
        return bool(self.faults) and set(self.faults) <= set(_OUTDATED)

    @property
    def dropped(self) -> Gate:
        """Why the certificate is not passed on; NONE where it is."""
        if self.lacks_usage:
            return Gate.USAGE
        if self.is_outdated:
            return Gate.VALIDITY
        return Gate.ROOT if self.faults else Gate.NONE

    @property
    def passed_on(self) -> bytes | None:
        """The certificate that the nodes get, DER; None where none was presented or it was dropped."""
        return self.leaf if self.leaf and self.dropped is Gate.NONE else None

    @property
    def words(self) -> str:
        """Why it was dropped or the handshake ended, in a sentence."""
        sentences = {
            Gate.USAGE: "The certificate lacks the extended key usage clientAuth.",
            Gate.VALIDITY: "The certificate, or one above it, is not valid at this time.",
            Gate.ROOT: "The chain that the client sent does not lead to a root on the load balancer's list"
            f" ({', '.join(map(_in_words, dict.fromkeys(self.faults)))}).",
        }
        return sentences.get(self.failed or self.dropped, "")


def _in_words(fault: int) -> str:
    return _FAULTS.get(fault, f"OpenSSL's error {fault}")


def _states_client_auth(certificate: bytes) -> bool:
    """SAP asks for the usage itself (SAP page 0f92842): an absent extension, or any usage, is not enough."""
    try:
        return CLIENT_AUTH in (Reading(certificate).usages or ())
    except (Unjudgeable, MalformedDer):
        return False


class TlsTerms:
    """The terms of the load balancer's TLS. OpenSSL takes a list of roots and a time once, so that another list or
    another second means new terms.
    """

    def __init__(self, state: State, settings: SimulatorSettings, server: ServerCertificate) -> None:
        self._state = state
        self._settings = settings
        self._server = server
        self._made_for: tuple[list[bytes], int] | None = None
        self._context = SSL.Context(SSL.TLS_SERVER_METHOD)

    def connection(self, now: int) -> tuple[SSL.Connection, Handshake]:
        """A server's end of TLS over memory, judging validity at `now` (epoch milliseconds)."""
        wanted = (listed_roots(self._state), now // 1000)
        if wanted != self._made_for:
            self._context, self._made_for = self._made(*wanted), wanted
        connection, handshake = SSL.Connection(self._context, None), Handshake(self._settings)
        connection.set_app_data(handshake)
        connection.set_accept_state()
        return connection, handshake

    def _made(self, roots: list[bytes], second: int) -> SSL.Context:
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        # A resumed session would bring a certificate that was judged long ago.
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.use_privatekey(self._server.key)
        context.use_certificate(self._server.certificate)
        store = context.get_cert_store()
        assert store is not None
        for root in roots:
            # One that OpenSSL cannot read leads nowhere.
            with suppress(crypto.Error):
                store.add_cert(crypto.load_certificate(crypto.FILETYPE_ASN1, root))
        store.set_time(datetime.fromtimestamp(second, UTC))
        context.set_verify(SSL.VERIFY_PEER, _report)
        return context


def _report(connection: SSL.Connection, certificate: crypto.X509, fault: int, depth: int, _: int) -> bool:
    handshake = connection.get_app_data()
    assert isinstance(handshake, Handshake)
    return handshake.sees(certificate, fault, depth)
