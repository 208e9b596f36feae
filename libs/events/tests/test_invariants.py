"""What contradicts itself is refused on publish and on receipt alike, with a sentence that says where."""

from datetime import datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace
from servicehub_events import (
    AppointmentCompleted,
    AppointmentRescheduled,
    AppointmentScheduled,
    ArrivalWindow,
    BrandingRevised,
    CustomerRevised,
    Envelope,
    Event,
    FormerWindow,
    InvariantViolated,
    InvoiceIssued,
    Malformed,
    PaymentCaptured,
    PaymentRefunded,
    SignedIn,
    as_event,
    encode,
)
from servicehub_events.catalogue.invoice_grouping import rate_key
from servicehub_events_tools.testing import samples
from servicehub_events_tools.testing.every import sample_envelopes
from servicehub_events_tools.testing.records import SampleRecord

START, END = samples.appointment().window.start, samples.appointment().window.end
MINUTE = timedelta(minutes=1)
AT_NINE = ArrivalWindow(start=START, end=START)


def around_arrival(start: datetime, end: datetime, **more: object) -> dict[str, object]:
    """The window of the sample with an arrival between these."""
    arrival = ArrivalWindow(start=start, end=end)
    return {"window": msgspec.to_builtins(replace(samples.appointment().window, arrival=arrival, **more))}


CASES: list[tuple[type[Event], dict[str, object], str]] = [
    (
        CustomerRevised,
        {"contacts": [{"contact_id": "c", "name": "n"}] * 2},
        "contacts[].contact_id repeats an id",
    ),
    (
        AppointmentScheduled,
        {
            "window": {
                "start": "2026-11-25T10:00:00Z",
                "end": "2026-11-25T10:00:00Z",
                "time_zone": "Asia/Tokyo",
            }
        },
        "window.end (2026-11-25T10:00:00+00:00) must be after window.start (2026-11-25T10:00:00+00:00)",
    ),
    (
        AppointmentScheduled,
        {
            "window": {
                "start": "2026-11-25T10:00:00Z",
                "end": "2026-11-25T11:00:00Z",
                "time_zone": "Mars/Base",
            }
        },
        "window.time_zone is not an IANA time zone",
    ),
    (
        AppointmentCompleted,
        {"status": "started"},
        "completed is given, but status is started",
    ),
    (
        AppointmentScheduled,
        around_arrival(START - MINUTE, END),
        "window.arrival.start (2026-11-25T08:59:00+09:00) must not be before window.start"
        " (2026-11-25T09:00:00+09:00)",
    ),
    (
        AppointmentScheduled,
        around_arrival(START, END + MINUTE),
        "window.end (2026-11-25T11:00:00+09:00) must not be before window.arrival.end"
        " (2026-11-25T11:01:00+09:00)",
    ),
    (
        AppointmentScheduled,
        around_arrival(START + MINUTE, START),
        "window.arrival.end (2026-11-25T09:00:00+09:00) must not be before window.arrival.start"
        " (2026-11-25T09:01:00+09:00)",
    ),
    (
        AppointmentScheduled,
        around_arrival(START, END, whole_days="any_time"),
        "window.arrival is given, but window.whole_days is any_time",
    ),
    (
        AppointmentRescheduled,
        {
            "rescheduled_from": msgspec.to_builtins(
                FormerWindow(start=START, end=END, at=START, arrival=AT_NINE, whole_days="all_day")
            )
        },
        "rescheduled_from.arrival is given, but rescheduled_from.whole_days is all_day",
    ),
    (
        AppointmentCompleted,
        {"confirmation": "on_hold"},
        "confirmation is on_hold, but status is completed",
    ),
    (
        AppointmentScheduled,
        {"job": {"id": "j", "visit_number": 3, "visit_count": 2}},
        "job.visit_number is 3, but job.visit_count is 2",
    ),
    (
        AppointmentScheduled,
        {"attachments": [{"id": "f", "url": "https://a.example/x", "title": "t", "kind": "photo"}] * 2},
        "attachments[].id repeats an id",
    ),
    (BrandingRevised, {"slug": "assets"}, "slug assets is reserved"),
    (BrandingRevised, {"slug": "businesses"}, "slug businesses is reserved"),
    (BrandingRevised, {"slug": "webhooks"}, "slug webhooks is reserved"),
    (BrandingRevised, {"slug": "sample"}, "former_slugs contains the present slug"),
    (BrandingRevised, {"default_locale": "fr"}, "default_locale is not one of locales"),
    (BrandingRevised, {"time_zone": "../../etc/passwd"}, "time_zone is not an IANA time zone"),
    (BrandingRevised, {"currency": "ZZZ"}, "currency ZZZ is not an ISO 4217 currency"),
    (InvoiceIssued, {"currency": "ZZZ"}, "currency ZZZ is not an ISO 4217 currency"),
    (InvoiceIssued, {"total": 17561}, "tax_groups sum to 17560, but total is 17561"),
    (
        InvoiceIssued,
        {"discounts": []},
        "tax_groups rate 10: net is 14000, but its lines less discounts are 15000",
    ),
    (
        InvoiceIssued,
        {"tax_groups": [{"rate": "10", "net": 14000, "tax": 1560}, {"rate": "8", "net": 2000, "tax": 0}]},
        "tax_groups rate 10: tax 1560 on net 14000 is not the rate rounded once, such as 1400",
    ),
    (
        InvoiceIssued,
        {"tax_groups": [{"rate": "10", "net": 14000, "tax": 1400}], "total": 15400},
        "tax_groups has no group for rate 8",
    ),
    (
        InvoiceIssued,
        {
            "tax_groups": [
                {"rate": "10", "net": 14000, "tax": 1400},
                {"rate": "10.0", "net": 14000, "tax": 1400},
            ]
        },
        "tax_groups lists a rate twice",
    ),
    (
        InvoiceIssued,
        {"deposit": {"amount": 17561, "due_on": "2026-12-01"}},
        "deposit.amount 17561 is more than total 17560",
    ),
    (PaymentCaptured, {"amount": 9999}, "the amounts of allocations sum to 10000, but amount is 9999"),
    (
        PaymentRefunded,
        {
            "refunds": [
                {
                    "refund_id": "r",
                    "amount": 10001,
                    "allocations": [{"invoice_id": "in-1", "amount": 10001}],
                    "at": "2026-11-23T00:00:00Z",
                }
            ]
        },
        "refunds[] give back 10001 of an allocation of 10000",
    ),
    (
        PaymentRefunded,
        {
            "dispute": {
                "status": "open",
                "amount": 1,
                "allocations": [{"invoice_id": "in-2", "amount": 1}],
            }
        },
        "dispute.allocations names an invoice that the payment is not for",
    ),
    (
        SignedIn,
        {"expires_at": "2026-11-22T00:00:00Z"},
        "expires_at (2026-11-22T00:00:00+00:00) must be after issued_at (2026-11-22T00:00:00+00:00)",
    ),
]


@pytest.mark.parametrize(
    ("cls", "change", "sentence"), CASES, ids=[f"{c.__name__}: {s[:50]}" for c, _, s in CASES]
)
def test_a_contradiction_is_refused_on_receipt(
    cls: type[Event], change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InvariantViolated) as caught:
        SampleRecord(cls).change(**change).read()
    assert sentence in caught.value.violations


@pytest.mark.parametrize("envelope", sample_envelopes(), ids=lambda envelope: envelope.type)
def test_the_samples_hold_every_invariant(envelope: Envelope) -> None:
    assert envelope.event.violations() == ()


def test_a_contradiction_is_refused_on_publish() -> None:
    envelope = sample_envelopes()[0]
    wrong = as_event(InvoiceIssued, samples.invoice(), total=1, deposit=None)
    with pytest.raises(InvariantViolated):
        encode(_around(envelope, wrong))


def test_a_naive_time_is_refused_on_publish() -> None:
    good = samples.appointment()
    naive = replace(good.window, start=good.window.start.replace(tzinfo=None))
    wrong = AppointmentScheduled(
        business_id="b",
        appointment_id="a",
        customer_id="c",
        status="scheduled",
        service=good.service,
        window=naive,
        staff=(),
    )
    with pytest.raises(Malformed, match=r"\$\.window\.start"):
        encode(_around(sample_envelopes()[0], wrong))


def test_an_id_that_would_break_the_key_is_refused_on_publish() -> None:
    wrong = replace(sample_envelopes()[0].event, business_id="a/b")
    with pytest.raises(Malformed):
        encode(_around(sample_envelopes()[0], wrong))


def _around(envelope: Envelope, event: Event) -> Envelope:
    return Envelope(
        event=event, id=envelope.id, source=envelope.source, time=envelope.time + timedelta(0), sequence=1
    )


def test_one_rate_has_one_spelling() -> None:
    assert rate_key("10") == rate_key("10.0") == rate_key("010") == "10"
    assert rate_key("8.875") == "8.875"
    assert rate_key("0") == rate_key("0.00") == "0"
    assert rate_key("100") == "100"
