"""Listing, adding and removing service keys: the same rules over both APIs, each safe to repeat.

A certificate may be in one key of all instances; in a second one it locks out both (KBA 3224701). So all keys are
looked into before one is made and again after it, and what cannot be looked into stops the making.
"""

from dataclasses import dataclass, replace

from certificates.facts import mapping_id
from tenant.errors import (
    CertificateClash,
    CertificateTaken,
    NonsenseAnswer,
    ServiceKeyFailed,
    ServiceKeysHidden,
    ServiceKeyUnfinished,
    TenantRefused,
)
from tenant.model import UserMapping, UserMappings
from tenant.service_keys.credentials import key_name, parameters
from tenant.service_keys.labels import instance_called
from tenant.service_keys.looking import Look, LookedInto, look, mappings_of
from tenant.service_keys.shapes import Instance, KeyApi, NewKey, ServiceKey
from tenant.user_mappings import der_of

_MOST_TURNS = 4
"""Looks at one order: a key found under way, a name just taken, the key made, and one more."""


@dataclass(frozen=True)
class ServiceKeys:
    """The service keys of one tenant; `most` is how many are looked into at once."""

    api: KeyApi
    most: int

    async def all(self) -> UserMappings:
        """All keys that hold a certificate, of whatever type, and those that could not be looked into."""
        return await mappings_of(self.api, await self._look(), self.most)

    async def add(self, user: str, pem: str) -> UserMapping:
        """Make a key for the first certificate of a PEM text in the instance `user`; one that is there will do.

        Raises `ValueError` without a certificate, `CertificateTaken`, `CertificateClash`, `ServiceKeysHidden`,
        `ServiceInstanceUnknown`, `ServiceKeyUnfinished`, `ServiceKeyFailed`, also when the key that was made holds
        something else: an error that is repeated would make one such key after the other.
        """
        der, made, refused = der_of(pem), False, set[str]()
        for _ in range(_MOST_TURNS):
            seen = await self._look()
            instance = instance_called(user, seen.listing.instances)
            if there := _holder(seen, instance, der):
                return await self._mapping(seen, there)
            if under_way := _under_way(seen, instance, der):
                await self.api.created(under_way)
            elif made:
                raise ServiceKeyFailed(None, "", "the key that was made holds another certificate, or none")
            else:
                made = await self._make(seen, instance, der, refused)
        raise ServiceKeyUnfinished(None, "", f"the key for certificate {mapping_id(der)}: others change keys, too")

    async def _look(self) -> Look:
        return await look(self.api, self.most)

    async def _mapping(self, seen: Look, there: LookedInto) -> UserMapping:
        alone = await mappings_of(self.api, replace(seen, keys=(there,)), self.most)
        if not alone.mappings:
            raise NonsenseAnswer(None, "", f"the certificate of {there.named} cannot be read")
        return alone.mappings[0]

    async def _make(self, seen: Look, instance: Instance, der: bytes, refused_names: set[str]) -> bool:
        """Order the key and wait for it; False where its name was taken, so that a new look is needed."""
        _check_seen(seen)
        name = key_name(der, _names_in_use(seen, instance) | refused_names)
        try:
            await self.api.create(NewKey(instance.guid, name, parameters(der)))
        except ServiceKeyFailed:
            raise
        except TenantRefused as refused:
            await self._explain(refused, instance, name)
            refused_names.add(name)
            return False
        return True

    async def _explain(self, refused: TenantRefused, instance: Instance, name: str) -> None:
        """Return where the name is taken now; the API's list decides that, never the words of a refusal."""
        listing = await self.api.listing()
        here = [key for key in listing.keys if key.instance == instance.guid]
        for key in here:
            if key.name == name:
                _check_stays(key)
                return
        if any(known.guid == instance.guid and known.busy for known in listing.instances):
            raise ServiceKeyUnfinished(refused.status, refused.path, f"the service instance {instance.name} is busy")
        raise refused

    async def remove(self, id: str) -> bool:
        """Delete a key by its guid; False when it was gone already, as far as all keys can be seen."""
        listing = await self.api.listing()
        key = next((known for known in listing.keys if known.guid == id), None)
        if key is not None:
            return await self.api.delete(key)
        if listing.missing or not listing.instances:
            which = " and ".join(listing.missing) or "none of plan integration-flow is seen"
            raise ServiceKeysHidden(None, "", f"service instances: {which}")
        return False


def _holder(seen: Look, instance: Instance, der: bytes) -> LookedInto | None:
    """The one key that holds the certificate, in this instance; None where no key does."""
    holders = seen.holders(der)
    if len(holders) > 1:
        raise CertificateClash(None, "", " and ".join(holder.named for holder in holders))
    for holder in holders:
        if holder.key.instance != instance.guid:
            raise CertificateTaken(None, "", f"it is in {holder.named}")
        _check_stays(holder.key)
        return holder
    return None


def _check_stays(key: ServiceKey) -> None:
    """A key that is being deleted is neither there nor gone, and its name is not free."""
    if key.is_leaving:
        failed = f", and that failed ({key.why})" if key.deletion_failed else ""
        raise ServiceKeyUnfinished(None, "", f"the key {key.name} is being deleted{failed}")


def _under_way(seen: Look, instance: Instance, der: bytes) -> ServiceKey | None:
    """A key that is being made under a name of this certificate: ours, of an attempt that was cut off."""
    ours = mapping_id(der)
    for looked in seen.keys:
        key = looked.key
        if key.instance == instance.guid and key.is_being_created and key.name == ours:
            return key
    return None


def _names_in_use(seen: Look, instance: Instance) -> frozenset[str]:
    """The names that keys of an instance have. Cloud Foundry lets a new key take the name of a failed creation."""
    here = [looked.key for looked in seen.keys if looked.key.instance == instance.guid]
    return frozenset(key.name for key in here if not key.creation_failed)


def _check_seen(seen: Look) -> None:
    """Could not look is never looked and fine: a key that was not read may hold the certificate."""
    being_made = [looked for looked in seen.keys if looked.error is not None and looked.key.is_being_created]
    if being_made:
        raise ServiceKeyUnfinished(None, "", f"{being_made[0].named} is being made, maybe for the same certificate")
    hidden = [one for one in seen.hidden if one.may_hold]
    if hidden:
        told = "; ".join(f"{one.facts.what}: {one.why}" for one in hidden)
        raise ServiceKeysHidden(None, "", told)
