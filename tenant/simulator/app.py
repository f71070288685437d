"""Puts the simulated tenant together: a request passes fault, sign-in, rate limit and CSRF, then one call answers it.

`create_app` is the seam: an ASGI application for a server or for an in-process transport.
"""

import asyncio
import base64
import binascii
import hmac
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tenant.simulator import configurations, design_time, locks, mappings, packages, runtime, service
from tenant.simulator.call import Call, Handler, Routes
from tenant.simulator.control import Control, LoggedRequest, record
from tenant.simulator.csrf import CsrfGuard
from tenant.simulator.entities import ENTITY_SETS
from tenant.simulator.errors import NotFoundError, NotImplementedHereError, Refusal, TooManyRequestsError
from tenant.simulator.faults import DroppedConnection, take_fault
from tenant.simulator.limits import RateLimits
from tenant.simulator.loading import LoadReport, load_folder
from tenant.simulator.odata import error_response
from tenant.simulator.paths import parse_path, shape_of
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State

ROOT = "/api/v1"
ROUTES: Routes = {
    **service.ROUTES,
    **packages.ROUTES,
    **design_time.ROUTES,
    **configurations.ROUTES,
    **locks.ROUTES,
    **runtime.ROUTES,
    **mappings.ROUTES,
}
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "MERGE", "DELETE"]
_log = logging.getLogger("tenant.simulator")

Clock = Callable[[], int]
Pause = Callable[[float], Awaitable[None]]
Endpoint = Callable[[Request], Awaitable[Response]]


def epoch_milliseconds() -> int:
    """The time of this machine as SAP prints it."""
    return time.time_ns() // 1_000_000


def create_app(
    settings: SimulatorSettings, clock: Clock = epoch_milliseconds, pause: Pause = asyncio.sleep
) -> Starlette:
    """The simulated tenant as an ASGI application; raises StateFileUnusableError.

    `clock` gives epoch milliseconds and decides how far a deploy is; `pause` is how a slow answer waits.
    The folder of `settings.load` is read here; `app.state.loaded` is its LoadReport.
    """
    tenant = _Tenant(settings, clock, pause)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        tenant.state.close()

    app = Starlette(
        routes=[
            Route("/simulator/health", tenant.health),
            Route("/simulator/{name:path}", _guarded(tenant.control), methods=_METHODS),
            Route(ROOT, _guarded(tenant.api), methods=_METHODS),
            Route(f"{ROOT}/{{rest:path}}", _guarded(tenant.api), methods=_METHODS),
        ],
        lifespan=lifespan,
    )
    app.state.loaded = tenant.loaded
    return app


def _guarded(answer: Endpoint) -> Endpoint:
    """A fault of the simulator itself is on record with its cause, and never passed off as SAP's answer.

    It is caught here and not by the framework, which would raise it again: the server then closes the connection
    under the next request.
    """

    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except Exception:
            _log.exception("%s %s failed in the simulator", request.method, request.url.path)
            return PlainTextResponse("The simulator itself failed; its log says why.", 500)

    return guarded


@dataclass(frozen=True)
class _Asked:
    """A request with its body read; `logged` is path and query, decoded, as the log shows it."""

    request: Request
    body: bytes
    logged: str

    @property
    def wants_json(self) -> bool:
        query, accept = self.request.query_params, self.request.headers.get("accept", "")
        return query.get("$format") == "json" or "application/json" in accept


class _Tenant:
    """Holds what one simulated tenant needs while it runs."""

    def __init__(self, settings: SimulatorSettings, clock: Clock, pause: Pause) -> None:
        self._settings = settings
        self._clock = clock
        self._pause = pause
        self._csrf = CsrfGuard()
        self._limits = RateLimits()
        self.state = State(settings.state)
        self._control = Control(self.state, self._csrf, clock)
        self.loaded: LoadReport = load_folder(self.state, settings, clock())

    async def health(self, _: Request) -> Response:
        """Ready; no sign-in."""
        return JSONResponse({"status": "ready"})

    async def control(self, request: Request) -> Response:
        """`/simulator/...`, for the same user as the API."""
        body = await request.body()
        response = self._signed_in(request) or self._control.answer(request, body)
        _log.info("%s %s %s", request.method, request.url.path, response.status_code)
        return response

    async def api(self, request: Request) -> Response:
        """SAP's API: the fault that was ordered, or the true answer."""
        query = f"?{unquote(request.url.query)}" if request.url.query else ""
        asked = _Asked(request, await request.body(), request.url.path + query)
        with self.state.transaction():
            fault = take_fault(self.state, request.method, asked.logged)
        if fault and fault.delay:
            await self._pause(fault.delay)
        response = fault.answer() if fault else None
        if response is None:
            response = self._true_answer(asked)
        else:
            self._record(asked, response, by_fault=True)
        if fault and fault.drop == "after":
            response = DroppedConnection()
        _log.info("%s %s %s", request.method, asked.logged, response.status_code)
        return response

    def _true_answer(self, asked: _Asked) -> Response:
        refused = self._signed_in(asked.request) or self._too_many(asked) or self._csrf_missing(asked.request)
        if refused:
            self._record(asked, refused)
            return refused
        try:
            with self.state.transaction():
                response = self._carry_out(asked)
                record(self.state, self._logged(asked, response))
        except Refusal as refusal:
            response = error_response(refusal, asked.wants_json)
            self._record(asked, response)
        return response

    def _carry_out(self, asked: _Asked) -> Response:
        call = self._call(asked)
        shape = shape_of(call.segments)
        response = _handler(asked.request.method, shape)(call)
        if shape == "":
            self._csrf.answer_fetch(asked.request, response)
        return response

    def _call(self, asked: _Asked) -> Call:
        request = asked.request
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        path = request.scope["raw_path"].decode("ascii").split("?")[0].removeprefix(ROOT).strip("/")
        return Call(
            state=self.state,
            settings=self._settings,
            now=self._clock(),
            user=self._settings.user,
            base=f"{url.scheme}://{url.hostname}:{port}{ROOT}/",
            path=path,
            segments=parse_path(path),
            query=dict(request.query_params),
            accept=request.headers.get("accept", ""),
            body=asked.body,
        )

    def _signed_in(self, request: Request) -> Response | None:
        """None for the right user and password; else 401 with SAP's bare text."""
        expected = f"{self._settings.user}:{self._settings.password}".encode()
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            sent = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            sent = b""
        if scheme.lower() == "basic" and hmac.compare_digest(sent, expected):
            return None
        return PlainTextResponse("Unauthorized", 401, {"WWW-Authenticate": 'Basic realm="SAP Cloud Integration"'})

    def _too_many(self, asked: _Asked) -> Response | None:
        set_name = asked.request.url.path.removeprefix(f"{ROOT}/")
        if not self._settings.rate_limit or self._limits.allows(set_name, self._settings.user, self._clock()):
            return None
        response = error_response(TooManyRequestsError(), asked.wants_json)
        if self._settings.retry_after:
            response.headers["Retry-After"] = str(self._settings.retry_after)
        return response

    def _csrf_missing(self, request: Request) -> Response | None:
        return self._csrf.refusal(request) if self._settings.csrf else None

    def _record(self, asked: _Asked, response: Response, *, by_fault: bool = False) -> None:
        with self.state.transaction():
            record(self.state, self._logged(asked, response, by_fault=by_fault))

    def _logged(self, asked: _Asked, response: Response, *, by_fault: bool = False) -> LoggedRequest:
        return LoggedRequest(self._clock(), asked.request.method, asked.logged, response.status_code, by_fault)


def _handler(method: str, shape: str) -> Handler:
    """The call for a method and shape; raises 404 for an unknown set and 501 for what a set does not offer."""
    handler = ROUTES.get((method, shape))
    if handler:
        return handler
    known = {entities.name for entities in ENTITY_SETS} | {"$batch", "$metadata"}
    known |= {known_shape.split("/")[0].removesuffix("()") for _, known_shape in ROUTES}
    first = shape.split("/")[0].removesuffix("()")
    if first not in known:
        raise NotFoundError(f"Could not find an entity set or function import for '{first}'.")
    raise NotImplementedHereError("Not Implemented")
