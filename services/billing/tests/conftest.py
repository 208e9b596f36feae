"""Fixtures of billing's tests."""

from collections.abc import AsyncGenerator

import pytest
import structlog
from portal_testing.stack import Servers

from .billing_at_stripe import AT_STRIPE, AtStripe
from .billing_world import World, invoice
from .counters import at_the_sandbox
from .portal_browser import Browser


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """Structlog's own ones show every local variable, which takes seconds."""
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.stdlib.add_log_level, console])


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[World]:
    """A billing service on an empty database."""
    async with World.fresh(servers) as world:
        yield world


@pytest.fixture
async def browser(world: World) -> AsyncGenerator[Browser]:
    """The customer's browser, signed in; the customer has no invoice yet."""
    await world.know()
    browser = Browser(world)
    yield browser
    await browser.http.aclose()


@pytest.fixture
async def at_stripe(world: World) -> AsyncGenerator[AtStripe]:
    """Billing at the sandbox; the customer has one invoice."""
    await world.know(invoice("in-1"), business=AT_STRIPE)
    async with at_the_sandbox(clock=world.clock) as stripe:
        yield AtStripe(world, stripe)
