"""The run: records and requests go out, and processes die, end or freeze in the middle of them."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, Protocol, cast

from aiokafka import AIOKafkaProducer
from portal_testing.stack.whole_log import Place

from .ledger import Ledger
from .processes import Target, end, freeze, kill, resume
from .records import Sending
from .schedule import LONGEST_BURST, Aim

AT_ONCE = 8
"""Requests under way at the same time."""
FROZEN = 40
"""Records that are told while a process is frozen."""
UNACKNOWLEDGED = LONGEST_BURST + 1
"""Records on their way to the broker before their acknowledgement is waited for."""


class _Metadata(NamedTuple):
    topic: str
    partition: int
    offset: int


class Publisher(Protocol):
    """A plain idempotent producer."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def send(
        self,
        topic: str,
        value: bytes,
        *,
        key: bytes,
        partition: int | None,
        headers: Sequence[tuple[str, bytes]],
    ) -> asyncio.Future[_Metadata]: ...


def publisher(bootstrap: str) -> Publisher:
    """An idempotent producer as any language has one: it picks the partition by murmur2 of the key itself."""
    return cast(
        Publisher, AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=0)
    )


class Request(NamedTuple):
    """Something asked over HTTP: of which service, and how."""

    service: str
    ask: Callable[[], Coroutine[object, object, None]]


@dataclass
class Driver:
    """Sends a story, with requests beside it."""

    ledger: Ledger
    producer: Publisher
    _told: int = 0
    _waiting: list[tuple[Sending, asyncio.Future[_Metadata]]] = field(
        default_factory=list[tuple[Sending, asyncio.Future[_Metadata]]]
    )
    _requests: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def publish(self, sendings: Iterable[Sending]) -> None:
        """Send, and wait for every acknowledgement."""
        for sending in sendings:
            await self._send(sending)
        await self._acknowledged()

    async def run(
        self, story: Iterable[Sending], requests: Sequence[Request], aims: Sequence[Aim], *, events: int
    ) -> None:
        """Tell the story, spread the requests over it, and strike.

        The target is awaited at work and found beforehand, so that the deed falls right behind its burst. The
        worker of a service that was asked something meanwhile is struck when the answer comes: what was
        promised lies in the outbox then, or is on its way.
        """
        told, asked, left = iter(story), list(requests), list(aims)
        self._told, every = 0, events // (len(asked) + 1)
        for sending in told:
            await self._send(sending)
            if asked and self._told >= events - len(asked) * every:
                await self._ask(asked.pop(0))
            if left and self._told >= left[0].after:
                await self._strike(left.pop(0), told, asked)
        await self._acknowledged()
        for request in asked:
            await self._ask(request)
        await self.answered()

    async def _strike(self, aim: Aim, told: Iterator[Sending], asked: list[Request]) -> None:
        process = await aim.target.at_work()
        await self._acknowledged()
        promise = await self._promise(aim.target, asked)
        for sending in islice(told, aim.burst):
            await self._send(sending)
        if promise is not None:
            await promise
        match aim.deed:
            case "killed":
                kill(process)
            case "ended":
                end(process)
            case "frozen":
                await self._freeze(process, told)
        self.ledger.strikes[aim.deed][aim.target.name] += 1

    async def _freeze(self, process: int, told: Iterator[Sending]) -> None:
        freeze(process)
        try:
            for sending in islice(told, FROZEN):
                await self._send(sending)
            await self._acknowledged()
        finally:
            resume(process)

    async def answered(self) -> None:
        """Wait for every request."""
        await asyncio.gather(*self._requests)

    async def _promise(self, target: Target, asked: list[Request]) -> asyncio.Task[None] | None:
        """A request that leaves work to this process, if there is one left."""
        suitable = [request for request in asked if request.service == target.service]
        if target.kind != "worker" or not suitable:
            return None
        asked.remove(suitable[0])
        return await self._ask(suitable[0])

    async def _ask(self, request: Request) -> asyncio.Task[None]:
        while len(running := [task for task in self._requests if not task.done()]) >= AT_ONCE:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(request.ask())
        self._requests.add(task)
        return task

    async def _send(self, sending: Sending) -> None:
        record = sending.record
        future = await self.producer.send(
            record.topic,
            record.value,
            key=record.key,
            partition=sending.partition,
            headers=list(record.headers),
        )
        self.ledger.sent[sending.kind] += 1
        self._told += 1
        self._waiting.append((sending, future))
        if len(self._waiting) >= UNACKNOWLEDGED:
            await self._acknowledged()

    async def _acknowledged(self) -> None:
        waiting, self._waiting = self._waiting, []
        for sending, future in waiting:
            place = _place(await future)
            self.ledger.published.append(place)
            self.ledger.contents[place] = sending.record.value
            if sending.kind == "poison":
                self.ledger.poison.add(place)


def _place(metadata: _Metadata) -> Place:
    return Place(metadata.topic, metadata.partition, metadata.offset)
