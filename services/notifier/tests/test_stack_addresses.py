"""An address that a business changes is told at the old one and at the new one, once each."""

from collections.abc import AsyncGenerator

import pytest
from code_samples import business_event
from notification_samples import contact, customer, envelopes
from notification_world import NotificationWorld
from notifier.domain.address_changes import changed_addresses, masked
from notifier.domain.recipients import ContactAddress
from portal_testing.stack import Servers
from servicehub_events import Contact, CustomerErased, PortalDisabled, as_event
from servicehub_events_tools.testing import samples

PHONE = "+819012345678"
ANN = contact("ann", phone=PHONE)
MOVED = contact("ann", email="new@example.com", phone=PHONE)
KNOWN = ContactAddress(contact_id="co-ann", email="ann@example.com", phone=PHONE)


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[NotificationWorld]:
    async with NotificationWorld.fresh(servers) as world:
        await world.apply(*envelopes(business_event()), *envelopes(customer(ANN)))
        yield world


async def change(world: NotificationWorld, *contacts: Contact, version: int = 2) -> None:
    await world.apply(*envelopes(customer(*contacts), version=version), news=True)


async def told(world: NotificationWorld) -> list[tuple[str, str]]:
    return sorted((to, str(mail["Subject"])) for to, mail in await world.deliver_notifications())


@pytest.mark.parametrize(
    ("now", "changes"),
    [
        (ANN, []),
        (contact("ann", email="ANN@example.com", phone=PHONE), []),
        (MOVED, [("email", "ann@example.com", "new@example.com")]),
        (contact("ann", email=None, phone=PHONE), [("email", "ann@example.com", "")]),
        (contact("ann", phone="+819012345600"), [("sms", PHONE, "+819012345600")]),
        (contact("ann"), [("sms", PHONE, "")]),
        (contact("bea"), []),  # another contact altogether
    ],
)
def test_what_a_business_changed_or_took_away_is_a_change(
    now: Contact, changes: list[tuple[str, str, str]]
) -> None:
    found = changed_addresses([KNOWN], customer(now))
    assert [(each.channel, each.old, each.new) for each in found] == changes


def test_a_first_address_is_no_change() -> None:
    alone = ContactAddress(contact_id="co-ann", email="ann@example.com")
    assert list(changed_addresses([alone], customer(ANN))) == []


def test_the_old_address_learns_of_the_new_one_no_more_than_needed() -> None:
    assert masked("hannah@mail.example", "email") == "h…@mail.example"
    assert masked("+819012345678", "sms") == "…78"
    assert masked("", "email") == ""


@pytest.mark.stack
async def test_both_addresses_are_told_once_each(world: NotificationWorld) -> None:
    await change(world, MOVED)
    stored = str(await world.rows("SELECT d::text FROM deliveries d"))
    assert "example.com" not in stored
    mails = await world.deliver_notifications()
    texts = {to: mail.as_string() for to, mail in mails}
    assert sorted(texts) == ["ann@example.com", "new@example.com"]
    assert "can=E2=80=99t sign in any more" in texts["ann@example.com"]
    assert "new@example.com" not in texts["ann@example.com"]
    assert "from now on you sign in with this one" in texts["new@example.com"]
    await change(world, MOVED, version=3)
    assert await told(world) == []
    assert await world.rows("SELECT 1 FROM deliveries WHERE content IS NOT NULL") == []


@pytest.mark.stack
async def test_who_is_told_of_an_address_is_not_told_of_a_page(world: NotificationWorld) -> None:
    await change(world, MOVED)
    assert {subject for _, subject in await told(world)} == {
        "Your email address was changed",
        "This is your email address now",
    }


@pytest.mark.stack
async def test_it_is_told_though_the_portal_is_off(world: NotificationWorld) -> None:
    await world.apply(*envelopes(as_event(PortalDisabled, business_event(), enabled=False), version=2))
    await change(world, MOVED)
    assert len(await told(world)) == 2


@pytest.mark.stack
async def test_a_correction_that_is_no_news_is_told_to_nobody(world: NotificationWorld) -> None:
    await world.apply(*envelopes(customer(MOVED), version=2))
    assert await told(world) == []


@pytest.mark.stack
async def test_a_number_is_told_by_text_and_by_day(world: NotificationWorld) -> None:
    await change(world, contact("ann", phone="+819012345600"))
    await told(world)
    assert [sms.to for sms in world.sms.sent] == [PHONE, "+819012345600"]
    assert "can't sign in any more" in world.sms.sent[0].text


@pytest.mark.stack
async def test_nothing_is_left_of_the_erased(world: NotificationWorld) -> None:
    await change(world, MOVED)
    ids = {"business_id": samples.BUSINESS, "customer_id": "cu-1"}
    await world.apply(*envelopes(CustomerErased(**ids), version=3))
    assert await world.rows("SELECT 1 FROM deliveries") == []
    assert await told(world) == []
