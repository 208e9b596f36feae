"""Who may use a connection next: first come, first served, and no more wait than can be served in time."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakSet

from chassis.observability.metrics import Counter, LiveGauge

_IN_TIME_SECONDS: Final = 2.0
# Nobody waits longer; whoever waits so long was let in before the database became slow.
_PATIENCE_SECONDS: Final = 5.0
# So many may wait for each connection, however slowly or fast turns end.
_MIN_WAITING, _MAX_WAITING = 20, 400
# How fast turns end is known after so many of them, or after so long.
_ENDS_REMEMBERED: Final = 64
_JUDGED_AFTER_SECONDS: Final = 1.0
_REFUSALS_PER_SECOND: Final = 200
_REFUSED_AT_ONCE_SECONDS: Final = 0.5
_refusals = Counter(
    __name__, "portal_database_refusals_total", "requests that got no connection to PostgreSQL in time"
)
_connections = LiveGauge(
    __name__, "portal_database_connections", "that this process may open to PostgreSQL", "state"
)
_waiting = LiveGauge(__name__, "portal_database_waiting", "requests that wait for a connection to PostgreSQL")


class Overloaded(TimeoutError):
    """More wait for a connection than can be served in time."""


class ConnectionQueue:
    """Turns at a pool of so many connections.

    A turn ends without an await: no cancellation, whenever it comes, can keep one from being given back.
    """

    def __init__(self, connections: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._connections = connections
        self._monotonic = monotonic
        self._free = asyncio.Semaphore(connections)
        self._in_use = 0
        self._waiting = 0
        self._ends: deque[float] = deque(maxlen=_ENDS_REMEMBERED)
        self._refused_until = 0.0
        _queues.add(self)

    @property
    def use(self) -> tuple[int, int, int]:
        """How many connections are in use, how many there may be, and how many wait for one."""
        return self._in_use, self._connections, self._waiting

    @asynccontextmanager
    async def turn(self, *, patient: bool = False) -> AsyncGenerator[None]:
        """A turn. Raises `Overloaded`, as a rule at once; who is `patient` waits, however many do."""
        await self._wait(patient=patient)
        self._in_use += 1
        try:
            yield
        finally:
            self._in_use -= 1
            self._free.release()
            self._ends.append(self._monotonic())

    async def _wait(self, *, patient: bool) -> None:
        if not self._free.locked():
            await self._free.acquire()  # does not suspend
            return
        if not patient and self._waiting >= self._limit:
            await self._pace()
            raise _refusal()
        if not self._waiting:
            self._ends.clear()
        self._waiting += 1
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise _refusal() from None
        finally:
            self._waiting -= 1

    @property
    def _limit(self) -> float:
        """How many may wait: as many as get a turn in time, if turns end as they do since somebody waits."""
        ends, highest = self._ends, self._connections * _MAX_WAITING
        seconds = self._monotonic() - ends[0] if ends else 0.0
        if seconds < _JUDGED_AFTER_SECONDS and len(ends) < _ENDS_REMEMBERED:
            return highest
        in_time = _IN_TIME_SECONDS * len(ends) / max(seconds, 1e-3)
        return min(max(in_time, self._connections * _MIN_WAITING), highest)

    async def _pace(self) -> None:
        """Let refusals wait for each other when there are hundreds a second.

        Each costs time too, and whoever is refused may be back at once: those in the queue would get none.
        """
        now = self._monotonic()
        self._refused_until = max(self._refused_until, now) + 1 / _REFUSALS_PER_SECOND
        if (ahead := self._refused_until - now) > _REFUSED_AT_ONCE_SECONDS:
            await asyncio.sleep(min(ahead, _IN_TIME_SECONDS))


_queues = WeakSet[ConnectionQueue]()
_connections.show(lambda: sum(queue.use[0] for queue in _queues), state="in_use")
_connections.show(lambda: sum(queue.use[1] for queue in _queues), state="limit")
_waiting.show(lambda: sum(queue.use[2] for queue in _queues))


def _refusal() -> Overloaded:
    _refusals.add()
    return Overloaded("too many wait for a connection")
