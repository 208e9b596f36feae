"""Preferences from a contact's choice to what is sent, and the links of mails; on a real database."""

import asyncio
import dataclasses
import re
from collections.abc import AsyncGenerator
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from chassis.encryption import FieldCipher
from chassis.settings import KeyRing
from code_samples import business_event, random_ring
from notification_samples import appointment, contact, customer, envelopes, invoice
from notification_world import NotificationWorld
from notifier.domain.preferences import ChangePreferences, Way
from notifier.errors import UnknownContact, UnknownLink
from notifier.handlers.change_preferences import change_preferences
from notifier.handlers.unsubscribe import LONGEST_TOKEN, UnsubscribeLink, link_token, unsubscribe
from portal_testing.stack import Servers
from servicehub_events import CustomerErased, Preferences, PreferencesSet

pytestmark = pytest.mark.stack
ANN = contact("ann", phone="+819012345678")
BOOKED = Way("visit_confirmed", "email")
REMINDER = Way("voucher_reminder", "email")


class Choosing(NotificationWorld):
    """The notifier, and contacts who choose."""

    async def choose(self, **changes: object) -> tuple[int, bool]:
        nothing = ChangePreferences(business_id="b-1", customer_id="cu-1", contact_id="co-ann")
        return await change_preferences(self.web, dataclasses.replace(nothing, **changes))

    async def chosen(self) -> list[Preferences]:
        """All that was published of it."""
        return [each.event for each in await self.published() if isinstance(each.event, Preferences)]

    async def confirmed(self) -> EmailMessage:
        """The mail of a visit that was booked."""
        await self.read(*envelopes(appointment()))
        ((_, mail),) = await self.deliver_notifications()
        return mail


def token_of(mail: EmailMessage) -> str:
    match = re.fullmatch(r"<(https://[^>]+)>", mail["List-Unsubscribe"])
    assert match
    path = urlsplit(match[1]).path
    assert path.startswith("/portal/sample-business/unsubscribe/")
    return path.rpartition("/")[2]


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[Choosing]:
    async with Choosing.fresh(servers) as world:
        await world.apply(*envelopes(business_event()), *envelopes(customer(ANN)))
        yield world


async def test_what_is_switched_off_is_not_sent_and_an_operator_sees_why(world: Choosing) -> None:
    assert await world.choose(off=frozenset({BOOKED}), seen_version=0) == (1, False)
    await world.read(*envelopes(appointment()), *envelopes(invoice()))
    ((_, mail),) = await world.deliver_notifications(later=60)
    assert "2026-0001" in mail["Subject"]
    code, out, _ = await world.portal("messages", "show", "b-1/cu-1")
    assert code == 0
    assert "visit_confirmed by email" in out
    assert "the contact switched it off" in out
    assert "ann@example.com" not in out
    (event,) = await world.chosen()
    assert (event.contact_id, event.channels) == ("co-ann", {"visit_confirmed": ("sms",)})


async def test_what_is_switched_off_while_a_mail_waits_is_not_sent_either(world: Choosing) -> None:
    await world.read(*envelopes(appointment()))
    await world.fan_out()
    await world.choose(off=frozenset({BOOKED}))
    assert await world.deliver_notifications() == []
    assert await world.rows("SELECT status, error FROM deliveries") == [("dropped", "declined")]


async def test_a_language_that_is_chosen_is_that_of_the_next_mail(world: Choosing) -> None:
    await world.choose(locale="ja")
    assert (await world.confirmed())["Content-Language"] == "ja"


async def test_two_who_choose_at_once_lose_no_opt_out(world: Choosing) -> None:
    await world.choose(locale="en")
    await asyncio.gather(
        world.choose(off=frozenset({BOOKED}), seen_version=1),
        world.choose(off=frozenset({REMINDER}), seen_version=1),
        world.choose(on=frozenset({BOOKED, REMINDER}), seen_version=1),
    )
    newest = (await world.chosen())[-1]
    assert newest.channels == {"visit_confirmed": ("sms",), "voucher_reminder": ("sms",)}


async def test_who_is_no_contact_of_the_customer_chooses_nothing(world: Choosing) -> None:
    strangers = ({"contact_id": "co-x"}, {"customer_id": "cu-2"}, {"business_id": "b-2"})
    for stranger in strangers:
        with pytest.raises(UnknownContact):
            await world.choose(locale="ja", **stranger)
    assert await world.chosen() == []


async def test_the_link_of_a_mail_ends_its_kind_by_mail_once_and_for_all(world: Choosing) -> None:
    mail = await world.confirmed()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for _ in range(2):
        assert await unsubscribe(world.web, "b-1", token_of(mail)) == "visit_bookings"
    (event,) = await world.chosen()
    assert event.channels == {"visit_confirmed": ("sms",)}
    await world.read(*envelopes(appointment(appointment_id="ap-2")))
    assert await world.deliver_notifications() == []


async def test_a_mail_that_must_be_known_has_no_header_that_it_could_not_keep(world: Choosing) -> None:
    await world.read(*envelopes(invoice()))
    ((_, mail),) = await world.deliver_notifications(later=60)
    assert mail["List-Unsubscribe"] is None
    assert mail["List-Unsubscribe-Post"] is None


async def test_every_link_that_is_not_ours_is_refused_alike(world: Choosing) -> None:
    token, ours = token_of(await world.confirmed()), world.web
    tampered = [
        token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token) - 1)
    ]
    broken = ["", "x", "é", token[:-4], f"{token}AAAA", f"{token}!", f"{token} ", "A" * LONGEST_TOKEN * 2]
    always = link_token(ours, "b-1", UnsubscribeLink("cu-1", "co-ann", "receipt"))
    gone = link_token(ours, "b-1", UnsubscribeLink("cu-1", "co-x", "visit_confirmed"))
    foreign = link_token(ours, "b-2", UnsubscribeLink("cu-1", "co-ann", "visit_confirmed"))
    for bad in (*tampered, *broken, always, gone, foreign):
        with pytest.raises(UnknownLink):
            await unsubscribe(ours, "b-1", bad)
    with pytest.raises(UnknownLink):
        await unsubscribe(ours, "b-2", token)
    assert await world.chosen() == []


async def test_a_link_lives_as_long_as_its_key(world: Choosing) -> None:
    token, old = token_of(await world.confirmed()), world.settings.unsubscribe_keys
    new = KeyRing.parse(random_ring().replace("k1:", "k2:"))
    both = KeyRing(new.current, {**new.keys, **old.keys})
    read = [FieldCipher(ring).keys.keys for ring in (both, new)]
    assert [old.current in keys for keys in read] == [True, False]
    rotated = world.context("api", unsubscribe_keys=both)
    assert await unsubscribe(rotated, "b-1", token) == "visit_bookings"
    with pytest.raises(UnknownLink):
        await unsubscribe(world.context("api", unsubscribe_keys=new), "b-1", token)


async def test_an_erasure_takes_what_was_chosen_and_says_so_with_ids_alone(world: Choosing) -> None:
    token = token_of(await world.confirmed())
    await world.choose(locale="ja", off=frozenset({REMINDER}))
    await world.apply(*envelopes(CustomerErased(business_id="b-1", customer_id="cu-1"), version=2))
    newest = (await world.published())[-1]
    assert newest.event == PreferencesSet(business_id="b-1", contact_id="co-ann", kinds={})
    assert newest.sequence == 2
    assert await world.rows("SELECT version FROM events") == [(2,)]
    assert await world.rows("SELECT 1 FROM preferences") == []
    with pytest.raises(UnknownLink):
        await unsubscribe(world.web, "b-1", token)
    with pytest.raises(UnknownContact):
        await world.choose(locale="en")


async def test_a_database_that_was_restored_learns_from_the_log_what_was_switched_off(
    world: Choosing,
) -> None:
    event = PreferencesSet(
        business_id="b-1", contact_id="co-ann", locale="ja", kinds={"visit_confirmed": False}
    )
    await world.apply(*envelopes(event, version=7))
    assert await world.choose(locale="en") == (8, False)
    newest = (await world.chosen())[-1]
    assert (newest.locale, newest.kinds) == ("en", {"visit_confirmed": False})
