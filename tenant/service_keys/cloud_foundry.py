"""Service keys over the Cloud Foundry API v3: credential bindings of type key of instances of plan integration-flow.

SAP page 6e5db60; the shapes are those of Cloud Foundry's own documentation. Making and deleting are jobs; where a
job is lost, the key's own last operation tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict

from tenant.errors import NotFound, ServiceKeyFailed, TenantError
from tenant.runtime import Watch
from tenant.service_keys.credentials import certificate_in
from tenant.service_keys.paging import all_pages, answer, below, location
from tenant.service_keys.shapes import (
    HeldCertificate,
    Instance,
    Listing,
    NewKey,
    Operation,
    OperationState,
    OperationType,
    ServiceKey,
)
from tenant.service_keys.waiting import gone, made, until
from tenant.session import Session, read

_INSTANCES = "v3/service_instances"
_KEYS = "v3/service_credential_bindings"
_PLAN = "service_plan_names=integration-flow"
_PAGE = 200  # of at most 5000
_MOST_GUIDS = 50  # in one query: an address of about 2000 characters passes every router


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Link(_Shape):
    href: str


class _Pagination(_Shape):
    next: _Link | None = None


class _Operation(_Shape):
    type: OperationType
    state: OperationState
    description: str | None = None


class _Guid(_Shape):
    guid: str


class _ToOne(_Shape):
    data: _Guid


class _Relationships(_Shape):
    service_instance: _ToOne


class _Instance(_Shape):
    guid: str
    name: str
    last_operation: _Operation | None = None


class _Key(_Shape):
    guid: str
    name: str
    relationships: _Relationships
    last_operation: _Operation | None = None


class _Instances(_Shape):
    resources: list[_Instance]
    pagination: _Pagination = _Pagination()


class _Keys(_Shape):
    resources: list[_Key]
    pagination: _Pagination = _Pagination()


class _Details(_Shape):
    credentials: object


class _Roles(_Shape):
    roles: list[str] | None = None


class _JobError(_Shape):
    detail: str = ""
    title: str = ""


class _Job(_Shape):
    state: str
    errors: list[_JobError] = []


@dataclass(frozen=True)
class CloudFoundry:
    """The `KeyApi` of Cloud Foundry. `wanted` are guids or names of instances, none of them means all of the plan."""

    session: Session
    watch: Watch
    wanted: Sequence[str] = ()

    async def listing(self) -> Listing:
        """All instances of the plan that the user can see, and their keys."""
        found = await all_pages(f"{_INSTANCES}?{_PLAN}&per_page={_PAGE}", self.session.get, _instances_of)
        counted = [i for i in found if not self.wanted or {i.guid, i.name} & set(self.wanted)]
        missing = set(self.wanted) - {i.guid for i in found} - {i.name for i in found}
        return Listing(counted, await self._keys([i.guid for i in counted]), sorted(missing))

    async def _keys(self, instances: Sequence[str], more: str = "") -> list[ServiceKey]:
        found: list[ServiceKey] = []
        for at in range(0, len(instances), _MOST_GUIDS):
            guids = ",".join(instances[at : at + _MOST_GUIDS])
            path = f"{_KEYS}?type=key&service_instance_guids={guids}&per_page={_PAGE}{more}"
            found += await all_pages(path, self.session.get, _keys_of)
        return found

    async def certificate(self, key: ServiceKey) -> HeldCertificate | None:
        """The certificate in the details of a key."""
        response = await self.session.get(f"{_KEYS}/{key.guid}/details")
        return read(response, lambda _: certificate_in(answer(response, _Details).credentials))

    async def roles(self, instance: Instance) -> tuple[str, ...] | None:
        """The roles in the parameters of an instance; a broker may not give these out, which is no fault."""
        try:
            roles = answer(await self.session.get(f"{_INSTANCES}/{instance.guid}/parameters"), _Roles).roles
        except TenantError:
            return None
        return None if roles is None else tuple(roles)

    async def create(self, order: NewKey) -> None:
        """Make a key and wait for it."""
        body = {
            "type": "key",
            "name": order.name,
            "relationships": {"service_instance": {"data": {"guid": order.instance}}},
            "parameters": order.parameters,
        }
        await self._job(await self.session.write("POST", _KEYS, body), order.name)
        await until(self.watch, partial(self._made, order.instance, order.name), f"the key {order.name}")

    async def created(self, key: ServiceKey) -> None:
        """Wait for a key that is being made."""
        await until(self.watch, partial(self._made, key.instance, key.name), f"the key {key.name}")

    async def _made(self, instance: str, name: str) -> ServiceKey | None:
        """The key once it is made; None while it is not, and while the list does not show it yet."""
        return made(await self._keys([instance], f"&names={quote(name, safe='')}"), name)

    async def delete(self, key: ServiceKey) -> bool:
        """Delete a key and wait until it is gone; a deletion that is under way is only waited for."""
        if not key.is_being_deleted:
            try:
                response = await self.session.write("DELETE", f"{_KEYS}/{key.guid}")
            except NotFound:
                return False
            await self._job(response, key.name)
        return await until(self.watch, partial(self._gone, key), f"the key {key.name}")

    async def _gone(self, key: ServiceKey) -> bool | None:
        try:
            gone(_key(answer(await self.session.get(f"{_KEYS}/{key.guid}"), _Key)))
        except NotFound:
            return True
        return None

    async def _job(self, ordered: httpx.Response, name: str) -> None:
        """Wait for the job of an order. A job that is lost, or was never named, leaves the key to tell."""
        path = location(ordered, "v3")
        if path is not None:
            await until(self.watch, partial(self._job_ended, path, name), f"the order for the key {name}")

    async def _job_ended(self, path: str, name: str) -> bool | None:
        try:
            response = await self.session.get(path)
        except NotFound:
            return True
        job = answer(response, _Job)
        if job.state == "FAILED":
            why = "; ".join(error.detail or error.title for error in job.errors) or "no reason is given"
            raise ServiceKeyFailed(None, response.request.url.path, f"key {name}: {why}")
        return True if job.state == "COMPLETE" else None


def _instances_of(response: httpx.Response) -> tuple[list[Instance], str | None]:
    page = answer(response, _Instances)
    found = [Instance(i.guid, i.name, _busy(i.last_operation)) for i in page.resources]
    return found, _following(response, page.pagination)


def _keys_of(response: httpx.Response) -> tuple[list[ServiceKey], str | None]:
    page = answer(response, _Keys)
    return [_key(key) for key in page.resources], _following(response, page.pagination)


def _following(response: httpx.Response, pagination: _Pagination) -> str | None:
    following = pagination.next
    return None if following is None else read(response, lambda _: below(following.href, "v3"))


def _key(key: _Key) -> ServiceKey:
    last = key.last_operation
    operation = Operation(last.type, last.state, last.description or "") if last else None
    return ServiceKey(key.guid, key.name, key.relationships.service_instance.data.guid, operation)


def _busy(last: _Operation | None) -> bool:
    return last is not None and not last.state.is_final
