"""Fixtures of billing's tests."""

from collections.abc import AsyncGenerator

import pytest
from local_stack.testing.plugin import FreshDatabase

from .billing_world import World


@pytest.fixture
async def world(fresh_database: FreshDatabase) -> AsyncGenerator[World]:
    """A billing service on a database of its own."""
    world = World(await fresh_database("billing"))
    yield world
    await world.close()
