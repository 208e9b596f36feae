"""How much waits in the outbox, and for how long: measured also while no relay is active."""

import asyncio

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from chassis.database.database import Database
from chassis.events_out.outbox import BY_INDEX_IN_TRANSACTION
from chassis.observability.metrics import LiveGauge

log = structlog.get_logger(__name__)
_rows = LiveGauge(
    __name__, "portal_outbox_rows", "rows that wait to be published; counts to 100,000", "relay"
)
_oldest = LiveGauge(
    __name__, "portal_outbox_oldest_seconds", "age of the oldest row that waits to be published", "relay"
)

EVERY_SECONDS = 10.0
_MEASURE = text(  # from the front of the index: a backlog makes neither half slow
    "SELECT (SELECT count(*) FROM (SELECT FROM outbox ORDER BY position LIMIT 100000) w), greatest(0,"
    " (SELECT extract(epoch FROM now() - created_at) FROM outbox ORDER BY position LIMIT 1))::float"
)


class OutboxWatch:
    """Measures the outbox; every replica does, and all measure the same."""

    def __init__(self, relay: str, database: Database) -> None:
        self._relay = relay
        self._database = database
        self._measured: tuple[int, float] | None = None

    async def run(self) -> None:
        """Measure until cancelled; while the database is away there is no value."""
        rows = _rows.reading(lambda: self._measured and self._measured[0], relay=self._relay)
        oldest = _oldest.reading(lambda: self._measured and self._measured[1], relay=self._relay)
        with rows, oldest:
            while True:
                try:
                    self._measured = await self.measure()
                except (SQLAlchemyError, OSError) as error:  # the relay finds out what is wrong
                    self._measured = None
                    log.info("outbox.not_measured", relay=self._relay, error=type(error).__name__)
                await asyncio.sleep(EVERY_SECONDS)

    async def measure(self) -> tuple[int, float]:
        """Rows, and seconds since the oldest of them was written."""
        async with self._database.transaction() as tx:
            await tx.connection.execute(text(BY_INDEX_IN_TRANSACTION))
            rows, oldest = (await tx.connection.execute(_MEASURE)).one()
        return rows, oldest
