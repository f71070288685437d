"""Fixtures of the runtime side's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rehearsed_tenant import Tenant
from sending import Stage, staged


@pytest.fixture
async def stage(tenant: Tenant, tmp_path: Path) -> AsyncIterator[Stage]:
    """A tenant with the default settings behind its load balancer."""
    async with staged(tenant, tmp_path) as stage:
        yield stage
