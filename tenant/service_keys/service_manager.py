"""Service keys over the SAP Service Manager API v1: service bindings, where a subaccount has no Cloud Foundry org.

The API tells the plan of no binding. With the ids of instances in the settings, their bindings alone count. Without,
every binding that is seen is looked into, and those count whose credentials are of Process Integration Runtime.
404 and 410 are both "gone" (`NotFound`); a 404 of the router is the service that is down (`TenantUnreachable`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict

from tenant.errors import NotFound, ServiceKeyFailed
from tenant.odata import Unreadable
from tenant.runtime import Watch
from tenant.service_keys.credentials import certificate_in, is_runtime_key
from tenant.service_keys.paging import all_pages, answer, location
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
from tenant.session import Session, nonsense, read

_BINDINGS = "v1/service_bindings"


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Context(_Shape):
    instance_name: str = ""


class _Operation(_Shape):
    type: OperationType
    state: OperationState
    description: str | None = None
    errors: object = None


class _Binding(_Shape):
    """A binding of a list: its credentials are not even read."""

    id: str
    name: str
    service_instance_id: str
    context: _Context | None = None
    last_operation: _Operation | None = None


class _Bindings(_Shape):
    items: list[_Binding]
    num_items: int = 0
    token: str | None = None


class _Details(_Shape):
    credentials: object = None


@dataclass(frozen=True)
class ServiceManager:
    """The `KeyApi` of the Service Manager. `wanted` are ids of instances, none of them means all that are seen."""

    session: Session
    watch: Watch
    wanted: Sequence[str] = ()

    async def listing(self) -> Listing:
        """The instances that have bindings, and these; an instance without any is not to be seen here."""
        found: list[_Binding] = []
        for query in [f"&fieldQuery={_of_instance(id)}" for id in self.wanted] or [""]:
            found += await self._bindings(query)
        instances = {binding.service_instance_id: _instance(binding) for binding in reversed(found)}
        missing = [id for id in self.wanted if id not in instances]
        return Listing(list(instances.values()), [_key(binding) for binding in found], missing)

    async def _bindings(self, query: str) -> list[_Binding]:
        """All bindings of a query. `num_items` counts all pages: a list that ends early does not pass for whole."""
        first = f"{_BINDINGS}?attach_last_operations=true{query}"
        found: list[_Binding] = []

        def page(response: httpx.Response) -> tuple[list[_Binding], str | None]:
            shown = answer(response, _Bindings)
            found.extend(shown.items)
            if not shown.token and len(found) < shown.num_items:
                raise nonsense(response, "the list of service bindings ends before all are told")
            return shown.items, f"{first}&token={quote(shown.token, safe='')}" if shown.token else None

        return await all_pages(first, self.session.get, page)

    async def certificate(self, key: ServiceKey) -> HeldCertificate | None:
        """The certificate in a binding; None, too, for a binding of another service where all are looked into."""
        response = await self.session.get(f"{_BINDINGS}/{key.guid}")
        return read(response, lambda _: self._held(answer(response, _Details).credentials))

    def _held(self, credentials: object) -> HeldCertificate | None:
        if credentials is None:
            raise Unreadable("the binding shows no credentials")
        return None if not self.wanted and not is_runtime_key(credentials) else certificate_in(credentials)

    async def roles(self, instance: Instance) -> tuple[str, ...] | None:
        """Never told: nothing documents that parameters of an instance can be read here."""
        return None

    async def create(self, order: NewKey) -> None:
        """Make a binding and wait for it: the API answers at once (201) or with an operation (202)."""
        body = {"name": order.name, "service_instance_id": order.instance, "parameters": order.parameters}
        response = await self.session.write("POST", _BINDINGS, body)
        if not await self._operation(response, order.name):
            await until(self.watch, partial(self._made, order.instance, order.name), f"the key {order.name}")

    async def created(self, key: ServiceKey) -> None:
        """Wait for a binding that is being made."""
        await until(self.watch, partial(self._made, key.instance, key.name), f"the key {key.name}")

    async def _made(self, instance: str, name: str) -> ServiceKey | None:
        found = await self._bindings(f"&fieldQuery={_of_instance(instance)}")
        return made([_key(known) for known in found], name)

    async def delete(self, key: ServiceKey) -> bool:
        """Delete a binding and wait until it is gone; a deletion that is under way is only waited for."""
        if not key.is_being_deleted:
            try:
                response = await self.session.write("DELETE", f"{_BINDINGS}/{key.guid}")
            except NotFound:
                return False
            await self._operation(response, key.name)
        return await until(self.watch, partial(self._gone, key), f"the key {key.name}")

    async def _gone(self, key: ServiceKey) -> bool | None:
        path = f"{_BINDINGS}/{key.guid}?attach_last_operations=true"
        try:
            gone(_key(answer(await self.session.get(path), _Binding)))
        except NotFound:
            return True
        return None

    async def _operation(self, ordered: httpx.Response, name: str) -> bool:
        """True once the operation of an order succeeded, and where there is none: it was done at once.

        False where the operation is lost: then the binding must tell.
        """
        path = location(ordered, "v1")
        if path is None:
            return True
        return await until(self.watch, partial(self._operation_ended, path, name), f"the order for the key {name}")

    async def _operation_ended(self, path: str, name: str) -> bool | None:
        try:
            response = await self.session.get(path)
        except NotFound:
            return False
        operation = answer(response, _Operation)
        if operation.state is OperationState.FAILED:
            raise ServiceKeyFailed(None, response.request.url.path, f"key {name}: {_reason(operation)}")
        return True if operation.state is OperationState.SUCCEEDED else None


def _of_instance(id: str) -> str:
    text = "service_instance_id eq '" + id.replace("'", "''") + "'"
    return quote(text, safe="")


def _instance(binding: _Binding) -> Instance:
    """The instance of a binding, by the name that the platform noted in its context, else by its id."""
    name = binding.context.instance_name if binding.context else ""
    return Instance(binding.service_instance_id, name or binding.service_instance_id)


def _key(binding: _Binding) -> ServiceKey:
    last = binding.last_operation
    operation = Operation(last.type, last.state, _reason(last)) if last else None
    return ServiceKey(binding.id, binding.name, binding.service_instance_id, operation)


def _reason(operation: _Operation) -> str:
    """The reason of a failure; `errors` is one object with a description, in the form that errors have."""
    errors = operation.errors
    said = errors.get("description") if isinstance(errors, dict) else None
    return str(said or operation.description or "") or "no reason is given"
