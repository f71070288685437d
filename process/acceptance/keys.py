"""As whom a certificate calls: through a user mapping on Neo, through a service key on Cloud Foundry.

A mapping and a pinned key hold the whole certificate (SAP pages 4b5afdd, 19af5e2). A key that is not pinned compares
subject and issuer, takes a certificate only if it was issued later than the last one it took, and refuses the older
ones from then on. Where pinning is not told, both readings must give the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from process.acceptance.comparing import rfc_5280
from process.acceptance.shapes import Answer, Gate, Objection
from process.facts import CertificateFacts, Environment, MappingFacts, MappingKind

Used = Sequence[CertificateFacts]
"""Certificates that have called before."""


@dataclass(frozen=True)
class Caller:
    """Who calls: a user, or a service instance with its roles (None: not told)."""

    user: str
    roles: tuple[str, ...] | None


def caller(
    certificate: CertificateFacts, mappings: Sequence[MappingFacts], environment: Environment, used: Used
) -> Caller | Objection:
    """As whom the certificate calls, or why as nobody."""
    if environment is Environment.NEO:
        return _by_mapping(certificate, mappings)
    keys = alike(certificate, mappings)
    readings = {pin: _by_key(certificate, [_read_as(key, pin) for key in keys], used) for pin in (True, False)}
    pinned, unpinned = readings[True], readings[False]
    if isinstance(pinned, Objection) == isinstance(unpinned, Objection):
        return pinned
    bad = pinned if isinstance(pinned, Objection) else unpinned
    assert isinstance(bad, Objection)
    reading = "pinned" if bad is pinned else "not pinned"
    names = ", ".join(f"{key.id} of {key.user}" for key in keys if key.pinned is None)
    why = f"whether the service key {names} is pinned is not known, and if it is {reading}, {bad.why}"
    return Objection(Gate.SERVICE_KEY if bad.gate is Gate.SERVICE_KEY else bad.gate, Answer.UNKNOWN, why)


def _read_as(key: MappingFacts, pinned: bool) -> MappingFacts:
    """The reading of a key of which pinning is not told.

    All pinned and none pinned are enough: beside another key of the same names, a single unpinned one is a clash.
    """
    return replace(key, pinned=pinned) if key.pinned is None else key


def _by_mapping(certificate: CertificateFacts, mappings: Sequence[MappingFacts]) -> Caller | Objection:
    for mapping in mappings:
        if mapping.kind is MappingKind.USER_MAPPING and mapping.fingerprint == certificate.fingerprint:
            return Caller(mapping.user, mapping.roles)
    why = "no user mapping holds it, and a mapping of another certificate with the same names does not count"
    return Objection(Gate.MAPPING, Answer.REFUSED, why)


def alike(certificate: CertificateFacts, mappings: Sequence[MappingFacts]) -> list[MappingFacts]:
    """The service keys of this certificate and of its names; cautiously, names that are equal by RFC 5280."""
    return [
        key
        for key in mappings
        if key.kind is MappingKind.SERVICE_KEY
        and (
            key.fingerprint == certificate.fingerprint
            or (key.names is not None and rfc_5280(key.names, certificate.names))
        )
    ]


def _by_key(certificate: CertificateFacts, keys: list[MappingFacts], used: Used) -> Caller | Objection:
    same = [key for key in keys if key.fingerprint == certificate.fingerprint]
    open_keys = [key for key in keys if not key.pinned]
    if len(same) > 1:
        return _clash(same, "hold this certificate, which must be in exactly one (401, KBA 3224701)")
    if open_keys and len(keys) > 1:
        return _clash(keys, "have the same names and not all are pinned (401, KBA 3364579)")
    if open_keys:
        return _by_names(certificate, open_keys[0], used)
    if same:
        return Caller(same[0].user, same[0].roles)
    why = (
        "no service key holds it, and a pinned key takes no other certificate with the same names (401, KBA 3224701)"
    )
    return Objection(Gate.SERVICE_KEY, Answer.REFUSED, why)


def _clash(keys: list[MappingFacts], why: str) -> Objection:
    names = " and ".join(f"{key.id} of {key.user}" for key in keys)
    return Objection(Gate.KEY_CLASH, Answer.REFUSED, f"the service keys {names} {why}")


def _by_names(certificate: CertificateFacts, key: MappingFacts, used: Used) -> Caller | Objection:
    """A key that is not pinned; nothing else has its names."""
    if key.names is not None and key.names != certificate.names:
        why = f"the service key {key.id} of {key.user} holds these names in another spelling"
        return Objection(Gate.SERVICE_KEY, Answer.UNKNOWN, why)
    through_it = [c for c in used if c.names == certificate.names]
    if locked_out_by(certificate, through_it):
        why = f"a newer certificate was used at the service key {key.id} of {key.user}, which is not pinned"
        return Objection(Gate.SERVICE_KEY, Answer.REFUSED, f"{why}: it refuses older ones for ever", for_good=True)
    known = {certificate.fingerprint, *(c.fingerprint for c in through_it)}
    if key.fingerprint not in known:
        why = f"whether it was issued later than the one in the service key {key.id} of {key.user} is not known"
        return Objection(Gate.SERVICE_KEY, Answer.UNKNOWN, why)
    return Caller(key.user, key.roles)


def locked_out_by(certificate: CertificateFacts, used: Used) -> bool:
    """True when another certificate, issued as late or later, was used at an unpinned key of these names."""
    return any(c.fingerprint != certificate.fingerprint and c.not_before >= certificate.not_before for c in used)
