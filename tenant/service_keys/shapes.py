"""Instances and their keys as both APIs show them, and what the rules ask of an API. Only shapes; no credentials."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tenant.model import KeyType


class OperationType(StrEnum):
    """What an API is doing, or did last, to a key."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class OperationState(StrEnum):
    """How far that is. `initial` is Cloud Foundry's word, `pending` the Service Manager's."""

    INITIAL = "initial"
    PENDING = "pending"
    IN_PROGRESS = "in progress"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """True once nothing more will happen."""
        return self in {OperationState.SUCCEEDED, OperationState.FAILED}


@dataclass(frozen=True)
class Operation:
    """The last operation on a key; `description` is the API's reason of a failure."""

    type: OperationType
    state: OperationState
    description: str = ""


@dataclass(frozen=True)
class Instance:
    """A service instance of plan integration-flow. `busy`: an operation on the instance itself is under way."""

    guid: str
    name: str
    busy: bool = False


@dataclass(frozen=True)
class ServiceKey:
    """A key of an instance (a guid), without its credentials; no `operation` means that nothing is known of one."""

    guid: str
    name: str
    instance: str
    operation: Operation | None = None

    @property
    def is_being_created(self) -> bool:
        """True before its creation ended; it has no credentials yet."""
        return self._is(OperationType.CREATE) and not self._state.is_final

    @property
    def creation_failed(self) -> bool:
        """True for a leftover of a failed creation: it never got credentials, and a new key may take its name."""
        return self._is(OperationType.CREATE) and self._state is OperationState.FAILED

    @property
    def is_leaving(self) -> bool:
        """True when it is being deleted, or its deletion failed: what it holds cannot be counted on."""
        return self._is(OperationType.DELETE)

    @property
    def is_being_deleted(self) -> bool:
        """True while its deletion is under way."""
        return self.is_leaving and not self._state.is_final

    @property
    def deletion_failed(self) -> bool:
        """True when it is still there although it was to be deleted."""
        return self.is_leaving and self._state is OperationState.FAILED

    @property
    def why(self) -> str:
        """The API's reason of the last failure."""
        return (self.operation.description if self.operation else "") or "no reason is given"

    @property
    def _state(self) -> OperationState:
        return self.operation.state if self.operation else OperationState.SUCCEEDED

    def _is(self, type: OperationType) -> bool:
        return self.operation is not None and self.operation.type is type


@dataclass(frozen=True)
class HeldCertificate:
    """The certificate that a key holds; all else of its credentials was dropped."""

    der: bytes
    key_type: KeyType


@dataclass(frozen=True)
class Listing:
    """All instances that count, their keys, and the instances of the settings that were not seen."""

    instances: Sequence[Instance]
    keys: Sequence[ServiceKey]
    missing: Sequence[str] = ()


@dataclass(frozen=True)
class NewKey:
    """A key to be made; `parameters` as on SAP page ae419b6."""

    instance: str
    name: str
    parameters: dict[str, object]


class KeyApi(Protocol):
    """What the rules ask of an API. Every method raises `TenantError`s."""

    async def listing(self) -> Listing:
        """All instances and keys as they are now."""

    async def certificate(self, key: ServiceKey) -> HeldCertificate | None:
        """The certificate of a key, None for one of client id and secret. Raises `NotFound` before it is created."""

    async def roles(self, instance: Instance) -> tuple[str, ...] | None:
        """The roles that keys of an instance give, None where the API does not tell."""

    async def create(self, order: NewKey) -> None:
        """Make a key; return once that succeeded. Raises `ServiceKeyFailed`, `ServiceKeyUnfinished`."""

    async def created(self, key: ServiceKey) -> None:
        """Return once the creation that is under way succeeded. Raises as `create`."""

    async def delete(self, key: ServiceKey) -> bool:
        """Delete a key; return once it is gone, False when it was gone already. Raises as `create`."""
