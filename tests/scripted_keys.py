"""What the scripted APIs of service keys share: instances, keys, operations that take their time, and a client."""

import base64
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx

from certificates.facts import pem_of
from certificates.rehearsal import RehearsalAuthority
from process.facts import Environment
from tenant.client import TenantClient
from tenant.runtime import Watch
from tenant.settings import (
    OAuthLogin,
    PasswordLogin,
    Rates,
    SecretSource,
    ServiceKeyApi,
    ServiceKeyApiKind,
    TenantSettings,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AUTHORITY = RehearsalAuthority.create("Keys", now=NOW)
SECRET = "client-secret-that-nobody-may-see"
PRIVATE = "private-key-that-nobody-may-see"
_SOURCE = SecretSource("x", env="UNUSED")
_OAUTH = OAuthLogin("https://login.example/oauth/token", "renewal-client", _SOURCE)


def certificate(name: str) -> bytes:
    """The DER of a new certificate."""
    return AUTHORITY.issue(f"CN={name}, O=Acme, C=DE", NOW - timedelta(days=1), NOW + timedelta(days=300)).der


OLD, NEW, OTHER = certificate("old"), certificate("new"), certificate("other")


def external(der: bytes, **more: Any) -> dict[str, Any]:
    """Credentials of a key of type external certificate."""
    common = {"clientid": "sb-1", "tokenurl": "https://t.example/oauth/token", "url": "https://rt.example"}
    return {**common, "certificate": pem_of(der), **more}


def secret_key() -> dict[str, Any]:
    """Credentials of a key of type ClientId/Secret."""
    return {"clientid": "sb-2", "clientsecret": SECRET, "tokenurl": "https://t.example", "url": "https://rt.example"}


@dataclass
class Key:
    """A key of the script; without credentials its details answer 404."""

    guid: str
    name: str
    instance: str
    credentials: dict[str, Any] | None
    operation: tuple[str, str, str] | None = ("create", "succeeded", "")
    polls: int = 0
    details: httpx.Response | None = None


@dataclass
class Pace:
    """A clock that moves when somebody sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds

    @property
    def watch(self) -> Watch:
        """SAP's tool's pace: every 3 s, for 60 s."""
        return Watch(3.0, 60.0, lambda: self.now, self.sleep)


@dataclass
class ScriptedApi:
    """What both APIs share: instances, keys, requests, and a client of them."""

    kind: ServiceKeyApiKind
    instances: dict[str, str] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    polls: int = 2
    page_size: int = 1000
    lose_jobs: bool = False
    fail: str | None = None
    job_fails: bool = False
    before_create: Callable[[dict[str, Any]], httpx.Response | None] = lambda _: None
    stored: Callable[[bytes], dict[str, Any]] = external
    parameters: httpx.Response | None = None
    pace: Pace = field(default_factory=Pace)
    numbers: Counter[str] = field(default_factory=Counter)

    def instance(self, name: str, guid: str = "") -> str:
        """A service instance; its guid."""
        guid = guid or f"{len(self.instances):08d}-instance"
        self.instances[guid] = name
        return guid

    def key(self, instance: str, credentials: dict[str, Any] | None, name: str = "", **more: Any) -> Key:
        """A key that is there."""
        guid = self.next("key")
        self.keys[guid] = key = Key(guid, name or f"name-{guid}", instance, credentials, **more)
        return key

    def next(self, what: str) -> str:
        """A new guid."""
        self.numbers[what] += 1
        return f"{what}-{self.numbers[what]}"

    def client(self, *instances: str, **more: Any) -> TenantClient:
        """A client of a tenant on Cloud Foundry with this API."""
        login = PasswordLogin("https://uaa.example/oauth/token", "renewer", _SOURCE)
        on_cf = self.kind is ServiceKeyApiKind.CLOUD_FOUNDRY
        api = ServiceKeyApi(self.kind, "https://keys.example", login if on_cf else _OAUTH, instances)
        settings: dict[str, Any] = {
            "environment": Environment.CLOUD_FOUNDRY,
            "service_keys": api,
            "rates": FAST,
            **more,
        }
        tenant = TenantSettings("prod", "https://tenant.example/api/v1", _OAUTH, **settings)
        return TenantClient(tenant, lambda: "pw", httpx.MockTransport(self), lambda: NOW, watch=self.pace.watch)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "t", "token_type": "bearer", "expires_in": 43199})
        self.requests.append(request)
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        return self.answer(request.method, request.url.path, query, json.loads(request.content or b"{}"))

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> httpx.Response:
        """The answer of the API."""
        raise NotImplementedError

    @property
    def writes(self) -> list[str]:
        """Method and path of all writes."""
        return [f"{r.method} {r.url.path}" for r in self.requests if r.method != "GET"]

    def order(self, type: str, key: Key) -> None:
        """An operation begins."""
        key.operation, key.polls = (type, "in progress", ""), self.polls
        self.move(key)

    def move(self, key: Key) -> None:
        """One poll passes."""
        if key.operation is None or key.operation[1] not in ("initial", "in progress") or key.polls < 0:
            return
        key.polls -= 1
        if key.polls < 0:
            self.end(key)

    def end(self, key: Key) -> None:
        """The operation ends, as the script wants it."""
        assert key.operation is not None
        type = key.operation[0]
        if self.fail is not None:
            key.operation = (type, "failed", self.fail)
        elif type == "delete":
            self.keys.pop(key.guid, None)
        else:
            key.operation = (type, "succeeded", "")
            key.credentials = self.stored(self.wanted[key.guid])

    @property
    def wanted(self) -> dict[str, bytes]:
        """The certificates of ordered keys."""
        return self.__dict__.setdefault("_wanted", {})

    def make(self, name: str, instance: str, parameters: dict[str, Any]) -> Key:
        """Begin to make a key. A leftover of a failed creation gives way."""
        for old in [k for k in self.keys.values() if (k.name, k.instance) == (name, instance)]:
            del self.keys[old.guid]
        key = self.key(instance, None, name)
        self.wanted[key.guid] = der_of_line(parameters["X.509"])
        self.order("create", key)
        return key


FAST = Rates(*([0.0] * 4))


def der_of_line(pem: str) -> bytes:
    """The DER of PEM in one line."""
    assert "\n" not in pem
    inner = pem.removeprefix("-----BEGIN CERTIFICATE-----").removesuffix("-----END CERTIFICATE-----")
    return base64.b64decode(inner, validate=True)
