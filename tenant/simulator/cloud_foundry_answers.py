"""How Cloud Foundry writes things: errors, pages, and the objects of instances, keys and jobs. No rule lives here."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response

from tenant.simulator.key_records import Operation, OperationState, ServiceInstance, ServiceKey
from tenant.simulator.platform_call import PlatformCall, instant

Thing = TypeVar("Thing", ServiceInstance, ServiceKey)

_PAGE = 50
_LARGEST_PAGE = 5000
_ORDERS = ("created_at", "updated_at", "name")
_JOB_STATES = {
    OperationState.INITIAL: "PROCESSING",
    OperationState.IN_PROGRESS: "POLLING",
    OperationState.SUCCEEDED: "COMPLETE",
    OperationState.FAILED: "FAILED",
}


class CloudFoundryError(Exception):
    """A refusal in Cloud Foundry's envelope."""

    def __init__(self, status: int, code: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {"errors": [{"code": code, "title": title, "detail": detail}]}


def unprocessable(detail: str) -> CloudFoundryError:
    """422: the request can be read and is not allowed."""
    return CloudFoundryError(422, 10_008, "CF-UnprocessableEntity", detail)


def not_found(detail: str, code: int = 10_010, title: str = "CF-ResourceNotFound") -> CloudFoundryError:
    """404."""
    return CloudFoundryError(404, code, title, detail)


def bad_query(why: str) -> CloudFoundryError:
    """400 for the parameters of a list."""
    return CloudFoundryError(400, 10_005, "CF-BadQueryParameter", f"The query parameter is invalid: {why}")


def not_authorized() -> CloudFoundryError:
    """403."""
    return CloudFoundryError(
        403, 10_003, "CF-NotAuthorized", "You are not authorized to perform the requested action"
    )


def parameters_refused(of: str) -> CloudFoundryError:
    """502: the broker gives out no parameters. The number of the code is not known to us, its title is."""
    title = f"CF-ServiceFetch{of.capitalize()}ParametersNotSupported"
    return CloudFoundryError(502, 0, title, f"This service does not support fetching service {of} parameters.")


def not_signed_in(headers: Headers) -> CloudFoundryError:
    """401: no token, or one that is worth nothing."""
    if not headers.get("authorization"):
        return CloudFoundryError(401, 10_002, "CF-NotAuthenticated", "Authentication error")
    return CloudFoundryError(401, 1000, "CF-InvalidAuthToken", "Invalid Auth Token")


def error_response(error: CloudFoundryError) -> Response:
    """The refusal as an answer."""
    return JSONResponse(error.body, error.status)


def listed(call: PlatformCall, found: Sequence[Thing], shown: Callable[[Thing], dict[str, object]]) -> Response:
    """One page of a list, in the order that was asked for, with the addresses of its neighbours."""
    number, size = _number(call, "page", 1), _number(call, "per_page", _PAGE)
    if size > _LARGEST_PAGE:
        raise bad_query(f"Per page must be between 1 and {_LARGEST_PAGE}")
    order = call.query.get("order_by", "created_at")
    if order.lstrip("+-") not in _ORDERS:
        raise bad_query(f"Order by can only be: {', '.join(_ORDERS)}")
    objects = [shown(one) for one in found]
    objects.sort(key=lambda one: str(one[order.lstrip("+-")]), reverse=order.startswith("-"))
    pages = max(1, -(-len(objects) // size))
    pagination = {
        "total_results": len(objects),
        "total_pages": pages,
        "first": _page(call, 1, size),
        "last": _page(call, pages, size),
        "next": _page(call, number + 1, size) if number < pages else None,
        "previous": _page(call, number - 1, size) if number > 1 else None,
    }
    return JSONResponse({"pagination": pagination, "resources": objects[(number - 1) * size : number * size]})


def _number(call: PlatformCall, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not text.isdecimal() or not int(text):
        raise bad_query(f"{name.replace('_', ' ').capitalize()} must be a positive integer")
    return int(text)


def _page(call: PlatformCall, number: int, size: int) -> dict[str, str]:
    kept = {name: value for name, value in call.query.items() if name not in ("page", "per_page")}
    query = urlencode({**kept, "page": str(number), "per_page": str(size)})
    return {"href": f"{call.base}/{call.path}?{query}"}


def instance_object(call: PlatformCall, instance: ServiceInstance) -> dict[str, object]:
    """A managed service instance."""
    busy = instance.busy_until > call.now
    address = f"{call.base}/v3/service_instances/{instance.guid}"
    at = instant(instance.created_at)
    return {
        "guid": instance.guid,
        "name": instance.name,
        "type": "managed",
        "tags": [],
        "created_at": at,
        "updated_at": at,
        "last_operation": {
            "type": "update" if busy else "create",
            "state": "in progress" if busy else "succeeded",
            "description": None,
            "created_at": at,
            "updated_at": at,
        },
        "metadata": {"labels": {}, "annotations": {}},
        "relationships": {"service_plan": {"data": {"guid": str(uuid5(NAMESPACE_URL, instance.plan))}}},
        "links": {
            "self": {"href": address},
            "service_credential_bindings": {
                "href": f"{call.base}/v3/service_credential_bindings?service_instance_guids={instance.guid}"
            },
        },
    }


def key_object(call: PlatformCall, key: ServiceKey) -> dict[str, object]:
    """A credential binding of type key. Its credentials are never in here."""
    address = f"{call.base}/v3/service_credential_bindings/{key.guid}"
    return {
        "guid": key.guid,
        "name": key.name,
        "type": "key",
        "created_at": instant(key.created_at),
        "updated_at": instant(key.updated_at),
        "last_operation": {
            "type": key.operation.type,
            "state": str(key.operation.state(call.now)),
            "description": _description(key.operation, call.now),
            "created_at": instant(key.operation.started_at),
            "updated_at": instant(key.operation.changed_at(call.now)),
        },
        "metadata": {"labels": key.labels, "annotations": key.annotations},
        "relationships": {"service_instance": {"data": {"guid": key.instance}}},
        "links": {
            "self": {"href": address},
            "details": {"href": f"{address}/details"},
            "parameters": {"href": f"{address}/parameters"},
            "service_instance": {"href": f"{call.base}/v3/service_instances/{key.instance}"},
        },
    }


def job_object(call: PlatformCall, operation: Operation) -> dict[str, object]:
    """A job; a failed one says why."""
    text = _description(operation, call.now)
    act = "bind" if operation.type == "create" else "unbind"
    error = {"code": 10_009, "title": "CF-UnableToPerform", "detail": f"{act} could not be completed: {text}"}
    links = {"self": {"href": f"{call.base}/v3/jobs/{operation.guid}"}}
    key = f"{call.base}/v3/service_credential_bindings/{operation.key}"
    return {
        "guid": operation.guid,
        "created_at": instant(operation.started_at),
        "updated_at": instant(operation.changed_at(call.now)),
        "operation": f"service_keys.{operation.type}",
        "state": _JOB_STATES[operation.state(call.now)],
        "errors": [error] if text else [],
        "warnings": [],
        "links": {**links, "service_credential_bindings": {"href": key}},
    }


def _description(operation: Operation, now: int) -> str | None:
    return operation.failure if operation.state(now) is OperationState.FAILED else None
