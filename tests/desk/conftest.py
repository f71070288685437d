"""The command line at the house's server."""

import pytest
from cli_driver import Line
from house import House


@pytest.fixture
def certrelay(house: House, server: str) -> Line:
    """The command line, with a worker at work behind it."""
    return Line(server)
