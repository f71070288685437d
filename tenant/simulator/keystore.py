"""KeystoreEntries: the certificates of the tenant's keystore, read only. Private keys are never taken in.

The certificate of a sender is not here on a tenant either: inbound TLS ends at the load balancer.
"""

from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from tenant.simulator.call import Call, Routes
from tenant.simulator.entities import KEYSTORE_ENTRIES, Entity
from tenant.simulator.errors import BadRequestError, NotFoundError, entity_missing
from tenant.simulator.odata import entity_response, feed_response
from tenant.simulator.query import Manner, Manners
from tenant.simulator.state import Row, State

OWNER = "Tenant Administrator"
_MANNERS = Manners(top=Manner.REFUSED, skip=Manner.REFUSED, count=Manner.REFUSED)
_KEYSTORES = ("system", "backup_admin_system", "KeyRenewal", "KeyHistory")


class CertificateOrder(BaseModel):
    """A certificate, as PEM, put into the keystore under an alias."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alias: str = Field(min_length=1, max_length=250)
    certificate: str


def stage_certificate(state: State, order: CertificateOrder, now: int) -> str:
    """Put the certificate into the keystore; its hex alias. Raises ValueError for what is no certificate."""
    certificate = x509.load_pem_x509_certificate(order.certificate.encode())
    state.change(
        "INSERT OR REPLACE INTO keystore_entries VALUES (?, ?, ?, ?)",
        order.alias, certificate.public_bytes(Encoding.PEM).decode(), "rehearsal", now,
    )  # fmt: skip
    return hex_alias(order.alias)


def hex_alias(alias: str) -> str:
    """The key of an entry: the hex digits of the alias in UTF-8."""
    return alias.encode().hex()


def _entity(row: Row) -> Entity:
    certificate = x509.load_pem_x509_certificate(row["certificate"].encode())
    key = certificate.public_key()
    return {
        "Hexalias": hex_alias(row["alias"]),
        "Alias": row["alias"],
        "KeyType": "EC" if isinstance(key, ec.EllipticCurvePublicKey) else "RSA",
        "KeySize": key.key_size if isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey) else None,
        "EllipticCurve": key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else None,
        "ValidNotBefore": round(certificate.not_valid_before_utc.timestamp() * 1000),
        "ValidNotAfter": round(certificate.not_valid_after_utc.timestamp() * 1000),
        "SerialNumber": f"0x{certificate.serial_number:x}",
        "SignatureAlgorithm": _signature_algorithm(certificate),
        "SubjectDN": _name(certificate.subject),
        "IssuerDN": _name(certificate.issuer),
        "Version": 3,
        "FingerprintSha1": _fingerprint(certificate, hashes.SHA1()),  # noqa: S303  SAP's own field
        "FingerprintSha256": _fingerprint(certificate, hashes.SHA256()),
        "FingerprintSha512": _fingerprint(certificate, hashes.SHA512()),
        "Type": "Certificate",
        "Owner": OWNER,
        "LastModifiedBy": row["modified_by"],
        "LastModifiedTime": row["modified_at"],
        "CreatedBy": row["modified_by"],
        "CreatedTime": row["modified_at"],
    }


def _signature_algorithm(certificate: x509.Certificate) -> str:
    """As Java names it; empty for schemes that hash in their own way."""
    algorithm = certificate.signature_hash_algorithm
    scheme = "ECDSA" if isinstance(certificate.signature_algorithm_parameters, ec.ECDSA) else "RSA"
    return f"{algorithm.name.upper()}with{scheme}" if algorithm else ""


def _name(name: x509.Name) -> str:
    """Most specific first, with a blank after each comma, unlike the names in service keys."""
    return ", ".join(rdn.rfc4514_string() for rdn in reversed(list(name.rdns)))


def _fingerprint(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    return certificate.fingerprint(algorithm).hex(":")


def _check(call: Call) -> None:
    """A tenant answers 400 to `$format` here; the keystore is the system one where none is named."""
    if "$format" in call.query:
        raise BadRequestError("$format is not supported.")
    if call.query.get("keystoreName", "system").strip("'") not in _KEYSTORES:
        raise NotFoundError("Requested entity could not be found.")


def _rows(call: Call) -> Iterable[Row]:
    _check(call)
    if call.query.get("keystoreName", "system").strip("'") != "system":
        return ()
    return call.state.rows("SELECT * FROM keystore_entries ORDER BY alias")


def _list(call: Call) -> Response:
    return feed_response(call, KEYSTORE_ENTRIES, [_entity(row) for row in _rows(call)], _MANNERS)


def _addressed(call: Call) -> Row:
    wanted = call.segments[0].key("Hexalias").lower()
    found = next((row for row in _rows(call) if hex_alias(row["alias"]) == wanted), None)
    if found is None:
        raise entity_missing()
    return found


def _read(call: Call) -> Response:
    return entity_response(call, KEYSTORE_ENTRIES, _entity(_addressed(call)))


def _certificate(call: Call) -> Response:
    return Response(_addressed(call)["certificate"], media_type="application/pkix-cert")


ROUTES: Routes = {
    ("GET", "KeystoreEntries"): _list,
    ("GET", "KeystoreEntries()"): _read,
    ("GET", "KeystoreEntries()/Certificate/$value"): _certificate,
}
