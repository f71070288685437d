"""The SAP Service Manager's API v1 as far as service keys need it: bindings and their operations.

It is the way where a subaccount has no Cloud Foundry org. The same keys as in Cloud Foundry, in other words.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from tenant.simulator.key_parameters import credentials
from tenant.simulator.key_records import (
    KeyChange,
    NewKey,
    Operation,
    OperationState,
    ServiceKey,
    find_instance,
    find_key,
    find_operation,
    forget_gone,
    keys,
)
from tenant.simulator.platform_call import PlatformCall, Table, find_handler, instant, offered

_BINDINGS = "v1/service_bindings"
_PAGE = 50
_OF_INSTANCE = re.compile(r"service_instance_id\s+eq\s+'([^']*)'")
_STATES = {OperationState.INITIAL: "pending"}  # the other states have the same names here


class ServiceManagerError(Exception):
    """A refusal in the Service Manager's form."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "description": description}


def answer(call: PlatformCall) -> Response:
    """The answer to a call of a client that signed in."""
    found = find_handler(_ROUTES, call)
    try:
        if found is None:
            raise _not_found("resource")
        handler, parts = found
        return handler(call, *parts)
    except ServiceManagerError as error:
        return error_response(error)


def error_response(error: ServiceManagerError) -> Response:
    """The refusal as an answer."""
    return JSONResponse(error.body, error.status)


def not_signed_in() -> ServiceManagerError:
    """401."""
    return ServiceManagerError(401, "Unauthorized", "missing or invalid access token")


def _list(call: PlatformCall) -> Response:
    """Bindings without credentials; `token` and the Link header lead to the next page."""
    instance = _instance_filter(call)
    found = [key for key in _bindings(call) if instance in (None, key.instance)]
    start, size = _start(call), _size(call)
    shown = found[start : start + size]
    body: dict[str, object] = {"num_items": len(found), "items": [_shown(call, key) for key in shown]}
    headers = {}
    if start + size < len(found):
        token = urlsafe_b64encode(str(start + size).encode()).decode()
        body["token"] = token
        headers["Link"] = f'<{call.base}/{_BINDINGS}?token={token}>; rel="next"'
    return JSONResponse(body, headers=headers)


def _read(call: PlatformCall, guid: str) -> Response:
    key = _existing(call, guid)
    return JSONResponse(_with_credentials(call, key))


def _create(call: PlatformCall) -> Response:
    """201 with the binding, or 202 with the address of the operation."""
    body = _body(call)
    name, instance = _text(body, "name"), find_instance(call.state, _text(body, "service_instance_id"))
    if instance is None or instance.guid != body["service_instance_id"]:
        raise _not_found("service instance")
    _name_is_free(call, instance.guid, name)
    labels = _object(body, "labels")
    read, failure = offered(call, name, _object(body, "parameters"))
    forget_gone(call.state, call.now)
    key = _change(call).create(NewKey(instance.guid, name, read.der, read.pem, labels=labels), failure)
    if _asynchronous(call):
        return _accepted(call, key)
    if key.operation.failure is not None:
        _change(call).discard(key.guid)
        raise _broker_error(key.operation.failure)
    return JSONResponse(_with_credentials(call, key), 201)


def _delete(call: PlatformCall, guid: str) -> Response:
    """200 with an empty object, or 202 with the address of the operation; 404 or 410 for one that is gone."""
    key = find_key(call.state, guid, call.now)
    if key is None and call.settings.gone_binding == "410":
        raise ServiceManagerError(410, "Gone", "could not find such service binding")
    key = _existing(call, guid)
    if key.busy(call.now):
        raise ServiceManagerError(
            422, "ConcurrentOperationInProgress", "Another concurrent operation in progress for this resource"
        )
    deleted = _change(call).delete(guid)
    if _asynchronous(call):
        return _accepted(call, deleted)
    if deleted.operation.failure is not None:
        raise _broker_error(deleted.operation.failure)
    return JSONResponse({})


def _update(call: PlatformCall, guid: str) -> Response:
    """The name and the labels; what the key was made from cannot be changed."""
    key, body = _existing(call, guid), _body(call)
    if body.keys() - {"name", "labels"}:
        raise ServiceManagerError(400, "BadRequest", "only name and labels of a service binding can be updated")
    changes = _change(call)
    if "name" in body and body["name"] != key.name:
        _name_is_free(call, key.instance, _text(body, "name"))
        changes.rename(guid, body["name"])
    if "labels" in body:
        changes.mark(guid, _object(body, "labels"), key.annotations)
    return JSONResponse(_shown(call, _existing(call, guid)))


def _operation(call: PlatformCall, guid: str, operation_guid: str) -> Response:
    found = find_operation(call.state, operation_guid)
    if found is None or found.key != guid or _is_forgotten(call, found):
        raise _not_found("operation")
    return JSONResponse(_operation_object(call, found))


def _is_forgotten(call: PlatformCall, operation: Operation) -> bool:
    done = operation.type == "delete" and operation.state(call.now) is OperationState.SUCCEEDED
    return done and call.settings.finished_delete == "404"


def _change(call: PlatformCall) -> KeyChange:
    change = KeyChange.of(call.state, call.settings, call.now)
    return change if _asynchronous(call) else change.at_once()


def _asynchronous(call: PlatformCall) -> bool:
    said = call.query.get("async")
    return said == "true" if said else call.settings.service_manager_creates == "async"


def _accepted(call: PlatformCall, key: ServiceKey) -> Response:
    location = f"/{_BINDINGS}/{key.guid}/operations/{key.operation.guid}"
    return JSONResponse({}, 202, headers={"Location": location})


def _shown(call: PlatformCall, key: ServiceKey) -> dict[str, object]:
    instance = find_instance(call.state, key.instance)
    shown = {
        "id": key.guid,
        "ready": key.created(call.now),
        "name": key.name,
        "service_instance_id": key.instance,
        "context": {"instance_name": instance.name if instance else ""},
        "created_at": instant(key.created_at),
        "updated_at": instant(key.updated_at),
        "labels": key.labels,
    }
    if call.query.get("attach_last_operations") == "true":
        shown["last_operation"] = _operation_object(call, key.operation)
    return shown


def _with_credentials(call: PlatformCall, key: ServiceKey) -> dict[str, object]:
    """A single binding; its newest operation is always with it."""
    shown = {**_shown(call, key), "last_operation": _operation_object(call, key.operation)}
    return {**shown, "credentials": credentials(key, call.root)} if key.created(call.now) else shown


def _operation_object(call: PlatformCall, operation: Operation) -> dict[str, object]:
    state = operation.state(call.now)
    shown: dict[str, object] = {
        "id": operation.guid,
        "type": operation.type,
        "state": _STATES.get(state, str(state)),
        "resource_id": operation.key,
        "resource_type": f"/{_BINDINGS}",
        "created_at": instant(operation.started_at),
        "updated_at": instant(operation.changed_at(call.now)),
    }
    if state is OperationState.FAILED:
        shown["errors"] = {"error": "BrokerError", "description": operation.failure}
    return shown


def _existing(call: PlatformCall, guid: str) -> ServiceKey:
    found = next((key for key in _bindings(call) if key.guid == guid), None)
    if found is None:
        raise _not_found("service binding")
    return found


def _bindings(call: PlatformCall) -> list[ServiceKey]:
    """All bindings. Whether one stays whose creation failed is a setting: it is not known."""
    found = keys(call.state, call.now)
    if call.settings.failed_binding == "kept":
        return found
    return [key for key in found if not key.failed(call.now)]


def _name_is_free(call: PlatformCall, instance: str, name: str) -> None:
    """A binding whose creation failed holds its name as long as it is there, unlike in Cloud Foundry."""
    if any((key.instance, key.name) == (instance, name) for key in _bindings(call)):
        raise ServiceManagerError(409, "Conflict", "found conflicting service_binding")


def _instance_filter(call: PlatformCall) -> str | None:
    text = call.query.get("fieldQuery")
    match = _OF_INSTANCE.fullmatch(text.strip()) if text else None
    if text and match is None:
        raise ServiceManagerError(400, "BadRequest", f"unsupported field query: {text}")
    return match[1] if match else None


def _start(call: PlatformCall) -> int:
    token = call.query.get("token", "")
    try:
        return int(urlsafe_b64decode(token.encode()).decode()) if token else 0
    except ValueError as error:
        raise ServiceManagerError(400, "TokenInvalid", "Invalid token provided.") from error


def _size(call: PlatformCall) -> int:
    text = call.query.get("max_items", str(_PAGE))
    if not text.isdecimal():
        raise ServiceManagerError(400, "InvalidMaxItems", "max_items should be a positive integer")
    return min(_PAGE, int(text) or _PAGE)


def _body(call: PlatformCall) -> dict[str, Any]:
    body = call.json_body()
    if body is None:
        raise ServiceManagerError(400, "BadRequest", "Failed to decode request body")
    return body


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ServiceManagerError(400, "BadRequest", f"missing {name}")
    return value


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise ServiceManagerError(400, "BadRequest", f"{name} must be an object")
    return value or {}


def _not_found(what: str) -> ServiceManagerError:
    return ServiceManagerError(404, "NotFound", f"could not find such {what}")


def _broker_error(text: str) -> ServiceManagerError:
    """The broker's refusal where the answer is waited for; SAP's own text is not known."""
    error = ServiceManagerError(502, "BrokerError", text)
    error.body["broker_error"] = text
    return error


_ID = "([^/]+)"
_ROUTES: Table = {
    ("GET", _BINDINGS): _list,
    ("POST", _BINDINGS): _create,
    ("GET", f"{_BINDINGS}/{_ID}"): _read,
    ("PATCH", f"{_BINDINGS}/{_ID}"): _update,
    ("DELETE", f"{_BINDINGS}/{_ID}"): _delete,
    ("GET", f"{_BINDINGS}/{_ID}/operations/{_ID}"): _operation,
}
