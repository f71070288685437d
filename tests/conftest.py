"""Fixtures of tests that need the house: one server and one worker for all, a tenant for each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from house import House, Stage, connect, temporal_server


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[str]:
    """The address of a real Temporal server."""
    async with temporal_server() as address:
        yield address


@pytest.fixture(scope="session")
async def house(server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house with a worker at work."""
    house = House(await connect(server), tmp_path_factory.mktemp("house"))
    async with house.working():
        yield house


@pytest.fixture
async def stage(house: House, tmp_path: Path) -> AsyncIterator[Stage]:
    """A simulated tenant of the test's own."""
    async with house.stage(tmp_path) as stage:
        yield stage
