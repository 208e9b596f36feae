"""Hypothesis strategies for every event of the catalogue; all they draw satisfies the invariants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from servicehub_events import (
    Appointment,
    AppointmentErased,
    Business,
    Customer,
    CustomerErased,
    Envelope,
    Event,
    Invoice,
    InvoiceErased,
    Message,
    Payment,
    Preferences,
    Rejection,
    Session,
    SessionRevoked,
    as_event,
)
from servicehub_events.registry import REGISTRY, Kind

from servicehub_events_tools.testing import strategies_people as people
from servicehub_events_tools.testing.strategies_invoice import invoices
from servicehub_events_tools.testing.strategies_payment import payments
from servicehub_events_tools.testing.strategies_scalars import ids, times

_STATES: dict[type[Event], SearchStrategy[Event]] = {
    Customer: people.customers(),
    Appointment: people.appointments(),
    Invoice: invoices(),
    Business: people.businesses(),
    Payment: payments(),
    Session: people.sessions(),
    Preferences: people.preferences(),
    Message: people.messages(),
    Rejection: people.rejections(),
    CustomerErased: st.builds(CustomerErased, business_id=ids, customer_id=ids),
    AppointmentErased: st.builds(AppointmentErased, business_id=ids, appointment_id=ids, customer_id=ids),
    InvoiceErased: st.builds(InvoiceErased, business_id=ids, invoice_id=ids, customer_id=ids),
}


def events(kind: Kind[Event]) -> SearchStrategy[Event]:
    """Events of one kind."""
    states = next(states for cls, states in _STATES.items() if issubclass(kind.cls, cls))
    if kind.cls is SessionRevoked:
        return st.builds(_revoked, states, times)
    return states.map(lambda state: as_event(kind.cls, state))


def _revoked(state: Event, at: datetime) -> Event:
    return as_event(SessionRevoked, state, revoked_at=at, reason="signed_out")


@st.composite
def envelopes(draw: DrawFn, kinds: SearchStrategy[Kind[Event]] | None = None) -> Envelope:
    """Envelopes around events of any kind, or of those given."""
    kind = draw(kinds if kinds is not None else st.sampled_from(REGISTRY.kinds()))
    return Envelope(
        event=draw(events(kind)),
        id=str(UUID(int=draw(st.integers(0, 2**128 - 1)))),
        source=kind.topic.source,
        time=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=draw(st.integers(0, 10**15))),
        sequence=draw(st.integers(1, 2**63 - 1)),
        causation_id=draw(st.none() | ids),
        quiet=draw(st.booleans()),
    )
