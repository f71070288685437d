"""Ports that are asked for, taken, doubled, picked."""

import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.up.errors import PortNamedTwice, PortTaken, Setting
from desk.up.options import AUTO
from desk.up.ports import Wanted, settle

SETTING = Setting("--the-port", "THE_PORT")


def wanted(port: int) -> Wanted:
    """A wish for a port."""
    return Wanted("Temporal server", port, SETTING)


@settings(max_examples=15, deadline=None)
@given(st.integers(min_value=1, max_value=8))
def test_picked_ports_are_free_and_all_different(count):
    """However many are picked, each is another one and can be listened on."""
    ports = settle([wanted(AUTO)] * count)
    assert len(set(ports)) == count
    for port in ports:
        socket.create_server(("127.0.0.1", port)).close()


def test_asked_and_picked_do_not_meet():
    """A port that is asked for is used as it is, and not picked for another."""
    (port,) = settle([wanted(AUTO)])
    assert settle([wanted(AUTO), wanted(port)])[1] == port


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_taken_port_is_named_with_its_setting(host):
    """A port on which anybody listens is refused, with the option and the variable."""
    with socket.create_server((host, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken) as refused:
            settle([wanted(port)])
    assert str(port) in str(refused.value)
    assert "--the-port or THE_PORT" in str(refused.value)


def test_a_port_is_not_given_twice():
    """Two programs with the same port is a sentence of its own: no other program is to blame."""
    (port,) = settle([wanted(AUTO)])
    with pytest.raises(PortNamedTwice, match="given to another of our programs"):
        settle([wanted(port), wanted(port)])
