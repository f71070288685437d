"""`/simulator/`: what a rehearsal or a test may do to the simulated tenant. None of it exists at SAP.

GET health · GET, DELETE log · GET, POST faults · POST, DELETE locks · POST fail-next-deploy ·
POST flows · POST mappings · POST configure-only · DELETE sessions · GET running/{flow}
Those of happenings and loading are in `happenings_control`, those of service keys, tokens and roles in
`key_control`, those of the runtime side in `traffic.control`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tenant.simulator.csrf import CsrfGuard
from tenant.simulator.deployments import content_of, running_deployment
from tenant.simulator.faults import FaultRule, add_fault, list_faults
from tenant.simulator.locks import lock_flow, release_flow
from tenant.simulator.packages import EDIT_ALLOWED, READ_ONLY, set_mode
from tenant.simulator.staging import FlowOrder, MappingOrder, stage_flow, stage_mapping
from tenant.simulator.state import State

LOG_LENGTH = 20_000  # requests that are remembered


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LockOrder(_Strict):
    """A person opens a flow in the editor."""

    flow: str
    by: str = "a.developer@example.com"


class FailureOrder(_Strict):
    """The next deploy of a flow fails in the build, with this text in its ErrorInformation."""

    flow: str
    text: str = "The integration flow could not be generated."


class ModeOrder(_Strict):
    """A package becomes configure-only, or editable again."""

    package: str
    on: bool = True


class Control:
    """Answers the control calls; each change is one transaction."""

    def __init__(
        self,
        state: State,
        csrf: CsrfGuard,
        clock: Callable[[], int],
        further: Mapping[tuple[str, str], Callable[[Request, bytes], Response]] | None = None,
    ) -> None:
        """`further` are calls of other parts, by method and first part of the path."""
        self._state = state
        self._csrf = csrf
        self._clock = clock
        self._calls: dict[tuple[str, str], Callable[[Request, bytes], Response]] = {
            ("GET", "log"): self._log,
            ("DELETE", "log"): self._clear_log,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._add_fault,
            ("POST", "locks"): self._lock,
            ("DELETE", "locks"): self._unlock,
            ("POST", "fail-next-deploy"): self._fail_next_deploy,
            ("POST", "flows"): self._stage_flow,
            ("POST", "mappings"): self._stage_mapping,
            ("POST", "configure-only"): self._configure_only,
            ("DELETE", "sessions"): self._forget_sessions,
            ("GET", "running"): self._running,
            **(further or {}),
        }

    def answer(self, request: Request, body: bytes) -> Response:
        """Carry out one control call; 404 for an unknown one, 400 for a body that does not fit."""
        call = self._calls.get((request.method, request.path_params["name"].split("/")[0]))
        if call is None:
            return _said(404, "There is no such control call.")
        try:
            with self._state.transaction():
                return call(request, body)
        except ValidationError as error:
            reasons = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            return _said(400, f"The order cannot be read: {reasons}.")

    def _log(self, request: Request, _: bytes) -> Response:
        """SAP's requests so far, oldest first; `method`, `path` (searched for) and `since` (an id) narrow it."""
        query = request.query_params
        since = query.get("since", "0")
        rows = self._state.rows(
            "SELECT * FROM requests WHERE id > ? ORDER BY id", int(since) if since.isdecimal() else 0
        )
        try:
            pattern = re.compile(query.get("path", ""))
        except re.error as error:
            return _said(400, f"The path is not a regular expression: {error}.")
        kept = [
            {**dict(row), "by_fault": bool(row["by_fault"])}
            for row in rows
            if query.get("method", row["method"]) == row["method"] and pattern.search(row["path"])
        ]
        return JSONResponse({"requests": kept})

    def _clear_log(self, _: Request, __: bytes) -> Response:
        self._state.change("DELETE FROM requests")
        return Response(status_code=204)

    def _faults(self, _: Request, __: bytes) -> Response:
        return JSONResponse({"faults": list_faults(self._state)})

    def _add_fault(self, _: Request, body: bytes) -> Response:
        add_fault(self._state, FaultRule.model_validate_json(body), self._clock())
        return JSONResponse({"faults": list_faults(self._state)}, 201)

    def _lock(self, _: Request, body: bytes) -> Response:
        order = LockOrder.model_validate_json(body)
        if not self._has_flow(order.flow):
            return _said(404, f"There is no flow {order.flow}.")
        resource_id = lock_flow(self._state, order.flow, order.by, self._clock())
        return JSONResponse({"ResourceId": resource_id}, 201)

    def _unlock(self, request: Request, _: bytes) -> Response:
        flow_id = request.query_params.get("flow")
        if flow_id is None:
            self._state.change("DELETE FROM locks")
        elif not release_flow(self._state, flow_id):
            return _said(404, f"Nobody holds the flow {flow_id}.")
        return Response(status_code=204)

    def _fail_next_deploy(self, _: Request, body: bytes) -> Response:
        order = FailureOrder.model_validate_json(body)
        if not self._has_flow(order.flow):
            return _said(404, f"There is no flow {order.flow}.")
        self._state.change("INSERT OR REPLACE INTO failures_to_come VALUES (?, ?)", order.flow, order.text)
        return Response(status_code=204)

    def _stage_flow(self, _: Request, body: bytes) -> Response:
        order = FlowOrder.model_validate_json(body)
        if not stage_flow(self._state, order, self._clock()):
            return _said(409, f"There is a flow {order.flow} already.")
        return JSONResponse({"flow": order.flow}, 201)

    def _stage_mapping(self, _: Request, body: bytes) -> Response:
        order = MappingOrder.model_validate_json(body)
        try:
            mapping_id = stage_mapping(self._state, order, self._clock())
        except ValueError:
            return _said(400, "The certificate is no PEM certificate.")
        return JSONResponse({"Id": mapping_id}, 201)

    def _configure_only(self, _: Request, body: bytes) -> Response:
        order = ModeOrder.model_validate_json(body)
        if not set_mode(self._state, order.package, READ_ONLY if order.on else EDIT_ALLOWED):
            return _said(404, f"There is no package {order.package}.")
        return Response(status_code=204)

    def _forget_sessions(self, _: Request, __: bytes) -> Response:
        self._csrf.forget()
        return Response(status_code=204)

    def _running(self, request: Request, _: bytes) -> Response:
        """The zip whose content answers messages now; it is the one that was deployed."""
        flow_id = request.path_params["name"].partition("/")[2]
        deployment = running_deployment(self._state, flow_id, self._clock())
        if deployment is None:
            return _said(404, f"The flow {flow_id} is not running.")
        return Response(content_of(self._state, deployment), media_type="application/zip")

    def _has_flow(self, flow_id: str) -> bool:
        return self._state.row("SELECT 1 FROM flows WHERE id = ?", flow_id) is not None


@dataclass(frozen=True)
class LoggedRequest:
    """One request of SAP's API; `by_fault` says that a fault answered it and nothing was carried out."""

    at: int
    method: str
    path: str
    status: int
    by_fault: bool = False


def record(state: State, request: LoggedRequest) -> None:
    """Remember one request; the oldest beyond LOG_LENGTH are forgotten."""
    state.insert("requests", **asdict(request))
    state.change("DELETE FROM requests WHERE id <= (SELECT MAX(id) FROM requests) - ?", LOG_LENGTH)


def _said(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status)
