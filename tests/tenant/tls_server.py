"""A real TLS server for tests: answers HTTP with JSON and keeps which client certificate each request came with."""

import asyncio
import ipaddress
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from certificates.rehearsal import RehearsalAuthority
from tenant.client_certificate import show_certificate
from tenant.service_key_file import ServiceKey

AUTHORITY = RehearsalAuthority.create(now=datetime.now(UTC))


def trusting() -> ssl.SSLContext:
    """What a client that trusts the authority of these servers has."""
    return ssl.create_default_context(cadata=AUTHORITY.root_pem)


def _server_key() -> ServiceKey:
    """A server certificate for 127.0.0.1, in the form that `show_certificate` reads."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = AUTHORITY.now
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(AUTHORITY.key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(AUTHORITY.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=True)
        .add_extension(above, critical=False)
        .sign(AUTHORITY.key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return ServiceKey("", "", "", certificate=certificate.public_bytes(Encoding.PEM).decode(), key=pem)


@dataclass
class Seen:
    """One request: its first line, its body, and the common name of the client certificate, if one was shown."""

    line: str
    body: str
    client: str | None


@dataclass
class TlsServer:
    """Gives `answer` to every request."""

    answer: dict[str, Any]
    url: str = ""
    seen: list[Seen] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the one request of a connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((line for line in head.lower().split("\r\n") if line.startswith("content-length:")), ":0")
        body = await reader.readexactly(int(length.partition(":")[2]))
        self.seen.append(Seen(head.partition("\r\n")[0], body.decode(), _common_name(writer)))
        text = json.dumps(self.answer)
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        writer.write(f"{head}Content-Length: {len(text)}\r\n\r\n{text}".encode())
        await writer.drain()
        writer.close()


def _common_name(writer: asyncio.StreamWriter) -> str | None:
    shown = writer.get_extra_info("ssl_object").getpeercert()
    names = {name: value for rdn in (shown or {}).get("subject", ()) for name, value in rdn}
    return names.get("commonName")


@asynccontextmanager
async def served(answer: dict[str, Any], client_certificate: ssl.VerifyMode) -> AsyncIterator[TlsServer]:
    """A server on this machine; `client_certificate` tells whether it asks for one and insists."""
    context = show_certificate(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), _server_key())
    context.load_verify_locations(cadata=AUTHORITY.root_pem)
    context.verify_mode = client_certificate
    it = TlsServer(answer)
    server = await asyncio.start_server(it.talk, "127.0.0.1", 0, ssl=context)
    it.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield it
