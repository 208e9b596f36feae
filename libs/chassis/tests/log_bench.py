"""A small producer and a small consumer around the chassis' relay and consumer, for its tests."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from chassis.context import ServiceContext
from chassis.database import Transaction
from chassis.encryption import FieldCipher
from chassis.events_in import dead_letters
from chassis.events_in.consumer import Apply, Consumer
from chassis.events_in.dead_letters import DeadLetterFilter, DeadLetterRow, RetryFailure, open_record
from chassis.events_out.event_store import EventStore, Origin
from chassis.events_out.relay import Relay
from chassis.kafka import TopicPartition
from chassis.process.service import Loop
from chassis.settings import ServiceSettings
from portal_testing.stack import eventually
from servicehub_events import Envelope, Preferences, PreferencesSet, partition_for
from sqlalchemy import text

from .conftest import Bench

TOPIC = "portal.preferences.v1"
STORE, ORIGIN = EventStore(), Origin("test")
LETTERS = text("SELECT count(*) FROM dead_letters WHERE code = 'not_applicable'")
_STAND = "INSERT INTO positions VALUES (:consumer, :topic, :partition, :offset)"
_RECORD = "INSERT INTO applied VALUES (:consumer, :subject, :sequence, :payload)"


async def until(met: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition that lies in a database."""
    await eventually(met, what="the condition of the test", within=30)


@asynccontextmanager
async def running(*loops: Loop) -> AsyncGenerator[None, None]:
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def append(bench: Bench, contact_id: str, *locales: str, business: str = "") -> None:
    business = business or bench.name
    async with bench.worker.transaction() as all_tenants:
        tx, stream = all_tenants.of(business), f"preferences/{contact_id}"
        version, _ = await STORE.latest(tx, stream, Preferences)
        events = [
            PreferencesSet(business_id=business, contact_id=contact_id, locale=locale, kinds={})
            for locale in locales
        ]
        await STORE.append(tx, stream, version, events, ORIGIN)


def recorder(bench: Bench, name: str) -> Apply:
    """Write down each event of this test's business."""

    async def apply(tx: Transaction, batch: Sequence[Envelope]) -> None:
        for envelope in batch:
            if envelope.business_id == bench.name:
                subject, sequence = envelope.subject, envelope.sequence
                await tx.run(_RECORD, consumer=name, subject=subject, sequence=sequence, payload="")

    return apply


async def outbox_empty(bench: Bench) -> bool:
    """Whether the relay is done: it deletes rows a moment after readers are shown their records."""
    async with bench.worker.transaction() as tx:
        return not (await tx.connection.execute(text("SELECT count(*) FROM outbox"))).scalar_one()


async def applied(bench: Bench, consumer: str) -> list[tuple[str, int]]:
    async with bench.worker.transaction() as tx:
        rows = await tx.connection.execute(
            text("SELECT subject, sequence FROM applied WHERE consumer = :c ORDER BY number"), {"c": consumer}
        )
        return [(subject, sequence) for subject, sequence in rows]


def consumer(
    bench: Bench, apply: Apply, name: str = "reader", also_transient: tuple[type[Exception], ...] = ()
) -> Consumer:
    return consumer_with(bench, apply, bench.settings, name, also_transient)


def consumer_with(
    bench: Bench,
    apply: Apply,
    settings: ServiceSettings,
    name: str = "reader",
    also_transient: tuple[type[Exception], ...] = (),
) -> Consumer:
    ctx = ServiceContext(settings=settings, database=bench.worker, events=STORE)
    return Consumer(
        f"{bench.name}.{name}", {Preferences: _unused}, ctx, apply=apply, also_transient=also_transient
    )


async def _unused(ctx: object, tx: Transaction, batch: Sequence[Envelope]) -> None: ...


async def letters_of(bench: Bench, consumer: str, key: bytes) -> list[tuple[str, bytes | None]]:
    """Code and value of each letter with this key, opened."""
    cipher = FieldCipher(bench.settings.dead_letter_keys)
    async with bench.worker.transaction() as tx:
        found = (await tx.connection.execute(text("SELECT code, record FROM dead_letters"))).all()
    records = [(code, open_record(cipher, consumer, bytes(record))) for code, record in found]
    return [(code, record.value) for code, record in records if record.key == key]


async def publish_raw(
    bench: Bench, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes | None]], *more: bytes
) -> None:
    """The same under `more` keys too."""
    producer = AIOKafkaProducer(bootstrap_servers=bench.settings.kafka_bootstrap)
    await producer.start()
    for name in (key, *more):
        partition = partition_for(name, 12)
        await producer.send_and_wait(TOPIC, value, name, partition, headers=headers)  # pyright: ignore[reportUnknownMemberType]  # aiokafka is untyped
    await producer.stop()


async def mine(bench: Bench) -> list[DeadLetterRow]:
    """The letters about this test's business, oldest first."""
    async with bench.worker.transaction() as tx:
        criteria = DeadLetterFilter(consumer=f"{bench.name}.reader")
        rows = await dead_letters.find(tx, criteria)
    return [row for row in reversed(rows) if (row.key or "").startswith(f"{bench.name}/")]


async def retry(bench: Bench, apply: Apply) -> list[RetryFailure | None]:
    """Retry every letter about this test's business, as a build that applies so."""
    cipher = FieldCipher(bench.settings.dead_letter_keys)
    refusals: list[RetryFailure | None] = []
    for row in await mine(bench):
        async with bench.worker.transaction() as tx:
            refusals.append(await dead_letters.retry(tx, cipher, apply, row))
    return refusals


async def stand(bench: Bench, consumer: str, offsets: Mapping[TopicPartition, int]) -> None:
    """Store positions, as if a consumer had come so far."""
    async with bench.worker.transaction() as tx:
        for (topic, partition), offset in offsets.items():
            values = {"consumer": consumer, "topic": topic, "partition": partition, "offset": offset}
            await tx.run(_STAND, **values)


class UnspokenLocale(Exception):
    """What a build raises that cannot take an event."""


def refusing(bench: Bench, apply: Apply, *refused: int) -> Apply:
    """As `apply`, but a build that cannot take these versions."""

    async def picky(tx: Transaction, batch: Sequence[Envelope]) -> None:
        await apply(tx, batch)
        for envelope in batch:
            if envelope.business_id == bench.name and envelope.sequence in refused:
                raise UnspokenLocale(envelope.subject)

    return picky


async def consumed(bench: Bench, reader: Consumer, done: int) -> None:
    """Consume until so many of this business's events are applied or set aside, and none waits to be sent."""

    async def there() -> bool:
        seen = len(await applied(bench, "reader")) + len(await mine(bench))
        return seen >= done and await outbox_empty(bench)

    async with running(Relay(bench.name, bench.settings, bench.worker), reader):
        await until(there)
