"""A fixed, valid envelope for every event of the catalogue."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
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
    Preferences,
    Rejection,
    RequestErased,
    Session,
    as_event,
    encode,
)
from servicehub_events.registry import REGISTRY, Kind

from servicehub_events_tools.examples import Example
from servicehub_events_tools.testing import samples

_STATES: dict[type[Event], Event] = {
    Customer: samples.customer(),
    Appointment: samples.appointment(),
    Invoice: samples.invoice(),
    Business: samples.business(),
    Payment: samples.payment(),
    Autopay: samples.autopay(),
    Session: samples.session(),
    ContactStatus: samples.contact_status(),
    Preferences: samples.preferences(),
    Message: samples.message(),
    Rejection: samples.rejection(),
    CustomerRequest: samples.customer_request(),
    CustomerErased: CustomerErased(business_id=samples.BUSINESS, customer_id=samples.CUSTOMER),
    AppointmentErased: AppointmentErased(
        business_id=samples.BUSINESS, appointment_id="ap-1", customer_id=samples.CUSTOMER
    ),
    InvoiceErased: InvoiceErased(
        business_id=samples.BUSINESS, invoice_id="in-1", customer_id=samples.CUSTOMER
    ),
    RequestErased: RequestErased(
        business_id=samples.BUSINESS, request_id="rq-1", customer_id=samples.CUSTOMER
    ),
}
_REVOKED = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def _attempt(status: str, **more: object) -> dict[str, object]:
    """The refund of the sample, that has not gone through."""
    (refund,) = samples.payment().refunds
    return {**msgspec.structs.asdict(refund), "status": status, **more}


def _made_out() -> dict[str, object]:
    """The refund of the sample, its paper made out once."""
    (refund,) = samples.payment().refunds
    note = refund.note and msgspec.structs.replace(refund.note, copies=1)
    return {**msgspec.structs.asdict(refund), "note": note}


def _whole() -> dict[str, object]:
    """The refund of the sample, of all that went to invoices."""
    share = {"invoice_id": "in-1", "amount": 10000}
    return _attempt("succeeded", amount=10000, allocations=[share], note=None)


_DISPUTE = {
    "dispute_id": "du_sample",
    "reason": "fraudulent",
    "opened_at": _REVOKED,
    "respond_by": _REVOKED + timedelta(days=7),
}
_VISIT = samples.appointment()
_ARRIVAL = {"start": _VISIT.window.start, "end": _VISIT.window.end}
_REPLY = {"channel": "sms", "caused_by": "SM1", "invoice_id": None, "sent_to": None}
_CHANGES: dict[str, dict[str, object]] = {
    "AppointmentScheduled": {"confirmation": "pending"},
    "AppointmentRescheduled": {
        "window": {**msgspec.structs.asdict(_VISIT.window), "arrival": _ARRIVAL},
        "rescheduled_from": {
            **{name: value - timedelta(days=1) for name, value in _ARRIVAL.items()},
            "at": _REVOKED,
            "arrival": {name: value - timedelta(days=1) for name, value in _ARRIVAL.items()},
        },
    },
    "AppointmentEnRoute": {"status": "en_route", "estimated_arrival": samples.appointment().window.start},
    "AppointmentStarted": {"status": "started"},
    "AppointmentCompleted": {"status": "completed", "completed": samples.completed_appointment().completed},
    "AppointmentMissed": {"status": "missed"},
    "AppointmentCancelled": {
        "status": "cancelled",
        "cancellation": {"reason": "Rain", "at": _REVOKED, "by": "weather"},
    },
    "InvoiceRevised": msgspec.structs.asdict(samples.revised_invoice()),
    "InvoiceVoided": {
        "status": "void",
        "voiding": {"on": "2026-11-23", "replaced_by": {"invoice_id": "in-2", "number": "2026-0002"}},
    },
    "InvoiceWrittenOff": {"status": "uncollectible"},
    "PortalDisabled": {"enabled": False, "generation": 2},
    "PaymentStarted": {"status": "started", "refunds": (), "receipt": None},
    "PaymentProcessing": {"status": "processing", "refunds": (), "receipt": None},
    "PaymentCaptured": {"refunds": (), "tip": {"amount": 1000}},
    "PaymentFailed": {
        "status": "failed",
        "refunds": (),
        "receipt": None,
        "failure": {"code": "card_declined", "retryable": True},
    },
    "PaymentExpired": {"status": "expired", "refunds": (), "receipt": None},
    "RefundStarted": {"refunds": (), "refund_attempts": [_attempt("requires_action", note=None)]},
    "RefundFailed": {
        "refunds": (),
        "refund_attempts": [_attempt("failed", failure_reason="expired_or_canceled_card", ended_at=_REVOKED)],
    },
    "TipRefunded": {
        "refunds": [_whole()],
        "tip": {
            "amount": 1000,
            "refunds": [
                {
                    "refund_id": "re-2",
                    "amount": 1000,
                    "at": _REVOKED,
                    "status": "succeeded",
                    "ended_at": _REVOKED,
                },
            ],
        },
    },
    "PaymentDisputed": {
        "dispute": {
            "status": "open",
            "amount": 9500,
            "allocations": [{"invoice_id": "in-1", "amount": 9500}],
            **_DISPUTE,
        },
        "other_disputes": (
            {
                **_DISPUTE,
                "dispute_id": "du_before",
                "status": "lost",
                "amount": 500,
                "allocations": [{"invoice_id": "in-1", "amount": 500}],
            },
        ),
    },
    "DisputeClosed": {
        "dispute": {
            "status": "won",
            "amount": 9500,
            "allocations": [{"invoice_id": "in-1", "amount": 9500}],
            **_DISPUTE,
        }
    },
    "PaymentFlagged": {
        "refunds": (),
        "review": {"reason": "amount"},
        "receipt": None,
        "taken": {"amount": 9000, "currency": "JPY"},
    },
    "PaymentCleared": {
        "amount": 9000,
        "allocations": [{"invoice_id": "in-1", "invoice_version": 3, "amount": 9000}],
        "refunds": (),
        "taken": {"amount": 9000, "currency": "JPY"},
        "clearing": {
            "decision": "accepted",
            "by": "day shift",
            "reason": "The discount was promised by phone.",
            "at": _REVOKED,
        },
    },
    "ReceiptIssued": {"receipt": {"number": "R-000001", "copies": 1}},
    "AutopaySwitchedOn": {"charges": (), "invoice_id": None},
    "AutopaySwitchedOff": {
        "status": "off",
        "charges": (),
        "invoice_id": None,
        "end": {"reason": "customer", "at": _REVOKED},
    },
    "AutopayPlanned": {"invoice_id": None},
    "AutopayDeclined": {"invoice_id": "in-2"},
    "RefundNoteIssued": {"refunds": [_made_out()]},
    "SessionRevoked": {"revoked_at": _REVOKED, "reason": "signed_out"},
    "SignInGuardEnded": {"guarded_until": None},
    "ContactReachable": {"unreachable": None},
    "ContactForgotten": {"wrong_codes_at": None, "guarded_until": None, "unreachable": None},
    "RequestWithdrawn": {"status": "withdrawn"},
    "MessageFailed": {"error": "smtp_550", "address_fault": "mailbox_unavailable"},
    "TextsStopped": {**_REPLY, "kind": "stop", "address_fault": "opted_out"},
    "TextsResumed": {**_REPLY, "kind": "start"},
}


def sample_event(kind: Kind[Event]) -> Event:
    """A valid event of this kind."""
    state = next(state for cls, state in _STATES.items() if issubclass(kind.cls, cls))
    return as_event(kind.cls, state, **_CHANGES.get(kind.cls.__name__, {}))


def sample_envelopes() -> tuple[Envelope, ...]:
    """One envelope for each event of the catalogue, in its order."""
    return tuple(
        Envelope(
            event=sample_event(kind),
            id=str(UUID(int=0x019AB0F0_0000_7000_8000_000000000000 + number)),
            source=kind.topic.source,
            time=datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC),
            sequence=number,
            causation_id="019ab0ef-ffff-7000-8000-000000000000",
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )
        for number, kind in enumerate(REGISTRY.kinds(), start=1)
    )


def sample_examples() -> tuple[Example, ...]:
    """The same as examples, each a whole record."""
    records = map(encode, sample_envelopes())
    return tuple(
        Example(
            origin="sample",
            topic=record.topic,
            key=record.key.decode(),
            headers={name: value.decode() for name, value in record.headers},
            value=json.loads(record.value),
        )
        for record in records
    )
