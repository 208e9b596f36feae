"""Once a second: which projection is shown, how fresh it is, and whether a change went by unheard."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog
from chassis.clock import Clock
from chassis.observability import telemetry

from portal_read.live_updates import Hub
from portal_read.read_model import UNAVAILABLE, ReadModel
from portal_read.store import PULSE

log = structlog.get_logger(__name__)

_EVERY: Final = 1.0
_behind = telemetry.meter.create_gauge("portal_read_freshness_seconds")


class Pulse:
    """`as_of` is the last moment every partition had been applied to its end; None while that is unknown."""

    def __init__(self, read_model: ReadModel, hub: Hub, clock: Clock, *, stale_after: timedelta) -> None:
        self._read_model = read_model
        self._hub = hub
        self._clock = clock
        self._stale_after = stale_after
        self._schema = ""
        self._count = -1
        self._unheard: int | None = None
        self.as_of: datetime | None = None

    def stale(self, now: datetime) -> bool:
        """Whether pages must say that they may be out of date."""
        return self.as_of is None or now - self.as_of > self._stale_after

    async def run(self) -> None:
        """Beat until cancelled. While the database is away the stamp stays, and so grows old."""
        while True:
            try:
                await self.beat()
            except UNAVAILABLE as error:
                log.warning("pulse.missed", error=repr(error))
            await asyncio.sleep(_EVERY)

    async def beat(self) -> None:
        """Read once. Rows that moved without a notice until the next beat mean that notices get lost."""
        schema = await self._read_model.refresh()
        rows = await self._read_model.anonymous(PULSE)
        count: int = rows[0][0]
        self.as_of = rows[0][1]
        if self.as_of is not None:
            _behind.set((self._clock() - self.as_of).total_seconds())
        if self._schema not in ("", schema) or self._unheard == self._hub.heard:
            self._hub.tell_everybody()
        self._unheard = self._hub.heard if count != self._count and self._count >= 0 else None
        self._schema, self._count = schema, count
