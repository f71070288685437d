"""Fixtures of the activities' tests: a simulated tenant over real HTTP, and no Temporal server."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from activity_tools import LANDLORD, Opened, simulated, stage_of
from house import Stage


@pytest.fixture(scope="session", autouse=True)
async def landlord() -> AsyncIterator[None]:
    """The server of all simulated tenants ends with the tests."""
    yield
    await LANDLORD.close()


@pytest.fixture
async def tenant(tmp_path: Path) -> AsyncIterator[Stage]:
    """A simulated tenant of the test's own."""
    async with simulated(tmp_path) as url:
        yield stage_of(url)


@pytest.fixture
def opened(tenant: Stage) -> Iterator[Opened]:
    """Opens clients of it. Whatever happens to an activity, it closes its connections."""
    opened = Opened(tenant.url)
    yield opened
    assert opened.left_open == 0
