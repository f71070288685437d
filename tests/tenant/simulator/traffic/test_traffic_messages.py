"""How a message goes from the load balancer to a node."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant.simulator.traffic.messages import Message, certificate_of, passed_on


@pytest.mark.parametrize("name", ["SSL_CLIENT_CERT", "ssl-client-cert", "Ssl_Client-Cert", "SSL_CLIENT_USER"])
def test_headers_of_the_load_balancer_are_its_own(name: str) -> None:
    """Whatever a client sends under them is dropped in each spelling that a server may fold into one."""
    sent = Message("POST", "/", ((name, "YQ=="), ("Accept", "*/*")))
    assert passed_on(sent, None).headers == (("Accept", "*/*"),)
    assert certificate_of(passed_on(sent, None)) is None
    assert certificate_of(passed_on(sent, b"der")) == b"der"


@given(st.binary(min_size=1))
def test_a_certificate_arrives_as_it_was(der: bytes) -> None:
    """Base64, one line."""
    message = passed_on(Message("POST", "/", ()), der)
    assert certificate_of(message) == der
    assert "\n" not in message.header("SSL_CLIENT_CERT")


def test_the_path_has_neither_query_nor_escapes() -> None:
    """A log line stays one line, and names no query."""
    message = Message("GET", "/http/a%20b%0Ac?token=x", ())
    assert (message.path, message.shown) == ("/http/a b\nc", "/http/a b?c")
