"""What happened becomes mails to whom it concerns, once each; on a real database, with a fake sender."""

import re
from collections.abc import AsyncGenerator
from datetime import timedelta
from email.message import EmailMessage

import msgspec
import pytest
from chassis.pay_links import PayLink, read_pay_link
from code_samples import business_event, code
from notification_samples import (
    appointment,
    appointment_in,
    contact,
    customer,
    envelopes,
    invoice,
    payment,
    request_made,
)
from notification_world import NotificationWorld
from notifier.domain.delivery import DeliveryPostponed
from portal_testing.stack import Servers
from servicehub_events import (
    AppointmentCancelled,
    AppointmentRescheduled,
    InvoiceVoided,
    PaymentFlagged,
    Review,
    StaffAssigned,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
ANN, KEN = contact("ann"), contact("ken", locale="ja")
SENT = ("portal.MessageSent.v1", None)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[NotificationWorld]:
    async with NotificationWorld.fresh(servers) as world:
        await world.apply(*envelopes(business_event()), *envelopes(customer(ANN, KEN)))
        yield world


def body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return part.get_content()


async def test_a_visit_is_told_to_each_contact_in_their_language(world: NotificationWorld) -> None:
    await world.read(*envelopes(appointment()))
    mails = dict(await world.deliver_notifications())
    assert mails["ann@example.com"]["Subject"] == "Booked: Wed, Nov 25, 9:00 – 11:00 AM"
    assert mails["ken@example.com"]["Subject"] == "11月25日(水)9:00〜11:00のご予約を承りました"
    assert "https://portal.example.com/portal/sample-business/appointments/ap-1" in body(
        mails["ann@example.com"]
    )
    assert await world.outcomes() == [SENT, SENT]


async def test_links_and_pictures_of_a_business_with_its_own_domain_are_there(
    world: NotificationWorld,
) -> None:
    moved = business_event(**samples.own_domain("portal.shiny.example"))
    await world.apply(*envelopes(moved, version=2))
    await world.read(*envelopes(appointment()))
    mails = dict(await world.deliver_notifications())
    text = mails["ann@example.com"].as_string()
    assert "https://portal.shiny.example/portal/sample-business/appointments/ap-1" in body(
        mails["ann@example.com"]
    )
    assert "portal.example.com/" not in text
    await world.hand_over(code(channel="sms"))
    await world.deliver()
    (sms,) = world.sms.sent
    assert "@portal.shiny.example #" in sms.text


async def test_the_event_names_customer_and_contact_and_no_address(world: NotificationWorld) -> None:
    await world.apply(*envelopes(customer(ANN), version=2))
    (event,) = envelopes(appointment())
    await world.read(event)
    await world.deliver_notifications()
    ((value, cause),) = await world.rows("SELECT convert_from(value, 'UTF8'), causation_id FROM outbox")
    told = msgspec.json.decode(str(value), type=dict[str, str])
    assert {name: told[name] for name in ("kind", "customer_id", "contact_id", "locale", "caused_by")} == {
        "kind": "visit_confirmed",
        "customer_id": "cu-1",
        "contact_id": "co-ann",
        "locale": "en",
        "caused_by": event.id,
    }
    assert cause == event.id
    assert "ann@example.com" not in str(told)


async def test_what_is_heard_twice_is_told_once(world: NotificationWorld) -> None:
    events = [*envelopes(appointment()), *envelopes(invoice())]
    await world.read(*events, *events)
    await world.deliver_notifications()
    await world.read(*events)
    await world.deliver_notifications(later=60)
    assert await world.recipients() == ["ann@example.com"] * 2 + ["ken@example.com"] * 2


async def test_what_is_marked_as_no_news_is_stored_and_told_to_nobody(world: NotificationWorld) -> None:
    (event,) = envelopes(appointment())
    await world.read(msgspec.structs.replace(event, quiet=True))
    assert await world.deliver_notifications() == []
    assert await world.rows("SELECT aggregate FROM notification_sources WHERE subject_id = 'ap-1'") == [
        ("appointment",)
    ]


async def test_news_is_still_told_after_what_is_no_news_of_the_same_visit(world: NotificationWorld) -> None:
    (booked,) = envelopes(appointment())
    (corrected,) = envelopes(appointment(AppointmentRescheduled), version=2)
    await world.read(booked, msgspec.structs.replace(corrected, quiet=True))
    assert [
        mail["Subject"] for to, mail in await world.deliver_notifications() if to == "ann@example.com"
    ] == ["Booked: Wed, Nov 25, 9:00 – 11:00 AM"]


async def test_what_is_too_late_to_tell_is_stored_and_told_to_nobody(world: NotificationWorld) -> None:
    late = envelopes(invoice(invoice_id="in-2"), age=7 * DAY + MINUTE)
    known = [*envelopes(appointment(), age=61 * MINUTE), *envelopes(invoice(), age=61 * MINUTE)]
    await world.read(*known, *late)
    await world.deliver_notifications(later=60)
    told = await world.rows("SELECT DISTINCT kind, subject_id FROM deliveries ORDER BY 1")
    assert told == [("deposit_asked", "in-1"), ("visit_confirmed", "ap-1")]
    stored = "SELECT aggregate FROM notification_sources WHERE aggregate <> 'access' ORDER BY 1"
    assert await world.rows(stored) == [
        ("appointment",),
        ("invoice",),
        ("invoice",),
    ]


@pytest.mark.parametrize("order", ["customer", "business"])
async def test_a_message_waits_for_whom_it_concerns(world: NotificationWorld, order: str) -> None:
    late = {"business": business_event(business_id="b-2"), "customer": customer(ANN, business_id="b-2")}
    await world.read(*envelopes(appointment(business_id="b-2")))
    await world.apply(*envelopes(late.pop(order)))
    assert await world.deliver_notifications(later=9 * 60) == []
    await world.apply(*envelopes(*late.values()))
    assert [to for to, _ in await world.deliver_notifications(later=60)] == ["ann@example.com"]


async def test_a_message_nobody_is_known_for_is_dropped_after_ten_minutes(world: NotificationWorld) -> None:
    await world.read(*envelopes(appointment(customer_id="cu-9")))
    await world.deliver_notifications(later=599)
    await world.deliver_notifications(later=200)
    await world.apply(*envelopes(customer(ANN, customer_id="cu-9")))
    assert await world.deliver_notifications(later=60) == []
    assert await world.rows("SELECT 1 FROM pending_notifications") == []


def links_in(mail: EmailMessage, world: NotificationWorld) -> list[PayLink | None]:
    """The pay links of a mail, as billing reads them."""
    tokens = re.findall(r"https://portal.example.com/portal/sample-business/pay/(\S+)", body(mail))
    keys = world.settings.pay_link_keys
    return [read_pay_link(keys, samples.BUSINESS, token) for token in tokens]


async def test_an_invoice_is_told_with_a_link_of_its_own_for_each_who_may_pay(
    world: NotificationWorld,
) -> None:
    await world.apply(*envelopes(customer(ANN, contact("ben", roles=("invoices",))), version=2))
    await world.read(*envelopes(invoice()))
    mails = dict(await world.deliver_notifications(later=60))
    issued_at, generation = int(world.clock.now.timestamp()), samples.business().generation
    link = PayLink("in-1", "co-ann", generation, issued_at)
    assert links_in(mails["ann@example.com"], world) == [link]
    assert links_in(mails["ben@example.com"], world) == []
    token = body(mails["ann@example.com"]).partition("/pay/")[2].split()[0]
    for table in ("deliveries", "outbox", "notification_sources", "pending_notifications"):
        assert not any(token in str(row) for row in await world.rows(f"SELECT t::text FROM {table} t"))


@pytest.mark.parametrize(
    "changes", [{"pay_links": False}, {"second_proof_to_pay": True}, {"stripe_account": None}]
)
async def test_a_business_that_wants_more_than_a_mail_sends_no_link(
    world: NotificationWorld, changes: dict[str, object]
) -> None:
    await world.apply(*envelopes(business_event(**changes), version=2))
    await world.read(*envelopes(invoice()))
    mails = dict(await world.deliver_notifications(later=60))
    assert links_in(mails["ann@example.com"], world) == []


async def test_a_receipt_waits_for_its_invoice_and_names_it(world: NotificationWorld) -> None:
    await world.read(*envelopes(payment(contact_id="co-ann")))
    assert await world.deliver_notifications(later=0) == []
    await world.read(*envelopes(invoice(), age=8 * DAY))
    ((to, mail),) = await world.deliver_notifications(later=5)
    assert (to, "Invoice: 2026-0001" in body(mail)) == ("ann@example.com", True)


async def test_a_receipt_without_a_payer_goes_to_those_who_may_pay(world: NotificationWorld) -> None:
    await world.apply(*envelopes(customer(ANN, contact("ben", roles=("visits", "invoices"))), version=2))
    await world.read(*envelopes(invoice(), age=8 * DAY), *envelopes(payment()))
    assert [to for to, _ in await world.deliver_notifications()] == ["ann@example.com"]


async def test_a_payment_that_must_be_looked_at_is_not_confirmed(world: NotificationWorld) -> None:
    await world.read(*envelopes(invoice(), age=8 * DAY), *envelopes(payment()))
    await world.fan_out()
    flagged = payment(PaymentFlagged, review=Review(reason="amount"))
    await world.read(*envelopes(flagged, version=2))
    assert await world.deliver_notifications() == []
    assert await world.rows("SELECT DISTINCT status, error FROM deliveries") == [("dropped", "superseded")]
    assert await world.outcomes() == []


async def test_a_time_that_is_no_longer_true_is_not_told(world: NotificationWorld) -> None:
    await world.read(*envelopes(appointment()))
    await world.fan_out(later=60)  # one had its recipients already, the other is told before it has
    await world.read(*envelopes(appointment_in(5, AppointmentRescheduled), version=2))
    await world.read(*envelopes(appointment_in(6, AppointmentRescheduled), version=3))
    mails = [mail for to, mail in await world.deliver_notifications() if to == "ann@example.com"]
    assert [mail["Subject"] for mail in mails] == ["Booked: Sat, Nov 28, 9:00 – 11:00 AM"]


async def test_events_that_make_no_message_hold_none_back(world: NotificationWorld) -> None:
    await world.read(*envelopes(appointment()), *envelopes(appointment(StaffAssigned), version=2))
    assert len(await world.deliver_notifications()) == 2


async def test_a_cancelled_visit_is_told_as_such_and_nothing_else_of_it(world: NotificationWorld) -> None:
    await world.read(*envelopes(appointment()))
    await world.deliver_notifications()
    world.mail.sent.clear()
    await world.read(*envelopes(appointment(AppointmentCancelled, status="cancelled"), version=2))
    subjects = {mail["Subject"] for _, mail in await world.deliver_notifications()}
    assert subjects == {
        "Cancelled: your visit on Wed, Nov 25",
        "11月25日(水)のご予約をキャンセルしました",
    }


async def test_of_a_visit_in_the_past_and_of_a_void_invoice_nothing_is_told(world: NotificationWorld) -> None:
    await world.read(*envelopes(appointment_in(-1)), *envelopes(invoice()))
    await world.read(*envelopes(invoice(InvoiceVoided, status="void"), version=2))
    assert await world.deliver_notifications() == []


async def test_a_server_that_stays_away_is_given_up_after_an_hour(world: NotificationWorld) -> None:
    await world.apply(*envelopes(customer(ANN), version=2))
    world.mail.errors = [DeliveryPostponed("smtp_unreachable")] * 100
    await world.read(*envelopes(request_made()))
    await world.fan_out(later=60)
    attempts = [await world.deliver(later=301) for _ in range(13)]
    assert sum(attempts) == 12
    assert await world.outcomes() == [("portal.MessageFailed.v1", "expired")]


async def test_codes_go_first_and_keep_half_of_the_places(world: NotificationWorld) -> None:
    await world.apply(*envelopes(customer(*(contact(f"c{n}") for n in range(40))), version=2))
    await world.read(*envelopes(invoice()))
    await world.fan_out(later=60)
    await world.hand_over(*(code() for _ in range(4)))
    queue = world.queue(at_once=6)
    assert await queue.step() == 6  # four codes, and two places are left
    await queue.idle()
    assert await queue.step() == 3  # no code waits, but the next one must find a place
    await queue.idle()
    codes = ["確認コード" in mail["Subject"] for _, mail in world.mail.sent]
    assert (codes.count(True), codes.count(False)) == (4, 5)


async def test_what_is_older_than_what_is_known_is_not_told(world: NotificationWorld) -> None:
    await world.read(*envelopes(appointment_in(5, AppointmentRescheduled), version=2))
    await world.read(*envelopes(appointment()))
    assert len(await world.deliver_notifications()) == 2
    assert {mail["Subject"] for _, mail in world.mail.sent} == {
        "Booked: Fri, Nov 27, 9:00 – 11:00 AM",
        "11月27日(金)9:00〜11:00のご予約を承りました",
    }


async def test_a_flood_of_one_business_delays_no_notification_of_another(world: NotificationWorld) -> None:
    await world.apply(*envelopes(customer(*(contact(f"c{n}") for n in range(200))), version=2))
    await world.read(*envelopes(invoice()))
    await world.fan_out(later=60)
    await world.apply(*envelopes(business_event(business_id="b-2"), customer(ANN, business_id="b-2")))
    await world.read(*envelopes(invoice(business_id="b-2")))
    await world.fan_out(later=60)
    queue = world.queue(at_once=2)  # one place for notifications: it must not always be the flood's
    for _ in range(2):
        await queue.step()
        await queue.idle()
    assert "ann@example.com" in await world.recipients()
