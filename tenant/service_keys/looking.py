"""One look into every key of every instance that counts: who holds which certificate, and what could not be read."""

from collections.abc import Mapping
from dataclasses import dataclass

from certificates.errors import CertificateError
from certificates.facts import facts_of, fingerprint
from process.facts import CertificateFacts, MappingKind
from tenant.errors import NonsenseAnswer, TenantError
from tenant.model import UnreadableMapping, UserMapping, UserMappings
from tenant.service_keys.labels import labels
from tenant.service_keys.shapes import HeldCertificate, Instance, KeyApi, Listing, ServiceKey
from tenant.service_keys.waiting import side_by_side

_NOT_SEEN = (
    "it is named in the settings, but Certrelay's user sees it not, or no key of it: the operator must correct the "
    "setting, or the tenant administrator make the user a Space Developer"
)
_NONE_SEEN = (
    "Certrelay's user sees no instance of plan integration-flow: either there is none, or the tenant administrator "
    "must make the user a Space Developer"
)


@dataclass(frozen=True)
class LookedInto:
    """A key that was looked into: `held` is its certificate if it has one, `error` why it could not be read."""

    key: ServiceKey
    user: str
    held: HeldCertificate | None = None
    error: TenantError | None = None

    def holds(self, der: bytes) -> bool:
        """True when it holds this very certificate."""
        return self.held is not None and fingerprint(self.held.der) == fingerprint(der)

    @property
    def named(self) -> str:
        """The key for a sentence."""
        return f"the key {self.key.name} of the service instance {self.user}"


@dataclass(frozen=True)
class Look:
    """All keys at one moment."""

    listing: Listing
    keys: tuple[LookedInto, ...]

    def holders(self, der: bytes) -> list[LookedInto]:
        """The keys that hold a certificate."""
        return [looked for looked in self.keys if looked.holds(der)]

    def called(self, guid: str) -> str:
        """What an instance is called."""
        return labels(self.listing.instances)[guid]

    @property
    def hidden(self) -> tuple[UnreadableMapping, ...]:
        """What could not be looked at."""
        instances = [UnreadableMapping(name, "", _NOT_SEEN) for name in self.listing.missing]
        if not self.listing.instances and not instances:
            instances = [UnreadableMapping("of any name", "", _NONE_SEEN)]
        return (*instances, *(_hidden(looked) for looked in self.keys if looked.error is not None))


async def look(api: KeyApi, most: int) -> Look:
    """Look into all keys, `most` at once. What cannot be read for good is told; what may go by is raised."""
    listing = await api.listing()
    called = labels(listing.instances)
    known = [key for key in listing.keys if key.instance in called]
    keys = await side_by_side((_looked_into(api, key, called[key.instance]) for key in known), most)
    return Look(listing, tuple(keys))


async def _looked_into(api: KeyApi, key: ServiceKey, user: str) -> LookedInto:
    try:
        return LookedInto(key, user, held=await api.certificate(key))
    except TenantError as error:
        if error.retryable and not isinstance(error, NonsenseAnswer):
            raise
        return LookedInto(key, user, error=error)


def _hidden(looked: LookedInto) -> UnreadableMapping:
    key, error = looked.key, looked.error
    if key.creation_failed:
        why = f"its creation failed ({key.why}); it holds nothing, and the tenant administrator should delete it"
        return UnreadableMapping(looked.user, key.name, why, may_hold=False)
    if key.is_being_created:
        return UnreadableMapping(looked.user, key.name, "it is still being made")
    return UnreadableMapping(looked.user, key.name, error.sentence if error else "")


async def mappings_of(api: KeyApi, seen: Look, most: int) -> UserMappings:
    """All keys that hold a certificate, as user mappings, and what could not be looked at."""
    holding = {looked.key.instance for looked in seen.keys if looked.held is not None}
    asked = [instance for instance in seen.listing.instances if instance.guid in holding]
    roles = dict(await side_by_side((_with_roles(api, instance) for instance in asked), most))
    read = [_mapping(looked, roles) for looked in seen.keys if looked.held is not None]
    mappings = tuple(one for one in read if isinstance(one, UserMapping))
    unreadable = tuple(one for one in read if isinstance(one, UnreadableMapping))
    return UserMappings(mappings, (*seen.hidden, *unreadable))


async def _with_roles(api: KeyApi, instance: Instance) -> tuple[str, tuple[str, ...] | None]:
    return instance.guid, await api.roles(instance)


def _mapping(looked: LookedInto, roles: Mapping[str, tuple[str, ...] | None]) -> UserMapping | UnreadableMapping:
    assert looked.held is not None
    try:
        facts = facts_of(looked.held.der)
    except CertificateError as error:
        return UnreadableMapping(looked.user, looked.key.name, str(error))
    return _user_mapping(looked, looked.held, facts, roles.get(looked.key.instance))


def _user_mapping(
    looked: LookedInto, held: HeldCertificate, facts: CertificateFacts, roles: tuple[str, ...] | None
) -> UserMapping:
    return UserMapping(
        id=looked.key.guid,
        user=looked.user,
        pem=facts.pem,
        fingerprint=facts.fingerprint,
        not_after=facts.not_after,
        kind=MappingKind.SERVICE_KEY,
        names=facts.names,
        name=looked.key.name,
        instance=looked.key.instance,
        key_type=held.key_type,
        roles=roles,
    )
