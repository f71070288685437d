"""The control calls about service keys, tokens and roles. None of them exists at SAP.

GET service-key · GET service-manager-binding · GET, POST roles · DELETE tokens · GET, POST instances ·
POST busy-instance · GET, POST, DELETE service-keys · POST fail-next-key
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tenant.simulator.key_parameters import BrokerRefusedError, certificate_of
from tenant.simulator.key_records import (
    RUNTIME_PLAN,
    KeyChange,
    NewKey,
    ServiceKey,
    find_instance,
    find_key,
    insert_instance,
    instances,
    keys,
)
from tenant.simulator.platforms import SERVICE_MANAGER, TOKEN_PATHS, root_of
from tenant.simulator.roles import grant_roles, granted_roles
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State
from tenant.simulator.tokens import revoke_tokens

ControlCalls = Mapping[tuple[str, str], Callable[[Request, bytes], Response]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RolesOrder(_Strict):
    """The roles of the technical user from now on; null goes back to the settings."""

    roles: tuple[str, ...] | None


class InstanceOrder(_Strict):
    """A service instance and the roles that its keys give."""

    name: str
    roles: tuple[str, ...] = ("ESBMessaging.send",)
    plan: str = RUNTIME_PLAN


class BusyOrder(_Strict):
    """An operation on the instance itself takes so many seconds."""

    instance: str
    seconds: float = Field(ge=0)


class KeyOrder(_Strict):
    """A service key, made at once; without a certificate (PEM) one of client id and secret.

    SAP's API has no name for `pinned` (page 19af5e2 knows the switch in the cockpit only).
    """

    instance: str
    name: str
    certificate: str = ""
    pinned: bool = True


class KeyFailureOrder(_Strict):
    """The broker fails at the next create or delete of a key, with this text; SAP's own texts are not known."""

    type: Literal["create", "delete"] = "create"
    text: str = "The service broker could not process the certificate."


@dataclass(frozen=True)
class KeyControl:
    """Answers these calls, each inside the transaction of its caller."""

    state: State
    settings: SimulatorSettings
    clock: Callable[[], int]

    def calls(self) -> ControlCalls:
        """By method and first part of the path."""
        return {
            ("GET", "service-key"): self._service_key,
            ("GET", "service-manager-binding"): self._service_manager_binding,
            ("GET", "roles"): self._roles,
            ("POST", "roles"): self._grant,
            ("DELETE", "tokens"): self._revoke,
            ("GET", "instances"): self._instances,
            ("POST", "instances"): self._add_instance,
            ("POST", "busy-instance"): self._keep_busy,
            ("GET", "service-keys"): self._keys,
            ("POST", "service-keys"): self._add_key,
            ("DELETE", "service-keys"): self._delete_key,
            ("POST", "fail-next-key"): self._fail_next,
        }

    def _service_key(self, request: Request, _: bytes) -> Response:
        """A service key of plan `api`, as the cockpit gives it out (page 19af5e2)."""
        root = root_of(request)
        token_url = root + TOKEN_PATHS[self.settings.profile]
        return JSONResponse({"oauth": {**self._client(), "tokenurl": token_url, "url": root}})

    def _service_manager_binding(self, request: Request, _: bytes) -> Response:
        """The credentials of a binding of the Service Manager itself; tokens come from `url` + /oauth/token."""
        root = root_of(request)
        return JSONResponse({**self._client(), "url": root, "sm_url": root + SERVICE_MANAGER})

    def _client(self) -> dict[str, str]:
        return {"clientid": self.settings.client_id, "clientsecret": self.settings.password}

    def _roles(self, _: Request, __: bytes) -> Response:
        return JSONResponse({"roles": granted_roles(self.state, self.settings)})

    def _grant(self, request: Request, body: bytes) -> Response:
        grant_roles(self.state, RolesOrder.model_validate_json(body).roles)
        return self._roles(request, body)

    def _revoke(self, _: Request, __: bytes) -> Response:
        revoke_tokens(self.state)
        return Response(status_code=204)

    def _instances(self, _: Request, __: bytes) -> Response:
        shown = [
            {"guid": one.guid, "name": one.name, "plan": one.plan, "roles": one.roles}
            for one in instances(self.state)
        ]
        return JSONResponse({"instances": shown})

    def _add_instance(self, _: Request, body: bytes) -> Response:
        order = InstanceOrder.model_validate_json(body)
        if find_instance(self.state, order.name):
            return _said(409, f"There is a service instance {order.name} already.")
        made = insert_instance(self.state, order.name, order.plan, order.roles, self.clock())
        return JSONResponse({"guid": made.guid}, 201)

    def _keep_busy(self, _: Request, body: bytes) -> Response:
        order = BusyOrder.model_validate_json(body)
        until = self.clock() + round(order.seconds * 1000)
        sql = "UPDATE service_instances SET busy_until = ? WHERE ? IN (guid, name)"
        if not self.state.change(sql, until, order.instance):
            return _no_instance(order.instance)
        return Response(status_code=204)

    def _keys(self, _: Request, __: bytes) -> Response:
        now = self.clock()
        names = {one.guid: one.name for one in instances(self.state)}
        shown = [_shown(key, names[key.instance], now) for key in keys(self.state, now)]
        return JSONResponse({"service_keys": shown})

    def _add_key(self, _: Request, body: bytes) -> Response:
        order, now = KeyOrder.model_validate_json(body), self.clock()
        instance = find_instance(self.state, order.instance)
        if instance is None:
            return _no_instance(order.instance)
        if any((key.instance, key.name) == (instance.guid, order.name) for key in keys(self.state, now)):
            return _said(409, f"The service instance {order.instance} has a key {order.name} already.")
        try:
            der = certificate_of(order.certificate, self.settings) if order.certificate else None
        except BrokerRefusedError:
            return _said(400, "The certificate is no PEM certificate.")
        new = NewKey(instance.guid, order.name, der, pinned=order.pinned)
        return JSONResponse({"guid": KeyChange(self.state, now, 0, staged=True).create(new).guid}, 201)

    def _delete_key(self, request: Request, _: bytes) -> Response:
        """At once, as if somebody did it in the cockpit."""
        guid, now = request.path_params["name"].partition("/")[2], self.clock()
        if find_key(self.state, guid, now) is None:
            return _said(404, f"There is no service key {guid}.")
        KeyChange(self.state, now, 0, staged=True).delete(guid)
        return Response(status_code=204)

    def _fail_next(self, _: Request, body: bytes) -> Response:
        order = KeyFailureOrder.model_validate_json(body)
        self.state.insert("key_failures_to_come", type=order.type, text=order.text)
        return Response(status_code=204)


def _shown(key: ServiceKey, instance: str, now: int) -> dict[str, object]:
    """All that a rehearsal wants to know of a key; times are epoch milliseconds."""
    return {
        "guid": key.guid,
        "name": key.name,
        "instance": instance,
        "fingerprint": key.fingerprint,
        "subject": key.subject,
        "issuer": key.issuer,
        "issue_date": key.issue_date,
        "pinned": key.pinned,
        "accepted": key.accepted,
        "accepted_issue_date": key.accepted_issue_date,
        "last_used_at": key.last_used_at,
        "operation": key.operation.type,
        "state": str(key.operation.state(now)),
    }


def _no_instance(name: str) -> Response:
    return _said(404, f"There is no service instance {name}.")


def _said(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status)
