"""Adding and removing certificate-to-user mappings: read, change, read back. Safe to repeat."""

from dataclasses import dataclass

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.shapes import Change, Evidence
from activities.tenants import OpenTenant, at_tenant
from process.facts import CertificateFacts
from tenant.client import TenantClient
from tenant.model import UserMapping


@dataclass(frozen=True)
class UserMappingActivities:
    """Changes user mappings through the clients that it is given."""

    open_tenant: OpenTenant

    @activity.defn
    async def add_user_mapping(self, change: Change) -> Evidence:
        """Map the new certificate to the user whom the old one is mapped to."""
        async with at_tenant(self.open_tenant, change.tenant) as (client, _):
            before = await client.user_mappings()
            there = _mapping_of(before, change.new, change.where)
            if there is None and not change.check_only:
                await client.add_user_mapping(change.where, change.new.pem)
            after = await client.user_mappings()
            _check_none_lost(before, after)
            return _shown(after, change)

    @activity.defn
    async def remove_user_mapping(self, change: Change) -> Evidence:
        """Remove the mapping of the old certificate; the new one must be mapped to the same user."""
        async with at_tenant(self.open_tenant, change.tenant) as (client, _):
            before = await client.user_mappings()
            _shown(before, change)
            gone = _mapping_of(before, change.old, change.where)
            if gone is not None:
                await self._remove(client, change, gone)
            await _check_gone(client, change)
            return Evidence(f"The user {change.where} has the mapping of the certificate that stays, and only it.")

    async def _remove(self, client: TenantClient, change: Change, gone: UserMapping) -> None:
        if change.check_only:
            raise _not_reached(change, "the mapping of the certificate that should go is still there")
        await client.remove_user_mapping(gone.id)


def _mapping_of(mappings: list[UserMapping], certificate: CertificateFacts, user: str) -> UserMapping | None:
    return next((m for m in mappings if m.fingerprint == certificate.fingerprint and m.user == user), None)


def _shown(mappings: list[UserMapping], change: Change) -> Evidence:
    """The evidence that the new certificate is mapped; raises where it is not."""
    there = _mapping_of(mappings, change.new, change.where)
    if there is None:
        raise _not_reached(change, f"no mapping of the certificate {change.new.fingerprint[:16]} to this user")
    return Evidence(f"The user {there.user} has the mapping {there.id} of certificate {there.fingerprint[:16]}.")


async def _check_gone(client: TenantClient, change: Change) -> None:
    after = await client.user_mappings()
    if _mapping_of(after, change.old, change.where) is not None:
        raise _not_reached(change, "the mapping of the certificate that should go is still there")
    _shown(after, change)


def _check_none_lost(before: list[UserMapping], after: list[UserMapping]) -> None:
    """All mappings are one artifact on the tenant, and a failed write could once wipe them (SAP page f4b7126)."""
    lost = {m.id for m in before} - {m.id for m in after}
    if lost:
        raise ApplicationError(
            f"After the change {len(lost)} user mappings are gone from the tenant: {', '.join(sorted(lost))}. "
            "The tenant administrator must restore them at once; nothing further is changed.",
            type="MappingsLost",
            non_retryable=True,
        )


def _not_reached(change: Change, what: str) -> ApplicationError:
    return ApplicationError(
        f"The user mapping of {change.where} is not as it should be: {what}. The tenant administrator must look "
        "at Manage Certificate-to-User Mappings on the tenant, then order the step again.",
        type="NotReached",
        non_retryable=True,
    )
