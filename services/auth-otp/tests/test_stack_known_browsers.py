"""A known browser is personal data: it goes with the last contact that has its address."""

import asyncio

import pytest
from auth_otp import upkeep
from auth_otp.reactions import Reactions
from chassis.clock import system_clock
from chassis.encryption import BlindIndex, FieldCipher
from chassis.events_in.dead_letters import RawRecord
from chassis.events_in.records import Received
from chassis.events_out.event_store import EventStore
from chassis.settings.keys import KeyRing
from servicehub_events import CustomerErased, Event
from sqlalchemy import text

from .sign_in_world import BUSINESS, EMAIL, World, contact, customer, settings_with

pytestmark = pytest.mark.stack
WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
NEW = bytes(range(32, 64))
ERASED = CustomerErased(business_id=BUSINESS, customer_id="cu-1")


async def proven(world: World) -> None:
    browser = world.browser()
    await world.enter(browser, await world.code_for(browser))
    assert await world.count("known_browsers") == 1


async def indexes(world: World) -> list[str]:
    async with world.worker.transaction() as connection:
        return list(await connection.scalars(text("SELECT address_index FROM known_browsers ORDER BY 1")))


def rotated(world: World) -> KeyRing:
    return KeyRing("n1", {"n1": NEW, **world.settings.index_keys.keys})


def reacting_with(world: World, index_keys: KeyRing) -> Reactions:
    """A worker that was restarted with other index keys."""
    cipher = FieldCipher(world.settings.field_keys)
    return Reactions(cipher, BlindIndex(index_keys), EventStore(), system_clock)


@pytest.mark.parametrize(
    "told",
    [
        [ERASED],
        [customer(portal_access=False), ERASED],
        [customer(contact(email="new@example.com"))],
        [customer(contact(email="new@example.com")), ERASED],
        [customer(contact("co-2", email=None))],
    ],
)
async def test_they_go_with_the_address(world: World, told: list[Event]) -> None:
    await proven(world)
    for event in told:
        await world.told(event)
    assert await indexes(world) == []


async def test_they_stay_while_another_contact_has_the_address(world: World) -> None:
    await proven(world)
    await world.told(customer(contact("co-9"), customer_id="cu-2"))
    await world.told(ERASED)
    assert await world.count("known_browsers") == 1
    await world.told(customer(contact("co-9", email=None), customer_id="cu-2"))
    assert await world.count("known_browsers") == 0


async def test_two_workers_who_each_take_one_of_the_last_contacts_leave_none(world: World) -> None:
    await proven(world)
    await world.told(customer(contact("co-9"), customer_id="cu-2"))
    erased_too = CustomerErased(business_id=BUSINESS, customer_id="cu-2")
    async with world.worker.transaction() as connection:
        first = Received("", 0, 0, world.envelope(ERASED), RawRecord(None, (), b""))
        await world.reactions.apply(connection, [first])
        second = asyncio.create_task(world.told(erased_too))
        while not (second.done() or await connection.scalar(WAITING)):  # noqa: ASYNC110  # the server's lock
            await asyncio.sleep(0.02)
    await second
    assert await indexes(world) == []


async def test_they_stay_when_the_address_stays(world: World) -> None:
    await proven(world)
    await world.told(customer(contact(email=EMAIL.upper()), display_name="Married Name"))
    assert await world.count("known_browsers") == 1


async def test_upkeep_takes_them_along_to_a_new_index_key(world: World) -> None:
    await proven(world)
    (before,) = await indexes(world)
    new = BlindIndex(rotated(world)).current(BUSINESS, EMAIL)
    async with world.worker.transaction() as connection:
        twice = "INSERT INTO known_browsers SELECT business_id, '{}', browser_id FROM known_browsers"
        await connection.execute(text(twice.format(new)))
        await upkeep.rewrite_old_keys(connection, settings_with(world, index_keys=rotated(world)))
    assert before != new
    assert await indexes(world) == [new]


async def test_a_contact_written_anew_takes_them_along_too(world: World) -> None:
    await proven(world)
    world.reactions = reacting_with(world, rotated(world))
    await world.told(customer(display_name="Married Name"))
    assert await indexes(world) == [BlindIndex(rotated(world)).current(BUSINESS, EMAIL)]


async def test_they_go_under_whichever_index_they_were_kept(world: World) -> None:
    await proven(world)
    new = BlindIndex(rotated(world)).current(BUSINESS, EMAIL)
    async with world.worker.transaction() as connection:
        await connection.execute(text(f"UPDATE known_browsers SET address_index = '{new}'"))
    world.reactions = reacting_with(world, rotated(world))
    await world.told(ERASED)
    assert await indexes(world) == []
