"""A tenant that answers by script, for tests of the client: a list of answers, or a function of the request."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from tenant.client import TenantClient
from tenant.rates import Limiter, rates_of
from tenant.settings import BasicLogin, CertificateLogin, OAuthLogin, SecretSource, TenantSettings

ROOT = "https://tenant.example/api/v1"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PASSWORD = "correct-horse-battery"
BASIC = BasicLogin("renewer", SecretSource("password_env", env="UNUSED"))
OAUTH = OAuthLogin("https://login.example/oauth/token", "renewal-client", SecretSource("x", env="UNUSED"))

Answer = httpx.Response
Handler = Callable[[httpx.Request], httpx.Response]


def entity(**fields: Any) -> Answer:
    """200 with one entity."""
    return Answer(200, json={"d": fields})


def listing(*rows: dict[str, Any], following: str | None = None) -> Answer:
    """200 with a page of entities."""
    more = {"__next": following} if following else {}
    return Answer(200, json={"d": {"results": list(rows), **more}})


def refusal(status: int, text: str | None, **headers: str) -> Answer:
    """An OData error body in JSON."""
    error = {"code": "Bad Request", "message": {"lang": "en", "value": text}}
    return Answer(status, json={"error": error}, headers=headers)


def settings(login: BasicLogin | OAuthLogin | CertificateLogin = BASIC, **changes: Any) -> TenantSettings:
    """Settings of a tenant that does not exist."""
    return TenantSettings(name="dev", url=ROOT, login=login, **changes)


class FakeTime:
    """A clock in seconds that only sleeping moves; `late` is how much too long each sleep takes."""

    def __init__(self, late: float = 0.0) -> None:
        self.seconds = 0.0
        self.late = late
        self.slept: list[float] = []

    def now(self) -> float:
        """The time."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Time passes at once; others get their turn."""
        self.slept.append(seconds)
        self.seconds += seconds + self.late
        await asyncio.sleep(0)


class ScriptedTenant:
    """Gives its answers one after the other and keeps the requests. The fetch of a CSRF token is answered aside."""

    def __init__(self, *answers: Answer | Exception, handler: Handler | None = None) -> None:
        self.answers = list(answers)
        self.handler = handler
        self.requests: list[httpx.Request] = []
        self.fetches = 0
        self.time = FakeTime()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.handler is None and request.headers.get("x-csrf-token") == "Fetch":
            self.fetches += 1
            return Answer(200, json={"d": {}}, headers={"X-CSRF-Token": f"token-{self.fetches}"})
        self.requests.append(request)
        if self.handler is not None:
            return self.handler(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, login: BasicLogin | OAuthLogin | CertificateLogin = BASIC, **changes: Any) -> TenantClient:
        """A client of this tenant."""
        described = settings(login, **changes)
        pace = Limiter(rates_of(described), self.time.now, self.time.sleep)
        return TenantClient(described, lambda: PASSWORD, httpx.MockTransport(self), lambda: NOW, pace)

    @property
    def lines(self) -> list[str]:
        """Method, path and query of each request, as they went over the wire."""
        return [f"{r.method} {r.url.raw_path.decode().removeprefix('/api/v1/')}" for r in self.requests]
