"""The wall between tenants as each service's web role meets it, and every fault that a schema may have."""

from collections import Counter
from collections.abc import AsyncGenerator
from typing import get_args

import pytest
from local_stack.environment import SERVICES
from portal_testing.schema_mutants import FaultKind, schema_mutants
from portal_testing.stack import Servers
from portal_testing.tenant_walls import TenantWalls

pytestmark = pytest.mark.stack
OPEN = {
    "auth_otp": {
        *("reads slugs of another", "reads slugs without a tenant"),
        *("reads guard_link_owners of another", "reads guard_link_owners without a tenant"),
        *("reads all_session_ends", "reads sprays_today"),
    },
    "billing": {"reads slugs of another", "reads slugs without a tenant"},
    "branding": {
        *("reads slugs of another", "reads slugs without a tenant"),
        "sees nothing of its own in domain_owners",  # verified domains alone, and none of the rows made up is
    },
    "notifier": {"reads slugs of another", "reads slugs without a tenant"},
    "portal_read": {
        *("reads projection_1.slugs of another", "reads projection_1.slugs without a tenant"),
        *("reads projections", "reads active_projection", "reads projection_1.freshness"),
        *("reads projection_1.changes", "reads projection_1.portals"),
    },
}
"""What every tenant may know: whose a slug, link or domain is, which sessions ended, how far a projection is,
which portals a search engine may list."""
EVERYWHERE = {"reads alembic_version"}
"""A process has to know whether the tables are those of its build."""


@pytest.fixture(params=[package for package, _ in SERVICES.values()])
async def walls(servers: Servers, request: pytest.FixtureRequest) -> AsyncGenerator[TenantWalls]:
    async with TenantWalls.of(servers, request.param) as walls:
        yield walls


async def test_a_tenant_reaches_no_row_of_another_in_any_table(walls: TenantWalls) -> None:
    assert await walls.holes() == OPEN[walls.package] | EVERYWHERE


async def test_every_fault_of_the_schema_is_found(walls: TenantWalls) -> None:
    kinds: Counter[FaultKind] = Counter()
    async for mutant in schema_mutants(walls):
        holes = await walls.holes(mutant.statements, role=mutant.role, only=mutant.shows_at)
        assert holes - OPEN[walls.package] - EVERYWHERE, (
            f"{mutant.kind}: {mutant.statements} makes no hole that is found"
        )
        kinds[mutant.kind] += 1
    assert {*kinds} == {*get_args(FaultKind)}
