"""What the simulator serves beside the tenant's own API: token endpoints, Cloud Foundry and the Service Manager.

Each environment has its own: Neo a token endpoint alone. `app` puts faults and the log of requests around it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tenant.simulator import cloud_foundry, cloud_foundry_answers, service_manager
from tenant.simulator.platform_call import PlatformCall
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State
from tenant.simulator.tokens import Audience, SignIn, TokenRequest, TokenServer

CLOUD_FOUNDRY = "/cf"
SERVICE_MANAGER = "/sm"
TOKEN_PATHS = {"neo": "/oauth2/api/v1/token", "cloud-foundry": "/oauth/token"}
UAA_TOKEN_PATH = "/uaa/oauth/token"  # noqa: S105  a path, not a password
PATHS = (*TOKEN_PATHS.values(), UAA_TOKEN_PATH, f"{CLOUD_FOUNDRY}/{{rest:path}}", f"{SERVICE_MANAGER}/{{rest:path}}")


@dataclass(frozen=True)
class Platforms:
    """Answers the requests to `PATHS`; call it inside a transaction. The clock gives epoch milliseconds."""

    state: State
    settings: SimulatorSettings
    clock: Callable[[], int]

    def answer(self, request: Request, body: bytes) -> Response:
        """The answer to one request."""
        path = request.url.path
        if path == TOKEN_PATHS[self.settings.profile]:
            return self._token(request, self._server().client_credentials, body)
        if self.settings.profile == "cloud-foundry":
            if path == UAA_TOKEN_PATH:
                return self._token(request, self._server().password, body)
            if path.startswith(f"{CLOUD_FOUNDRY}/"):
                return self._cloud_foundry(request, body)
            if path.startswith(f"{SERVICE_MANAGER}/"):
                return self._service_manager(request, body)
        return PlainTextResponse(f"A tenant of the profile {self.settings.profile} has no {path}.", 404)

    def _token(self, request: Request, issue: Callable[[TokenRequest], Response], body: bytes) -> Response:
        if request.method != "POST":
            return PlainTextResponse("Method Not Allowed", 405, {"Allow": "POST"})
        return issue(TokenRequest(request.headers, dict(request.query_params), body))

    def _cloud_foundry(self, request: Request, body: bytes) -> Response:
        if self._sign_in().bearer(request.headers, Audience.CLOUD_FOUNDRY) is None:
            return cloud_foundry_answers.error_response(cloud_foundry_answers.not_signed_in(request.headers))
        return cloud_foundry.answer(self._call(request, CLOUD_FOUNDRY, body))

    def _service_manager(self, request: Request, body: bytes) -> Response:
        if self._sign_in().bearer(request.headers, Audience.API) is None:
            return service_manager.error_response(service_manager.not_signed_in())
        return service_manager.answer(self._call(request, SERVICE_MANAGER, body))

    def _call(self, request: Request, prefix: str, body: bytes) -> PlatformCall:
        root = root_of(request)
        return PlatformCall(
            state=self.state,
            settings=self.settings,
            now=self.clock(),
            method=request.method,
            root=root,
            base=root + prefix,
            path=request.url.path.removeprefix(prefix).strip("/"),
            query_string=request.url.query,
            body=body,
        )

    def _server(self) -> TokenServer:
        return TokenServer(self.state, self.settings, self.clock())

    def _sign_in(self) -> SignIn:
        return SignIn(self.state, self.settings, self.clock())


def is_token_path(path: str) -> bool:
    """Whether tokens are asked for at that path."""
    return path == UAA_TOKEN_PATH or path in TOKEN_PATHS.values()


def root_of(request: Request) -> str:
    """The address of the simulator, without a path, as the caller wrote it."""
    return f"{request.url.scheme}://{request.url.netloc}"
