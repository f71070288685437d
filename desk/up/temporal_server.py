"""The Temporal server as certrelay needs it: which one, search attributes, retention; each read back."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.envconfig import ClientConfigProfile
from temporalio.service import RPCError, RPCStatusCode

from desk.up.errors import (
    AttributeDiffers,
    AttributeMissing,
    ProfileUnusable,
    RetentionTooShort,
    ServerRefused,
    ServerSilent,
)
from desk.up.ports import LOOPBACK

CHOOSING = ("TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE")
"""Any of these set (not empty) means: use that server, start none."""

RETENTION = timedelta(days=90)
"""How long a finished renewal stays readable at least; the server's own default is one day."""

PATIENCE = timedelta(seconds=10)
NAMESPACE_KNOWN = timedelta(seconds=30)
POLL = 0.1

SILENCE = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


@dataclass(frozen=True)
class Server:
    """A Temporal server; `own` where we run it. `profile` says how to connect."""

    profile: ClientConfigProfile = field(repr=False)  # it may hold an API key
    own: bool

    @property
    def address(self) -> str:
        """Host and port."""
        return self.profile.address or ""

    @property
    def namespace(self) -> str:
        """The namespace in use."""
        return self.profile.namespace or "default"

    async def connect(self) -> Client:
        """A connected client. Raises ServerSilent."""
        config = self.profile.to_client_connect_config()
        try:
            return await asyncio.wait_for(Client.connect(**config), PATIENCE.total_seconds())
        except (RPCError, RuntimeError, TimeoutError) as error:
            raise ServerSilent(self.address, str(error) or type(error).__name__) from error


def chosen(environ: Mapping[str, str]) -> Server | None:
    """The server that the environment names, or None where we run our own. Raises ProfileUnusable."""
    if not any(environ.get(name) for name in CHOOSING):
        return None
    try:
        profile = ClientConfigProfile.load(override_env_vars=environ)
    except (RuntimeError, ValueError, OSError) as error:
        raise ProfileUnusable(str(error)) from error
    if not profile.address:
        raise ProfileUnusable("the profile names no address")
    return Server(profile, own=False)


def our_own(port: int, environ: Mapping[str, str]) -> Server:
    """The server that we run on a loopback port: no TLS, no key, whatever a profile file says."""
    namespace = environ.get("TEMPORAL_NAMESPACE") or "default"
    return Server(ClientConfigProfile(address=f"{LOOPBACK}:{port}", namespace=namespace), own=True)


def client_environment(server: Server, environ: Mapping[str, str]) -> dict[str, str]:
    """What a client finds the server by. Empty for a foreign one: it is in the environment already.

    For ours, all else that Temporal's configuration could add (a profile with TLS, a key) is shut out.
    """
    if not server.own:
        return {}
    return {
        "TEMPORAL_ADDRESS": server.address,
        "TEMPORAL_NAMESPACE": server.namespace,
        "TEMPORAL_CONFIG_FILE": os.devnull,
    }


def without_temporal(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without any of Temporal's settings."""
    return {name: value for name, value in environ.items() if not name.startswith("TEMPORAL_")}


async def answers(server: Server) -> bool:
    """True when the server answers for its namespace."""
    host, _, port = server.address.rpartition(":")
    if not await listens(host, int(port)):
        return False
    try:
        client = await server.connect()
        await _retention(client, server.namespace)
    except (ServerSilent, RPCError):
        return False
    return True


async def listens(host: str, port: int) -> bool:
    """True when a connection to the port is accepted; cheaper than a client that is refused."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def prepare(server: Server, attributes: Mapping[str, str], make_namespace: bool = False) -> str:
    """Make the server fit: attributes, and on our own also retention. Returns a warning or nothing.

    A namespace that is not there is made only where that is asked for.

    Raises ServerSilent, ServerRefused, AttributeDiffers, AttributeMissing, RetentionTooShort.
    """
    client = await server.connect()
    try:
        if make_namespace:
            await ensure_namespace(client, server.namespace)
        await ensure_attributes(client, server.namespace, attributes)
        if server.own:
            await ensure_retention(client, server.namespace)
            return ""
        return _short(server.namespace, await _retention(client, server.namespace))
    except RPCError as error:
        if error.status in SILENCE:
            raise ServerSilent(server.address, error.message) from error
        raise ServerRefused(server.address, server.namespace, error.message) from error


async def ensure_namespace(client: Client, namespace: str) -> None:
    """Register the namespace, with our retention, where there is none yet. Raises RPCError."""
    try:
        await _retention(client, namespace)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        request = RegisterNamespaceRequest(
            namespace=namespace, workflow_execution_retention_period=_duration(RETENTION)
        )
        await client.workflow_service.register_namespace(request)
        await _until_known(client, namespace)


async def _until_known(client: Client, namespace: str) -> None:
    """The server's caches learn of a new namespace some seconds after it is registered."""
    deadline = asyncio.get_running_loop().time() + NAMESPACE_KNOWN.total_seconds()
    while True:
        try:
            await _attributes(client, namespace)
            return
        except RPCError as error:
            late = asyncio.get_running_loop().time() > deadline
            if late or error.status is not RPCStatusCode.NOT_FOUND:
                raise
        await asyncio.sleep(POLL)


async def ensure_attributes(client: Client, namespace: str, wanted: Mapping[str, str]) -> None:
    """Register the search attributes that are missing, and read all back.

    The server answers OK, and changes nothing, when a name exists with another type: only reading back
    tells. Raises AttributeDiffers, AttributeMissing, RPCError.
    """
    reason = "the server did not take it"
    missing = _missing(await _attributes(client, namespace), wanted, namespace)
    if missing:
        try:
            await _register(client, namespace, {name: wanted[name] for name in missing})
        except RPCError as error:
            reason = error.message
    deadline = asyncio.get_running_loop().time() + PATIENCE.total_seconds()
    while missing := _missing(await _attributes(client, namespace), wanted, namespace):
        if reason != "the server did not take it" or asyncio.get_running_loop().time() > deadline:
            raise AttributeMissing(missing[0], wanted[missing[0]], namespace, reason)
        await asyncio.sleep(POLL)


async def ensure_retention(client: Client, namespace: str, wanted: timedelta = RETENTION) -> None:
    """Keep finished workflows for `wanted` at least. Raises RetentionTooShort, RPCError."""
    if await _retention(client, namespace) >= wanted:
        return
    await _update_retention(client, namespace, wanted)
    found = await _retention(client, namespace)
    if found < wanted:
        raise RetentionTooShort(namespace, found / timedelta(days=1), wanted.days)


def _short(namespace: str, found: timedelta) -> str:
    if found >= RETENTION:
        return ""
    return (
        f"Warning: namespace {namespace} keeps finished renewals for {found / timedelta(days=1):g} days only."
        f" The operator of that server should set at least {RETENTION.days} days."
    )


async def _retention(client: Client, namespace: str) -> timedelta:
    answer = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
    return answer.config.workflow_execution_retention_ttl.ToTimedelta()


async def _update_retention(client: Client, namespace: str, wanted: timedelta) -> None:
    config = NamespaceConfig(workflow_execution_retention_ttl=_duration(wanted))
    await client.workflow_service.update_namespace(UpdateNamespaceRequest(namespace=namespace, config=config))


def _duration(time: timedelta) -> Duration:
    duration = Duration()
    duration.FromTimedelta(time)
    return duration


async def _attributes(client: Client, namespace: str) -> dict[str, str]:
    """The custom search attributes of the namespace: name to type, in the words of the CLI."""
    request = ListSearchAttributesRequest(namespace=namespace)
    answer = await client.operator_service.list_search_attributes(request)
    return {name: _word(kind) for name, kind in answer.custom_attributes.items()}


async def _register(client: Client, namespace: str, wanted: Mapping[str, str]) -> None:
    types = {name: _type(word) for name, word in wanted.items()}
    request = AddSearchAttributesRequest(namespace=namespace, search_attributes=types)
    await client.operator_service.add_search_attributes(request)


def _missing(found: Mapping[str, str], wanted: Mapping[str, str], namespace: str) -> list[str]:
    for name, word in wanted.items():
        if name in found and found[name] != word:
            raise AttributeDiffers(name, word, found[name], namespace)
    return [name for name in wanted if name not in found]


_WORDS = {
    "Text": IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "Int": IndexedValueType.INDEXED_VALUE_TYPE_INT,
    "Double": IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
    "Bool": IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
    "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    "KeywordList": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
}


def _type(word: str) -> IndexedValueType.ValueType:
    return _WORDS[word]


def _word(kind: int) -> str:
    return next((word for word, value in _WORDS.items() if value == kind), f"type {kind}")
