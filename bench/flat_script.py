"""The yardstick of the projector: the same work as one script would do it.

No versions of topics, no tenants, no failures, one table without an index beside its key.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, cast

import msgspec
import psycopg
from aiokafka import AIOKafkaConsumer
from servicehub_events import Appointment

from bench.plain_kafka import TOPIC

AT_ONCE: Final = 1000
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

Done = Callable[[int], None]
"""Is told how many events each batch had."""


class Record(Protocol):
    """What we use of a record."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Partition(Protocol):
    """What we use of a partition's name."""

    @property
    def partition(self) -> int: ...


class Consumer(Protocol):
    """What we use of the client."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def getmany(self, *, timeout_ms: int, max_records: int) -> Mapping[Partition, Sequence[Record]]: ...


def consumer(bootstrap: str) -> Consumer:
    """A plain consumer from the beginning of the topic."""
    return cast(Consumer, AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest"))


async def project(bootstrap: str, url: str, count: int, done: Done) -> None:
    """Decode, upsert and move on, in one transaction a batch."""
    client, seen = consumer(bootstrap), 0
    async with await psycopg.AsyncConnection.connect(url) as connection:
        for statement in (b"DROP TABLE IF EXISTS bench_rows, bench_places", _TABLE, _PLACES):
            await connection.execute(statement)
        await connection.commit()
        await client.start()
        while seen < count:
            records = await client.getmany(timeout_ms=200, max_records=AT_ONCE)
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
                seen += (events := sum(map(len, records.values())))
                done(events)
        await client.stop()


async def read(bootstrap: str, count: int, done: Done) -> None:
    """Fetch and decode, and nothing else."""
    client, seen = consumer(bootstrap), 0
    await client.start()
    while seen < count:
        records = await client.getmany(timeout_ms=200, max_records=AT_ONCE)
        for found in records.values():
            for record in found:
                _decode(record.value)
        if records:
            seen += (events := sum(map(len, records.values())))
            done(events)
    await client.stop()
