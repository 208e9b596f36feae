"""The event store on real PostgreSQL: one winner, whole transactions, one tenant."""

import asyncio

import pytest
from chassis.events_out.event_store import Conflict, EventStore, Origin, retry_on_conflict
from servicehub_events import Preferences, PreferencesSet, as_event, decode
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from .conftest import Bench

pytestmark = pytest.mark.stack
STREAM = "preferences/k1"
STORE, ORIGIN = EventStore(), Origin("contact:k1", "0190b8a0-0000-7000-8000-000000000001")


def chose(locale: str, business_id: str = "b1") -> PreferencesSet:
    return PreferencesSet(business_id=business_id, contact_id="k1", locale=locale, kinds={})


async def append(bench: Bench, event: PreferencesSet) -> None:
    async with bench.web.tenant(event.business_id) as tx:
        version, _ = await STORE.latest(tx, STREAM, Preferences)
        await STORE.append(tx, STREAM, version, [event], ORIGIN)


async def test_a_stream_is_read_back_as_it_was_written(bench: Bench) -> None:
    await append(bench, chose("en"))
    await append(bench, chose("ja"))
    async with bench.web.tenant("b1") as tx:
        version, state = await STORE.latest(tx.of("b1"), STREAM, Preferences)
    assert version == 2
    assert state == as_event(Preferences, chose("ja"))


async def test_what_is_appended_waits_in_the_outbox_as_a_record_that_readers_accept(bench: Bench) -> None:
    await append(bench, chose("ja"))
    async with bench.worker.transaction() as tx:
        row = (await tx.connection.execute(text("SELECT topic, key, headers, value FROM outbox"))).one()
    headers = [(name, value.encode()) for name, value in row.headers]
    envelope = decode(topic=row.topic, key=bytes(row.key), headers=headers, value=bytes(row.value))
    assert isinstance(envelope.event, Preferences)
    assert (envelope.event, envelope.sequence, envelope.causation_id) == (chose("ja"), 1, ORIGIN.causation_id)


async def test_of_two_who_loaded_the_same_version_one_gets_a_conflict(bench: Bench) -> None:
    first, second = asyncio.Event(), asyncio.Event()

    async def racer(mine: asyncio.Event, other: asyncio.Event, locale: str) -> bool:
        try:
            async with bench.worker.transaction() as all_tenants:
                tx = all_tenants.of("b1")
                version, _ = await STORE.latest(tx, STREAM, Preferences)
                mine.set()
                await other.wait()
                await STORE.append(tx, STREAM, version, [chose(locale)], ORIGIN)
        except Conflict:
            return False
        return True

    won = await asyncio.gather(racer(first, second, "en"), racer(second, first, "ja"))
    assert sorted(won) == [False, True]
    async with bench.worker.transaction() as tx:
        assert (await tx.connection.execute(text("SELECT count(*) FROM outbox"))).scalar_one() == 1


async def test_whoever_was_not_first_decides_anew_until_all_are_in(bench: Bench) -> None:
    async def choose(number: int) -> None:
        async with bench.worker.transaction() as all_tenants:
            tx = all_tenants.of("b1")
            version, _ = await STORE.latest(tx, STREAM, Preferences)
            await STORE.append(tx, STREAM, version, [chose("ja" if number % 2 else "en")], ORIGIN)

    await asyncio.gather(*(retry_on_conflict(lambda n=n: choose(n)) for n in range(30)))
    async with bench.web.tenant("b1") as tx:
        version, _ = await STORE.latest(tx.of("b1"), STREAM, Preferences)
        count = await tx.connection.scalar(text("SELECT count(*) FROM events"))
    assert (version, count) == (30, 30)


async def test_a_web_process_sees_and_writes_one_tenant_only(bench: Bench) -> None:
    await append(bench, chose("en", "b1"))
    await append(bench, chose("ja", "b2"))
    async with bench.web.tenant("b1") as tx:
        rows = await tx.connection.execute(text("SELECT business_id FROM events"))
        assert rows.scalars().all() == ["b1"]
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with bench.web.tenant("b1") as tx:
            await STORE.append(tx.of("b2"), STREAM, 0, [chose("en", "b2")], ORIGIN)


async def test_a_broken_constraint_that_is_no_version_is_an_error_and_no_conflict(bench: Bench) -> None:
    same_id = EventStore(new_id=lambda: "0190b8a0-0000-7000-8000-00000000000f")
    with pytest.raises(IntegrityError, match="event_id"):
        async with bench.worker.transaction() as tx:
            await same_id.append(tx.of("b1"), STREAM, 0, [chose("en"), chose("ja")], ORIGIN)


async def test_a_web_process_without_a_tenant_sees_nothing(bench: Bench) -> None:
    await append(bench, chose("en"))
    async with bench.web.transaction() as tx:
        assert (await tx.connection.execute(text("SELECT * FROM events"))).all() == []


@pytest.mark.parametrize("table", ["outbox", "positions", "dead_letters"])
async def test_a_web_process_cannot_read_what_has_no_tenant(bench: Bench, table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with bench.web.tenant("b1") as tx:
            await tx.connection.execute(text(f"SELECT * FROM {table}"))
