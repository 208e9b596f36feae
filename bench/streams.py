"""1,000 open pages on one api process: what they take, how soon they are told, and what others notice."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx
from local_stack.environment import STREAMS_PER_SESSION, Addresses
from portal_testing.stack import eventually
from portal_testing.stack.visitor import Visitor

from bench import plain_kafka
from bench.freshness import EMAIL, SLUG, VISIT, paced
from bench.memory import usage_of
from bench.processes import api_of
from bench.report import Goal, Section, percentile

STREAMS: Final = 1000
SETTINGS: Final[Mapping[str, str]] = {STREAMS_PER_SESSION: str(STREAMS)}
"""One customer looks at all of them: an event that concerns everybody who looks."""
ROUNDS, PAGES, PER_SECOND, EVENTS = 2, 150, 10, 5
_SETTLED: Final = 20.0
"""Longer than a heartbeat: each stream has beaten by itself at least once."""
_OPENED_AT_ONCE: Final = 50
_CHANGED: Final = b"event: changed"


class Stream:
    """An open page as a browser holds it; `told` is when it was told, in seconds of `perf_counter`."""

    def __init__(self, url: str, cookie: str) -> None:
        self._url = urlsplit(url)
        self._cookie = cookie
        self.told: list[float] = []

    async def open(self) -> None:
        """Ask for the stream and read its first beat; a task goes on reading."""
        self._reader, self._writer = await asyncio.open_connection(self._url.hostname, self._url.port)
        asked = f"GET {self._url.path} HTTP/1.1\r\nHost: {self._url.netloc}\r\nCookie: {self._cookie}\r\n\r\n"
        self._writer.write(asked.encode())
        answer = await self._reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in answer.split(b"\r\n", 1)[0]:
            raise RuntimeError(f"{self._url.path} answered {answer[:40]!r}")
        self._task = asyncio.create_task(self._read())

    async def close(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError, OSError):
            await self._task
        self._writer.close()

    async def _read(self) -> None:
        while line := await self._reader.readline():
            if line.startswith(_CHANGED):
                self.told.append(time.perf_counter())


class Figures(NamedTuple):
    """Milliseconds of pages, seconds to the last stream, kB of the process before and with the streams."""

    alone: list[float]
    beside: list[float]
    last: list[float]
    before: list[int]
    with_streams: list[int]


async def measure(addresses: Addresses) -> Section:
    """In turns: the pages alone, then beside the streams, then events that reach them."""
    found = Figures([], [], [], [], [])
    url = addresses.portal_url_of("portal-read")
    pid = api_of("portal-read")
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        visitor = Visitor(addresses.public_origin, addresses.mailbox_url, SLUG, http)
        await visitor.sign_in(EMAIL)
        visitor.origin = url
        cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
        producer = plain_kafka.producer(addresses.kafka_bootstrap)
        await producer.start()

        async def publish(marker: int) -> None:
            value, headers = VISIT.value(f"Marker {marker}"), VISIT.headers(marker)
            await producer.send(plain_kafka.TOPIC, value, key=VISIT.key(), headers=headers)

        await _pages(visitor)  # warms up
        for turn in range(ROUNDS):
            found.alone.extend(await _pages(visitor))
            found.before.append(usage_of(pid)[0])
            streams = [Stream(f"{url}/portal/{SLUG}/live", cookie) for _ in range(STREAMS)]
            for first in range(0, STREAMS, _OPENED_AT_ONCE):
                some = streams[first : first + _OPENED_AT_ONCE]
                await asyncio.gather(*(stream.open() for stream in some))
            await asyncio.sleep(_SETTLED)  # what is measured is what they are when nothing happens
            found.with_streams.append(usage_of(pid)[0])
            found.beside.extend(await _pages(visitor))
            for number in range(EVENTS):
                found.last.append(await _reaches(publish, turn * EVENTS + number + 1, streams))
            await asyncio.gather(*(stream.close() for stream in streams))
        await producer.stop()
    return _section(found)


async def _reaches(
    publish: Callable[[int], Awaitable[None]], marker: int, streams: Sequence[Stream]
) -> float:
    """Seconds from the sending of an event until the last of the streams is told."""
    before = [len(stream.told) for stream in streams]
    began = time.perf_counter()
    await publish(marker)

    async def count() -> int:
        return sum(len(stream.told) > known for stream, known in zip(streams, before, strict=True))

    await eventually(count, what="all streams are told", within=30, met=lambda number: number == len(streams))
    return max(stream.told[known] for stream, known in zip(streams, before, strict=True)) - began


async def _pages(visitor: Visitor) -> list[float]:
    """Milliseconds of each of so many dashboards, asked for at a fixed rate."""
    took: list[float] = []
    asked: list[asyncio.Task[None]] = []

    async def ask() -> None:
        began = time.perf_counter()
        answer = await visitor.get(f"/portal/{SLUG}/")
        if answer.status_code != 200:
            raise RuntimeError(f"the dashboard answered {answer.status_code}")
        took.append((time.perf_counter() - began) * 1000)

    async def send(_: int) -> None:
        asked.append(asyncio.create_task(ask()))

    await paced(send, range(PAGES), PER_SECOND)
    await asyncio.gather(*asked)
    return took


def _section(found: Figures) -> Section:
    more = max(after - before for before, after in zip(found.before, found.with_streams, strict=True)) / 1024
    rows = [
        (name, f"{percentile(found.alone, share):.1f}", f"{percentile(found.beside, share):.1f}")
        for name, share in (("dashboard p50, ms", 0.5), ("dashboard p99, ms", 0.99))
    ]
    rows.append(
        ("RSS of the process, MB", f"{min(found.before) / 1024:.0f}", f"{max(found.with_streams) / 1024:.0f}")
    )
    rows.append(("event to the last stream, s", "", f"{max(found.last):.2f}"))
    about = (
        f"{STREAMS:,} streams of one customer on one api process, {ROUNDS} turns; {ROUNDS * PAGES} dashboards"
        f" at {PER_SECOND} a second without and beside them, {ROUNDS * EVENTS} events."
    )
    goals = [
        Goal("P17", f"{STREAMS:,} open pages take at most 60 MB", f"{more:.0f} MB", more <= 60),
        Goal("P17", "an event reaches all within 1 s", f"{max(found.last):.2f} s", max(found.last) <= 1),
    ]
    return Section("Open pages", about, ("", "alone", "beside them"), rows, goals)
