"""Fixtures of the simulator's tests."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rehearsed_tenant import Tenant, TenantMaker, make_tenant


@pytest.fixture
async def tenant_with(tmp_path: Path) -> AsyncIterator[TenantMaker]:
    """Makes tenants with changed settings; their clients are closed at the end."""
    made: list[Tenant] = []

    def make(**changes: Any) -> Tenant:
        made.append(make_tenant(tmp_path, **changes))
        return made[-1]

    yield make
    for tenant in made:
        await tenant.client.aclose()


@pytest.fixture
def tenant(tenant_with: TenantMaker) -> Tenant:
    """A tenant with the default settings."""
    return tenant_with()
