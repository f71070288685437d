"""The socket that the simulator listens on: answers go out at once."""

import socket

import pytest

from tenant.simulator.__main__ import UNAVAILABLE, _listen


def test_answers_do_not_wait_for_acknowledgements() -> None:
    """Accepted sockets have TCP_NODELAY; asyncio does not set it on sockets that state no protocol."""
    with _listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_a_taken_port_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """It names the port and the option that changes it, and the exit code says so."""
    with _listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            _listen("127.0.0.1", port)
    assert ended.value.code == UNAVAILABLE
    said = capsys.readouterr().err
    assert str(port) in said
    assert "--port" in said
