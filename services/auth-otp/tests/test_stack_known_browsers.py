"""A known browser is personal data: it goes with the last contact that has its address."""

import asyncio

import pytest
from auth_otp.handlers.upkeep import rewrite_old_keys
from chassis.encryption import BlindIndex
from chassis.settings import KeyRing
from servicehub_events import CustomerErased, Event

from .sign_in_world import BUSINESS, EMAIL, World, contact, customer

pytestmark = pytest.mark.stack
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
NEW = bytes(range(32, 64))
ERASED = CustomerErased(business_id=BUSINESS, customer_id="cu-1")


async def proven(world: World) -> None:
    browser = world.browser()
    await world.enter(browser, await world.code_for(browser))
    assert await world.count("known_browsers") == 1


async def indexes(world: World) -> list[str]:
    known = "SELECT coalesce(array_agg(address_index ORDER BY 1), '{}') FROM known_browsers"
    return await world.value(known, list[str]) or []


def rotated(world: World) -> KeyRing:
    return KeyRing("n1", {"n1": NEW, **world.settings.blind_index_keys.keys})


@pytest.mark.parametrize(
    "events",
    [
        [ERASED],
        [customer(portal_access=False), ERASED],
        [customer(contact(email="new@example.com"))],
        [customer(contact(email="new@example.com")), ERASED],
        [customer(contact("co-2", email=None))],
    ],
)
async def test_they_go_with_the_address(world: World, events: list[Event]) -> None:
    await proven(world)
    for event in events:
        await world.apply(event)
    assert await indexes(world) == []


async def test_they_stay_while_another_contact_has_the_address(world: World) -> None:
    await proven(world)
    await world.apply(customer(contact("co-9"), customer_id="cu-2"))
    await world.apply(ERASED)
    assert await world.count("known_browsers") == 1
    await world.apply(customer(contact("co-9", email=None), customer_id="cu-2"))
    assert await world.count("known_browsers") == 0


async def test_two_workers_who_each_take_one_of_the_last_contacts_leave_none(world: World) -> None:
    await proven(world)
    await world.apply(customer(contact("co-9"), customer_id="cu-2"))
    erased_too = CustomerErased(business_id=BUSINESS, customer_id="cu-2")
    async with world.worker.all_tenants() as tx:
        await world.react(tx, [world.envelope(ERASED)])
        second = asyncio.create_task(world.apply(erased_too))
        while not (second.done() or await tx.value(WAITING, int)):  # noqa: ASYNC110  # the server's lock
            await asyncio.sleep(0.02)
    await second
    assert await indexes(world) == []


async def test_they_stay_when_the_address_stays(world: World) -> None:
    await proven(world)
    await world.apply(customer(contact(email=EMAIL.upper()), display_name="Married Name"))
    assert await world.count("known_browsers") == 1


async def test_upkeep_takes_them_along_to_a_new_index_key(world: World) -> None:
    await proven(world)
    (before,) = await indexes(world)
    new = BlindIndex(rotated(world)).current(BUSINESS, EMAIL)
    await world.run(f"INSERT INTO known_browsers SELECT business_id, '{new}', browser_id FROM known_browsers")
    worker = world.context("worker", blind_index_keys=rotated(world))
    async with worker.all_tenants() as tx:
        await rewrite_old_keys(worker, tx)
    assert before != new
    assert await indexes(world) == [new]


async def test_a_contact_written_anew_takes_them_along_too(world: World) -> None:
    await proven(world)
    world.worker = world.context("worker", blind_index_keys=rotated(world))
    await world.apply(customer(display_name="Married Name"))
    assert await indexes(world) == [BlindIndex(rotated(world)).current(BUSINESS, EMAIL)]


async def test_they_go_under_whichever_index_they_were_kept(world: World) -> None:
    await proven(world)
    new = BlindIndex(rotated(world)).current(BUSINESS, EMAIL)
    await world.run(f"UPDATE known_browsers SET address_index = '{new}'")
    world.worker = world.context("worker", blind_index_keys=rotated(world))
    await world.apply(ERASED)
    assert await indexes(world) == []
