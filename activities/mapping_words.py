"""What the changes of user mappings say to people, in the words of the tenant's environment."""

from dataclasses import dataclass

from temporalio.exceptions import ApplicationError

from process.facts import MappingKind
from tenant.model import UserMapping


@dataclass(frozen=True)
class Words:
    """The words for one kind of user mapping."""

    whose: str
    where_to_look: str
    has: str

    def there(self, mapping: UserMapping) -> str:
        """That a user has the mapping of a certificate."""
        id = mapping.name or mapping.id
        return self.has.format(user=mapping.user, id=id, certificate=mapping.fingerprint[:16])

    def not_reached(self, user: str, what: str) -> ApplicationError:
        """The tenant does not show what it should; a person must look."""
        return ApplicationError(
            f"The {self.whose} {user} is not as it should be: {what}. The tenant administrator must look "
            f"at {self.where_to_look}, then order the step again.",
            type="NotReached",
            non_retryable=True,
        )


WORDS = {
    MappingKind.USER_MAPPING: Words(
        "user mapping of",
        "Manage Certificate-to-User Mappings on the tenant",
        "The user {user} has the mapping {id} of certificate {certificate}.",
    ),
    MappingKind.SERVICE_KEY: Words(
        "service key of the service instance",
        "the service keys of the instance in the cockpit",
        "The service instance {user} has the service key {id} with certificate {certificate}.",
    ),
}

_MOST_NAMED = 20


def mappings_lost(lost: list[str], backup: str) -> ApplicationError:
    """Mappings are gone that nobody here removed; `lost` are they in words, `backup` is the file that has them."""
    more = f" and {len(lost) - _MOST_NAMED} more" if len(lost) > _MOST_NAMED else ""
    return ApplicationError(
        f"After the change {len(lost)} user mappings are gone from the tenant: "
        f"{', '.join(lost[:_MOST_NAMED])}{more}. Unless somebody removed them on purpose, the tenant administrator "
        f"must restore them at once from the worker's file {backup}; nothing further is changed.",
        type="MappingsLost",
        non_retryable=True,
    )


def backup_failed(error: OSError) -> ApplicationError:
    """No backup, no write."""
    return ApplicationError(
        f"The user mappings could not be backed up ({error.strerror}: {error.filename}), so nothing was changed. The "
        "operator must make that folder writable for the worker, then the step can be ordered again.",
        type="BackupFailed",
        non_retryable=True,
    )
