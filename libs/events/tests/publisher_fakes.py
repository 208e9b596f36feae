"""A log in memory that takes, refuses or ignores records as it is told."""

import asyncio
from asyncio import Future
from collections.abc import Mapping
from typing import NamedTuple

from servicehub_events.codec import WireRecord
from servicehub_events.publisher import Security
from servicehub_events.publisher.client import Receipt

PARTITIONS = 12


class Offset(NamedTuple):
    """A broker's answer."""

    offset: int


class FakeLog:
    """The brokers. Each client of theirs counts in `opened` and `closed`."""

    def __init__(self) -> None:
        self.records: list[tuple[WireRecord, int]] = []
        self.opened = self.closed = self.given_up = 0
        self.away: Exception | None = None
        self.silent = False
        self.stuck = False
        self.refused: Mapping[bytes, Exception] = {}
        self.unqueued: Mapping[bytes, Exception] = {}
        self.offsets_known = True

    def connect(self, bootstrap: str, security: Security | None, seconds: float) -> "FakeClient":
        return FakeClient(self)


class FakeClient:
    """One connection."""

    def __init__(self, log: FakeLog) -> None:
        self._log = log
        self._gave_up = asyncio.Event()

    async def open(self) -> None:
        if self._log.away:
            raise self._log.away
        self._log.opened += 1

    async def partitions(self, topic: str) -> int:
        return PARTITIONS

    async def send(self, record: WireRecord, partition: int) -> Future[Receipt]:
        if error := self._log.unqueued.get(record.key):
            raise error
        answer: Future[Receipt] = asyncio.get_running_loop().create_future()
        if error := self._log.refused.get(record.key):
            answer.set_exception(error)
        elif not self._log.silent:
            self._log.records.append((record, partition))
            answer.set_result(Offset(len(self._log.records) - 1 if self._log.offsets_known else -1))
        return answer

    async def close(self) -> None:
        if self._log.stuck:
            await self._gave_up.wait()
        self._log.closed += 1

    def give_up(self) -> None:
        self._log.given_up += 1
        self._gave_up.set()
