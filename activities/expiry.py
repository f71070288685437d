"""Which certificates the tenants' user mappings hold, for the watch over expiry."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace

from temporalio import activity

from activities.tenants import OpenTenant, alive
from certificates.errors import CertificateError
from certificates.facts import facts_of
from process.expiry import Mapped, Seen
from process.facts import Unreadable
from tenant.errors import TenantError
from tenant.model import UserMapping
from tenant.settings import SettingsError


@dataclass(frozen=True)
class ExpiryActivities:
    """Looks at every tenant that the worker knows."""

    open_tenant: OpenTenant
    tenants: Sequence[str]

    @activity.defn
    async def list_mapped(self) -> Seen:
        """The mapped certificates of all tenants; a tenant that cannot be read is named, never left out."""
        seen = Seen()
        async with alive() as life:
            for name in self.tenants:
                life.say(name)
                seen = _joined(seen, await self._one_tenant(name))
        return seen

    async def _one_tenant(self, name: str) -> Seen:
        try:
            async with self.open_tenant(name) as client:
                mappings = await client.user_mappings()
        except (TenantError, SettingsError) as error:
            return Seen(unreadable=(Unreadable(f"tenant {name}", error.sentence),))
        hidden = Seen(unreadable=tuple(_on_tenant(name, part.facts) for part in mappings.unreadable))
        return _joined(hidden, *(_one_mapping(name, mapping) for mapping in mappings))


def _on_tenant(tenant: str, part: Unreadable) -> Unreadable:
    return replace(part, what=f"{part.what} of {tenant}")


def _one_mapping(tenant: str, mapping: UserMapping) -> Seen:
    try:
        return Seen(mapped=(Mapped(tenant, mapping.user, facts_of(ssl.PEM_cert_to_DER_cert(mapping.pem))),))
    except (ValueError, CertificateError) as error:
        return Seen(unreadable=(Unreadable(f"{mapping.kind} {mapping.name or mapping.id} of {tenant}", str(error)),))


def _joined(*parts: Seen) -> Seen:
    return Seen(
        mapped=tuple(m for part in parts for m in part.mapped),
        unreadable=tuple(u for part in parts for u in part.unreadable),
    )
