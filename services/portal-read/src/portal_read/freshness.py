"""Once a second: which projection is shown, how fresh it is, and whether a change went by unnoticed."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog
from chassis.observability import LiveGauge, LoopHealth

from portal_read.live_updates import LiveUpdates
from portal_read.read_model import UNAVAILABLE, ReadModel

log = structlog.get_logger(__name__)

_EVERY_SECONDS: Final = 1.0
_as_of = LiveGauge(
    __name__,
    "portal_read_as_of_timestamp_seconds",
    "what pages are as of, in seconds since 1970: when all partitions were last applied to their ends",
)


class Freshness:
    """`as_of` is the last moment every partition had been applied to its end; None while that is unknown."""

    def __init__(self, read_model: ReadModel, live_updates: LiveUpdates, *, stale_after: timedelta) -> None:
        self._read_model = read_model
        self._live_updates = live_updates
        self._stale_after = stale_after
        self._schema = ""
        self._changes: int = -1
        self._unnoticed: int | None = None
        """How many notices had come in when rows were found to have moved."""
        self.health = LoopHealth()
        self.as_of: datetime | None = None

    def stale(self, now: datetime) -> bool:
        """Whether pages must say that they may be out of date."""
        return self.as_of is None or now - self.as_of > self._stale_after

    async def run(self) -> None:
        """Read until cancelled. While the database is away the stamp stays, and so grows old."""
        with _as_of.reading(lambda: self.as_of.timestamp() if self.as_of else None):
            while True:
                try:
                    await self.read()
                    self.health.moved(rest=_EVERY_SECONDS)
                except UNAVAILABLE as error:
                    self.health.failed(type(error).__name__)
                    log.warning("freshness.missed", error=repr(error))
                await asyncio.sleep(_EVERY_SECONDS)

    async def read(self) -> None:
        """Read once. Rows that moved without a notice until the next time mean that notices get lost."""
        schema = await self._read_model.refresh()
        stamp = await self._read_model.freshness()
        self.as_of = stamp.as_of
        notices = self._live_updates.notices
        if self._schema not in ("", schema) or self._unnoticed == notices:
            self._live_updates.wake_everybody()
        moved = stamp.changes != self._changes and self._changes >= 0
        self._unnoticed = notices if moved else None
        self._schema, self._changes = schema, stamp.changes
