"""Which event tells of a state, and when it happened: always long enough ago to be no news to anybody."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from servicehub_events import (
    Appointment,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentEnRoute,
    AppointmentMissed,
    AppointmentRescheduled,
    AppointmentScheduled,
    AppointmentStarted,
    Customer,
    CustomerRegistered,
    Event,
    Invoice,
    InvoiceIssued,
    InvoiceRevised,
    InvoiceVoided,
    InvoiceWrittenOff,
    as_event,
)

from stand_in_servicehub.demo.calendar import Calendar

_OF_STATUS: Mapping[str, type[Appointment]] = {
    "scheduled": AppointmentScheduled,
    "en_route": AppointmentEnRoute,
    "started": AppointmentStarted,
    "completed": AppointmentCompleted,
    "missed": AppointmentMissed,
    "cancelled": AppointmentCancelled,
}
_CUSTOMER_SINCE_DAYS = 120
_BOOKED_AHEAD = timedelta(days=10)


def customer(state: Customer, calendar: Calendar) -> tuple[Event, datetime]:
    """A customer was taken on long ago."""
    return as_event(CustomerRegistered, state), calendar.at(-_CUSTOMER_SINCE_DAYS, "9:00")


def appointment(state: Appointment, calendar: Calendar) -> tuple[Event, datetime]:
    """The last thing that happened to a visit."""
    moved = state.status == "scheduled" and state.rescheduled_from is not None
    cls = AppointmentRescheduled if moved else _OF_STATUS[state.status]
    moments = [state.window.start - _BOOKED_AHEAD]
    moments += [state.window.end] if state.status in ("completed", "missed", "en_route", "started") else []
    moments += [part.at for part in (state.rescheduled_from, state.cancellation, state.completed) if part]
    return as_event(cls, state), calendar.not_news(moments)


def invoice(state: Invoice, calendar: Calendar) -> tuple[Event, datetime]:
    """The last thing that happened to an invoice."""
    received = [payment.received_on for payment in state.recorded_payments]
    of_status: Mapping[str, type[Invoice]] = {
        "open": InvoiceRevised if received else InvoiceIssued,
        "void": InvoiceVoided,
        "uncollectible": InvoiceWrittenOff,
    }
    return as_event(of_status[state.status], state), calendar.not_news([state.issued_on, *received])
