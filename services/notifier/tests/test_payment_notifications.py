"""What happens to money is told to who paid, once each, by mail or text; on a real database."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest
from code_samples import business_event
from msgspec.structs import replace
from notification_samples import contact, customer, envelopes, invoice, payment
from notification_world import NotificationWorld
from portal_testing.stack import Servers
from servicehub_events import (
    Clearing,
    InvoiceIssued,
    InvoiceVoided,
    Method,
    Payment,
    PaymentCaptured,
    PaymentCleared,
    PaymentFailed,
    PaymentFlagged,
    PaymentProcessing,
    PaymentRefunded,
    Review,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
ANN = contact("ann", phone="+819012345678")
KEN = contact("ken", email=None, phone="+819012345679")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AT = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
DEADLINE = datetime(2026, 11, 25, 14, 59, 59, tzinfo=UTC)
REFUND = samples.payment().refunds[0]


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[NotificationWorld]:
    """A business in Japan at noon, and an invoice that is known."""
    async with NotificationWorld.fresh(servers) as world:
        await world.apply(*envelopes(business_event()), *envelopes(customer(ANN, KEN)))
        await world.read(*envelopes(invoice(InvoiceIssued), age=192 * HOUR))
        world.clock.now = world.clock.now.replace(hour=3)
        yield world


def voucher(cls: type[Payment] = PaymentProcessing, /, **changes: object) -> Payment:
    given = {
        "status": "processing",
        "method": Method(type="konbini"),
        "contact_id": "co-ann",
        "expires_at": DEADLINE,
        **changes,
    }
    return payment(cls, **given)


async def arrivals(world: NotificationWorld, later: float = 0) -> list[tuple[str, str]]:
    """Subjects of mails and texts by whom they went to, of what is due by then."""
    texts = len(world.sms.sent)
    mails = await world.deliver_notifications(later)
    return sorted(
        [(to, str(mail["Subject"])) for to, mail in mails]
        + [(sms.to, sms.text.partition(": ")[2][:20]) for sms in world.sms.sent[texts:]]
    )


async def test_a_voucher_is_told_by_mail_and_text_after_a_minute_and_reminded_of_once(
    world: NotificationWorld,
) -> None:
    await world.read(*envelopes(voucher()))
    assert await arrivals(world, later=59) == []
    assert await arrivals(world, later=1) == [
        ("+819012345678", "pay ¥10,000 at a con"),
        ("ann@example.com", "Pay at the store by November 25"),
    ]
    world.clock.now = datetime(2026, 11, 24, 0, 59, 59, tzinfo=UTC)
    assert await arrivals(world) == []
    assert await arrivals(world, later=1) == [
        ("+819012345678", "pay ¥10,000 at a con"),
        ("ann@example.com", "Pay at the store by tomorrow, November 25"),
    ]
    assert await arrivals(world, later=3600) == []


async def test_a_voucher_that_was_paid_at_once_is_told_as_a_receipt_alone(world: NotificationWorld) -> None:
    await world.read(*envelopes(voucher()))
    await world.read(*envelopes(voucher(PaymentCaptured, status="captured"), version=2))
    assert [subject for _, subject in await arrivals(world, later=61)] == ["Your payment to Sample Business"]
    assert await world.rows("SELECT kind FROM pending_notifications") == []


async def test_an_invoice_that_is_voided_calls_its_voucher_off_once(world: NotificationWorld) -> None:
    await world.read(*envelopes(voucher()))
    await arrivals(world, later=60)
    await world.read(*envelopes(invoice(InvoiceVoided, status="void"), version=2))
    called_off = [
        ("+819012345678", "please don't pay the"),
        ("ann@example.com", "Please don’t pay the store code any more"),
    ]
    assert await arrivals(world) == called_off
    ended = voucher(PaymentFailed, status="failed", occurred_at=DEADLINE - 24 * HOUR)
    await world.read(*envelopes(ended, version=2))
    assert await arrivals(world, later=600) == []


async def test_a_voucher_that_nobody_was_told_of_is_not_called_off(world: NotificationWorld) -> None:
    await world.read(*envelopes(voucher()))
    await world.read(*envelopes(invoice(InvoiceVoided, status="void"), version=2))
    assert await arrivals(world, later=61) == []


async def test_a_voucher_that_lapsed_is_told_unless_it_was_paid_another_way(world: NotificationWorld) -> None:
    world.clock.now = DEADLINE + HOUR
    ended = voucher(PaymentFailed, status="failed", occurred_at=DEADLINE)
    (envelope,) = envelopes(ended, version=2)
    await world.read(replace(envelope, time=world.clock.now))
    assert [subject for _, subject in await arrivals(world)] == [
        "Store code expired: invoice 2026-0001 still open"
    ]
    paid = payment(PaymentCaptured, payment_id="pa-2", amount=15180, allocations=_all_of_it())
    await world.read(*envelopes(paid))
    other = voucher(PaymentFailed, payment_id="pa-3", status="failed", occurred_at=DEADLINE)
    (envelope,) = envelopes(other)
    await world.read(replace(envelope, time=world.clock.now))
    assert "Store" not in str(await arrivals(world))


def _all_of_it() -> object:
    return tuple(replace(part, amount=15180) for part in samples.payment().allocations)


async def test_a_refund_takes_no_receipts_place_and_each_is_told_once(world: NotificationWorld) -> None:
    captured = payment(contact_id="co-ann")
    refunded = payment(PaymentRefunded, contact_id="co-ann", refunds=(REFUND,))
    twice = payment(PaymentRefunded, contact_id="co-ann", refunds=(REFUND, replace(REFUND, refund_id="re-2")))
    await world.read(*envelopes(captured), *envelopes(refunded, version=2))
    await world.read(*envelopes(twice, version=3), *envelopes(twice, version=3))
    assert [subject for _, subject in await arrivals(world)] == [
        "Your payment to Sample Business",
        "Your refund for invoice 2026-0001 is on its way",
        "Your refund for invoice 2026-0001 is on its way",
    ]
    gone = payment(PaymentRefunded, contact_id="co-ann", refunds=(REFUND,))
    await world.read(*envelopes(gone, version=4))
    assert await arrivals(world) == [
        ("+819012345678", "your refund of ¥500 "),
        ("ann@example.com", "The refund for invoice 2026-0001 failed"),
    ]


async def test_a_check_is_told_after_ten_minutes_and_a_shorter_one_as_a_receipt(
    world: NotificationWorld,
) -> None:
    clearing = Clearing(decision="accepted", by="Operator", reason="Counted", at=AT)
    for payment_id, minutes in (("pa-1", 9), ("pa-2", 10)):
        flagged = payment(
            PaymentFlagged, payment_id=payment_id, contact_id="co-ann", review=Review(reason="amount")
        )
        cleared = payment(PaymentCleared, payment_id=payment_id, contact_id="co-ann", clearing=clearing)
        await world.read(*envelopes(flagged))
        before = await arrivals(world, later=minutes * 60)
        await world.read(*envelopes(cleared, version=2))
        after = await arrivals(world)
        expected = (
            "Your payment to Sample Business"
            if minutes < 10
            else "Your payment for invoice 2026-0001 is checked"
        )
        assert (len(before), [subject for _, subject in after]) == (minutes // 10, [expected])


async def test_who_has_a_phone_alone_gets_a_text_in_the_morning(world: NotificationWorld) -> None:
    world.clock.now = world.clock.now.replace(hour=13)  # 22:00 in Japan
    await world.read(*envelopes(payment(contact_id="co-ken")))
    assert await arrivals(world) == []
    assert await world.rows("SELECT error FROM deliveries") == [("quiet_hours",)]
    assert await arrivals(world, later=10 * 3600) == [("+819012345679", "we received ¥10,000 ")]


async def test_rows_of_a_kind_that_only_a_newer_build_knows_are_left_to_it(world: NotificationWorld) -> None:
    await world.read(*envelopes(payment(contact_id="co-ann")))
    await world.run("UPDATE pending_notifications SET kind = 'tomorrows'")
    await world.read(*envelopes(payment(payment_id="pa-2", contact_id="co-ann")))
    await world.fan_out()
    await world.run("UPDATE deliveries SET kind = 'tomorrows'")
    await world.read(*envelopes(payment(payment_id="pa-3", contact_id="co-ann")))
    assert len(await arrivals(world)) == 1
    assert await world.rows("SELECT kind FROM pending_notifications") == [("tomorrows",)]
    due = "SELECT kind, attempts FROM deliveries WHERE status = 'due'"
    assert await world.rows(due) == [("tomorrows", 0)]
