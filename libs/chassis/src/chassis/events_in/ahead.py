"""Reading ahead: while PostgreSQL stores one batch, the next is fetched and decoded.

One batch ahead and no more, so a consumer that is held up holds two batches in memory. What was read ahead is
worth nothing once partitions came or went, or positions are sought anew: then it is dropped, unstored.
"""

import asyncio
from itertools import islice
from typing import Final, NamedTuple

from aiokafka.errors import IllegalStateError

from chassis.events_in.places import Moves, Places
from chassis.events_in.records import Batch, read
from chassis.kafka import clients as kafka

_AT_A_TIME: Final = 16
"""Records decoded before the batch that is being stored has its turn again: a fifth of a millisecond."""


class Fetched(NamedTuple):
    """A batch, and how far each partition moved with it; None in a rebalance."""

    batch: Batch
    moves: Moves | None


class ReadAhead:
    """The batches of one client, in order."""

    def __init__(self, client: kafka.ConsumerClient, places: Places) -> None:
        self._client = client
        self._places = places
        self._next: asyncio.Task[Fetched] | None = None

    async def batch(self, most: int) -> Fetched:
        """The next batch; the one after it, of at most so many records, is begun to be read."""
        fetched = await (self._next or self._begun(most))
        self._next = self._begun(most)
        return fetched

    async def drop(self) -> None:
        """Forget what was read ahead. Its records are fetched again only after a seek."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
            self._next = None

    def _begun(self, most: int) -> asyncio.Task[Fetched]:
        return asyncio.create_task(self._fetch(most))

    async def _fetch(self, most: int) -> Fetched:
        records = await self._client.getmany(timeout_ms=200, max_records=most)
        try:
            moves = await self._places.moves(self._client)
        except IllegalStateError:
            moves = None  # a rebalance took a partition away meanwhile
        batch = Batch()
        for tp, found in records.items():
            partitions, left = len(self._client.partitions_for_topic(tp.topic) or ()), iter(found)
            while some := list(islice(left, _AT_A_TIME)):
                read(some, partitions, batch)
                await asyncio.sleep(0)
        return Fetched(batch, moves)
