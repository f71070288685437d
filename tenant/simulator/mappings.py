"""CertificateUserMappings of Neo: one user for one whole certificate, kept under the MD5 of its DER."""

import base64
import binascii
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.responses import Response

from tenant.simulator.call import Call, Routes, text_field
from tenant.simulator.entities import MAPPINGS, Entity
from tenant.simulator.errors import BadRequestError, BusinessError, entity_missing
from tenant.simulator.odata import entity_response, feed_response
from tenant.simulator.query import Manner, Manners
from tenant.simulator.state import Row

MAXIMUM_USER = 150
MAXIMUM_CERTIFICATE = 8192
MAXIMUM_ALL = 2 * 1024 * 1024  # all mappings are one artifact of 2 MB
_MANNERS = Manners(top=Manner.REFUSED, skip=Manner.REFUSED, count=Manner.REFUSED, filters=r"User\s+eq\s+'.*'")
_CANNOT_SAVE = (
    "Problem during creating an entity: [NodeManagerApi][CONTENT_STORE][SavingCertificateToUserMappingsFailed]:"
    "Cannot save certificate-user mappings"
)


def _list(call: Call) -> Response:
    rows = call.state.rows("SELECT * FROM mappings ORDER BY created_at, id")
    return feed_response(call, MAPPINGS, [_entity(row) for row in rows], _MANNERS)


def _read(call: Call) -> Response:
    row = call.state.row("SELECT * FROM mappings WHERE id = ?", call.segments[0].key("Id"))
    return entity_response(call, MAPPINGS, _entity(row)) if row else _unknown(call)


def _save(call: Call) -> Response:
    """Create, or change the user of the same certificate; 201 in both cases, an Id that was sent is corrected."""
    body = call.json_body()
    user, text = text_field(body, "User"), text_field(body, "Certificate")
    if not 0 < len(user) <= MAXIMUM_USER:
        raise BadRequestError(f"Property 'User' must have 1 to {MAXIMUM_USER} characters.")
    certificate = _certificate(user, text)
    der = certificate.public_bytes(Encoding.DER)
    mapping_id = hashlib.md5(der, usedforsecurity=False).hexdigest()
    _check_size(call, mapping_id, text)
    valid_until = round(certificate.not_valid_after_utc.timestamp() * 1000)
    call.state.change(
        "INSERT INTO mappings (id, user, certificate, valid_until, created_by, created_at, modified_by, modified_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " user = excluded.user, certificate = excluded.certificate,"
        " modified_by = excluded.modified_by, modified_at = excluded.modified_at",
        mapping_id, user, text, valid_until, call.user, call.now, call.user, call.now,
    )  # fmt: skip
    row = call.state.row("SELECT * FROM mappings WHERE id = ?", mapping_id)
    assert row is not None
    # ValidUntil is filled on later reads only.
    return entity_response(call, MAPPINGS, {**_entity(row), "ValidUntil": None}, 201)


def _delete(call: Call) -> Response:
    if not call.state.change("DELETE FROM mappings WHERE id = ?", call.segments[0].key("Id")):
        return _unknown(call)
    return Response(status_code=204)


def _unknown(call: Call) -> Response:
    """What SAP answers here is not documented; the setting decides."""
    status = call.settings.unknown_mapping_status
    if status == "204":
        return Response(status_code=204)
    if status == "500":
        raise BusinessError("Requested entity could not be found.")
    raise entity_missing()


def _entity(row: Row) -> Entity:
    return {
        "Id": row["id"],
        "User": row["user"],
        "Certificate": row["certificate"],
        "LastModifiedBy": row["modified_by"],
        "LastModifiedTime": row["modified_at"],
        "CreatedBy": row["created_by"],
        "CreatedTime": row["created_at"],
        "ValidUntil": row["valid_until"],
    }


def _certificate(user: str, text: str) -> x509.Certificate:
    """The certificate out of base64 of PEM; raises BusinessError. Anything with a private key is not kept."""
    try:
        pem = base64.b64decode(text, validate=True)
        if len(text) > MAXIMUM_CERTIFICATE or b"PRIVATE KEY" in pem:
            raise ValueError
        return x509.load_pem_x509_certificate(pem)
    except (binascii.Error, ValueError) as error:
        raise BusinessError(
            f"{_CANNOT_SAVE}\n    [NodeManagerApi][CONTENT_STORE][No509Certificate]:The certificate for the user"
            f" {user} is not a X.509 certificate: Could not parse certificate: java.io.IOException: Empty input"
        ) from error


def _check_size(call: Call, mapping_id: str, text: str) -> None:
    row = call.state.row("SELECT SUM(LENGTH(certificate)) AS size FROM mappings WHERE id <> ?", mapping_id)
    if row and (row["size"] or 0) + len(text) > MAXIMUM_ALL:
        raise BusinessError(_CANNOT_SAVE)


ROUTES: Routes = {
    ("GET", "CertificateUserMappings"): _list,
    ("GET", "CertificateUserMappings()"): _read,
    ("POST", "CertificateUserMappings"): _save,
    ("DELETE", "CertificateUserMappings()"): _delete,
}
