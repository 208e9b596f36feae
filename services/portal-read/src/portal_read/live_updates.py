"""Which open pages are woken by a change: one LISTEN connection a process, fanned out to them.

A notice says only *that* something changed. Whoever is woken reads again, with today's rights.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Generator
from contextlib import contextmanager
from typing import Final

import psycopg
import structlog
from chassis.backoff import Backoff
from chassis.database import Database, wait_for_notices
from chassis.observability import LiveGauge, LoopHealth, span
from chassis.observability.telemetry import recorded_trace
from opentelemetry.trace import SpanKind

from portal_read.projection.change_notices import CHANNEL, EVERYBODY, name_of, names_in, trace_in
from portal_read.read_model import ReadModel

log = structlog.get_logger(__name__)

_PING_SECONDS: Final = 10.0
_open = LiveGauge(__name__, "portal_live_streams", "open pages that are told of changes")
_LOOKS_AT_ONCE: Final = 2
"""An event may wake a thousand streams, and the connections are for pages first."""


class Wake(asyncio.Event):
    """Set when a page may have changed; `trace` is the `traceparent` of why, if that is recorded."""

    trace: str | None = None


class LiveUpdates:
    """Subscriptions by business and customer.

    `on_business` is called when a business changed, or anything may have.
    """

    def __init__(self, database: Database, read_model: ReadModel, on_business: Callable[[], None]) -> None:
        self._database = database
        self._read_model = read_model
        self._on_business = on_business
        self._subscribers: defaultdict[str, set[Wake]] = defaultdict(set)
        self._looks = asyncio.Semaphore(_LOOKS_AT_ONCE)
        self.streams: Counter[str] = Counter()
        """How many are open, by session."""
        self.health = LoopHealth()
        self.notices = 0
        """How many have come in."""

    @contextmanager
    def subscribed(self, business_id: str, customer_id: str, session_id: str = "") -> Generator[Wake]:
        """An event that is set when this customer's pages may have changed, or this session ended."""
        woken = Wake()
        names = (name_of(business_id, customer_id), name_of(business_id), EVERYBODY, _of_session(session_id))
        for name in names:
            self._subscribers[name].add(woken)
        try:
            yield woken
        finally:
            for name in names:
                self._subscribers[name].discard(woken)
                if not self._subscribers[name]:
                    del self._subscribers[name]

    @contextmanager
    def counted(self, session_id: str) -> Generator[None]:
        """Count a stream of a session while it is open."""
        self.streams[session_id] += 1
        try:
            yield
        finally:
            self.streams[session_id] -= 1
            if not self.streams[session_id]:
                del self.streams[session_id]

    def in_turn(self, look: Callable[[], Awaitable[bool]]) -> Callable[[], Awaitable[bool]]:
        """The same look at rights, few of which are taken at once."""

        async def taken() -> bool:
            async with self._looks:
                return await look()

        return taken

    def wake(self, name: str) -> None:
        """Wake the subscribers of `{business}/{customer}`, `{business}/*` or `*`."""
        if name.endswith(EVERYBODY):
            self._on_business()
        for woken in self._subscribers.get(name, ()):
            woken.trace = recorded_trace()
            woken.set()

    def wake_session(self, session_id: str) -> None:
        """Have the open pages of a session that ended look at their rights."""
        self.wake(_of_session(session_id))

    def wake_everybody(self) -> None:
        """Have all read again: a notice may have been missed."""
        self.wake(EVERYBODY)

    async def run(self) -> None:
        """Listen until cancelled; after every lost connection everybody reads again."""
        with _open.reading(self.streams.total):
            await self._listen_for_ever()

    async def _listen_for_ever(self) -> None:
        backoff = Backoff()
        while True:
            try:
                async with await self._database.session() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}".encode())
                    backoff.reset()
                    self.wake_everybody()
                    await self._listen(connection)
            except (psycopg.Error, OSError, TimeoutError) as error:
                self.health.failed(type(error).__name__)
                log.warning("live.interrupted", error=repr(error))
                await backoff.wait()

    async def _listen(self, connection: psycopg.AsyncConnection) -> None:
        while True:
            self.health.moved(rest=_PING_SECONDS)
            notices = await wait_for_notices(connection, _PING_SECONDS)
            for notice in notices:
                self.notices += 1
                await self._hear(names_in(notice.payload))
            if not notices:  # a half-open connection is silent for ever
                async with asyncio.timeout(_PING_SECONDS):
                    await connection.execute(b"SELECT 1")

    async def _hear(self, names: Collection[str]) -> None:
        with span("wake open pages", parent=trace_in(names), kind=SpanKind.CONSUMER):
            if EVERYBODY in names:
                await self._read_model.refresh()  # another projection may be shown from now on
            for name in names:
                self.wake(name)


def _of_session(session_id: str) -> str:
    """A name that no customer's can be: it has no slash."""
    return f"session:{session_id}"
