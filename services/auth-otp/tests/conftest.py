"""Fixtures of sign-in."""

from collections.abc import AsyncGenerator

import pytest
from local_stack.testing import Servers

from .sign_in_world import World, world_of


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[World]:
    """Sign-in on real servers."""
    async with world_of(servers) as running:
        yield running
