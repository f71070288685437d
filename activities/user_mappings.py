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
            mappings = await client.user_mappings()
            _check_nobody_elses(mappings, change)
            if _mapping_of(mappings, change.new, change.where) is None and not change.check_only:
                await client.add_user_mapping(change.where, change.new.pem)
                mappings = await _without_loss(client, mappings)
            return _shown(mappings, change)

    @activity.defn
    async def remove_user_mapping(self, change: Change) -> Evidence:
        """Remove the mapping of the old certificate; the new one must be mapped to the same user."""
        async with at_tenant(self.open_tenant, change.tenant) as (client, _):
            before = await client.user_mappings()
            _shown(before, change)
            gone = _mapping_of(before, change.old, change.where)
            if gone is not None and not change.check_only:
                await client.remove_user_mapping(gone.id)
                before = await _without_loss(client, [m for m in before if m.id != gone.id])
            _check_gone(before, change)
            return Evidence(
                f"{_shown(before, change).text} The certificate {change.old.fingerprint[:16]} is not mapped to it."
            )


def _mapping_of(mappings: list[UserMapping], certificate: CertificateFacts, user: str) -> UserMapping | None:
    return next((m for m in mappings if m.fingerprint == certificate.fingerprint and m.user == user), None)


def _shown(mappings: list[UserMapping], change: Change) -> Evidence:
    """The evidence that the new certificate is mapped; raises where it is not."""
    there = _mapping_of(mappings, change.new, change.where)
    if there is None:
        raise _not_reached(change, f"no mapping of the certificate {change.new.fingerprint[:16]} to this user")
    return Evidence(f"The user {there.user} has the mapping {there.id} of certificate {there.fingerprint[:16]}.")


def _check_gone(mappings: list[UserMapping], change: Change) -> None:
    if _mapping_of(mappings, change.old, change.where) is not None:
        raise _not_reached(change, "the mapping of the certificate that should go is still there")


def _check_nobody_elses(mappings: list[UserMapping], change: Change) -> None:
    """The tenant's POST would silently take the certificate away from its user (SAP page 4b99156)."""
    for mapping in mappings:
        if mapping.fingerprint == change.new.fingerprint and mapping.user != change.where:
            raise _not_reached(change, f"the new certificate is mapped to the user {mapping.user} already")


async def _without_loss(client: TenantClient, kept: list[UserMapping]) -> list[UserMapping]:
    """The mappings after a write, with all of `kept` among them.

    All mappings are one artifact on the tenant, and a failed write could once wipe them (SAP page f4b7126).
    """
    after = await client.user_mappings()
    lost = {m.id for m in kept} - {m.id for m in after}
    if lost:
        raise ApplicationError(
            f"After the change {len(lost)} user mappings are gone from the tenant: {', '.join(sorted(lost))}. "
            "The tenant administrator must restore them at once; nothing further is changed.",
            type="MappingsLost",
            non_retryable=True,
        )
    return after


def _not_reached(change: Change, what: str) -> ApplicationError:
    return ApplicationError(
        f"The user mapping of {change.where} is not as it should be: {what}. The tenant administrator must look "
        "at Manage Certificate-to-User Mappings on the tenant, then order the step again.",
        type="NotReached",
        non_retryable=True,
    )
