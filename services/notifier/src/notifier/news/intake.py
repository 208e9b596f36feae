"""Takes what the news topics bring, one record at a time: it is stored, or else set aside.

The handler is total: Faust would pass over a record whose handler raised. It returns once PostgreSQL has
committed. Records may come twice, so that everything is guarded by the version of its aggregate.
"""

import asyncio
from collections.abc import Sequence

import structlog
from chassis.backoff import Backoff
from chassis.clock import Clock
from chassis.database import Transaction
from chassis.database.database import Database, is_transient
from chassis.encryption import FieldCipher
from chassis.events_in.dead_letters import Brake, DeadLetter
from chassis.events_in.failures import Retry, SlowDown
from chassis.events_in.letterbox import Letterbox
from chassis.events_in.records import Batch, read
from chassis.kafka.clients import Record
from chassis.observability import telemetry
from opentelemetry.trace import SpanKind
from servicehub_events import Envelope
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier import measures
from notifier.news import records
from notifier.news.domain import is_old, kind_of
from notifier.news.records import News
from notifier.news.subjects import subject_of
from notifier.people import People, share

log = structlog.get_logger(__name__)

NAME = "notifier.news"
"""The lane's Kafka group, and the owner of its positions and dead letters."""

_COMMIT_SECONDS = 60.0


class Intake:
    """Stores visits, invoices and payments, and the messages they make. `cipher` is for dead letters."""

    def __init__(
        self, database: Database, people: People, clock: Clock, *, cipher: FieldCipher, brake: Brake
    ) -> None:
        self._database = database
        self._people = people
        self._clock = clock
        self.letters = Letterbox(NAME, database, cipher, brake, self.apply)
        """What was set aside; the lane lets it look for retries."""
        self.beats = 0
        """Rises with every attempt, so that somebody can see it is alive."""
        self.waiting = False
        """Whether the last attempt failed."""

    async def take(self, record: Record, partitions: int) -> None:
        """Store a record's event, or set the record aside; raises nothing but cancellation."""
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
        parent = batch.events[0].envelope.traceparent if batch.events else None
        with telemetry.span(f"consume {NAME}", parent=parent, kind=SpanKind.CONSUMER):
            async with self._database.transaction() as connection:
                envelopes = [event.envelope for event in batch.events]
                await self.apply(Transaction(connection), envelopes)
                await self.letters.settle(connection, batch.letters, batch.events)
        self.letters.tell(batch.letters)

    async def apply(self, tx: Transaction, batch: Sequence[Envelope]) -> None:
        """Store what each event is about, in this transaction."""
        for envelope in batch:
            await self._store(tx.connection, envelope)

    async def _store(self, connection: AsyncConnection, envelope: Envelope) -> None:
        event, version = envelope.event, envelope.sequence
        subject = subject_of(event)
        if subject is None:
            return
        await share(connection, event.business_id, subject.customer_id)
        household = await self._people.household(connection, event.business_id, subject.customer_id)
        if household and household.erased:
            return
        newer = await records.keep(connection, event.business_id, subject, version)
        kind = kind_of(event)
        if not newer or kind is None:
            return
        for former in await records.supersede(connection, event.business_id, subject, version):
            measures.news(former, "superseded")
        now = self._clock()
        if is_old(envelope.time, now):
            measures.news(kind, "old")
            return
        news = News(
            business_id=event.business_id,
            event_id=envelope.id,
            kind=kind,
            aggregate=subject.aggregate,
            subject_id=subject.subject_id,
            subject_version=version,
            customer_id=subject.customer_id,
            heard_at=now,
            traceparent=envelope.traceparent,
        )
        await records.add(connection, news)


def _given_up(batch: Batch, cause: str) -> Batch:
    """The same records, none of which can be applied."""
    letters = [
        DeadLetter(event.topic, event.partition, event.offset, event.raw, "not_applicable", cause)
        for event in batch.events
    ]
    return Batch(letters=[*batch.letters, *letters])
