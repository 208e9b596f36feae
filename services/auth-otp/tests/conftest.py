"""Fixtures of sign-in."""

from collections.abc import AsyncGenerator

import pytest
from portal_testing.stack import Servers

from .sign_in_world import World


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[World]:
    """Sign-in on real servers."""
    async with World.fresh(servers) as world:
        yield world
