"""Puts the simulated tenant together: a request passes fault, sign-in, rate limit, CSRF and roles; a call answers it.

`create_app` is the seam: an ASGI application for a server or for an in-process transport.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tenant.simulator import (
    configurations,
    design_time,
    keystore,
    locks,
    log_files,
    mappings,
    message_logs,
    metadata,
    packages,
    resources,
    runtime,
    service,
)
from tenant.simulator.batch import answer_batch
from tenant.simulator.call import Call, Handler, Routes
from tenant.simulator.control import Control, LoggedRequest, record
from tenant.simulator.csrf import CsrfGuard
from tenant.simulator.entities import ENTITY_SETS
from tenant.simulator.errors import NotFoundError, NotImplementedHereError, Refusal, TooManyRequestsError
from tenant.simulator.faults import DroppedConnection, take_fault
from tenant.simulator.happenings import Place
from tenant.simulator.happenings_control import HappeningsControl
from tenant.simulator.key_control import KeyControl
from tenant.simulator.landscape import generate_at_start
from tenant.simulator.limits import RateLimits
from tenant.simulator.loading import LoadReport, load_at_start
from tenant.simulator.odata import error_response
from tenant.simulator.paths import parse_path, shape_of
from tenant.simulator.platforms import PATHS, Platforms, is_token_path
from tenant.simulator.profile import absent, limits_rate, needs_csrf
from tenant.simulator.roles import forbidden
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State
from tenant.simulator.tokens import Caller, SignIn, unauthorized
from tenant.simulator.traffic.control import control_calls
from tenant.simulator.traffic.load_balancer import load_balancer
from tenant.simulator.traffic.runtime_side import RuntimeSide

ROOT = "/api/v1"
ROUTES: Routes = {
    **service.ROUTES,
    **metadata.ROUTES,
    **packages.ROUTES,
    **design_time.ROUTES,
    **configurations.ROUTES,
    **resources.ROUTES,
    **locks.ROUTES,
    **runtime.ROUTES,
    **mappings.ROUTES,
    **message_logs.ROUTES,
    **keystore.ROUTES,
    **log_files.ROUTES,
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
    """The simulated tenant as an ASGI application; raises StateFileUnusableError or RootsFileUnusableError.

    `clock` gives epoch milliseconds and decides how far a deploy is; `pause` is how a slow answer waits.
    The folder of `settings.load` is read here; `app.state.loaded` is its LoadReport. `app.state.runtime_side` is what
    a load balancer needs; with a bound socket as `app.state.load_balancer_listener` one runs with the application.
    """
    tenant = _Tenant(settings, clock, pause)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            running.callback(tenant.state.close)
            if app.state.load_balancer_listener:
                listener = app.state.load_balancer_listener
                await running.enter_async_context(load_balancer(tenant.runtime_side, listener=listener))
            yield

    app = Starlette(
        routes=[
            Route("/simulator/health", tenant.health),
            Route("/simulator/{name:path}", _guarded(tenant.control), methods=_METHODS),
            Route(ROOT, _guarded(tenant.api), methods=_METHODS),
            Route(f"{ROOT}/{{rest:path}}", _guarded(tenant.api), methods=_METHODS),
            *(Route(path, _guarded(tenant.platform), methods=_METHODS) for path in PATHS),
        ],
        lifespan=lifespan,
    )
    app.state.loaded = tenant.loaded
    app.state.runtime_side = tenant.runtime_side
    app.state.load_balancer_listener = None
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
    caller: Caller | None = None

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
        self.runtime_side = RuntimeSide(self.state, settings, clock)
        self._happenings = HappeningsControl(Place(self.state, settings, self._csrf.forget), clock)
        self._platforms = Platforms(self.state, settings, clock)
        keys = KeyControl(self.state, settings, clock)
        self.runtime_side.before = self._happenings.catch_up
        further = {**control_calls(self.runtime_side), **self._happenings.calls, **keys.calls()}
        self._control = Control(self.state, self._csrf, clock, further)
        self.loaded: LoadReport = load_at_start(self.state, settings, clock())
        generate_at_start(self.state, settings, clock())

    async def health(self, _: Request) -> Response:
        """Ready; no sign-in."""
        return JSONResponse({"status": "ready"})

    async def control(self, request: Request) -> Response:
        """`/simulator/...`, for the same user as the API."""
        body = await request.body()
        with self.state.transaction():
            self._happenings.catch_up(self._clock())
        user = self._sign_in().user(request.headers)
        response = self._control.answer(request, body) if user else unauthorized(request.headers)
        _log.info("%s %s %s", request.method, request.url.path, response.status_code)
        return response

    async def api(self, request: Request) -> Response:
        """SAP's API: the fault that was ordered, or the true answer."""
        return await self._answered(request, self._true_answer)

    async def platform(self, request: Request) -> Response:
        """Token endpoints, Cloud Foundry and Service Manager, with the same faults and in the same log."""
        return await self._answered(request, self._platform_answer)

    async def _answered(self, request: Request, true_answer: Callable[[_Asked], Response]) -> Response:
        # The query of a token request may hold what nobody should read in a log.
        query = "" if is_token_path(request.url.path) else unquote(request.url.query)
        asked = _Asked(request, await request.body(), request.url.path + (f"?{query}" if query else ""))
        with self.state.transaction():
            self._happenings.catch_up(self._clock())
            fault = take_fault(self.state, request.method, asked.logged, self._clock())
        if fault and fault.delay:
            await self._pause(fault.delay)
        response = fault.answer() if fault else None
        if response is None:
            response = true_answer(asked)
        else:
            self._record(asked, response, by_fault=True)
        if fault and fault.drop == "after":
            response = DroppedConnection()
        _log.info("%s %s %s", request.method, asked.logged, response.status_code)
        return response

    def _platform_answer(self, asked: _Asked) -> Response:
        with self.state.transaction():
            response = self._platforms.answer(asked.request, asked.body)
            record(self.state, self._logged(asked, response))
        return response

    def _true_answer(self, asked: _Asked) -> Response:
        asked = replace(asked, caller=self._sign_in().caller(asked.request.headers))
        refused = self._not_let_in(asked)
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
        if (asked.request.method, shape) == ("POST", "$batch"):
            return answer_batch(call, lambda method, part: self._answer(asked, method, part))
        response = self._answer(asked, asked.request.method, call)
        if shape == "":
            self._csrf.answer_fetch(asked.request, response)
        return response

    def _answer(self, asked: _Asked, method: str, call: Call) -> Response:
        """The answer to a request or to a part of a batch."""
        shape = shape_of(call.segments)
        return self._not_allowed(asked, method, shape) or _handler(method, shape)(call)

    def _call(self, asked: _Asked) -> Call:
        request = asked.request
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        path = request.scope["raw_path"].decode("ascii").split("?")[0].removeprefix(ROOT).strip("/")
        host = f"{url.scheme}://{url.hostname}:{port}"
        return Call(
            state=self.state,
            settings=self._settings,
            now=self._clock(),
            user=asked.caller.name if asked.caller else "",
            base=f"{host}{ROOT}/",
            runtime=f"{self.runtime_side.url or host}/",
            path=path,
            segments=parse_path(path),
            query=dict(request.query_params),
            accept=request.headers.get("accept", ""),
            body=asked.body,
        )

    def _sign_in(self) -> SignIn:
        return SignIn(self.state, self._settings, self._clock())

    def _not_let_in(self, asked: _Asked) -> Response | None:
        """401, 429 or the 403 for a missing CSRF token; None for a request that goes on."""
        if asked.caller is None:
            return unauthorized(asked.request.headers)
        if limits_rate(self._settings) and self._too_many(asked, asked.caller):
            return self._too_many_response(asked)
        return self._csrf.refusal(asked.request) if needs_csrf(self._settings, asked.caller.by_token) else None

    def _too_many(self, asked: _Asked, caller: Caller) -> bool:
        set_name = asked.request.url.path.removeprefix(f"{ROOT}/")
        return not self._limits.allows(set_name, caller.name, self._clock())

    def _too_many_response(self, asked: _Asked) -> Response:
        response = error_response(TooManyRequestsError(), asked.wants_json)
        if self._settings.retry_after:
            response.headers["Retry-After"] = str(self._settings.retry_after)
        return response

    def _not_allowed(self, asked: _Asked, method: str, shape: str) -> Response | None:
        """The answer for a set that this environment does not have, or for a caller without the roles."""
        roles = asked.caller.roles if asked.caller else ()
        missing = absent(self._settings, shape.split("/")[0].removesuffix("()"))
        return missing or forbidden(self._settings.profile, roles, method, shape)

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
