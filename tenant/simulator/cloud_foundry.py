"""Cloud Foundry's API v3 as far as service keys need it: instances, credential bindings of type key, jobs.

The rules are those of Cloud Foundry's own API documentation; SAP page 6e5db60 tells which calls are meant for keys.
"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from tenant.simulator.cloud_foundry_answers import (
    CloudFoundryError,
    bad_query,
    error_response,
    instance_object,
    job_object,
    key_object,
    listed,
    not_authorized,
    not_found,
    parameters_refused,
    unprocessable,
)
from tenant.simulator.key_parameters import credentials
from tenant.simulator.key_records import (
    KeyChange,
    NewKey,
    OperationState,
    ServiceInstance,
    ServiceKey,
    find_instance,
    find_key,
    find_operation,
    forget_gone,
    instances,
    keys,
)
from tenant.simulator.platform_call import PlatformCall, Table, find_handler, offered

_KEY = "Service credential binding"
_MEMBERS = frozenset({"type", "strategy", "name", "relationships", "parameters", "metadata"})
_INSTANCE_FILTERS = ("guids", "names", "service_plan_names", "space_guids", "organization_guids", "type")
_KEY_FILTERS = ("guids", "names", "service_instance_guids", "service_instance_names", "type", "service_plan_names")


def answer(call: PlatformCall) -> Response:
    """The answer to a call of somebody who signed in."""
    found = find_handler(_ROUTES, call)
    try:
        if found is None:
            raise not_found("Unknown request", code=10_000, title="CF-NotFound")
        handler, parts = found
        return handler(call, *parts)
    except CloudFoundryError as error:
        return error_response(error)


def _instances(call: PlatformCall) -> Response:
    wanted = _wanted(call, _INSTANCE_FILTERS)
    found = [
        one
        for one in instances(call.state)
        if _fits(wanted, guids=one.guid, names=one.name, service_plan_names=one.plan, type="managed")
    ]
    return listed(call, found, lambda one: instance_object(call, one))


def _instance(call: PlatformCall, guid: str) -> Response:
    return JSONResponse(instance_object(call, _existing_instance(call, guid)))


def _instance_parameters(call: PlatformCall, guid: str) -> Response:
    """With the roles; whether SAP's broker shows these is a setting."""
    found = _existing_instance(call, guid)
    if call.settings.instance_parameters == "refused":
        raise parameters_refused("instance")
    return JSONResponse({"grant-types": ["client_credentials"], "redirect-uris": [], "roles": list(found.roles)})


def _keys(call: PlatformCall) -> Response:
    wanted = _wanted(call, _KEY_FILTERS)
    of_instance = {one.guid: one for one in instances(call.state)}
    found = [
        key
        for key in keys(call.state, call.now)
        if _fits(
            wanted,
            guids=key.guid,
            names=key.name,
            service_instance_guids=key.instance,
            service_instance_names=of_instance[key.instance].name,
            service_plan_names=of_instance[key.instance].plan,
            type="key",
        )
    ]
    return listed(call, found, lambda key: key_object(call, key))


def _key(call: PlatformCall, guid: str) -> Response:
    return JSONResponse(key_object(call, _existing_key(call, guid)))


def _details(call: PlatformCall, guid: str) -> Response:
    """The credentials; nobody but a Space Developer finds them, and nobody before the key is made."""
    key = _existing_key(call, guid)
    if call.settings.space_role != "developer":
        raise not_found(f"{_KEY} not found")
    if not key.created(call.now):
        state = key.operation.state(call.now)
        raise not_found(f"Creation of credential binding {'failed' if state is OperationState.FAILED else state}")
    return JSONResponse({"credentials": credentials(key, call.root)})


def _parameters(call: PlatformCall, guid: str) -> Response:
    """SAP's broker does not give them out."""
    _existing_key(call, guid)
    raise parameters_refused("binding")


def _create(call: PlatformCall) -> Response:
    """202 and a job. The checks come in Cloud Foundry's order; the broker hears of the key only in the job."""
    body = _body(call, _MEMBERS)
    instance = _instance_named_in(call, body)
    name, (labels, annotations) = _name(body), _metadata(body)
    _must_be_developer(call)
    if instance.busy_until > call.now:
        raise unprocessable("There is an operation in progress for the service instance.")
    _name_is_free(call, instance, name)
    if call.settings.key_quota and len(keys(call.state, call.now)) >= call.settings.key_quota:
        raise unprocessable("You have exceeded your space's limit for service binding of type key.")
    read, failure = offered(call, name, _mapping(body, "parameters"))
    new = NewKey(instance.guid, name, read.der, read.pem, labels=labels, annotations=annotations)
    forget_gone(call.state, call.now)
    return _job(call, KeyChange.of(call.state, call.settings, call.now).create(new, failure))


def _delete(call: PlatformCall, guid: str) -> Response:
    """202 and a job; a key that is being made can be deleted, one that waits for its turn or goes already cannot."""
    key = _existing_key(call, guid)
    _must_be_developer(call)
    waits = key.operation.state(call.now) is OperationState.INITIAL
    if key.busy(call.now) and (waits or key.operation.type == "delete"):
        raise unprocessable("There is an operation in progress for the service binding.")
    instance = find_instance(call.state, key.instance)
    if instance and instance.busy_until > call.now:
        raise unprocessable("There is an operation in progress for the service instance.")
    return _job(call, KeyChange.of(call.state, call.settings, call.now).delete(guid))


def _update(call: PlatformCall, guid: str) -> Response:
    """Labels and annotations; a member of another name, as a certificate's, is refused."""
    key = _existing_key(call, guid)
    _must_be_developer(call)
    if key.busy(call.now) and key.operation.type == "delete":
        raise unprocessable("The service binding is being deleted")
    labels, annotations = _metadata(_body(call, frozenset({"metadata"})))
    KeyChange.of(call.state, call.settings, call.now).mark(
        guid, _changed(key.labels, labels), _changed(key.annotations, annotations)
    )
    return JSONResponse(key_object(call, _existing_key(call, guid)))


def _job_state(call: PlatformCall, guid: str) -> Response:
    operation = find_operation(call.state, guid)
    if operation is None:
        raise not_found("Job not found")
    return JSONResponse(job_object(call, operation))


def _job(call: PlatformCall, key: ServiceKey) -> Response:
    return Response(status_code=202, headers={"Location": f"{call.base}/v3/jobs/{key.operation.guid}"})


def _existing_instance(call: PlatformCall, guid: str) -> ServiceInstance:
    found = find_instance(call.state, guid)
    if found is None or found.guid != guid:
        raise not_found("Service instance not found")
    return found


def _existing_key(call: PlatformCall, guid: str) -> ServiceKey:
    found = find_key(call.state, guid, call.now)
    if found is None:
        raise not_found(f"{_KEY} not found")
    return found


def _must_be_developer(call: PlatformCall) -> None:
    if call.settings.space_role != "developer":
        raise not_authorized()


def _name_is_free(call: PlatformCall, instance: ServiceInstance, name: str) -> None:
    """A key whose creation failed holds no name: it is replaced."""
    same = [key for key in keys(call.state, call.now) if (key.instance, key.name) == (instance.guid, name)]
    for key in same:
        if key.failed(call.now):
            continue
        deleted = " that is getting deleted or its deletion failed" if key.operation.type == "delete" else ""
        raise unprocessable(
            "The binding name is invalid. Key binding names must be unique. "
            f"The service instance already has a key binding with name '{name}'{deleted}."
        )


def _body(call: PlatformCall, members: frozenset[str]) -> dict[str, Any]:
    body = call.json_body()
    if body is None:
        raise CloudFoundryError(400, 1001, "CF-MessageParseError", "Request invalid due to parse error: invalid JSON")
    unknown = sorted(body.keys() - members)
    if unknown:
        names = ", ".join(f"'{name}'" for name in unknown)
        raise unprocessable(f"Unknown field(s): {names}")
    return body


def _instance_named_in(call: PlatformCall, body: Mapping[str, Any]) -> ServiceInstance:
    if body.get("type") != "key":
        raise unprocessable("Type must be 'app' or 'key'" if body.get("type") != "app" else "App can't be blank")
    guid = _mapping(_mapping(_mapping(body, "relationships"), "service_instance"), "data").get("guid")
    found = find_instance(call.state, guid) if isinstance(guid, str) else None
    if found is None or found.guid != guid:
        raise unprocessable(f"The service instance could not be found: '{guid}'")
    return found


def _name(body: Mapping[str, Any]) -> str:
    name = body.get("name")
    if not isinstance(name, str) or not name:
        raise unprocessable("Name must be a string" if name else "Name can't be blank")
    return name


def _metadata(body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Labels and annotations."""
    metadata = _mapping(body, "metadata")
    if metadata.keys() - {"labels", "annotations"}:
        raise unprocessable("Metadata has unexpected field(s)")
    return _mapping(metadata, "labels"), _mapping(metadata, "annotations")


def _mapping(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise unprocessable(f"{name.capitalize()} must be an object")
    return value or {}


def _changed(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the changes; a change to null takes a value away."""
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


def _wanted(call: PlatformCall, known: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """The filters of a list, each a set of values that its rows must be of; an unknown parameter is refused."""
    paging = {"page", "per_page", "order_by", "include", "label_selector"}
    unknown = [name for name in call.query if name not in paging and name not in known]
    if unknown:
        raise bad_query(f"Unknown query parameter(s): {', '.join(repr(name) for name in unknown)}")
    return {name: frozenset(value.split(",")) for name, value in call.query.items() if name in known}


def _fits(wanted: Mapping[str, frozenset[str]], **values: str) -> bool:
    return all(value in wanted[name] for name, value in values.items() if name in wanted)


_BINDINGS = "v3/service_credential_bindings"
_GUID = "([^/]+)"
_ROUTES: Table = {
    ("GET", "v3/service_instances"): _instances,
    ("GET", f"v3/service_instances/{_GUID}"): _instance,
    ("GET", f"v3/service_instances/{_GUID}/parameters"): _instance_parameters,
    ("GET", _BINDINGS): _keys,
    ("POST", _BINDINGS): _create,
    ("GET", f"{_BINDINGS}/{_GUID}"): _key,
    ("PATCH", f"{_BINDINGS}/{_GUID}"): _update,
    ("DELETE", f"{_BINDINGS}/{_GUID}"): _delete,
    ("GET", f"{_BINDINGS}/{_GUID}/details"): _details,
    ("GET", f"{_BINDINGS}/{_GUID}/parameters"): _parameters,
    ("GET", f"v3/jobs/{_GUID}"): _job_state,
}
