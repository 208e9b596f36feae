"""The publisher: a plain idempotent client, as any language has one, that notes what it sent."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, cast

from aiokafka import AIOKafkaProducer
from portal_testing.stack.whole_log import Place

from tests.chaos.actors.record_stream import Sending
from tests.chaos.judges.ledger import Ledger

LONGEST_BURST = 60
"""Records on their way to the broker before their acknowledgement is waited for."""


class _Acknowledgement(NamedTuple):
    topic: str
    partition: int
    offset: int


class _Producer(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def send(
        self,
        topic: str,
        value: bytes,
        *,
        key: bytes,
        headers: Sequence[tuple[str, bytes]],
    ) -> asyncio.Future[_Acknowledgement]: ...


@dataclass
class LedgerPublisher:
    """It picks the partition by murmur2 of the key itself."""

    ledger: Ledger
    _producer: _Producer
    _waiting: list[tuple[Sending, asyncio.Future[_Acknowledgement]]] = field(
        default_factory=list[tuple[Sending, asyncio.Future[_Acknowledgement]]]
    )

    async def publish(self, sendings: Iterable[Sending]) -> None:
        """Send, and wait for every acknowledgement."""
        await self.send(sendings)
        await self.acknowledged()

    async def send(self, sendings: Iterable[Sending]) -> None:
        """Send; the last burst is on its way when this returns."""
        for sending in sendings:
            record = sending.record
            future = await self._producer.send(
                record.topic,
                record.value,
                key=record.key,
                headers=list(record.headers),
            )
            self.ledger.sent[sending.kind] += 1
            self._waiting.append((sending, future))
            if len(self._waiting) > LONGEST_BURST:
                await self.acknowledged()

    async def acknowledged(self) -> None:
        """Wait for every acknowledgement."""
        waiting, self._waiting = self._waiting, []
        for sending, future in waiting:
            answer = await future
            place = Place(answer.topic, answer.partition, answer.offset)
            self.ledger.records[place] = sending.record.value
            if sending.kind == "malformed":
                self.ledger.malformed.add(place)


@asynccontextmanager
async def publishing(bootstrap: str, ledger: Ledger) -> AsyncGenerator[LedgerPublisher]:
    """A publisher at these brokers, until the block ends."""
    client = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=0)
    producer = cast(_Producer, client)
    await producer.start()
    try:
        yield LedgerPublisher(ledger, producer)
    finally:
        await producer.stop()
