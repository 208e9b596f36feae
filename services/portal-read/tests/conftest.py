"""The read side on a database of its own, on the real servers of the test run."""

import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from local_stack.testing import Servers
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

from read_side import ReadSide


@pytest.fixture
async def side(servers: Servers) -> AsyncGenerator[ReadSide, None]:
    urls = await servers.fresh_database("portal_read")
    made = await ReadSide.start(servers, urls)
    yield made
    await made.close()


@pytest.fixture
async def full(side: ReadSide) -> ReadSide:
    """A business, its customer, a session, a visit, an invoice and a payment: the contract's samples."""
    await side.apply(
        as_event(PortalEnabled, samples.business()),
        as_event(CustomerRegistered, samples.customer()),
        as_event(SignedIn, samples.session()),
        as_event(AppointmentScheduled, samples.appointment()),
        as_event(InvoiceIssued, samples.invoice()),
        as_event(PaymentCaptured, samples.payment()),
    )
    return side
