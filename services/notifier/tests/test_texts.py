"""Texts of news: once whatever happens, none where none arrives, and what became of each. A real database."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from urllib.parse import urlencode

import pytest
from chassis.process import web_app
from code_samples import NUMBER, business_event, code
from httpx import ASGITransport, AsyncClient, Response
from msgspec.structs import replace
from notification_samples import contact, customer, envelopes, invoice, payment
from notification_world import NotificationWorld
from notifier.domain.delivery import (
    DeliveryPostponed,
    DeliveryRejected,
    DeliveryUnconfirmed,
    NotificationDelivery,
)
from notifier.domain.reports import UNANSWERED
from notifier.handlers.deliver import deliver
from notifier.handlers.receive_reports import handle_reports, rewrite_old_keys
from notifier.service import SERVICE
from notifier.store.deliveries import claim_deliveries
from portal_testing.stack import Servers
from servicehub_events import CustomerErased, Message, PaymentCaptured
from servicehub_events_tools.testing import samples
from stand_in_mailbox.twilio import signature

pytestmark = pytest.mark.stack
KEN = contact("ken", email=None, phone=NUMBER)
REPLIES = "/notifications/webhooks/twilio/replies"
STOP_NOTE = "Reply STOP to end texts."


class TextWorld(NotificationWorld):
    """Ken, who has a phone alone, and receipts that go to him."""

    receipts = 0

    async def receipt(self) -> None:
        """He pays, and it is time to tell him."""
        self.receipts += 1
        paid = payment(PaymentCaptured, payment_id=f"pa-{self.receipts}")
        await self.read(*(replace(one, time=self.clock.now) for one in envelopes(paid)))
        await self.fan_out()

    async def die_sending(self) -> None:
        """A worker claims what is due, and is killed once the text is taken."""
        async with self.worker.all_tenants() as tx:
            (delivery,) = await claim_deliveries(tx, NotificationDelivery, self.clock.now, 1)
        self.sms.silent, self.sms.taken = True, asyncio.Event()
        sending = asyncio.create_task(deliver(self.worker, delivery))
        await self.sms.taken.wait()
        sending.cancel()
        await asyncio.wait([sending])
        self.sms.silent = False

    def signed(self, path: str, fields: Mapping[str, str]) -> str:
        """What Twilio signs it with."""
        return signature(
            self.settings.twilio_auth_token.reveal(), f"{self.settings.public_origin}{path}", fields
        )

    async def post(self, path: str, given: str | None = None, **fields: str) -> Response:
        """What Twilio posts, signed unless a signature is given."""
        signed = self.signed(path, fields)
        transport = ASGITransport(web_app(SERVICE, self.web))
        async with AsyncClient(transport=transport, base_url="https://portal.example.com") as client:
            headers = [
                (b"X-Twilio-Signature", (signed if given is None else given).encode()),
                (b"Content-Type", b"application/x-www-form-urlencoded"),
            ]
            return await client.post(path, content=urlencode(fields), headers=headers)

    async def report(self, status: str, error: str = "") -> None:
        """What Twilio says of the last text, stored and dealt with."""
        path = self.sms.sent[-1].report_url.removeprefix(self.settings.public_origin)
        answer = await self.post(path, MessageSid="SM1", MessageStatus=status, ErrorCode=error)
        assert answer.status_code == 204, answer.text
        await self.deal()

    async def reply(self, text: str, sid: str = "SM9") -> None:
        """What the phone answers, stored and dealt with."""
        answer = await self.post(REPLIES, From=NUMBER, To="+15005550006", Body=text, MessageSid=sid)
        assert (answer.status_code, answer.text) == (200, "<Response/>")
        await self.deal()

    async def deal(self) -> None:
        while await handle_reports(self.worker):
            pass

    async def told(self) -> list[tuple[str, str | None, str | None]]:
        """What was published of messages: name, error and what is wrong with the address."""
        events = [envelope.event for envelope in await self.published()]
        return [(type(e).__name__, e.error, e.address_fault) for e in events if isinstance(e, Message)]


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[TextWorld]:
    async with TextWorld.fresh(servers) as world:
        await world.apply(*envelopes(business_event()), *envelopes(customer(KEN)))
        await world.read(*(replace(one, quiet=True) for one in envelopes(invoice())))
        world.clock.now = world.clock.now.replace(hour=3)  # noon in Japan
        yield world


async def test_twenty_workers_that_are_killed_once_a_text_is_taken_double_none(world: TextWorld) -> None:
    for number in range(1, 21):
        await world.receipt()
        await world.die_sending()
        await world.deliver(later=46)
        assert len(world.sms.sent) == number
    assert await world.told() == [("MessageFailed", UNANSWERED, None)] * 20


async def test_a_text_that_nobody_answered_for_is_told_as_what_it_was_once_that_is_known(
    world: TextWorld,
) -> None:
    await world.receipt()
    world.sms.errors = [DeliveryUnconfirmed(UNANSWERED)]
    await world.deliver()
    assert await world.deliver(later=3600) == 0
    ((message_id,),) = await world.rows("SELECT message_id FROM deliveries")
    path = f"/notifications/webhooks/twilio/messages/{message_id}"
    await world.post(path, MessageSid="SM7", MessageStatus="delivered")
    await world.deal()
    assert await world.told() == [("MessageFailed", UNANSWERED, None), ("MessageDelivered", None, None)]
    assert await world.rows("SELECT version, provider_reference FROM deliveries") == [(2, "SM7")]


async def test_a_text_that_was_certainly_not_taken_is_tried_again_and_a_code_always(world: TextWorld) -> None:
    await world.receipt()
    world.sms.errors = [DeliveryPostponed("twilio_20429")]
    await world.deliver()
    await world.deliver(later=2)
    assert len(world.sms.sent) == 1
    world.sms.errors = [DeliveryUnconfirmed(UNANSWERED)]
    await world.hand_over(code("sms", now=world.clock.now))
    await world.deliver()
    await world.deliver(later=2)
    assert len(world.sms.sent) == 2


async def test_what_is_reported_of_a_text_is_told_once_and_in_any_order(world: TextWorld) -> None:
    await world.receipt()
    await world.deliver()
    for status in ("queued", "delivered", "sent", "delivered", "undelivered"):
        await world.report(status)
    assert await world.told() == [("MessageSent", None, None), ("MessageDelivered", None, None)]
    assert await world.rows("SELECT 1 FROM provider_reports") == []


async def test_a_report_that_outruns_the_end_of_its_delivery_waits_for_it(world: TextWorld) -> None:
    await world.receipt()
    ((message_id,),) = await world.rows("SELECT message_id FROM deliveries")
    path = f"/notifications/webhooks/twilio/messages/{message_id}"
    await world.post(path, MessageSid="SM1", MessageStatus="delivered")
    await world.deal()
    assert await world.told() == []
    await world.deliver(later=2)
    await world.deal()
    assert [name for name, *_ in await world.told()] == ["MessageSent", "MessageDelivered"]


@pytest.mark.parametrize(
    ("error", "fault", "texts"),
    [("30003", None, 2), ("30005", "no_network", 1), ("30006", "not_a_mobile", 1)],
)
async def test_a_text_that_does_not_arrive_is_told_and_ends_texts_only_where_none_ever_will(
    world: TextWorld, error: str, fault: str | None, texts: int
) -> None:
    await world.receipt()
    await world.deliver()
    await world.report("undelivered", error)
    assert (await world.told())[1:] == [("MessageFailed", f"twilio_{error}", fault)]
    await world.receipt()
    await world.deliver()
    assert len(world.sms.sent) == texts


async def test_after_a_refusal_news_go_by_mail_and_codes_are_tried_all_the_same(world: TextWorld) -> None:
    await world.receipt()
    world.sms.errors = [DeliveryRejected("twilio_21610", "opted_out")]
    await world.deliver()
    assert await world.told() == [("MessageFailed", "twilio_21610", "opted_out")]
    with_mail = customer(replace(KEN, email="ken@example.com"))
    await world.apply(*envelopes(with_mail, version=2))
    await world.receipt()
    await world.deliver()
    assert ([to for to, _ in world.mail.sent], world.sms.sent) == (["ken@example.com"], [])
    await world.hand_over(code("sms", now=world.clock.now))
    await world.deliver()
    assert len(world.sms.sent) == 1


async def test_a_number_that_changed_is_texted_again(world: TextWorld) -> None:
    await world.receipt()
    world.sms.errors = [DeliveryRejected("twilio_21614", "not_a_mobile")]
    await world.deliver()
    await world.apply(*envelopes(customer(replace(KEN, phone="+819012345679")), version=2))
    await world.receipt()
    await world.deliver()
    assert [sms.to for sms in world.sms.sent] == ["+819012345679"]


async def test_stop_ends_texts_at_every_business_that_has_the_number_and_start_resumes_them(
    world: TextWorld,
) -> None:
    other, theirs = business_event(business_id="b-2", slug="other"), customer(KEN, business_id="b-2")
    await world.apply(*envelopes(other), *envelopes(theirs))
    await world.reply("Stop")
    await world.reply("STOP", sid="SM10")
    stopped = ("TextsStopped", None, "opted_out")
    assert await world.told() == [stopped, stopped]
    assert {envelope.business_id for envelope in await world.published()} == {"b-1", "b-2"}
    await world.receipt()
    await world.deliver()
    assert world.sms.sent == []
    await world.reply("start", sid="SM11")
    assert (await world.told())[2:] == [("TextsResumed", None, None)] * 2
    await world.receipt()
    await world.deliver()
    assert len(world.sms.sent) == 1


async def test_any_other_text_ends_nothing(world: TextWorld) -> None:
    await world.reply("Please stop by at ten")
    assert await world.rows("SELECT 1 FROM provider_reports") == []
    assert await world.told() == []


async def test_the_first_text_to_a_number_says_how_texts_end_and_one_each_thirty_days(
    world: TextWorld,
) -> None:
    says: list[bool] = []
    for days in (0, 1, 30, 1):
        world.clock.pass_time(seconds=days * 86_400)
        await world.receipt()
        await world.deliver()
        says.append(world.sms.sent[-1].text.endswith(STOP_NOTE))
    assert says == [True, False, True, False]


@pytest.mark.parametrize("signature", ["", "AAAA", "ü" * 28])
async def test_what_twilio_did_not_sign_changes_nothing(world: TextWorld, signature: str) -> None:
    await world.receipt()
    await world.deliver()
    path = world.sms.sent[-1].report_url.removeprefix(world.settings.public_origin)
    for where in (path, REPLIES):
        answer = await world.post(where, signature, MessageStatus="delivered")
        assert answer.status_code == 403
    assert await world.rows("SELECT 1 FROM provider_reports") == []


async def test_what_was_signed_for_one_message_is_none_of_another(world: TextWorld) -> None:
    path = "/notifications/webhooks/twilio/messages/"
    fields = {"MessageStatus": "delivered"}
    one, two = (f"{path}{samples.message().message_id[:-1]}{last}" for last in "12")
    signed = world.signed(one, fields)
    assert (await world.post(two, signed, **fields)).status_code == 403
    assert (await world.post(one, signed, **fields)).status_code == 204
    assert (await world.post(f"{path}none", signed, **fields)).status_code == 404


async def test_a_body_without_end_is_not_read(world: TextWorld) -> None:
    assert (await world.post(REPLIES, Body="x" * 20_000)).status_code == 413


async def test_no_number_lies_in_the_open_and_of_the_erased_none_is_left_to_find(world: TextWorld) -> None:
    await world.receipt()
    await world.deliver()
    await world.hand_over(code("sms", now=world.clock.now))
    await world.deliver()
    path = REPLIES
    await world.post(path, From=NUMBER, To="+15005550006", Body="STOP", MessageSid="SM9")
    for table in ("contact_channels", "provider_reports", "deliveries", "outbox"):
        assert NUMBER[3:] not in str(await world.rows(f"SELECT * FROM {table}"))
    await world.apply(*envelopes(CustomerErased(business_id="b-1", customer_id="cu-1"), version=9))
    assert await world.rows("SELECT 1 FROM contact_channels") == []
    assert await world.rows("SELECT 1 FROM deliveries WHERE address_index IS NOT NULL OR sent_to <> ''") == []


async def test_a_new_key_finds_what_the_former_one_wrote(world: TextWorld) -> None:
    await world.run("UPDATE contact_channels SET address_index = 'k0.00', fault = NULL")
    async with world.worker.all_tenants() as tx:
        assert await rewrite_old_keys(world.worker, tx) == 1
    async with world.worker.all_tenants() as tx:
        assert await rewrite_old_keys(world.worker, tx) == 0
    await world.reply("STOP")
    assert [name for name, *_ in await world.told()] == ["TextsStopped"]
