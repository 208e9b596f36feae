"""What staff are told of contacts: on real PostgreSQL and Valkey, as it lies in the outbox."""

import asyncio

import pytest
from auth_otp.domain.sending import SendCode
from auth_otp.handlers.watch_contacts import watch_outdated
from servicehub_events import (
    ContactStatus,
    ContactUnreachable,
    CustomerErased,
    Event,
    MessageDelivered,
    MessageFailed,
    MessageSent,
    TextsResumed,
    TextsStopped,
    as_event,
)
from servicehub_events_tools.testing import samples

from .sign_in_world import BUSINESS, EMAIL, World, business, contact, customer

pytestmark = pytest.mark.stack
PHONE = "+819012345678"
LANDLINE = "+81312345678"


async def told(world: World) -> list[ContactStatus]:
    """What was published of contacts so far, no status being outdated."""
    while await watch_outdated(world.worker):
        pass
    return await published(world)


async def published(world: World) -> list[ContactStatus]:
    """What was published of contacts so far."""
    return [e.event for e in await world.published() if isinstance(e.event, ContactStatus)]


def names(events: list[ContactStatus]) -> list[str]:
    return [type(event).__name__ for event in events]


async def attack(world: World, address: str = EMAIL) -> SendCode:
    """Wrong codes until a longer code leaves."""
    stranger = world.browser()
    code = await world.code_for(stranger, address)
    wrong = "000000" if code != "000000" else "111111"
    await world.let_time_pass(world.settings.send_spacing_seconds)
    for _ in range(world.settings.wrong_codes_per_day):
        await world.enter(stranger, wrong)
    (sent,) = await world.send_codes()
    await world.let_time_pass(world.settings.send_spacing_seconds)
    return sent


def message(cls: type[Event], **changes: object) -> Event:
    state = {"business_id": BUSINESS, "kind": "sign_in_code", "customer_id": None, "contact_id": None}
    return as_event(cls, samples.message(), **{**state, **changes})


async def sent_to(world: World, address: str) -> str:
    """The cause of the message with a code for this address."""
    await world.browser().post("/auth/sample-business/codes", data={"address": address})
    (sent,) = await world.send_codes()
    return f"{sent.request.challenge_id}-{sent.request.send_number}"


async def test_whoever_is_tried_with_wrong_codes_is_told_of_once_a_day(world: World) -> None:
    await attack(world)
    (event,) = await told(world)
    assert names([event]) == ["WrongCodesEntered"]
    assert (event.customer_id, event.contact_id) == ("cu-1", "co-1")
    assert event.wrong_codes_at is not None
    for _ in range(3):
        await world.browser().post("/auth/sample-business/codes", data={"address": EMAIL})
        await world.let_time_pass(world.settings.shared_mail_every_seconds)
        await world.send_codes()
    assert len(await told(world)) == 1


async def test_each_contact_of_an_address_is_told_of_and_nobody_else(world: World) -> None:
    await world.apply(customer(contact(), contact("co-2"), contact("co-3", email="other@example.com")))
    await attack(world)
    assert {event.contact_id for event in await told(world)} == {"co-1", "co-2"}


async def test_of_an_address_that_is_nobodys_nothing_is_told(world: World) -> None:
    stranger = world.browser()
    await stranger.post("/auth/sample-business/codes", data={"address": "nobody@example.com"})
    for _ in range(world.settings.wrong_codes_per_day + 1):
        await world.enter(stranger, "000000")
    await world.let_time_pass(world.settings.send_spacing_seconds)
    await world.send_codes()
    assert await told(world) == []


async def test_who_mistyped_and_came_in_is_told_of_to_nobody(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(world.settings.wrong_codes_per_day - 1):
        await world.enter(browser, wrong)
    await world.enter(browser, code)
    assert await told(world) == []


async def test_a_guard_is_told_with_its_end_and_again_when_it_is_over(world: World) -> None:
    longer = await attack(world)
    await world.browser().post("/auth/sample-business/guard", data={"token": longer.guard_token})
    await world.send_codes()
    _, guarded = await told(world)
    assert names([guarded]) == ["SignInGuarded"]
    assert guarded.guarded_until is not None
    past = "now() - interval '1 second'"
    await world.run(
        f"UPDATE guard_links SET guarded_until = {past}", f"UPDATE contacts SET guard_ends = {past}"
    )
    assert names(await told(world)) == ["WrongCodesEntered", "SignInGuarded", "SignInGuardEnded"]


async def test_a_guard_ends_with_the_address_that_it_guards(world: World) -> None:
    longer = await attack(world)
    await world.browser().post("/auth/sample-business/guard", data={"token": longer.guard_token})
    await world.send_codes()
    await world.apply(customer(contact(email="new@example.com")))
    assert names(await told(world))[-1] == "SignInGuardEnded"


async def test_whom_no_code_reaches_is_told_by_words_and_ids_alone(world: World) -> None:
    await world.apply(customer(contact(email=None, phone=LANDLINE)))
    (event,) = await told(world)
    assert isinstance(event, ContactUnreachable)
    assert (
        (event.unreachable.phone, event.unreachable.email) == ("landline", None)
        if event.unreachable
        else False
    )
    assert not any(LANDLINE[3:] in str(record) for record in await world.rows("SELECT * FROM outbox"))
    await world.apply(customer(contact(phone=LANDLINE)))
    assert names(await told(world)) == ["ContactUnreachable", "ContactReachable"]


async def test_a_business_that_moves_and_a_setting_that_changes_decide_anew(world: World) -> None:
    await world.apply(customer(contact(email=None, phone="+447797712366")))
    assert names(await told(world)) == ["ContactUnreachable"]
    await world.apply(business(country="GB"))
    assert names(await told(world)) == ["ContactUnreachable", "ContactReachable"]
    await world.apply(business())
    assert len(await told(world)) == 3
    wider = world.context("worker", sms_countries=("JP", "GB"))
    while await watch_outdated(wider):
        pass
    assert names(await published(world))[-1] == "ContactReachable"


async def test_a_text_that_is_refused_says_so_until_one_is_taken(world: World) -> None:
    await world.apply(customer(contact(email=None, phone=PHONE)))
    cause = await sent_to(world, PHONE)
    refused = message(
        MessageFailed, channel="sms", caused_by=cause, error="twilio_21610", address_fault="opted_out"
    )
    await world.apply(refused)
    await world.apply(refused)
    (event,) = await told(world)
    assert event.unreachable
    assert event.unreachable.phone == "opted_out"
    await world.apply(message(MessageFailed, channel="sms", caused_by=cause, error="expired"))
    assert len(await told(world)) == 1
    await world.apply(customer(contact(email=None, phone=PHONE), display_name="Married Name"))
    assert len(await told(world)) == 1
    await world.apply(message(MessageSent, channel="sms", caused_by=cause))
    assert len(await told(world)) == 1
    await world.apply(message(MessageDelivered, channel="sms", caused_by=cause))
    assert names(await told(world)) == ["ContactUnreachable", "ContactReachable"]


async def test_who_texts_stop_and_has_no_mail_is_told_of_until_start_comes(world: World) -> None:
    await world.apply(customer(contact(email=None, phone=PHONE)))
    ids = {"customer_id": "cu-1", "contact_id": "co-1", "channel": "sms"}
    await world.apply(message(TextsStopped, **ids, kind="stop", address_fault="opted_out"))
    (event,) = await told(world)
    assert event.unreachable
    assert event.unreachable.phone == "opted_out"
    await world.apply(message(TextsResumed, **ids, kind="start"))
    assert names(await told(world)) == ["ContactUnreachable", "ContactReachable"]


async def test_a_mail_that_bounces_at_once_says_so_whatever_it_was_about(world: World) -> None:
    ids = {"customer_id": "cu-1", "contact_id": "co-1", "kind": "visit_confirmed"}
    await world.apply(message(MessageFailed, **ids, address_fault="mailbox_unavailable"))
    await world.apply(
        message(MessageFailed, **ids | {"contact_id": "co-9"}, address_fault="mailbox_unavailable")
    )
    (event,) = await told(world)
    assert (event.contact_id, event.unreachable and event.unreachable.email) == (
        "co-1",
        "mailbox_unavailable",
    )
    await world.apply(customer(contact(email="new@example.com")))
    assert names(await told(world)) == ["ContactUnreachable", "ContactReachable"]


@pytest.mark.parametrize(
    "end",
    [
        CustomerErased(business_id=BUSINESS, customer_id="cu-1"),
        customer(portal_access=False),
        customer(contact("co-2")),
    ],
)
async def test_of_a_contact_who_is_no_more_ids_are_left(world: World, end: Event) -> None:
    await world.apply(customer(contact(email=None, phone=LANDLINE), contact("co-2")))
    await told(world)
    await world.apply(end)
    last = (await told(world))[-1]
    assert names([last]) == ["ContactForgotten"]
    assert (last.contact_id, last.unreachable) == ("co-1", None)


async def test_a_contact_that_moves_to_another_customer_is_not_forgotten(world: World) -> None:
    await world.apply(customer(contact(email=None, phone=LANDLINE)))
    await told(world)
    await world.apply(customer(contact(email=None, phone=LANDLINE), customer_id="cu-2"))
    await world.apply(customer(contact("co-2")))
    assert names(await told(world)) == ["ContactUnreachable"]


async def test_an_id_that_is_used_again_is_told_of_as_the_new_customers(world: World) -> None:
    await world.apply(customer(contact(email=None, phone=LANDLINE)))
    await told(world)
    await world.apply(CustomerErased(business_id=BUSINESS, customer_id="cu-1"))
    await world.apply(customer(contact(email=None, phone=LANDLINE), customer_id="cu-2"))
    assert [event.customer_id for event in await told(world)] == ["cu-1", "cu-1", "cu-2"]


async def test_two_workers_tell_once(world: World) -> None:
    await world.apply(customer(*(contact(f"co-{n}", email=None, phone=LANDLINE) for n in range(20))))
    other = world.context("worker")
    await asyncio.gather(*(watch_outdated(ctx) for ctx in (world.worker, other, world.worker, other)))
    assert len(await told(world)) == 20
