"""The read world on a database of its own, on the real servers of the test run."""

import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from portal_testing.stack import Servers
from servicehub_events import (
    AppointmentScheduled,
    CustomerRegistered,
    InvoiceIssued,
    PaymentCaptured,
    PortalEnabled,
    SignedIn,
    as_event,
)
from servicehub_events_tools.testing import samples

sys.path.insert(0, str(Path(__file__).parent))

from portal_world import World


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[World, None]:
    async with World.fresh(servers) as world:
        yield world


@pytest.fixture
async def full(world: World) -> World:
    """A business, its customer, a session, a visit, an invoice and a payment: the contract's samples."""
    await world.apply(
        as_event(PortalEnabled, samples.business()),
        as_event(CustomerRegistered, samples.customer()),
        as_event(SignedIn, samples.session()),
        as_event(AppointmentScheduled, samples.appointment()),
        as_event(InvoiceIssued, samples.invoice()),
        as_event(PaymentCaptured, samples.payment()),
    )
    return world
