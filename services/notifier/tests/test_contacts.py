"""Who gets no notifications, and what is left of those who were erased; on a real database."""

from collections.abc import AsyncGenerator

import pytest
from code_samples import business_event
from notification_samples import (
    appointment,
    appointment_in,
    contact,
    customer,
    envelopes,
    invoice,
    preferences,
)
from notification_world import NotificationWorld
from portal_testing.stack import Servers
from servicehub_events import AppointmentErased, CustomerErased

pytestmark = pytest.mark.stack
ANN, KEN = contact("ann"), contact("ken", locale="ja")


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[NotificationWorld]:
    async with NotificationWorld.fresh(servers) as world:
        await world.apply(*envelopes(business_event()), *envelopes(customer(ANN, KEN)))
        yield world


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["access", "portal", "contact", "role", "wish"])
async def test_who_may_not_or_will_not_read_it_gets_nothing(
    world: NotificationWorld, what: str, when: str
) -> None:
    change = {
        "access": customer(ANN, portal_access=False),
        "portal": business_event(enabled=False),
        "contact": customer(contact("ben", roles=())),
        "role": customer(contact("ann", roles=("invoices", "pay")), contact("ken", roles=())),
        "wish": preferences("co-ann", kinds={"visit_confirmed": False}),
    }[what]
    await world.apply(*envelopes(customer(ANN), version=2))
    if when == "before":
        await world.apply(*envelopes(change, version=3))
    await world.read(*envelopes(appointment()))
    await world.fan_out()
    if when == "after":
        await world.apply(*envelopes(change, version=3))
    assert await world.deliver_notifications() == []
    assert await world.outcomes() == []


async def test_a_declined_kind_holds_back_no_other_and_a_chosen_language_is_used(
    world: NotificationWorld,
) -> None:
    await world.apply(*envelopes(customer(ANN), version=2))
    await world.apply(*envelopes(preferences("co-ann", locale="ja", kinds={"visit_confirmed": False})))
    await world.read(*envelopes(appointment()), *envelopes(invoice()))
    ((_, mail),) = await world.deliver_notifications(later=60)
    assert mail["Subject"] == "予約金のお願い（11月30日まで、請求書2026-0001）"


async def test_no_address_and_no_name_lies_in_the_database(world: NotificationWorld) -> None:
    await world.read(*envelopes(appointment()), *envelopes(invoice()))
    await world.fan_out()
    for table in (
        "customers",
        "contact_addresses",
        "deliveries",
        "pending_notifications",
        "notification_sources",
        "preferences",
    ):
        stored = str(await world.rows(f"SELECT t::text FROM {table} t"))
        assert "example.com" not in stored
        assert "Ann" not in stored


async def test_of_a_customer_without_access_no_address_is_kept(world: NotificationWorld) -> None:
    await world.apply(*envelopes(customer(ANN, portal_access=False), version=2))
    assert await world.rows("SELECT 1 FROM contact_addresses") == []
    await world.apply(*envelopes(customer(ANN), version=1), *envelopes(customer(KEN), version=3))
    await world.read(*envelopes(appointment()))
    assert [to for to, _ in await world.deliver_notifications()] == ["ken@example.com"]


async def test_an_older_state_of_a_customer_changes_no_address(world: NotificationWorld) -> None:
    await world.apply(*envelopes(customer(KEN), version=3), *envelopes(customer(ANN), version=2))
    await world.apply(*envelopes(customer(ANN), version=2))
    await world.read(*envelopes(appointment()))
    assert [to for to, _ in await world.deliver_notifications()] == ["ken@example.com"]


async def test_the_erased_leave_nothing_and_are_told_nothing(world: NotificationWorld) -> None:
    await world.apply(*envelopes(preferences("co-ann")))
    await world.read(*envelopes(appointment()), *envelopes(invoice()))
    await world.fan_out()
    await world.read(*envelopes(appointment(appointment_id="ap-2")))
    await world.apply(*envelopes(CustomerErased(business_id="b-1", customer_id="cu-1"), version=2))
    await world.read(*envelopes(appointment(appointment_id="ap-3")), *envelopes(appointment_in(4), version=2))
    await world.apply(*envelopes(customer(ANN), version=3))
    assert await world.deliver_notifications() == []
    for table in (
        "contact_addresses",
        "notification_sources",
        "pending_notifications",
        "deliveries",
        "preferences",
    ):
        assert await world.rows(f"SELECT 1 FROM {table}") == []
    assert await world.rows("SELECT erased, contacts FROM customers") == [(True, {})]


async def test_an_erased_visit_stays_erased(world: NotificationWorld) -> None:
    erased = AppointmentErased(business_id="b-1", appointment_id="ap-1", customer_id="cu-1")
    await world.read(
        *envelopes(appointment()), *envelopes(erased, version=2), *envelopes(appointment(), version=3)
    )
    assert await world.deliver_notifications() == []
    assert await world.rows("SELECT state FROM notification_sources WHERE aggregate = 'appointment'") == [
        (None,)
    ]
