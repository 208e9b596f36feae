"""How far each projection is in the log, and what it holds."""

from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chassis.database import Database, Transaction
from chassis.events_in import positions
from chassis.events_in.positions import PartitionOffsets
from chassis.kafka import TopicPartition
from chassis.kafka import clients as kafka
from chassis.settings import ServiceSettings

from portal_read.projection.compare import Tally, begin_snapshot, tally_tables
from portal_read.projection.names import CONSUMER_KINDS, SCHEMA_VERSION, ConsumerKind, consumer_names
from portal_read.projection.register import Projection, list_projections
from portal_read.projection.sealed_states import StateCipher


class LogEnds:
    """Beginnings and ends of partitions, as offsets; records of open transactions do not count."""

    def __init__(self, client: kafka.ConsumerClient) -> None:
        self._client = client

    async def ends(self, partitions: Collection[TopicPartition]) -> PartitionOffsets:
        """The offset after the last record of each."""
        return await self._client.end_offsets(list(partitions)) if partitions else {}

    async def beginnings(self, partitions: Collection[TopicPartition]) -> PartitionOffsets:
        """The offset of the first record that is still there."""
        return await self._client.beginning_offsets(list(partitions))


@asynccontextmanager
async def log_ends(settings: ServiceSettings) -> AsyncGenerator[LogEnds]:
    """Ask this installation's broker where the log ends. Raises KafkaError when it does not answer."""
    client = kafka.consumer(settings, group="portal-read.projections")  # joins nothing, commits nothing
    await client.start()
    try:
        yield LogEnds(client)
    finally:
        await client.stop()


@dataclass(frozen=True, slots=True)
class ConsumerStatus:
    """`position` is the sum of its offsets; `lag` how many are left to the ends of the log."""

    position: int
    lag: int


@dataclass(frozen=True, slots=True)
class ProjectionStatus:
    """One projection, its consumers by kind. `tables` is empty where rows were not to be counted,
    or are of another version than this build reads."""

    projection: Projection
    consumers: Mapping[ConsumerKind, ConsumerStatus]
    tables: Mapping[str, Tally]


async def list_statuses(
    database: Database, log: LogEnds, cipher: StateCipher, *, count: bool
) -> list[ProjectionStatus]:
    """Every projection, the oldest first; rows are counted and hashed in one snapshot each.

    The ends are asked for first: lag is what was in the log then and is not in the rows now.
    """
    async with database.transaction() as tx:
        projections = await list_projections(tx)
        partitions = {
            tp for projection in projections for part in await _positions(tx, projection.name) for tp in part
        }
    ends = await log.ends(partitions)
    statuses: list[ProjectionStatus] = []
    for projection in projections:
        async with database.transaction() as tx:
            await begin_snapshot(tx)
            consumers = [_status(offsets, ends) for offsets in await _positions(tx, projection.name)]
            known = count and projection.schema_version == SCHEMA_VERSION
            tables = await tally_tables(tx, projection.name, cipher) if known else {}
        by_kind = dict(zip(CONSUMER_KINDS, consumers, strict=True))
        statuses.append(ProjectionStatus(projection, by_kind, tables))
    return statuses


async def _positions(tx: Transaction, schema: str) -> list[PartitionOffsets]:
    return [await positions.stored(tx, name) for name in consumer_names(schema)]


def _status(offsets: PartitionOffsets, ends: PartitionOffsets) -> ConsumerStatus:
    lag = sum(max(0, ends.get(tp, offset) - offset) for tp, offset in offsets.items())
    return ConsumerStatus(sum(offsets.values()), lag)
