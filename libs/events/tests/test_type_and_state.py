"""An event's type says what happened, and a state that says otherwise is no such event."""

import pytest
from servicehub_events import (
    AppointmentCompleted,
    AppointmentRescheduled,
    AppointmentScheduled,
    DisputeClosed,
    Event,
    InvariantViolated,
    InvoiceIssued,
    InvoiceRevised,
    InvoiceVoided,
    InvoiceWrittenOff,
    PaymentCaptured,
    PaymentCleared,
    PaymentDisputed,
    PaymentFlagged,
    PaymentRefunded,
    PortalDisabled,
    PortalEnabled,
    SignedIn,
    StaffAssigned,
)
from servicehub_events.registry import REGISTRY, Kind
from servicehub_events_tools.testing.records import SampleRecord

WRITTEN_OFF = "status is open, but InvoiceWrittenOff carries uncollectible"
SHARES = [{"invoice_id": "in-1", "amount": 1}]
REVOKED = {"revoked_at": "2026-11-22T08:00:00Z", "reason": "signed_out"}


@pytest.mark.parametrize(
    ("cls", "change", "sentence"),
    [
        (InvoiceVoided, {"status": "open"}, "status is open, but InvoiceVoided carries void"),
        (
            InvoiceWrittenOff,
            {"status": "open"},
            "status is open, but InvoiceWrittenOff carries uncollectible",
        ),
        (InvoiceIssued, {"status": "void"}, "status is void, but InvoiceIssued carries open"),
        (
            AppointmentCompleted,
            {"status": "scheduled", "completed": ...},
            "status is scheduled, but AppointmentCompleted carries completed",
        ),
        (
            AppointmentScheduled,
            {"status": "cancelled"},
            "status is cancelled, but AppointmentScheduled carries scheduled",
        ),
        (
            AppointmentRescheduled,
            {"rescheduled_from": ...},
            "rescheduled_from is absent, but AppointmentRescheduled needs it",
        ),
        (
            StaffAssigned,
            {"status": "missed"},
            "status is missed, but StaffAssigned carries scheduled or en_route or started",
        ),
        (PortalEnabled, {"enabled": False}, "enabled is false, but PortalEnabled carries true"),
        (PortalDisabled, {"enabled": True}, "enabled is true, but PortalDisabled carries false"),
        (
            PaymentCaptured,
            {"status": "failed"},
            "status is failed, but PaymentCaptured carries captured",
        ),
        (
            PaymentRefunded,
            {"status": "started"},
            "status is started, but PaymentRefunded carries captured",
        ),
        (PaymentDisputed, {"dispute": ...}, "dispute.status is absent, but PaymentDisputed carries open"),
        (
            DisputeClosed,
            {
                "dispute": {
                    "status": "open",
                    "amount": 1,
                    "allocations": [{"invoice_id": "in-1", "amount": 1}],
                }
            },
            "dispute.status is open, but DisputeClosed carries won or lost",
        ),
        (PaymentFlagged, {"review": ...}, "review is absent, but PaymentFlagged needs it"),
        (
            PaymentCleared,
            {"review": {"reason": "amount"}},
            "review is given, but PaymentCleared carries absent",
        ),
        (SignedIn, REVOKED, "revoked_at is given, but SignedIn carries absent"),
    ],
)
def test_a_state_that_says_otherwise_than_its_type_is_refused(
    cls: type[Event], change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InvariantViolated) as caught:
        SampleRecord(cls).change(**change).read()
    assert sentence in caught.value.violations


@pytest.mark.parametrize("status", ["open", "void", "uncollectible"])
def test_a_payment_on_a_void_or_written_off_invoice_is_recorded_by_a_revision(status: str) -> None:
    assert SampleRecord(InvoiceRevised).change(status=status).read()


@pytest.mark.parametrize("kind", REGISTRY.kinds(), ids=lambda kind: kind.type)
def test_what_a_type_says_is_about_fields_that_it_has(kind: Kind[Event]) -> None:
    named = {path.partition(".")[0] for path in (*kind.cls.carries, *kind.cls.needs)}
    assert named <= set(kind.cls.__struct_fields__)


def test_a_type_is_told_apart_from_every_other_of_its_status() -> None:
    """Where the status is what happened, exactly one type of the topic carries each."""
    said: dict[tuple[str, object], list[str]] = {}
    for kind in REGISTRY.kinds():
        allowed = kind.cls.carries.get("status", ())
        if len(allowed) == 1 and kind.topic.name == "servicehub.invoices.v1":
            said.setdefault((kind.topic.name, allowed[0]), []).append(kind.cls.__name__)
    assert all(len(types) == 1 for types in said.values())
