"""Autopay is told to whose card it is: once, while it is true, and as billing waits to hear it."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from code_samples import business_event
from notification_samples import contact, customer, envelopes, invoice
from notification_world import NotificationWorld
from portal_testing.stack import Servers
from servicehub_events import (
    Autopay,
    AutopayAnnounced,
    AutopayDeclined,
    AutopayEnd,
    AutopayPlanned,
    AutopaySwitchedOff,
    AutopaySwitchedOn,
    InvoiceIssued,
    InvoiceVoided,
    MessageSent,
    PaymentFailed,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
ANN, KEN = contact("ann", phone="+819012345678"), contact("ken")
SAMPLE = samples.autopay()
CHARGE = SAMPLE.charges[:1]
END = AutopayEnd(reason="customer", at=datetime(2026, 11, 22, tzinfo=UTC))
NOTICE = ("ann@example.com", "Your card pays invoice 2026-0001 on Mon, Nov 30")


def autopay(cls: type[Autopay], **changes: object) -> Autopay:
    given = {"contact_id": "co-ann", "charges": CHARGE, "invoice_id": None, **changes}
    return as_event(cls, SAMPLE, **given)


ON = autopay(AutopaySwitchedOn, charges=())
OFF = autopay(AutopaySwitchedOff, charges=(), status="off", end=END)
ANNOUNCED = autopay(AutopayAnnounced, invoice_id="in-1")


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[NotificationWorld]:
    """A business, its customer, and an invoice that is known."""
    async with NotificationWorld.fresh(servers) as world:
        await world.apply(*envelopes(business_event()), *envelopes(customer(ANN, KEN)))
        await world.read(*envelopes(invoice(InvoiceIssued), age=timedelta(days=8)))
        yield world


async def arrivals(world: NotificationWorld, later: float = 0) -> list[tuple[str, str]]:
    return [(to, str(mail["Subject"])) for to, mail in await world.deliver_notifications(later)]


async def test_the_notice_goes_to_whose_card_it_is_and_its_outcome_names_the_event(
    world: NotificationWorld,
) -> None:
    (announced,) = envelopes(ANNOUNCED)
    await world.read(announced, announced)
    assert await arrivals(world) == [NOTICE]
    (sent,) = [one.event for one in await world.published() if isinstance(one.event, MessageSent)]
    assert (sent.kind, sent.caused_by, sent.customer_id) == ("autopay_notice", announced.id, "cu-1")


async def test_two_notices_are_two_and_no_later_event_takes_their_place(world: NotificationWorld) -> None:
    await world.read(*envelopes(ANNOUNCED), *envelopes(autopay(AutopayPlanned), version=2))
    await world.read(*envelopes(ANNOUNCED, version=3))
    assert await arrivals(world) == [NOTICE, NOTICE]


@pytest.mark.parametrize("gone", ["void", "off", "unplanned"])
async def test_of_what_is_not_charged_any_more_no_notice_is_sent(world: NotificationWorld, gone: str) -> None:
    await world.read(*envelopes(ANNOUNCED))
    after = {
        "void": invoice(InvoiceVoided, status="void"),
        "off": OFF,
        "unplanned": autopay(AutopayPlanned, charges=()),
    }
    await world.read(*envelopes(after[gone], version=2))
    assert NOTICE not in await arrivals(world, later=61)


async def test_a_notice_that_is_four_hours_late_is_not_sent(world: NotificationWorld) -> None:
    await world.read(*envelopes(ANNOUNCED, age=timedelta(hours=4, seconds=1)))
    assert await arrivals(world) == []


async def test_switched_on_and_off_within_a_minute_is_told_once_as_it_is_then(
    world: NotificationWorld,
) -> None:
    await world.read(*envelopes(ON))
    await world.read(*envelopes(OFF, version=2))
    assert await arrivals(world, later=61) == [("ann@example.com", "Autopay is off")]


async def test_what_is_planned_meanwhile_takes_no_confirmation_away(world: NotificationWorld) -> None:
    await world.read(*envelopes(ON))
    await world.read(*envelopes(autopay(AutopayPlanned), version=2))
    assert await arrivals(world, later=61) == [("ann@example.com", "Autopay is on for your new invoices")]


async def test_a_decline_is_told_by_mail_and_text_and_its_payment_says_nothing_more(
    world: NotificationWorld,
) -> None:
    declined = autopay(AutopayDeclined, charges=_declined(), invoice_id="in-1")
    failed = as_event(
        PaymentFailed,
        samples.payment(),
        status="failed",
        refunds=(),
        receipt=None,
        autopay=True,
        contact_id="co-ann",
        failure={"code": "insufficient_funds", "retryable": True},
    )
    await world.read(*envelopes(declined), *envelopes(failed))
    assert await arrivals(world) == [("ann@example.com", "Card declined for invoice 2026-0001")]
    (text,) = world.sms.sent
    assert text.to == "+819012345678"
    assert "We try again on" in text.text


async def test_a_decline_of_what_had_begun_when_it_was_switched_off_is_told(
    world: NotificationWorld,
) -> None:
    """Billing publishes it after the end, as the last try; the end itself is told too."""
    being_made = [{**_declined()[0], "status": "charging", "tries": 0, "failure": None}]
    off = {"status": "off", "end": END}
    await world.read(*envelopes(autopay(AutopaySwitchedOff, **{**off, "charges": being_made}), version=2))
    ended = [{**_declined()[0], "status": "ended"}]
    declined = autopay(AutopayDeclined, **{**off, "charges": ended, "invoice_id": "in-1"})
    await world.read(*envelopes(declined, version=3))
    assert await arrivals(world) == [("ann@example.com", "Card declined for invoice 2026-0001")]
    assert await arrivals(world, later=61) == [("ann@example.com", "Autopay is off")]


async def test_a_notice_waits_for_its_own_invoice_alone(world: NotificationWorld) -> None:
    other = msgspec.structs.replace(CHARGE[0], invoice_id="in-unknown")
    await world.read(*envelopes(autopay(AutopayAnnounced, invoice_id="in-1", charges=(*CHARGE, other))))
    assert await arrivals(world) == [NOTICE]


def _declined() -> list[dict[str, object]]:
    return [
        {
            "invoice_id": "in-1",
            "amount": 9500,
            "currency": "JPY",
            "charge_on": "2026-12-03",
            "status": "confirmed",
            "tries": 1,
            "failure": {"code": "insufficient_funds", "retryable": True},
        }
    ]
