"""Signing in with the client certificate of a service key, over real TLS; the key is nowhere to be seen."""

import json
import logging
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from tls_server import AUTHORITY, TlsServer, served, trusting

from certificates.rehearsal import Issued
from tenant import client_certificate
from tenant.client_certificate import UnusableCertificate, show_certificate
from tenant.errors import TenantUnreachable
from tenant.service_key_file import ServiceKey
from tenant.session import Session
from tenant.settings import (
    CertificateLogin,
    Environment,
    SecretForm,
    SecretSource,
    SettingsError,
    TenantSettings,
)

CLIENT = AUTHORITY.issue("renewal client")
TOKEN = {"access_token": "bearer-of-secrets", "token_type": "bearer", "expires_in": 43199}
LISTING = {"d": {"results": [{"Id": "P"}]}}
SOURCE = SecretSource("tenants.prod.service_key_env", env="KEY", form=SecretForm.SERVICE_KEY)


def _key(token_url: str, issued: Issued = CLIENT, key: str | None = None) -> str:
    """The JSON of a service key of type Certificate."""
    pem = issued.key_pem().decode() if key is None else key
    members = {"clientid": "sb-client", "certificate": issued.bundle_pem, "key": pem, "tokenurl": token_url}
    return json.dumps({"oauth": {**members, "url": "https://unused.example"}})


@asynccontextmanager
async def _signing_in(
    issued: Issued = CLIENT, key: str | None = None
) -> AsyncIterator[tuple[TlsServer, TlsServer, Session]]:
    """A token server that insists on a client certificate, an API that would take one, and a session with it."""
    async with served(TOKEN, ssl.CERT_REQUIRED) as tokens, served(LISTING, ssl.CERT_OPTIONAL) as api:
        login = CertificateLogin(f"{tokens.url}/oauth/token", "sb-client", SOURCE)
        settings = TenantSettings("prod", f"{api.url}/api/v1", login, environment=Environment.CLOUD_FOUNDRY)
        text = _key(login.token_url, issued, key)
        async with Session(settings, lambda: text, authorities=trusting) as session:
            yield tokens, api, session


async def test_the_token_server_sees_the_certificate_and_the_api_does_not():
    """One token over mutual TLS serves two requests; the certificate goes to the token server alone."""
    async with _signing_in() as (tokens, api, session):
        assert await session.rows("IntegrationPackages", lambda row: row["Id"]) == ["P"]
        await session.write("POST", "DeployIntegrationDesigntimeArtifact?Id='x'&Version='active'")
    assert [(one.line, one.body, one.client) for one in tokens.seen] == [
        ("POST /oauth/token HTTP/1.1", "grant_type=client_credentials&client_id=sb-client", "renewal client")
    ]
    assert [(one.line.partition(" ")[0], one.client) for one in api.seen] == [("GET", None), ("POST", None)]


async def test_a_token_server_that_does_not_trust_the_certificate_is_unreachable(caplog):
    """A refused handshake is told with the path of the token server, and no secret is seen on the way."""
    caplog.set_level(logging.DEBUG)
    stranger = AUTHORITY.create(name="Stranger", now=AUTHORITY.now).issue("stranger")
    async with _signing_in(stranger) as (tokens, api, session):
        with pytest.raises(TenantUnreachable) as caught:
            await session.get("IntegrationPackages")
    assert caught.value.path == "/oauth/token"
    assert (tokens.seen, api.seen) == ([], [])


async def test_the_key_and_the_token_are_in_no_log_and_no_repr(caplog):
    """A whole flow at DEBUG: token over mutual TLS, a read, a write."""
    caplog.set_level(logging.DEBUG)
    async with _signing_in() as (_, _, session):
        await session.get("IntegrationPackages")
        await session.write("DELETE", "CertificateUserMappings('a')")
        shown = f"{session!r} {vars(session)} {vars(session._exchange)} {caplog.text}"
    for line in (*CLIENT.key_pem().decode().splitlines()[1:-1], "bearer-of-secrets"):
        assert line not in shown
    assert "/oauth/token" in caplog.text


def _encrypted(issued: Issued) -> str:
    encryption = BestAvailableEncryption(b"pw")
    return issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


@pytest.mark.parametrize(
    "key",
    [AUTHORITY.issue("other").key_pem().decode(), _encrypted(CLIENT), "-----BEGIN PRIVATE KEY-----\nx\n", "no key"],
    ids=["of another certificate", "encrypted", "damaged", "none"],
)
async def test_a_key_that_cannot_be_used_is_a_matter_of_the_settings(key):
    """It does not belong to the certificate, has a password (never asked for on the terminal) or cannot be read."""
    async with _signing_in(key=key) as (_, _, session):
        with pytest.raises(SettingsError, match="do not belong together") as caught:
            await session.get("IntegrationPackages")
    assert "tenants.prod.service_key_env" in caught.value.sentence
    assert "PRIVATE KEY" not in f"{caught.value!r}"


@pytest.mark.parametrize("in_memory", [True, False])
def test_the_key_is_on_no_disk_afterwards(in_memory, tmp_path, monkeypatch):
    """On Linux it never is; elsewhere the file is this user's alone and gone at once, also when it cannot be read."""
    if not in_memory:
        # The system call is missing on other systems: there is no argument that could stand for that.
        monkeypatch.delattr(os, "memfd_create")
    monkeypatch.setattr(client_certificate.tempfile, "tempdir", str(tmp_path))
    written: list[tuple[str, int]] = []

    class Context(ssl.SSLContext):
        def load_cert_chain(self, certfile, keyfile=None, password=None):
            written.append((str(certfile), Path(certfile).stat().st_mode & 0o777))
            super().load_cert_chain(certfile, keyfile, password)

    for key in (CLIENT.key_pem().decode(), "no key"):
        try:
            show_certificate(
                Context(ssl.PROTOCOL_TLS_CLIENT), ServiceKey("", "", "", certificate=CLIENT.pem, key=key)
            )
        except UnusableCertificate:
            assert key == "no key"
    assert list(tmp_path.iterdir()) == []
    assert len(written) == 2
    assert all(path.startswith("/proc/self/fd/" if in_memory else str(tmp_path)) for path, _ in written)
    assert in_memory or {mode for _, mode in written} == {0o600}
