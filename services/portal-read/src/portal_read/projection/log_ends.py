"""Where the log ends now, asked of the broker by a client that belongs to no lane."""

from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager

from chassis.kafka import TopicPartition
from chassis.kafka import clients as kafka
from chassis.settings.base import ServiceSettings


class LogEnds:
    """Beginnings and ends of partitions, as offsets; records of open transactions do not count."""

    def __init__(self, client: kafka.ConsumerClient) -> None:
        self._client = client

    async def ends(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The offset after the last record of each."""
        if not partitions:
            return {}
        return await self._client.end_offsets(partitions)

    async def beginnings(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The offset of the first record that is still there."""
        return await self._client.beginning_offsets(partitions)


@asynccontextmanager
async def log_ends(settings: ServiceSettings) -> AsyncGenerator[LogEnds]:
    """Ask this installation's broker. Raises KafkaError when it does not answer."""
    client = kafka.consumer(settings, group="portal-read.projections")  # joins nothing, commits nothing
    await client.start()
    try:
        yield LogEnds(client)
    finally:
        await client.stop()
