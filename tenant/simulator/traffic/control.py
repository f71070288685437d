"""The control calls of the runtime side. None of them exists at SAP.

GET load-balancer · GET, POST, DELETE roots · GET, POST nodes · POST user-roles · GET, DELETE traffic
"""

from collections.abc import Callable, Mapping

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from certificates.errors import RootsUnreadable
from tenant.simulator.deployments import node_lags
from tenant.simulator.traffic.gates import set_roles
from tenant.simulator.traffic.runtime_side import RuntimeSide
from tenant.simulator.traffic.statistics import forget, summary
from tenant.simulator.traffic.trust import NoRootError, add_roots, describe, listed_roots, remove_roots

ControlCall = Callable[[Request, bytes], Response]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RootsOrder(_Strict):
    """Roots as PEM for the load balancer's list."""

    pem: str


class LagOrder(_Strict):
    """From now on a node, from 1, gets each deploy so many seconds later than it would."""

    node: int = Field(ge=1, le=4)
    lag: float = Field(ge=0)


class RolesOrder(_Strict):
    """The roles of a user to whom certificates are mapped; none is allowed."""

    user: str
    roles: tuple[str, ...]


def control_calls(side: RuntimeSide) -> Mapping[tuple[str, str], ControlCall]:
    """The calls by method and first part of the path, each to be carried out inside a transaction."""
    calls = _Calls(side)
    return {
        ("GET", "load-balancer"): calls.where,
        ("GET", "roots"): calls.roots,
        ("POST", "roots"): calls.add_roots,
        ("DELETE", "roots"): calls.remove_roots,
        ("GET", "nodes"): calls.nodes,
        ("POST", "nodes"): calls.lag,
        ("POST", "user-roles"): calls.set_roles,
        ("GET", "traffic"): calls.traffic,
        ("DELETE", "traffic"): calls.forget_traffic,
    }


class _Calls:
    def __init__(self, side: RuntimeSide) -> None:
        self._side = side
        self._state = side.state

    def where(self, _: Request, __: bytes) -> Response:
        """Where messages go, and the CA that a sender must trust; 404 while there is no load balancer."""
        if not self._side.url:
            return _said(404, "There is no load balancer; start the simulator with --load-balancer-port.")
        return JSONResponse({"url": self._side.url, "ca": self._side.ca, "nodes": int(self._side.settings.nodes)})

    def roots(self, _: Request, __: bytes) -> Response:
        return JSONResponse({"roots": [describe(root) for root in listed_roots(self._state)]})

    def add_roots(self, _: Request, body: bytes) -> Response:
        order = RootsOrder.model_validate_json(body)
        try:
            added = add_roots(self._state, order.pem, self._side.clock())
        except (RootsUnreadable, NoRootError) as error:
            return _said(400, str(error))
        return JSONResponse({"sha256": added}, 201)

    def remove_roots(self, request: Request, _: bytes) -> Response:
        """`DELETE roots` takes all off the list, `DELETE roots/{sha256}` one."""
        digest = request.path_params["name"].partition("/")[2]
        if not remove_roots(self._state, digest or None) and digest:
            return _said(404, f"There is no root {digest} on the list.")
        return Response(status_code=204)

    def nodes(self, _: Request, __: bytes) -> Response:
        """The seconds by which each node gets a deploy later than the first one would."""
        lags = node_lags(self._state, self._side.settings)
        return JSONResponse({"nodes": [{"node": at, "lag": lag / 1000} for at, lag in enumerate(lags, 1)]})

    def lag(self, _: Request, body: bytes) -> Response:
        order = LagOrder.model_validate_json(body)
        self._state.change("INSERT OR REPLACE INTO node_lags VALUES (?, ?)", str(order.node), order.lag)
        return Response(status_code=204)

    def set_roles(self, _: Request, body: bytes) -> Response:
        order = RolesOrder.model_validate_json(body)
        set_roles(self._state, order.user, order.roles)
        return Response(status_code=204)

    def traffic(self, request: Request, _: bytes) -> Response:
        """`since` is the `last` of an earlier answer."""
        since = request.query_params.get("since", "0")
        return JSONResponse(summary(self._state, int(since) if since.isdecimal() else 0))

    def forget_traffic(self, _: Request, __: bytes) -> Response:
        forget(self._state)
        return Response(status_code=204)


def _said(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status)
