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
from chassis.events_in.dead_letters import DeadLetters
from chassis.events_in.records import DeadLetter, Received, decode
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
    """Stores visits, invoices and payments, and the messages they make."""

    def __init__(self, database: Database, people: People, clock: Clock, dead_letters: DeadLetters) -> None:
        self._database = database
        self._people = people
        self._clock = clock
        self.dead_letters = dead_letters
        """What was set aside; the lane sees to its upkeep."""
        self.beats = 0
        """Rises with every attempt, so that somebody can see it is alive."""
        self.waiting = False
        """Whether the last attempt failed."""

    async def take(self, record: Record, partitions: int) -> None:
        """Store a record's event, or set the record aside; raises nothing but cancellation."""
        taken, backoff = decode(record, partitions), Backoff()
        while taken is not None:
            self.beats += 1
            try:
                async with asyncio.timeout(_COMMIT_SECONDS):  # a frozen server is as good as none
                    await self._commit(taken)
            except Exception as error:  # whatever it is: waited for, or set aside
                if isinstance(taken, DeadLetter) or is_transient(error):
                    self.waiting = True
                    log.warning("news.waiting", reason=type(error).__name__)
                    await backoff.wait()
                else:
                    log.error("news.not_applicable", exc_info=error)
                    taken = taken.not_applicable(error)
            else:
                self.waiting = False
                return

    async def _commit(self, taken: Received | DeadLetter) -> None:
        events = [taken] if isinstance(taken, Received) else []
        letters = [taken] if isinstance(taken, DeadLetter) else []
        parent = events[0].envelope.traceparent if events else None
        with telemetry.span(f"consume {NAME}", parent=parent, kind=SpanKind.CONSUMER):
            async with self._database.transaction() as connection:
                tx = Transaction(connection)
                await self.apply(tx, [event.envelope for event in events])
                await self.dead_letters.set_aside(tx, letters)
                await self.dead_letters.mark_superseded(tx, events)
        self.dead_letters.report(letters)

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
