"""Certificate-to-user mappings (Neo only; SAP pages e01d3f0, 4b99156): list, add, remove, each safe to repeat.

On Cloud Foundry service keys take their place (`tenant.service_keys`). A mapping is known by the MD5 of the
certificate's DER and holds the whole certificate. Whether a mapping may be added or removed is not decided here.
"""

import base64
import binascii
import re
import ssl

from certificates.errors import CertificateError
from certificates.facts import facts_of, fingerprint, mapping_id
from process.facts import CertificateFacts
from tenant.entities import MappingEntity, shaped
from tenant.errors import CertificateTaken, NotFound, TenantRefused
from tenant.model import UserMapping, UserMappings
from tenant.odata import Unreadable, entity, literal
from tenant.session import Row, Session, nonsense, read

_SET = "CertificateUserMappings"
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)


async def user_mappings(session: Session) -> UserMappings:
    """All mappings of the tenant. Raises `NotFound` on a tenant that has none by nature (Cloud Foundry)."""
    return UserMappings(tuple(await session.rows(_SET, mapping)))


async def user_mapping(session: Session, id: str) -> UserMapping:
    """One mapping. Raises `NotFound`."""
    return await session.entity(f"{_SET}({literal(id)})", mapping)


async def add(session: Session, user: str, pem: str) -> UserMapping:
    """Map the first certificate of a PEM text to a user; nothing is written where it is mapped so already.

    The tenant's POST would silently take the certificate away from another user, so that is refused here.
    Raises `ValueError` when the text holds no certificate, `CertificateTaken`, `TenantRefused`, `NonsenseAnswer`
    when the tenant stored another certificate.
    """
    der = der_of(pem)
    id = mapping_id(der)
    there = next((known for known in await user_mappings(session) if known.id == id), None)
    if there is None:
        return await _post(session, user, der)
    if there.user != user:
        taken = f"the certificate is mapped to the user {there.user} already, not to {user}"
        raise CertificateTaken(None, _SET, taken)
    return there


async def _post(session: Session, user: str, der: bytes) -> UserMapping:
    """Add and read back. The answer to the POST may be empty and never holds `ValidUntil`."""
    text = base64.b64encode(ssl.DER_cert_to_PEM_cert(der).encode("ascii")).decode("ascii")
    response = await session.write("POST", _SET, {"User": user, "Certificate": text})
    id = mapping_id(der)
    if response.text.strip() and read(response, _stored_id) != id:
        raise nonsense(response, "the tenant stored a certificate with another MD5")
    return await user_mapping(session, id)


async def remove(session: Session, id: str) -> bool:
    """Remove a mapping; False when it was gone already.

    What a tenant answers for an unknown id is not documented: the list decides, before and after a refusal, and
    a list that cannot be read is an error, never "gone".
    """
    if not await _is_there(session, id):
        return False
    try:
        await session.write("DELETE", f"{_SET}({literal(id)})")
    except (NotFound, TenantRefused):
        if await _is_there(session, id):
            raise
        return False
    return True


async def _is_there(session: Session, id: str) -> bool:
    return any(known.id == id for known in await user_mappings(session))


def der_of(pem: str) -> bytes:
    """The DER of the first certificate in a PEM text. Raises `ValueError` without one, and with a private key."""
    if "PRIVATE KEY" in pem:
        raise ValueError("the text holds a private key, which must never be handed over")
    block = _BLOCK.search(pem)
    if block is None:
        raise ValueError("the text holds no PEM certificate")
    return base64.b64decode("".join(block.group(1).split()), validate=True)


def mapping(row: Row) -> UserMapping:
    """A mapping as SAP writes it. Raises `Unreadable`."""
    stored = shaped(MappingEntity, row)
    der = _stored_der(stored)
    facts = _facts(der)
    not_after = facts.not_after if facts else stored.ValidUntil
    if not_after is None:
        raise Unreadable(f"the certificate of the mapping {stored.Id} cannot be read")
    return UserMapping(
        id=stored.Id.lower(),
        user=stored.User,
        pem=ssl.DER_cert_to_PEM_cert(der),
        fingerprint=fingerprint(der),
        not_after=not_after,
        valid_until=stored.ValidUntil,
        names=facts.names if facts else None,
    )


def _stored_der(stored: MappingEntity) -> bytes:
    """`Certificate` is base64 of PEM text; lines may be broken."""
    try:
        return der_of(base64.b64decode("".join(stored.Certificate.split()), validate=True).decode("ascii"))
    except (ValueError, binascii.Error):
        raise Unreadable(f"the certificate of the mapping {stored.Id} is no PEM text") from None


def _facts(der: bytes) -> CertificateFacts | None:
    """What the certificate says; None for one that is too odd to parse, then the tenant's fields stand."""
    try:
        return facts_of(der)
    except CertificateError:
        return None


def _stored_id(text: str) -> str:
    return str(entity(text).get("Id", "")).lower()
