"""The projector's speed: events a second into the read model, beside one flat script.

Both read the same records from Kafka in turns of one run, decode them typed, and commit rows and positions of
a batch in one transaction. The flat script has one table without indexes, and no second thoughts.
"""

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import NamedTuple, Protocol, cast

import msgspec
import psycopg
from aiokafka import AIOKafkaConsumer
from chassis.db import Database
from chassis.reading import Received
from chassis.settings import CommonSettings, load
from local_stack.testing import Servers, eventually
from portal_read import worker
from portal_read.blue_green import switching
from portal_read.projector import Projector
from servicehub_events import Appointment, AppointmentScheduled, Envelope, as_event, encode, uuid7
from servicehub_events.testing import samples
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.plain_kafka import TOPIC, producer
from bench.report import Section

EVENTS, ROUNDS, CUSTOMERS = 20_000, 5, 500
_AT_ONCE = 1000
_TABLE = b"CREATE TABLE bench_rows (id text PRIMARY KEY, version bigint, customer_id text, state jsonb)"
_PLACES = b"CREATE TABLE bench_places (partition integer PRIMARY KEY, next_offset bigint NOT NULL)"
_PUT = (
    b"INSERT INTO bench_rows AS old SELECT id, version, customer_id, state"
    b" FROM jsonb_to_recordset(CAST(%s AS jsonb))"
    b" AS r(id text, version bigint, customer_id text, state jsonb)"
    b" ON CONFLICT (id) DO UPDATE SET version = EXCLUDED.version, customer_id = EXCLUDED.customer_id,"
    b" state = EXCLUDED.state WHERE old.version < EXCLUDED.version"
)
_MOVE = b"INSERT INTO bench_places VALUES (%s, %s) ON CONFLICT (partition) DO UPDATE SET next_offset = %s"
_decode = msgspec.json.Decoder(Appointment).decode


class Record(Protocol):
    """What we use of a record."""

    value: bytes
    offset: int
    headers: Sequence[tuple[str, bytes]]


class Partition(Protocol):
    """What we use of a partition's name."""

    partition: int


class Consumer(Protocol):
    """What we use of the client."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def getmany(self, *, timeout_ms: int, max_records: int) -> Mapping[Partition, Sequence[Record]]: ...


class Rates(NamedTuple):
    """Events a second of one round."""

    projector: float
    flat: float


async def measure(servers: Servers) -> Section:
    """Rates of both, and the median and range of their ratio."""
    urls = await servers.fresh_database("portal_read")
    environment = servers.environment("portal_read", "worker", urls, http_port=8102)
    settings = load(CommonSettings, {**environment, "DATABASE_URL": urls.owner})
    await publish(servers.kafka_bootstrap)
    found: list[Rates] = []
    for number in range(ROUNDS + 1):
        rates = Rates(await _projector(settings, number), await _flat(settings.kafka_bootstrap, urls.owner))
        if number:  # the first round warms up
            found.append(rates)
    return _section(found)


async def publish(bootstrap: str, count: int = EVENTS) -> None:
    """So many visits of customers nobody knows, one record each."""
    client = producer(bootstrap)
    await client.start()
    sent: list[Awaitable[object]] = []
    for number in range(count):
        ids = {"appointment_id": f"ap-{number}", "customer_id": f"cu-{number % CUSTOMERS}"}
        event = as_event(AppointmentScheduled, samples.appointment(), **ids, business_id="b-bench")
        envelope = Envelope(
            event=event, id=str(uuid7()), source="/servicehub/core", time=datetime.now(UTC), sequence=1
        )
        record = encode(envelope)
        sent.append(await client.send(TOPIC, record.value, key=record.key, headers=record.headers))
    await asyncio.gather(*sent)
    await client.stop()


class _Stopwatch:
    """From the end of the first batch, so that joining a group does not count, to that of the last."""

    def __init__(self) -> None:
        self._first = self._last = 0.0
        self._started_with = 0
        self.events = 0

    def batch(self, events: int) -> None:
        self._last = time.perf_counter()
        self.events += events
        if not self._first:
            self._first, self._started_with = self._last, events

    @property
    def rate(self) -> float:
        return (self.events - self._started_with) / (self._last - self._first)


async def _projector(settings: CommonSettings, number: int) -> float:
    """The worker's own lane of visits, invoices and payments, into an empty projection that nobody shows."""
    schema, watch = f"bench_{number}", _Stopwatch()
    database = Database(settings.database_url)
    async with database.transaction() as connection:
        await switching.begin(connection, schema)
    projector = Projector(schema)

    async def apply(connection: AsyncConnection, events: Sequence[Received]) -> None:
        await projector.apply(connection, events)
        watch.batch(len(events))

    lane = asyncio.create_task(worker.consumers(schema, apply, settings, database)[1].run())
    await eventually(lambda: _reached(watch), what="the projector is done", within=300)
    lane.cancel()
    await asyncio.gather(lane, return_exceptions=True)
    async with database.transaction() as connection:
        await switching.drop(connection, schema)
    await database.close()
    return watch.rate


async def _reached(watch: _Stopwatch) -> bool:
    return watch.events >= EVENTS


async def _flat(bootstrap: str, url: str) -> float:
    """The same work as one script would do it: no versions of topics, no tenants, no indexes, no failures."""
    watch = _Stopwatch()
    consumer = cast(
        Consumer, AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    )
    async with await psycopg.AsyncConnection.connect(url) as connection:
        for statement in (b"DROP TABLE IF EXISTS bench_rows, bench_places", _TABLE, _PLACES):
            await connection.execute(statement)
        await connection.commit()
        await consumer.start()
        while watch.events < EVENTS:
            records = await consumer.getmany(timeout_ms=200, max_records=_AT_ONCE)
            rows: dict[str, object] = {}
            for found in records.values():
                for record in found:
                    event, version = _decode(record.value), int(dict(record.headers)["ce_sequence"])
                    ids = {"id": event.appointment_id, "version": version, "customer_id": event.customer_id}
                    rows[event.appointment_id] = {**ids, "state": msgspec.Raw(record.value)}
            await connection.execute(_PUT, (msgspec.json.encode(list(rows.values())).decode(),))
            for tp, found in records.items():
                await connection.execute(_MOVE, (tp.partition, found[-1].offset + 1, found[-1].offset + 1))
            await connection.commit()
            if records:
                watch.batch(sum(map(len, records.values())))
        await consumer.stop()
    return watch.rate


def _section(found: Sequence[Rates]) -> Section:
    ratios = [rates.projector / rates.flat for rates in found]
    about = (
        f"{EVENTS} visits of about 600 bytes, in {ROUNDS} turns. The flat script decodes each value typed"
        " and commits rows and offsets of 1,000 records at once, into one table without an index beside its"
        " key. The projector also reads envelope and key, checks the event's rules and its partition, cuts"
        " rows of the erased, and keeps five indexes. The goal is 0.7 × the flat script."
    )
    rows = [
        ("projector", f"{median(rates.projector for rates in found):,.0f}"),
        ("flat script", f"{median(rates.flat for rates in found):,.0f}"),
        ("projector to flat", f"{median(ratios):.2f} × ({min(ratios):.2f} to {max(ratios):.2f})"),
    ]
    return Section("Projection", about, ("events a second, median", ""), rows)
