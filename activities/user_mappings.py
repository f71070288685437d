"""Adding and removing user mappings: read, change, read back. Safe to repeat, and the same in both environments.

On Neo a user mapping is a certificate-to-user mapping, and all of them are one artifact: they are backed up before a
write and compared after it. On Cloud Foundry it is a service key, a thing of its own.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from temporalio import activity

from activities.mapping_backup import Mapped, mapped, read_backup, write_backup
from activities.mapping_words import WORDS, Words, backup_failed, mappings_lost
from activities.shapes import Change, Evidence
from activities.tenants import Life, OpenTenant, at_tenant
from process.facts import CertificateFacts, MappingKind
from tenant.answers import Clock, utc_now
from tenant.client import TenantClient
from tenant.model import UserMapping, UserMappings

BACKUP_FOLDER = Path("var/backups")


@dataclass
class _Room:
    """One change of a tenant's mappings at a time; `removed` are the ids that this worker removed itself."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    removed: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class UserMappingActivities:
    """Changes user mappings through the clients that it is given; backups go into `backup_folder`.

    The changes of one tenant wait for each other: else one renewal would take another's removal for a loss. That
    covers this worker; with several, two renewals of one tenant may still raise that false alarm.
    """

    open_tenant: OpenTenant
    backup_folder: Path = BACKUP_FOLDER
    now: Clock = utc_now
    _rooms: defaultdict[str, _Room] = field(default_factory=lambda: defaultdict(_Room), repr=False, compare=False)

    @activity.defn
    async def add_user_mapping(self, change: Change) -> Evidence:
        """Map the new certificate to the user, or the service instance, that the old one is mapped to."""
        room = self._rooms[change.tenant]
        async with at_tenant(self.open_tenant, change.tenant) as (client, life), room.lock:
            work = _Work(client, change, self._guard(client, change, life))
            seen = await work.look()
            if not _of(seen, change.new, change.where) and not change.check_only:
                await work.guard.before(seen)
                await client.add_user_mapping(change.where, change.new.pem)
                seen = await work.look()
            return work.evidence(work.shown(seen))

    @activity.defn
    async def remove_user_mapping(self, change: Change) -> Evidence:
        """Remove the mapping of the old certificate; the new one must be mapped to the same user."""
        room = self._rooms[change.tenant]
        async with at_tenant(self.open_tenant, change.tenant) as (client, life), room.lock:
            work = _Work(client, change, self._guard(client, change, life))
            work.guard.leaving = (change.old.fingerprint, change.where)
            seen = await work.look()
            work.shown(seen)
            gone = _of(seen, change.old, change.where)
            if gone and not change.check_only:
                await work.guard.before(seen)
                for mapping in gone:
                    room.removed.add(mapping.id)
                    await client.remove_user_mapping(mapping.id)
                seen = await work.look()
            work.check_gone(seen)
            text = f"{work.shown(seen)} The certificate {change.old.fingerprint[:16]} is not mapped to it."
            return work.evidence(text)

    def _guard(self, client: TenantClient, change: Change, life: Life) -> "_Guard":
        """The guard over all mappings, with what the last attempt of this very work said of its backup."""
        guard = _Guard(self, client, change.tenant, life)
        if client.mapping_kind is MappingKind.USER_MAPPING and life.details:
            guard.file = Path(str(life.details[0]))
            guard.kept = read_backup(guard.file)
        return guard


@dataclass
class _Guard:
    """Watches over all mappings of a Neo tenant from before the first write of a piece of work to its end.

    A failed write could once wipe them all (SAP page f4b7126). `kept` are the mappings of the backup `file`; an
    attempt after a crash goes on with those of the first, unless it runs on another worker, which has no such file.
    `leaving` are certificate and user of the mapping that is to go.
    """

    activities: UserMappingActivities
    client: TenantClient
    tenant: str
    life: Life
    file: Path | None = None
    kept: frozenset[Mapped] | None = None
    wrote: bool = False
    leaving: tuple[str, str] | None = None

    async def before(self, seen: UserMappings) -> None:
        """Back up what is there before it is changed, once for each piece of work."""
        self.wrote = True
        if self.client.mapping_kind is MappingKind.SERVICE_KEY or self.kept is not None:
            return
        folder, now = self.activities.backup_folder, self.activities.now()
        try:
            self.file = await asyncio.to_thread(write_backup, folder, self.tenant, seen, now)
        except OSError as error:
            raise backup_failed(error) from None
        self.kept = mapped(seen)
        self.activities._rooms[self.tenant].removed -= {one.id for one in self.kept}
        self.life.say(str(self.file))

    async def whole(self, seen: UserMappings) -> UserMappings:
        """The mappings, with all that were backed up among them. What vanished is looked up again before an alarm."""
        if self._lost(seen):
            seen = await self.client.user_mappings()
        if lost := self._lost(seen):
            raise mappings_lost([f"{one.id} of {one.user}" for one in lost], str(self.file))
        return seen

    def _lost(self, seen: Iterable[UserMapping]) -> list[Mapped]:
        removed = self.activities._rooms[self.tenant].removed
        lost = [one for one in (self.kept or frozenset()) - mapped(seen) if one.id not in removed]
        return sorted((one for one in lost if (one.fingerprint, one.user) != self.leaving), key=lambda one: one.id)


@dataclass(frozen=True)
class _Work:
    """One change of one user's mappings, its looks and what they show."""

    client: TenantClient
    change: Change
    guard: _Guard

    @property
    def words(self) -> Words:
        return WORDS[self.client.mapping_kind]

    async def look(self) -> UserMappings:
        """All mappings as they are now; raises where some are lost, or the new certificate is somebody else's."""
        seen = await self.guard.whole(await self.client.user_mappings())
        self._check_new(seen)
        return seen

    def _check_new(self, seen: UserMappings) -> None:
        """On Neo a POST would silently take it from its user (SAP page 4b99156); two keys refuse it (KBA 3224701)."""
        holders = [m for m in seen if m.fingerprint == self.change.new.fingerprint]
        for mapping in holders:
            if mapping.user != self.change.where:
                raise self._not_reached(f"the new certificate is mapped to {mapping.user} already")
        if len(holders) > 1:
            keys = " and ".join(sorted(m.name for m in holders))
            raise self._not_reached(f"the new certificate is in several service keys, so it is refused: {keys}")

    def shown(self, seen: UserMappings) -> str:
        """That the new certificate is mapped; raises where it is not."""
        there = _of(seen, self.change.new, self.change.where)
        if there:
            return self.words.there(there[0])
        hidden = [f"; {one.facts.what} could not be looked at: {one.why.rstrip('.')}" for one in seen.unreadable]
        nothing = f"it shows nothing of the certificate {self.change.new.fingerprint[:16]}"
        raise self._not_reached(nothing + "".join(hidden))

    def check_gone(self, seen: UserMappings) -> None:
        """Raise where the old certificate is still mapped, or may be in what could not be looked at."""
        if _of(seen, self.change.old, self.change.where):
            raise self._not_reached("the mapping of the certificate that should go is still there")
        hidden = [one for one in seen.unreadable if one.may_hold and one.user == self.change.where]
        if hidden and not self.guard.wrote:
            told = "; ".join(f"{one.facts.what}: {one.why.rstrip('.')}" for one in hidden)
            raise self._not_reached(f"the certificate that should go may be in what could not be looked at ({told})")

    def evidence(self, text: str) -> Evidence:
        """The evidence, with the backup that was made."""
        backup = f" All user mappings as they were before are in {self.guard.file}." if self.guard.file else ""
        return Evidence(text + backup, changed=self.guard.wrote)

    def _not_reached(self, what: str) -> Exception:
        return self.words.not_reached(self.change.where, what)


def _of(seen: UserMappings, certificate: CertificateFacts, user: str) -> list[UserMapping]:
    return [m for m in seen if m.fingerprint == certificate.fingerprint and m.user == user]
