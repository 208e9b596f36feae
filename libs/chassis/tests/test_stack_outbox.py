"""The outbox: measured truly, its rows kept until they can be read, and a backlog walked through once."""

from collections.abc import Iterable

import psycopg
import pytest
from chassis.events_out.outbox_watch import OutboxWatch
from chassis.events_out.relay import Relay
from chassis.kafka import clients as kafka
from chassis.settings.base import ServiceSettings
from portal_testing.stack.backlog import add_backlog
from sqlalchemy import text

from .conftest import Bench
from .log_bench import append, running, until

pytestmark = pytest.mark.stack
_COUNTED = text(
    "SELECT n_tup_del, heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read"
    " FROM pg_statio_user_tables JOIN pg_stat_user_tables USING (relid)"
    " WHERE pg_stat_user_tables.relname = 'outbox'"
)
_STEADY = b"ALTER TABLE outbox SET (autovacuum_enabled = off)"


async def test_what_waits_is_measured_as_it_is(bench: Bench) -> None:
    watch = OutboxWatch(bench.name, bench.worker)
    assert await watch.measure() == (0, 0.0)
    await append(bench, "k1", "en", "ja", "en")
    await as_owner(bench, b"UPDATE outbox SET created_at = created_at - interval '3 hours'")
    await append(bench, "k2", "en")  # the newest is not the oldest
    rows, oldest = await watch.measure()
    assert rows == 4
    assert 3 * 3600 <= oldest < 3 * 3600 + 60


async def test_a_backlog_is_counted_to_a_limit(bench: Bench) -> None:
    await backlog(bench, 100_001)
    assert (await OutboxWatch(bench.name, bench.worker).measure())[0] == 100_000


async def test_a_row_stays_until_its_record_can_be_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kafka has said that the transaction is committed, and does not show its records yet."""
    watch = OutboxWatch(bench.name, bench.worker)
    while_unreadable = list[int]()
    true_ends = kafka.committed_ends

    class Behind:
        def __init__(self, settings: ServiceSettings) -> None:
            self._true = true_ends(settings)
            self.start, self.stop = self._true.start, self._true.stop

        async def end_offsets(
            self, partitions: Iterable[kafka.TopicPartition]
        ) -> dict[kafka.TopicPartition, int]:
            if len(while_unreadable) == 3:
                return await self._true.end_offsets(partitions)
            while_unreadable.append((await watch.measure())[0])
            return dict.fromkeys(partitions, 0)

    async def empty() -> bool:
        return (await watch.measure())[0] == 0

    monkeypatch.setattr(kafka, "committed_ends", Behind)
    await append(bench, "k1", "en", "ja")
    async with running(Relay(bench.name, bench.settings, bench.worker)):
        await until(empty)
    assert while_unreadable == [2, 2, 2]


async def test_what_is_deleted_is_not_walked_past_again_for_every_batch(bench: Bench) -> None:
    """It stays in the index as long as somebody, such as a backup, has an older snapshot."""
    await as_owner(bench, _STEADY)
    async with await psycopg.AsyncConnection.connect(bench.owner) as backup:
        await backup.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        await backup.execute("SELECT count(*) FROM outbox")
        await backlog(bench, 100_000)
        await as_owner(bench, b"DELETE FROM outbox")
        await backlog(bench, 10_000)
        assert await blocks_read(bench, 10_000) < 12 * 10_000


async def backlog(bench: Bench, rows: int) -> None:
    async with await psycopg.AsyncConnection.connect(bench.owner) as connection:
        await add_backlog(connection, bench.name, "s-", rows)


async def as_owner(bench: Bench, statement: bytes) -> None:
    async with await psycopg.AsyncConnection.connect(bench.owner) as connection:
        await connection.execute(statement)


async def blocks_read(bench: Bench, rows: int) -> int:
    """How many blocks of the outbox and its index are looked at until so many rows are relayed.

    Both are PostgreSQL's own counters, which every session brings up to date within a second or at its end.
    """
    deleted, before = await counted(bench)

    async def relayed() -> bool:
        return (await counted(bench))[0] == deleted + rows

    async with running(Relay(bench.name, bench.settings, bench.worker)):
        await until(relayed)
    return (await counted(bench))[1] - before


async def counted(bench: Bench) -> tuple[int, int]:
    """Rows deleted so far, and blocks looked at."""
    async with bench.worker.transaction() as tx:
        deleted, blocks = (await tx.connection.execute(_COUNTED)).one()
    return deleted, blocks
