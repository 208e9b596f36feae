"""Who gets no news, and what is left of those who were erased; on a real database."""

from collections.abc import AsyncGenerator

import pytest
from chassis.database.database import Database
from chassis.settings.base import Secret
from code_samples import business_event
from local_stack.testing.plugin import FreshDatabase
from news_samples import contact, customer, heard, invoice, preferences, visit, visit_in
from news_world import NewsWorld
from servicehub_events import AppointmentErased, CustomerErased

pytestmark = pytest.mark.stack
ANN, KEN = contact("ann"), contact("ken", locale="ja")


@pytest.fixture
async def world(fresh_database: FreshDatabase) -> AsyncGenerator[NewsWorld]:
    urls = await fresh_database("notifier")
    database = Database(Secret(urls.worker))
    world = NewsWorld(database)
    await world.learn(*heard(business_event()), *heard(customer(ANN, KEN)))
    yield world
    await database.close()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["access", "portal", "contact", "role", "wish"])
async def test_who_may_not_or_will_not_read_it_gets_nothing(world: NewsWorld, what: str, when: str) -> None:
    change = {
        "access": customer(ANN, portal_access=False),
        "portal": business_event(enabled=False),
        "contact": customer(contact("ben", roles=())),
        "role": customer(contact("ann", roles=("invoices", "pay")), contact("ken", roles=())),
        "wish": preferences("co-ann", kinds={"visit_confirmed": False}),
    }[what]
    await world.learn(*heard(customer(ANN), sequence=2))
    if when == "before":
        await world.learn(*heard(change, sequence=3))
    await world.hear_news(*heard(visit()))
    await world.plan()
    if when == "after":
        await world.learn(*heard(change, sequence=3))
    assert await world.deliver_news() == []
    assert await world.outcomes() == []


async def test_a_declined_kind_holds_back_no_other_and_a_chosen_language_is_used(world: NewsWorld) -> None:
    await world.learn(*heard(customer(ANN), sequence=2))
    await world.learn(*heard(preferences("co-ann", locale="ja", kinds={"visit_confirmed": False})))
    await world.hear_news(*heard(visit()), *heard(invoice()))
    ((_, mail),) = await world.deliver_news()
    assert mail["Subject"] == "【Sample Business】請求書 2026-0001 のお知らせ"


async def test_no_address_and_no_name_lies_in_the_database(world: NewsWorld) -> None:
    await world.hear_news(*heard(visit()), *heard(invoice()))
    await world.plan()
    for table in ("customers", "deliveries", "news", "subjects", "preferences"):
        stored = str(await world.rows(f"SELECT t::text FROM {table} t"))
        assert "example.com" not in stored
        assert "Ann" not in stored


async def test_the_erased_leave_nothing_and_are_told_nothing(world: NewsWorld) -> None:
    await world.learn(*heard(preferences("co-ann")))
    await world.hear_news(*heard(visit()), *heard(invoice()))
    await world.plan()
    await world.hear_news(*heard(visit(appointment_id="ap-2")))
    await world.learn(*heard(CustomerErased(business_id="b-1", customer_id="cu-1"), sequence=2))
    await world.hear_news(*heard(visit(appointment_id="ap-3")), *heard(visit_in(4), sequence=2))
    await world.learn(*heard(customer(ANN), sequence=3))
    assert await world.deliver_news() == []
    for table in ("subjects", "news", "deliveries", "preferences"):
        assert await world.rows(f"SELECT 1 FROM {table}") == []
    assert await world.rows("SELECT erased, people, contact_ids FROM customers") == [(True, None, [])]


async def test_an_erased_visit_stays_erased(world: NewsWorld) -> None:
    erased = AppointmentErased(business_id="b-1", appointment_id="ap-1", customer_id="cu-1")
    await world.hear_news(*heard(visit()), *heard(erased, sequence=2), *heard(visit(), sequence=3))
    assert await world.deliver_news() == []
    assert await world.rows("SELECT state FROM subjects") == [(None,)]
