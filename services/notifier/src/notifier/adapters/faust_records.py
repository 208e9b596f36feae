"""Applies the records that Faust brings one at a time, or sets them aside.

It is total: Faust would pass over a record whose handler raised. It returns once PostgreSQL has committed.
"""

import asyncio
from functools import partial

import structlog
from chassis.backoff import Backoff
from chassis.database import is_transient
from chassis.events_in import Apply, DeadLetter, DeadLetters, Reactions, Received, decode, react
from chassis.kafka import Record
from chassis.observability import span
from opentelemetry.trace import SpanKind

from notifier.context import Context

log = structlog.get_logger(__name__)

GROUP = "notifier.news"
"""The lane's Kafka group, and the owner of its positions and dead letters."""

_COMMIT_SECONDS = 60.0


class FaustRecords:
    """Applies records by a table of reactions, and keeps those that cannot be applied."""

    def __init__(self, ctx: Context, reactions: Reactions[Context]) -> None:
        self._ctx = ctx
        self.apply_events: Apply = partial(react, reactions, ctx)
        """Applies events that are decoded, in a transaction."""
        self.dead_letters = DeadLetters(GROUP, ctx)
        """What was set aside; the lane sees to its upkeep."""
        self.beats = 0
        """Rises with every attempt, so that somebody can see it is alive."""
        self.waiting = False
        """Whether the last attempt failed."""

    async def apply(self, record: Record) -> None:
        """Apply a record's event, or set the record aside; raises nothing but cancellation."""
        decoded, backoff = decode(record), Backoff()
        while True:
            self.beats += 1
            try:
                async with asyncio.timeout(_COMMIT_SECONDS):  # a frozen server is as good as none
                    await self._commit(decoded)
            except Exception as error:  # whatever it is: waited for, or set aside
                if isinstance(decoded, DeadLetter) or is_transient(error):
                    self.waiting = True
                    log.warning("notifications.waiting", reason=type(error).__name__)
                    await backoff.wait()
                else:
                    log.error("notifications.not_applicable", exc_info=error)
                    decoded = decoded.not_applicable(error)
            else:
                self.waiting = False
                return

    async def _commit(self, decoded: Received | DeadLetter) -> None:
        events = [decoded] if isinstance(decoded, Received) else []
        letters = [decoded] if isinstance(decoded, DeadLetter) else []
        parent = events[0].envelope.traceparent if events else None
        with span(f"consume {GROUP}", parent=parent, kind=SpanKind.CONSUMER):
            async with self._ctx.all_tenants() as tx:
                await self.apply_events(tx, [event.envelope for event in events])
                await self.dead_letters.set_aside(tx, letters)
                await self.dead_letters.mark_superseded(tx, events)
        self.dead_letters.report(letters)
