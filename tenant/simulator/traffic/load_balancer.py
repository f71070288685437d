"""The load balancer: TLS over memory that lets any client certificate through the handshake, and HTTP/1.1 above it.

Python's ssl module ends the handshake over a certificate that it does not trust; SAP's load balancer goes on without
the certificate. What a handshake means is in `trust`, what a message meets in `nodes`; here bytes are moved.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import h11
from OpenSSL import SSL

from tenant.simulator.traffic import answers
from tenant.simulator.traffic.answers import Answer
from tenant.simulator.traffic.messages import Message
from tenant.simulator.traffic.runtime_side import RuntimeSide
from tenant.simulator.traffic.server_certificate import make_server_certificate
from tenant.simulator.traffic.trust import TlsTerms

LOCAL = "127.0.0.1"
_EVERYWHERE = "0.0.0.0"  # noqa: S104  compared, not bound
_CHUNK = 65536
_log = logging.getLogger("tenant.simulator")


@dataclass(frozen=True)
class Limits:
    """Seconds for a handshake, for one request, between two requests; bytes of headers and of a body."""

    handshake: float = 10
    request: float = 30
    idle: float = 60
    headers: int = 64 * 1024
    body: int = 16 * 1024 * 1024


class LoadBalancer:
    """What all connections share."""

    def __init__(self, side: RuntimeSide, limits: Limits, host: str) -> None:
        server = make_server_certificate(host)
        self.side = side
        self.limits = limits
        self.ca = server.ca
        self.tls = TlsTerms(side.state, side.settings, server)
        self.connections: set[_Connection] = set()

    def connect(self) -> "_Connection":
        """The protocol of a new connection."""
        return _Connection(self)

    def close(self) -> None:
        """End every connection. Answers are made at once, so that none is under way here."""
        for connection in tuple(self.connections):
            connection.close()


@asynccontextmanager
async def load_balancer(
    side: RuntimeSide, port: int = 0, listener: socket.socket | None = None, limits: Limits | None = None
) -> AsyncIterator[RuntimeSide]:
    """Take messages over TLS while the block runs, on a free port by default; `side.url` and `side.ca` say where.

    A `listener` is a bound socket, which is taken over. Raises OSError where the port is not to be had.
    """
    bound = listener or socket.create_server((LOCAL, port))
    # Accepted sockets inherit it; without, each answer waits for the client's delayed acknowledgement.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    host, at = bound.getsockname()[:2]
    balancer = LoadBalancer(side, limits or Limits(), host)
    server = await asyncio.get_running_loop().create_server(balancer.connect, sock=bound)
    side.url, side.ca = f"https://{LOCAL if host == _EVERYWHERE else host}:{at}", balancer.ca
    try:
        yield side
    finally:
        side.url = side.ca = ""
        server.close()
        balancer.close()
        await server.wait_closed()


class _Connection(asyncio.Protocol):
    """One client: the handshake, then one request after the other."""

    _transport: asyncio.Transport

    def __init__(self, balancer: LoadBalancer) -> None:
        self._balancer = balancer
        self._limits = balancer.limits
        self._tls, self._shown = balancer.tls.connection(balancer.side.clock())
        self._established = False
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=self._limits.headers)
        self._request: h11.Request | None = None
        self._body = bytearray()
        self._waits = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there; it has the time of a handshake."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._balancer.connections.add(self)
        self._allow(self._limits.handshake)

    def data_received(self, data: bytes) -> None:
        """Bytes of TLS."""
        try:
            self._tls.bio_write(data)
            if self._established or self._shake_hands():
                for plain in self._plain():
                    self._take(plain)
        except SSL.Error:
            if not self._established and self._shown.failed:
                self._balancer.side.handshake_failed(self._shown)
            self._flush()  # the alert that says so
            self._transport.close()
        except Exception:
            _log.exception("The load balancer failed at a connection")
            self._transport.abort()

    def connection_lost(self, _: Exception | None) -> None:
        """The client is gone."""
        if self._timer:
            self._timer.cancel()
        self._balancer.connections.discard(self)

    def close(self) -> None:
        """Say goodbye and close."""
        if self._transport.is_closing():
            return
        if self._established:
            with suppress(SSL.Error):  # the client may be gone already
                self._tls.shutdown()
        self._flush()
        self._transport.close()

    def _shake_hands(self) -> bool:
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            return False
        finally:
            self._flush()
        self._established = True
        self._wait()
        return True

    def _plain(self) -> Iterator[bytes]:
        """What the client said, decrypted; an empty piece where it will say no more."""
        while not self._transport.is_closing():
            try:
                yield self._tls.recv(_CHUNK)
            except SSL.WantReadError:
                return
            except SSL.ZeroReturnError:
                yield b""
                return

    def _take(self, plain: bytes) -> None:
        """Bytes of HTTP. The time for a request begins with its first byte and is not prolonged by more."""
        if self._waits:
            self._waits = False
            self._allow(self._limits.request)
        try:
            self._http.receive_data(plain)
            while not self._transport.is_closing() and self._go_on():
                pass
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint, "The request is no HTTP/1.1.")

    def _go_on(self) -> bool:
        """The next event of HTTP; false where more bytes are needed first."""
        event = self._http.next_event()
        if isinstance(event, h11.Request):
            self._request = event
            if self._http.they_are_waiting_for_100_continue:
                self._send(self._http.send(h11.InformationalResponse(status_code=100, headers=[])))
        elif isinstance(event, h11.Data):
            self._body += event.data
            if len(self._body) > self._limits.body:
                self._refuse(413, f"The message is larger than {self._limits.body} bytes.")
        elif isinstance(event, h11.EndOfMessage):
            self._answer()
        elif isinstance(event, h11.ConnectionClosed):
            self.close()
        return event not in (h11.NEED_DATA, h11.PAUSED)

    def _answer(self) -> None:
        message = self._message()
        try:
            answer = self._balancer.side.answer(self._shown, message)
        except Exception:
            _log.exception("%s %s failed in the simulator", message.method, message.shown)
            answer = answers.plain(500, "The simulator itself failed; its log says why.")
        _log.info("%s %s %s", message.method, message.shown, answer.status)
        self._respond(answer, with_body=message.method != "HEAD")
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            self._wait()
        else:
            self.close()

    def _message(self) -> Message:
        assert self._request is not None
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self._request.headers)
        method, target = self._request.method.decode("ascii"), self._request.target.decode("latin-1")
        message = Message(method, target, headers, bytes(self._body))
        self._request, self._body = None, bytearray()
        return message

    def _respond(self, answer: Answer, *, with_body: bool = True) -> None:
        stated = [*answer.headers, ("Content-Length", str(len(answer.body)))]
        if answer.content_type:
            stated.append(("Content-Type", answer.content_type))
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in stated]
        parts = [self._http.send(h11.Response(status_code=answer.status, headers=headers))]
        if with_body and answer.body:
            parts.append(self._http.send(h11.Data(data=answer.body)))
        parts.append(self._http.send(h11.EndOfMessage()))
        self._send(b"".join(part for part in parts if part))

    def _refuse(self, status: int, sentence: str) -> None:
        """Answer what cannot be taken, where an answer is still possible, and close."""
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = answers.plain(status, sentence)
            self._respond(Answer(status, answer.body, answer.content_type, (("Connection", "close"),)))
        self.close()

    def _send(self, plain: bytes | None) -> None:
        if plain:
            self._tls.sendall(plain)
            self._flush()

    def _flush(self) -> None:
        """Write what TLS has to say."""
        while not self._transport.is_closing():
            try:
                self._transport.write(self._tls.bio_read(_CHUNK))
            except SSL.WantReadError:
                return

    def _wait(self) -> None:
        """Nothing is under way; the client may take its time."""
        self._waits = True
        self._allow(self._limits.idle)

    def _allow(self, seconds: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.close)
