"""The load balancer over real sockets: TLS, HTTP/1.1, and what it takes from nobody."""

import asyncio
import base64
import contextlib
import socket
import ssl
from pathlib import Path

import httpx
import pytest
from rehearsed_tenant import Tenant
from sending import Stage, at_node, staged

from tenant.simulator.traffic.gates import Gate
from tenant.simulator.traffic.load_balancer import Limits, load_balancer
from tenant.simulator.traffic.messages import Message
from tenant.simulator.traffic.runtime_side import RuntimeSide

REQUEST = b"POST /http/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"


async def test_one_connection_takes_many_messages(stage: Stage) -> None:
    """Keep-alive: also when three requests come in one piece."""
    certificate = stage.issue()
    await stage.flow_for(certificate)
    reader, writer = await stage.stream(certificate)
    for count in (1, 3):
        writer.write(REQUEST * count)
        for _ in range(count):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(2) == b"ab"
    writer.close()
    assert stage.messages() == ["Orders"] * 4


async def test_a_large_chunked_message_arrives_whole(stage: Stage) -> None:
    """A body without a stated length, over many records of TLS, comes back as it was."""
    certificate = stage.issue()
    await stage.flow_for(certificate)
    sent = bytes(range(256)) * 4096

    async def parts():
        for at in range(0, len(sent), 100_000):
            yield sent[at : at + 100_000]

    answer = await stage.sender(certificate).post("/http/orders", content=parts())
    assert (answer.status_code, answer.content == sent) == (200, True)


@pytest.mark.parametrize("name", ["SSL_CLIENT_CERT", "ssl-client-cert", "Ssl_Client-Cert"])
async def test_a_certificate_in_a_header_of_the_client_is_none(stage: Stage, name: str) -> None:
    """The trap: whoever knows a certificate, which is public, could smuggle it in without its key."""
    certificate = stage.issue()
    await stage.flow_for(certificate)
    header = {name: base64.b64encode(certificate.der).decode()}
    assert (await stage.sender().post("/http/orders", headers=header)).status_code == 401
    other = stage.sender(stage.issue("CN=somebody else"))
    assert (await other.post("/http/orders", headers=header)).status_code == 403
    assert stage.messages() == []


async def test_the_nodes_take_turns(stage: Stage) -> None:
    """Unless a header of ours names one; a node that is not there is a 400."""
    sender = stage.sender()
    nodes = []
    for headers in ({}, {}, {}, at_node(2), at_node(2)):
        await sender.post("/http/x", headers=headers)
        nodes.append((await stage.last())["node"])
    assert nodes == ["1", "2", "1", "2", "2"]
    for wrong in ("0", "3", "x", "²"):
        assert (await sender.post("/http/x", headers={"X-Simulator-Node": wrong.encode()})).status_code == 400


async def test_any_byte_in_a_header_is_taken(stage: Stage) -> None:
    """The type of the content comes back as it was sent, and a path cannot begin a line of a log."""
    certificate = stage.issue()
    await stage.flow_for(certificate)
    sender = stage.sender(certificate)
    kind = "text/plain; a=ä".encode("latin-1")
    answer = await sender.post("/http/orders", content=b"x", headers={"Content-Type": kind})
    assert (b"Content-Type", kind) in answer.headers.raw
    await sender.post("/http/%0Aorders" + "x" * 5000)
    last = await stage.last()
    assert (last["path"][:14], len(last["path"])) == ("/http/?ordersx", 300)


async def test_a_head_request_has_no_body(stage: Stage) -> None:
    """And the connection goes on."""
    certificate = stage.issue()
    await stage.flow_for(certificate)
    sender = stage.sender(certificate)
    assert (await sender.head("/http/nothing")).status_code == 404
    assert (await sender.post("/http/orders", content=b"x")).content == b"x"


async def test_a_client_that_asks_first_may_go_on(stage: Stage) -> None:
    """`Expect: 100-continue` is answered before the body."""
    reader, writer = await stage.stream()
    writer.write(REQUEST.replace(b"\r\n\r\nab", b"\r\nExpect: 100-continue\r\n\r\n"))
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
    writer.write(b"ab")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 404")
    writer.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"NONSENSE\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 5000, b"431"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n" + b"a" * 2000, b"413"),
    ],
)
async def test_what_is_no_request_or_too_large_is_refused(
    tenant: Tenant, tmp_path: Path, sent: bytes, status: bytes
) -> None:
    """An answer, and the connection is closed."""
    async with staged(tenant, tmp_path, Limits(headers=4096, body=1000)) as stage:
        reader, writer = await stage.stream()
        writer.write(sent)
        assert (await reader.read()).split(b" ")[1] == status
        writer.close()


@pytest.mark.parametrize(
    ("limits", "sent"), [(Limits(idle=0.05), b""), (Limits(request=0.05), REQUEST[:-1]), (Limits(idle=0.05), REQUEST)]
)
async def test_whoever_says_nothing_is_disconnected(
    tenant: Tenant, tmp_path: Path, limits: Limits, sent: bytes
) -> None:
    """Before a request, in the midst of one, and after one."""
    async with staged(tenant, tmp_path, limits) as stage:
        reader, writer = await stage.stream()
        writer.write(sent)
        async with asyncio.timeout(5):
            assert (await reader.read() != b"") is (sent == REQUEST)
        writer.close()


async def test_a_request_in_small_pieces_does_not_get_more_time(tenant: Tenant, tmp_path: Path) -> None:
    """The time of a request begins with its first byte."""
    async with staged(tenant, tmp_path, Limits(request=0.2)) as stage:
        reader, writer = await stage.stream()
        writer.write(b"GET / HTTP/1.1\r\nX: ")
        async with asyncio.timeout(5):
            while not reader.at_eof():
                writer.write(b"a")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(), 0.02)
        writer.close()


async def test_a_handshake_has_its_time(tenant: Tenant, tmp_path: Path) -> None:
    """A client that only connects holds nothing for long."""
    async with staged(tenant, tmp_path, Limits(handshake=0.05)) as stage:
        address = httpx.URL(stage.side.url)
        reader, writer = await asyncio.open_connection(address.host, address.port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_plain_http_is_no_handshake(stage: Stage) -> None:
    """It ends, and nothing of it is in the traffic."""
    address = httpx.URL(stage.side.url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(REQUEST)
    async with asyncio.timeout(5):
        await reader.read()
    writer.close()
    assert (await stage.tenant.control("GET", "traffic")).json() == {"certificates": [], "last": 0}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
async def test_tls_before_1_2_is_not_spoken(stage: Stage) -> None:
    """1.2 is."""
    for version, spoken in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)):
        terms = stage.terms()
        terms.minimum_version = terms.maximum_version = version
        async with httpx.AsyncClient(verify=terms, base_url=stage.side.url, trust_env=False) as client:
            if spoken:
                assert (await client.get("/")).status_code == 404
            else:
                with pytest.raises(httpx.TransportError):
                    await client.get("/")


async def test_a_certificate_passes_with_tls_1_2_too(stage: Stage) -> None:
    """There the client hears of an alert before the handshake is over."""
    good, bad = stage.issue(), stage.issue(usages=None)
    await stage.flow_for(good)
    statuses = []
    for certificate in (good, bad):
        terms = stage.terms(certificate)
        terms.maximum_version = ssl.TLSVersion.TLSv1_2
        async with httpx.AsyncClient(verify=terms, base_url=stage.side.url, trust_env=False) as client:
            try:
                statuses.append((await client.post("/http/orders")).status_code)
            except httpx.ConnectError:
                statuses.append((await stage.last())["gate"])
    assert statuses == [200, Gate.USAGE]


async def test_its_end_closes_connections_and_port(tenant: Tenant, tmp_path: Path) -> None:
    """An idle client reads the end; nobody gets in any more, and no address is told."""
    async with staged(tenant, tmp_path) as stage:
        address = httpx.URL(stage.side.url)
        reader, writer = await stage.stream()
        writer.write(REQUEST)
        await reader.readuntil(b"</html>")
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()
    with pytest.raises(OSError, match=r"."):
        await asyncio.open_connection(address.host, address.port)
    assert (stage.side.url, stage.side.ca) == ("", "")


async def test_another_list_of_roots_counts_for_the_next_connection(stage: Stage) -> None:
    """A connection keeps what its handshake showed; a new one is judged anew, without a resumed session."""
    certificate = stage.issue()
    await stage.flow_for(certificate)
    terms = stage.terms(certificate)
    async with httpx.AsyncClient(verify=terms, base_url=stage.side.url, trust_env=False) as before:
        assert (await before.post("/http/orders")).status_code == 200
        await stage.tenant.control("DELETE", "roots")
        assert (await before.post("/http/orders")).status_code == 200
    async with httpx.AsyncClient(verify=terms, base_url=stage.side.url, trust_env=False) as after:
        assert (await after.post("/http/orders")).status_code == 401


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_no_session_is_resumed(stage: Stage, version: ssl.TLSVersion) -> None:
    """The trap: a resumed session brings a certificate that nobody looks at again."""
    terms = stage.terms(stage.issue())
    terms.maximum_version = version
    address = httpx.URL(stage.side.url)

    def twice() -> list[bool | None]:
        reused, session = [], None
        for _ in range(2):
            plain = socket.create_connection((address.host, address.port))
            with terms.wrap_socket(plain, server_hostname=address.host, session=session) as connection:
                connection.sendall(REQUEST)
                connection.recv(1000)
                reused.append(connection.session_reused)
                session = connection.session
        return reused

    assert await asyncio.to_thread(twice) == [False, False]


async def test_a_fault_of_the_simulator_is_a_500_and_the_connection_goes_on(tenant: Tenant, tmp_path: Path) -> None:
    """It is never passed off as SAP's answer."""

    class Failing(RuntimeSide):
        def answer(self, handshake: object, message: Message) -> None:
            raise RuntimeError(message.path)

    of = tenant.app.state.runtime_side
    async with load_balancer(Failing(of.state, of.settings, of.clock)) as side:
        stage = Stage(tenant, side, tmp_path, root=None)
        async with httpx.AsyncClient(verify=stage.terms(), base_url=side.url, trust_env=False) as client:
            for _ in range(2):
                answer = await client.get("/http/x")
                assert (answer.status_code, "simulator itself" in answer.text) == (500, True)
