"""Where mails go and whom they come from: refused mailboxes, domains outside ASCII, its own sender."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from code_samples import ADDRESS, NUMBER, business_event, code
from msgspec.structs import replace
from notification_samples import appointment, contact, customer, envelopes, invoice, payment
from notification_world import NotificationWorld
from notifier.domain.delivery import DeliveryPostponed, DeliveryRejected
from portal_testing.stack import Servers
from servicehub_events import AppointmentRescheduled, AppointmentScheduled, Message, PaymentCaptured
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
ANN = contact("ann", email=ADDRESS, phone=NUMBER)
REFUSED = DeliveryRejected("smtp_550", "mailbox_unavailable")


class MailWorld(NotificationWorld):
    """Ann, whose mail comes first, and receipts that go to her."""

    receipts = 0

    async def receipt(self) -> None:
        """She pays, and is told of it."""
        self.receipts += 1
        paid = payment(PaymentCaptured, payment_id=f"pa-{self.receipts}")
        await self.read(*(replace(one, time=self.clock.now) for one in envelopes(paid)))
        await self.deliver_notifications()

    async def told(self) -> list[Message]:
        """What was published of messages."""
        return [e.event for e in await self.published() if isinstance(e.event, Message)]


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[MailWorld]:
    async with MailWorld.fresh(servers) as world:
        await world.apply(*envelopes(business_event()), *envelopes(customer(ANN)))
        await world.read(*envelopes(invoice()))
        world.clock.now = world.clock.now.replace(hour=3)  # noon in Japan
        await world.deliver_notifications()
        world.mail.sent.clear()
        yield world


async def test_a_mailbox_that_is_none_gets_no_news_until_a_code_reaches_it(world: MailWorld) -> None:
    world.mail.errors = [REFUSED]
    await world.receipt()
    (failed,) = [one for one in await world.told() if one.error]
    assert (failed.error, failed.address_fault, failed.sent_to) == (
        "smtp_550",
        "mailbox_unavailable",
        "c…@example.com",
    )
    assert (failed.payment_id, failed.at) == ("pa-1", world.clock.now)
    await world.receipt()
    assert (world.mail.sent, [sms.to for sms in world.sms.sent]) == ([], [NUMBER])
    await world.hand_over(code(now=world.clock.now))
    await world.deliver()
    await world.receipt()
    assert [to for to, _ in world.mail.sent] == [ADDRESS, ADDRESS]


async def test_another_address_is_written_to_and_a_refusal_of_content_ends_nothing(world: MailWorld) -> None:
    world.mail.errors = [DeliveryRejected("smtp_554")]
    await world.receipt()
    await world.receipt()
    assert [to for to, _ in world.mail.sent] == [ADDRESS]
    world.mail.errors = [REFUSED]
    await world.receipt()
    await world.apply(*envelopes(customer(replace(ANN, email="new@example.com")), version=2))
    await world.receipt()
    assert [to for to, _ in world.mail.sent] == [ADDRESS, "new@example.com"]


async def test_a_fault_of_one_business_is_none_of_another(world: MailWorld) -> None:
    await world.apply(*envelopes(business_event(business_id="b-2", slug="other")))
    await world.apply(*envelopes(customer(ANN, business_id="b-2")))
    world.mail.errors = [REFUSED]
    await world.receipt()
    faults = await world.rows(
        "SELECT business_id, fault FROM contact_channels WHERE channel = 'email' ORDER BY 1"
    )
    assert faults == [("b-1", "mailbox_unavailable"), ("b-2", None)]


async def test_after_a_timeout_that_may_have_been_an_accept_a_mail_goes_again_as_the_same(
    world: MailWorld,
) -> None:
    world.mail.errors = [DeliveryPostponed("smtp_unreachable")]
    await world.receipt()
    await world.deliver(later=2)
    ((_, mail),) = world.mail.sent
    ((message_id,),) = await world.rows("SELECT message_id FROM deliveries WHERE attempts = 2")
    assert mail["Message-ID"] == f"<{message_id}@example.com>"


async def test_a_domain_outside_ascii_is_in_ascii_in_header_and_envelope(world: MailWorld) -> None:
    await world.apply(*envelopes(customer(replace(ANN, email="info@Bücher.example")), version=2))
    await world.receipt()
    ((to, mail),) = world.mail.sent
    assert (to, mail["To"]) == ("info@xn--bcher-kva.example", "info@xn--bcher-kva.example")


async def test_mails_come_from_the_first_slug_for_ever(world: MailWorld) -> None:
    for version, former in enumerate((("sample-business",), ("other", "one-more")), start=2):
        moved = business_event(slug=f"moved-{version}", former_slugs=former)
        await world.apply(*envelopes(moved, version=version))
    await world.receipt()
    ((_, mail),) = world.mail.sent
    assert mail["From"].addresses[0].addr_spec == "sample@example.com"


async def test_all_mails_about_a_visit_are_one_conversation_and_a_code_is_of_none(world: MailWorld) -> None:
    window, hour = samples.appointment().window, timedelta(hours=1)
    later = replace(window, start=window.start + hour, end=window.end + hour)
    for kind, appointment_id, told in (
        (AppointmentScheduled, "ap-1", window),
        (AppointmentRescheduled, "ap-1", later),
        (AppointmentScheduled, "ap-2", window),
    ):
        version = 1 + (kind is AppointmentRescheduled)
        visit = envelopes(appointment(kind, appointment_id=appointment_id, window=told), version=version)
        await world.read(*(replace(one, time=world.clock.now) for one in visit))
        await world.deliver_notifications()
    await world.hand_over(code(now=world.clock.now))
    await world.deliver()
    mails = [mail for _, mail in world.mail.sent]
    first, second, other, alone = (mail["References"] for mail in mails)
    assert first == second != other
    assert (alone, bool(mails[3]["X-Entity-Ref-ID"])) == (None, True)
    assert len({mail["Message-ID"] for mail in mails}) == 4
