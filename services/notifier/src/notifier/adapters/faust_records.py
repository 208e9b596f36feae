"""Applies the records that Faust brings one at a time, or sets them aside.

It is total: Faust would pass over a record whose handler raised. It returns once PostgreSQL has committed.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog
from chassis.backoff import Backoff
from chassis.database import is_transient
from chassis.encryption import FieldCipher
from chassis.events_in import Reactions, react
from chassis.events_in.dead_letters import Brake, DeadLetter
from chassis.events_in.failures import Retry, SlowDown
from chassis.events_in.letterbox import Letterbox
from chassis.events_in.records import Batch, read
from chassis.kafka import Record
from chassis.observability import span
from opentelemetry.trace import SpanKind
from servicehub_events import Envelope

from notifier.context import Context

log = structlog.get_logger(__name__)

GROUP = "notifier.news"
"""The lane's Kafka group, and the owner of its positions and dead letters."""

_COMMIT_SECONDS = 60.0


class FaustRecords:
    """Applies records by a table of reactions, and keeps those that cannot be applied."""

    def __init__(self, ctx: Context, reactions: Reactions[Context]) -> None:
        self._ctx = ctx
        self._apply = partial(react, reactions, ctx)
        cipher, brake = (
            FieldCipher(ctx.settings.dead_letter_keys),
            Brake(ctx.settings.dead_letters_per_minute),
        )
        self.letters = Letterbox(GROUP, ctx.database, cipher, brake, self._apply)
        """What was set aside; the lane lets it look for retries."""
        self.beats = 0
        """Rises with every attempt, so that somebody can see it is alive."""
        self.waiting = False
        """Whether the last attempt failed."""

    async def apply(self, record: Record, partitions: int) -> None:
        """Apply a record's event, or set the record aside; raises nothing but cancellation."""
        batch, backoff = Batch(), Backoff()
        read([record], partitions, batch)
        while True:
            self.beats += 1
            try:
                async with asyncio.timeout(_COMMIT_SECONDS):  # a frozen server is as good as none
                    await self._commit(batch)
            except Exception as error:  # whatever it is: waited for, or set aside
                if isinstance(error, Retry | SlowDown) or is_transient(error) or not batch.events:
                    self.waiting = True
                    log.warning("news.waiting", reason=type(error).__name__)
                    await backoff.wait()
                else:
                    log.error("news.not_applicable", exc_info=error)
                    batch = _given_up(batch, type(error).__name__)
            else:
                self.waiting = False
                return

    async def _commit(self, batch: Batch) -> None:
        envelopes: Sequence[Envelope] = [event.envelope for event in batch.events]
        parent = envelopes[0].traceparent if envelopes else None
        with span(f"consume {GROUP}", parent=parent, kind=SpanKind.CONSUMER):
            async with self._ctx.all_tenants() as tx:
                await self._apply(tx, envelopes)
                await self.letters.settle(tx.connection, batch.letters, batch.events)
        self.letters.tell(batch.letters)


def _given_up(batch: Batch, cause: str) -> Batch:
    """The same records, none of which can be applied."""
    letters = [
        DeadLetter(event.topic, event.partition, event.offset, event.raw, "not_applicable", cause)
        for event in batch.events
    ]
    return Batch(letters=[*batch.letters, *letters])
