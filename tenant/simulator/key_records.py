"""Service instances, their service keys and what is being done to them, as rows of the state file.

Cloud Foundry and the Service Manager show the same rows, each in its own words. No job runs in the background:
an operation settles when its time has come, also across a restart.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self
from uuid import uuid4

from certificates.facts import facts_of
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import Row, SqlValue, State

RUNTIME_PLAN = "integration-flow"
"""The plan of instances whose keys let senders in; the keys of plan `api` are for API clients."""

_KEYS = """
SELECT service_keys.*, o.guid AS operation, o.type, o.started_at, o.settled_at, o.failure,
    (SELECT settled_at FROM key_operations c WHERE c.key = service_keys.guid AND c.type = 'create'
        AND c.failure IS NULL AND (o.type = 'create' OR c.settled_at <= o.started_at)) AS ready_at
FROM service_keys
JOIN key_operations o ON o.id = (SELECT MAX(id) FROM key_operations WHERE key = service_keys.guid)
"""


class OperationState(StrEnum):
    """How far an operation is; the words are Cloud Foundry's."""

    INITIAL = "initial"
    IN_PROGRESS = "in progress"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class Operation:
    """A create or delete of the key with the guid `key`; times are epoch milliseconds, `failure` None where it works.

    For the first half of its time it waits for its turn, then the broker is at work.
    """

    guid: str
    key: str
    type: str
    started_at: int
    settled_at: int
    failure: str | None

    def state(self, now: int) -> OperationState:
        """The state at that moment."""
        if now >= self.settled_at:
            return OperationState.SUCCEEDED if self.failure is None else OperationState.FAILED
        return OperationState.INITIAL if now < self._begun_at else OperationState.IN_PROGRESS

    def changed_at(self, now: int) -> int:
        """When the state last changed."""
        passed = (at for at in (self.settled_at, self._begun_at) if at <= now)
        return next(passed, self.started_at)

    @property
    def _begun_at(self) -> int:
        return (self.started_at + self.settled_at) // 2


@dataclass(frozen=True)
class ServiceInstance:
    """A service instance; `roles` are those that its keys give, `busy_until` the end of an operation on itself."""

    guid: str
    name: str
    plan: str
    roles: tuple[str, ...]
    created_at: int
    busy_until: int


@dataclass(frozen=True)
class ServiceKey:
    """A service key with its newest operation. Times are epoch milliseconds, `certificate` is PEM.

    A key without a certificate is one of client id and secret. `accepted` is the fingerprint of the newest
    certificate that an unpinned key has let in, `accepted_issue_date` the start of its validity. `ready_at` is when
    its creation succeeds, None where it failed or a delete came before.
    """

    guid: str
    instance: str
    name: str
    certificate: str
    fingerprint: str
    subject: str
    issuer: str
    issue_date: int
    pinned: bool
    accepted: str
    accepted_issue_date: int
    last_used_at: int | None
    labels: Mapping[str, Any]
    annotations: Mapping[str, Any]
    created_at: int
    updated_at: int
    ready_at: int | None
    operation: Operation

    def created(self, now: int) -> bool:
        """Its creation has succeeded, so it has credentials; a delete under way takes none away."""
        return self.ready_at is not None and self.ready_at <= now

    def failed(self, now: int) -> bool:
        """Its creation has failed."""
        return self.operation.type == "create" and self.operation.state(now) is OperationState.FAILED

    def gone(self, now: int) -> bool:
        """Its deletion has succeeded."""
        return self.operation.type == "delete" and self.operation.state(now) is OperationState.SUCCEEDED

    def busy(self, now: int) -> bool:
        """An operation is under way."""
        return self.operation.state(now) in (OperationState.INITIAL, OperationState.IN_PROGRESS)


@dataclass(frozen=True)
class NewKey:
    """A key to be made. `der` is its certificate, None for client id and secret."""

    instance: str
    name: str
    der: bytes | None = None
    pem: str = ""
    pinned: bool = True
    labels: Mapping[str, Any] | None = None
    annotations: Mapping[str, Any] | None = None


def instances(state: State) -> list[ServiceInstance]:
    """Every service instance, oldest first."""
    return [_instance(row) for row in state.rows("SELECT * FROM service_instances ORDER BY created_at, rowid")]


def find_instance(state: State, guid_or_name: str) -> ServiceInstance | None:
    """The instance of that guid or name."""
    sql = "SELECT * FROM service_instances WHERE guid = ? OR name = ?"
    row = state.row(sql, guid_or_name, guid_or_name)
    return _instance(row) if row else None


def insert_instance(state: State, name: str, plan: str, roles: Sequence[str], now: int) -> ServiceInstance:
    """Make an instance at once; the caller looks that the name is free."""
    made = ServiceInstance(str(uuid4()), name, plan, tuple(roles), now, now)
    state.insert("service_instances", **{**asdict(made), "roles": json.dumps(list(made.roles))})
    return made


def keys(state: State, now: int) -> list[ServiceKey]:
    """Every key that is not gone, oldest first."""
    found = map(_key, state.rows(f"{_KEYS} ORDER BY service_keys.created_at, service_keys.rowid"))
    return [key for key in found if not key.gone(now)]


def find_key(state: State, guid: str, now: int) -> ServiceKey | None:
    """The key of that guid, unless it is gone."""
    row = state.row(f"{_KEYS} WHERE service_keys.guid = ?", guid)
    key = _key(row) if row else None
    return None if key is None or key.gone(now) else key


def find_operation(state: State, guid: str) -> Operation | None:
    """The operation (a job of Cloud Foundry) of that guid."""
    row = state.row("SELECT * FROM key_operations WHERE guid = ?", guid)
    return Operation(*(row[name] for name in Operation.__dataclass_fields__)) if row else None


@dataclass(frozen=True)
class KeyChange:
    """Makes and removes keys; `seconds` is how long each takes.

    `staged`: it is no request to the broker, so no failure that was ordered hits it.
    """

    state: State
    now: int
    seconds: float
    staged: bool = False

    @classmethod
    def of(cls, state: State, settings: SimulatorSettings, now: int) -> Self:
        """Changes that take as long as the settings say."""
        return cls(state, now, settings.key_time)

    def at_once(self) -> Self:
        """The same without any waiting."""
        return replace(self, seconds=0)

    def create(self, new: NewKey, failure: str | None = None) -> ServiceKey:
        """Begin to make a key. A key of that name whose creation failed is replaced, as Cloud Foundry does it."""
        self.state.change("DELETE FROM service_keys WHERE instance = ? AND name = ?", new.instance, new.name)
        guid = str(uuid4())
        self.state.insert("service_keys", guid=guid, **_columns(new), created_at=self.now, updated_at=self.now)
        return self._begin(guid, "create", failure)

    def delete(self, guid: str, failure: str | None = None) -> ServiceKey:
        """Begin to remove a key."""
        return self._begin(guid, "delete", failure)

    def discard(self, guid: str) -> None:
        """Take a key away that was never made."""
        self.state.change("DELETE FROM service_keys WHERE guid = ?", guid)

    def mark(self, guid: str, labels: Mapping[str, Any], annotations: Mapping[str, Any]) -> None:
        """Give a key other labels and annotations."""
        self.state.change(
            "UPDATE service_keys SET labels = ?, annotations = ?, updated_at = ? WHERE guid = ?",
            json.dumps(labels), json.dumps(annotations), self.now, guid,
        )  # fmt: skip

    def rename(self, guid: str, name: str) -> None:
        """Give a key another name; the caller looks that it is free."""
        self.state.change("UPDATE service_keys SET name = ?, updated_at = ? WHERE guid = ?", name, self.now, guid)

    def _begin(self, key: str, type: str, failure: str | None) -> ServiceKey:
        settled_at = self.now + round(self.seconds * 1000)
        operation = Operation(str(uuid4()), key, type, self.now, settled_at, failure or self._ordered_failure(type))
        self.state.insert("key_operations", **asdict(operation))
        row = self.state.row(f"{_KEYS} WHERE service_keys.guid = ?", key)
        assert row is not None
        return _key(row)

    def _ordered_failure(self, type: str) -> str | None:
        """The text with which a rehearsal wants the next such operation to fail, used up by it."""
        if self.staged:
            return None
        row = self.state.row("SELECT id, text FROM key_failures_to_come WHERE type = ? ORDER BY id", type)
        if row is None:
            return None
        self.state.change("DELETE FROM key_failures_to_come WHERE id = ?", row["id"])
        return str(row["text"])


def forget_gone(state: State, now: int) -> None:
    """Take the rows of keys away whose deletion has succeeded; their operations stay, to be asked for."""
    state.change(
        "DELETE FROM service_keys WHERE guid IN (SELECT key FROM key_operations"
        " WHERE type = 'delete' AND failure IS NULL AND settled_at <= ?)",
        now,
    )


def _columns(new: NewKey) -> dict[str, SqlValue]:
    labels, annotations = json.dumps(new.labels or {}), json.dumps(new.annotations or {})
    facts = facts_of(new.der) if new.der else None
    issue_date = round(facts.not_before.timestamp() * 1000) if facts else 0
    fingerprint = facts.fingerprint if facts else ""
    return {
        "instance": new.instance,
        "name": new.name,
        "certificate": new.pem or (facts.pem if facts else ""),
        "fingerprint": fingerprint,
        "subject": facts.names.subject if facts else "",
        "issuer": facts.names.issuer if facts else "",
        "issue_date": issue_date,
        "pinned": int(new.pinned),
        "accepted": fingerprint,
        "accepted_issue_date": issue_date,
        "labels": labels,
        "annotations": annotations,
    }


def _instance(row: Row) -> ServiceInstance:
    return ServiceInstance(**{**dict(row), "roles": tuple(json.loads(row["roles"]))})


def _key(row: Row) -> ServiceKey:
    fields = dict(row)
    times = (fields.pop("type"), fields.pop("started_at"), fields.pop("settled_at"), fields.pop("failure"))
    read = {
        "operation": Operation(fields["operation"], fields["guid"], *times),
        "pinned": bool(fields["pinned"]),
        "labels": json.loads(fields["labels"]),
        "annotations": json.loads(fields["annotations"]),
    }
    return ServiceKey(**{**fields, **read})
