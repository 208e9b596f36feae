"""Hypothesis strategies for every event of the catalogue; all they draw satisfies the invariants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, get_args, get_type_hints
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from msgspec.structs import replace
from servicehub_events import (
    Appointment,
    AppointmentErased,
    Autopay,
    Business,
    ContactStatus,
    Customer,
    CustomerErased,
    CustomerRequest,
    Envelope,
    Event,
    Invoice,
    InvoiceErased,
    Message,
    Payment,
    PaymentReceipt,
    Preferences,
    RefundNote,
    Rejection,
    RequestErased,
    Review,
    Session,
    SessionRevoked,
    Share,
    Tip,
    TipRefund,
    as_event,
)
from servicehub_events.catalogue.scalars import MAX_SEQUENCE
from servicehub_events.registry import REGISTRY, Kind

from servicehub_events_tools.testing import samples
from servicehub_events_tools.testing import strategies_people as people
from servicehub_events_tools.testing.strategies_invoice import invoices
from servicehub_events_tools.testing.strategies_payment import autopays, payments
from servicehub_events_tools.testing.strategies_scalars import ids, times

_STATES: dict[type[Event], SearchStrategy[Event]] = {
    Customer: people.customers(),
    Appointment: people.appointments(),
    Invoice: invoices(),
    Business: people.businesses(),
    Payment: payments(),
    Autopay: autopays(),
    Session: people.sessions(),
    ContactStatus: people.contact_statuses(),
    Preferences: people.preferences(),
    Message: people.messages(),
    Rejection: people.rejections(),
    CustomerRequest: people.customer_requests(),
    CustomerErased: st.builds(CustomerErased, business_id=ids, customer_id=ids),
    AppointmentErased: st.builds(AppointmentErased, business_id=ids, appointment_id=ids, customer_id=ids),
    InvoiceErased: st.builds(InvoiceErased, business_id=ids, invoice_id=ids, customer_id=ids),
    RequestErased: st.builds(RequestErased, business_id=ids, request_id=ids, customer_id=ids),
}


def events(kind: Kind[Event]) -> SearchStrategy[Event]:
    """Events of one kind, in states that it may carry."""
    cls = kind.cls
    if issubclass(cls, Appointment):
        moved = "rescheduled_from" in cls.needs
        return _as(cls, people.appointments(_statuses(cls, Appointment), moved_for_certain=moved))
    if issubclass(cls, Invoice):
        return _as(cls, invoices(_statuses(cls, Invoice)))
    if issubclass(cls, Payment):
        return _as(cls, payments(statuses=_statuses(cls, Payment)))
    if cls is SessionRevoked:
        return st.builds(_revoked, _STATES[Session], times)
    return _as(cls, next(states for state, states in _STATES.items() if issubclass(cls, state)))


def _statuses(cls: type[Event], state: type[Event]) -> SearchStrategy[Any]:
    """The statuses that an event may carry; all of its state where it may carry any."""
    return st.sampled_from(cls.carries.get("status", _every_status(state)))


@cache
def _every_status(state: type[Event]) -> tuple[str, ...]:
    return get_args(get_type_hints(state)["status"])


_LISTS: Final = frozenset({"refunds", "refund_attempts", "movements", "tip.refunds"})


def _as(cls: type[Event], states: SearchStrategy[Event]) -> SearchStrategy[Event]:
    return states.map(lambda state: as_event(cls, state, **_fitting(cls, state)))


def _fitting(cls: type[Event], state: Event) -> dict[str, object]:
    """What of a drawn state is to be another, so that the event may carry it."""
    if isinstance(state, Payment) and ("dispute.status" in cls.carries or "review" in cls.needs):
        return _reversed(cls, state)
    if isinstance(state, Payment) and _LISTS & {*cls.needs}:
        return _listed(cls, state)
    fixed = {path: allowed[0] for path, allowed in cls.carries.items() if len(allowed) == 1}
    numbered = {"receipt": PaymentReceipt(number="R-1", copies=1)} if "receipt" in cls.needs else {}
    return {**numbered, **{path: value for path, value in fixed.items() if "." not in path}}


def _reversed(cls: type[Event], payment: Payment) -> dict[str, object]:
    if "review" in cls.needs:
        return {"review": Review(reason="amount")}
    shares = tuple(Share(invoice_id=part.invoice_id, amount=part.amount) for part in payment.allocations)
    status = cls.carries["dispute.status"][0]
    dispute = {"status": status, "amount": payment.amount, "allocations": shares}
    return {"dispute": dispute, "other_disputes": ()}


def _listed(cls: type[Event], payment: Payment) -> dict[str, object]:
    """The list that the event cannot be without, where the state has none."""
    example = samples.payment()
    if "tip.refunds" in cls.needs:
        refund = TipRefund(refund_id="re-tip", amount=1, at=payment.occurred_at, status="succeeded")
        told = payment.tip and payment.tip.refunds
        return {"tip": payment.tip if told else Tip(amount=1, refunds=(refund,)), "review": None}
    if "movements" in cls.needs:
        return {"movements": payment.movements or example.movements}
    shares = tuple(Share(invoice_id=part.invoice_id, amount=part.amount) for part in payment.allocations)
    if "refunds" in cls.needs:
        note = RefundNote(number="RF-1", copies=1)
        whole = replace(example.refunds[0], amount=payment.amount, allocations=shares, note=note)
        return {"refunds": payment.refunds or (whole,), "review": None}
    refund = replace(
        example.refunds[0], amount=payment.amount, allocations=shares, status="failed", note=None
    )
    return {"refund_attempts": payment.refund_attempts or (refund,)}


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
        sequence=draw(st.integers(1, MAX_SEQUENCE)),
        causation_id=draw(st.none() | ids),
        quiet=draw(st.booleans()),
    )
