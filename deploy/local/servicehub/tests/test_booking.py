"""What customers pay comes back by the log, and is booked on the invoices once, whatever happens between."""

import pytest
from msgspec.structs import replace
from servicehub_events import (
    Envelope,
    Failure,
    Invoice,
    InvoiceRevised,
    Payment,
    PaymentCaptured,
    PaymentCleared,
    PaymentFailed,
    PaymentFlagged,
    PaymentProcessing,
    PaymentStarted,
    RecordedPayment,
    Review,
    as_event,
    invoice_money,
    uuid7,
)
from stand_in_servicehub.actions import ACTIONS
from stand_in_servicehub.core import Core
from stand_in_servicehub.errors import BadInput, Unavailable
from stand_in_servicehub.payments import take

from .fakes import FakePublisher
from .payment_samples import HIKARI, SPARKLE, captured, told

PAYMENT = captured(("inv-1042", 9_593), ("inv-1047", 10_000))


async def deliver(core: Core, *records: Envelope) -> None:
    """As one batch."""
    await take(core, records)


def kept(core: Core, business: str = SPARKLE) -> list[tuple[Payment, int]]:
    return [(row.state, row.version) for row in core.store.living(business, Payment)]


def echoes(core: Core, invoice_id: str, business: str = SPARKLE) -> list[tuple[str, str | None, int]]:
    entries = core.desk(business).find(Invoice, invoice_id).recorded_payments
    return [(e.method, e.portal_payment_id, e.amount) for e in entries if e.portal_payment_id]


async def test_a_captured_payment_is_booked_on_each_of_its_invoices(
    core: Core, publisher: FakePublisher
) -> None:
    await deliver(core, told(PAYMENT))
    assert [(type(e.event), e.subject, e.sequence) for e in publisher.sent] == [
        (InvoiceRevised, "inv-1042", 2),
        (InvoiceRevised, "inv-1047", 2),
    ]
    assert echoes(core, "inv-1042") == [("other", "pay-1", 9_593)]
    assert echoes(core, "inv-1047") == [("other", "pay-1", 10_000)]
    assert (
        core.desk(SPARKLE).find(Invoice, "inv-1042").recorded_payments[-1].received_on.isoformat()
        == "2026-11-20"
    )


async def test_the_entry_is_an_echo_and_not_money(core: Core) -> None:
    await deliver(core, told(PAYMENT))
    invoice = core.desk(SPARKLE).find(Invoice, "inv-1042")
    assert invoice_money(invoice, []).amount_due == 9_593
    assert core.desk(SPARKLE).money(invoice).state == "paid"
    assert core.desk(SPARKLE).money(invoice).credit == 0


async def test_the_day_is_the_day_at_the_business(core: Core) -> None:
    late = captured(("inv-1042", 6_850), business_id=HIKARI, currency="JPY")
    await deliver(core, told(late))
    entry = core.desk(HIKARI).find(Invoice, "inv-1042").recorded_payments[-1]
    assert entry.received_on.isoformat() == "2026-11-21"  # 15:30 UTC is past midnight in Tokyo


async def test_repeats_and_older_versions_change_nothing(core: Core, publisher: FakePublisher) -> None:
    started = as_event(PaymentStarted, PAYMENT, status="started", method=None)
    await deliver(core, told(PAYMENT))
    await deliver(core, told(PAYMENT), told(PAYMENT), told(started, 1))
    assert len(publisher.sent) == 2
    assert [(payment.status, version) for payment, version in kept(core)] == [("captured", 2)]


@pytest.mark.parametrize(
    "event",
    [
        as_event(PaymentStarted, PAYMENT, status="started", method=None),
        as_event(PaymentProcessing, PAYMENT, status="processing"),
        as_event(
            PaymentFailed,
            PAYMENT,
            status="failed",
            failure=Failure(code="card_declined", retryable=True),
        ),
        as_event(PaymentFlagged, PAYMENT, review=Review(reason="amount")),
    ],
    ids=lambda event: type(event).__name__,
)
async def test_what_is_not_yet_money_is_kept_and_not_booked(
    core: Core, publisher: FakePublisher, event: PaymentCaptured
) -> None:
    await deliver(core, told(event))
    assert publisher.sent == []
    assert [payment for payment, _ in kept(core)] == [event]


async def test_a_cleared_payment_is_booked_then(core: Core, publisher: FakePublisher) -> None:
    await deliver(core, told(as_event(PaymentFlagged, PAYMENT, review=Review(reason="amount")), 2))
    await deliver(core, told(as_event(PaymentCleared, PAYMENT), 3))
    assert len(publisher.sent) == 2


async def test_two_payments_of_one_fetch_both_stay_on_the_invoice(core: Core) -> None:
    first, second = (captured(("inv-1047", amount), payment_id=f"pay-{amount}") for amount in (300, 400))
    await deliver(core, told(first), told(second))
    assert [amount for _, _, amount in echoes(core, "inv-1047")] == [300, 400]
    assert len({entry.id for entry in core.desk(SPARKLE).find(Invoice, "inv-1047").recorded_payments}) == 4


@pytest.mark.parametrize(
    "payment",
    [
        captured(("inv-9", 500)),
        captured(("inv-1042", 500), customer_id="c-1002"),
        captured(("inv-1042", 500), currency="JPY"),
        captured(("inv-1042", 500), business_id="biz-of-another-test"),
    ],
    ids=["unknown invoice", "another customer", "another currency", "another business"],
)
async def test_what_does_not_fit_is_not_booked_and_holds_nothing_up(
    core: Core, publisher: FakePublisher, payment: PaymentCaptured
) -> None:
    await deliver(
        core, told(payment), told(captured(("inv-1036", 700), customer_id="c-1002", payment_id="p"))
    )
    assert [envelope.subject for envelope in publisher.sent] == ["inv-1036"]
    assert kept(core, "biz-of-another-test") == []


async def test_money_for_an_erased_customer_s_invoice_is_kept_and_not_booked(
    core: Core, publisher: FakePublisher
) -> None:
    await core.act(SPARKLE, ACTIONS["erase"], {"customer_id": "c-1001"})
    publisher.sent.clear()
    await deliver(core, told(PAYMENT))
    assert publisher.sent == []
    assert len(kept(core)) == 1


async def test_money_for_a_void_invoice_is_written_down_and_shown_as_too_much(core: Core) -> None:
    await core.act(SPARKLE, ACTIONS["void"], {"invoice_id": "inv-1042"})
    await deliver(core, told(captured(("inv-1042", 500))))
    invoice = core.desk(SPARKLE).find(Invoice, "inv-1042")
    assert invoice.status == "void"
    assert core.desk(SPARKLE).money(invoice).credit == 8_000  # the cheque of 7,500 and this


async def test_an_echo_written_by_hand_is_not_written_twice(core: Core, publisher: FakePublisher) -> None:
    by_hand = {"invoice_id": "inv-1042", "amount": 500, "portal_payment_id": "pay-1"}
    await core.act(SPARKLE, ACTIONS["cash"], by_hand)
    publisher.sent.clear()
    await deliver(core, told(captured(("inv-1042", 500))))
    assert publisher.sent == []


async def test_cash_without_an_amount_takes_what_the_portal_left(core: Core) -> None:
    await deliver(core, told(captured(("inv-1042", 593))))
    await core.act(SPARKLE, ACTIONS["cash"], {"invoice_id": "inv-1042"})
    assert core.desk(SPARKLE).find(Invoice, "inv-1042").recorded_payments[-1].amount == 9_000
    with pytest.raises(BadInput, match="recorded already"):
        await core.act(SPARKLE, ACTIONS["cash"], {"invoice_id": "inv-1042"})


async def test_booked_while_kafka_was_away_it_goes_out_later_and_once(
    core: Core, publisher: FakePublisher
) -> None:
    publisher.failures = 1
    with pytest.raises(Unavailable):
        await deliver(core, told(PAYMENT))
    assert publisher.sent == []
    await deliver(core, told(PAYMENT))
    assert [envelope.subject for envelope in publisher.sent] == ["inv-1042", "inv-1047"]


async def test_a_payment_and_its_booking_are_stored_together_or_not_at_all(core: Core) -> None:
    invoice = core.desk(SPARKLE).find(Invoice, "inv-1042")
    outdated = Envelope(
        event=as_event(InvoiceRevised, invoice), id=str(uuid7()), source="/x", time=core.clock(), sequence=1
    )
    with pytest.raises(BadInput, match="is there already in version 1"):
        core.store.record([outdated], received=told(PAYMENT))
    assert kept(core) == []


async def test_an_invoice_that_can_bear_no_more_entries_holds_no_payment_up(
    core: Core, publisher: FakePublisher
) -> None:
    invoice = core.desk(SPARKLE).find(Invoice, "inv-1042")
    entry = RecordedPayment(id="r", method="cash", amount=1, received_on=invoice.issued_on)
    entries = [replace(entry, id=f"r-{number}") for number in range(195)]  # of 200 that an invoice may have
    await core.publish([as_event(InvoiceRevised, invoice, recorded_payments=entries)])
    publisher.sent.clear()
    await deliver(core, *(told(captured(("inv-1042", 5), payment_id=f"pay-{n}")) for n in range(9)))
    assert len(publisher.sent) == 5
    assert len(kept(core)) == 9
