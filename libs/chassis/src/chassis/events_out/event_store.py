"""The event store: append-only streams with optimistic concurrency.

An event of a stream is the event that is published: one class, one JSON, one version (`ce_sequence`).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog
from servicehub_events import Envelope, Event, decode_event, encode_event, topic_of
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.backoff import Backoff
from chassis.clock import Clock, NewId, new_id, system_clock
from chassis.events_out import outbox
from chassis.observability import telemetry

log = structlog.get_logger(__name__)
T = TypeVar("T")

_TRIES = 20
_LOAD = text(
    "SELECT version, type, data::text FROM events"
    " WHERE business_id = :business_id AND stream = :stream ORDER BY version"
)
_APPEND = text(
    "INSERT INTO events (business_id, stream, version, event_id, type, data, occurred_at, causation_id,"
    " actor, traceparent) VALUES (:business_id, :stream, :version, :event_id, :type, CAST(:data AS jsonb),"
    " :occurred_at, :causation_id, :actor, :traceparent)"
)


class Conflict(Exception):
    """Somebody else appended to the stream first. Load it again and decide anew: `retried`."""


async def retried(transaction: Callable[[], Awaitable[T]]) -> T:
    """Run a whole transaction anew, a moment later, while somebody else was first.

    The one policy for every stream. Raises `Conflict` after twenty tries, some seconds; the web answers 503.
    """
    backoff = Backoff(first=0.005, most=0.25)
    for _ in range(_TRIES - 1):
        try:
            return await transaction()
        except Conflict as conflict:
            log.info("store.conflict", reason=str(conflict))
            await backoff.wait()
    return await transaction()


@dataclass(frozen=True, slots=True)
class Origin:
    """Who caused an event: `actor` such as `contact:c1` or `consumer:auth-otp`, and the causing event."""

    actor: str
    causation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as it was loaded. `version` is 0 for one that does not exist yet."""

    business_id: str
    name: str
    version: int
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class EventStore:
    """Loads and appends streams inside the caller's transaction, and publishes what it appends."""

    clock: Clock = system_clock
    new_id: NewId = new_id

    async def load(self, connection: AsyncConnection, business_id: str, name: str) -> Stream:
        """All events of a stream, oldest first, brought to their newest schema version."""
        rows = await connection.execute(_LOAD, {"business_id": business_id, "stream": name})
        found = [(version, decode_event(kind, data.encode())) for version, kind, data in rows]
        return Stream(business_id, name, found[-1][0] if found else 0, [event for _, event in found])

    async def append(
        self, connection: AsyncConnection, stream: Stream, events: Sequence[Event], origin: Origin
    ) -> None:
        """Append after the loaded version, and publish. Raises `Conflict`; the transaction is lost then."""
        now, trace = self.clock(), telemetry.traceparent()
        envelopes = [
            Envelope(
                event=event,
                id=self.new_id(),
                source=topic_of(type(event)).source,
                sequence=stream.version + number,
                time=now,
                causation_id=origin.causation_id,
                traceparent=trace,
            )
            for number, event in enumerate(events, start=1)
        ]
        if not envelopes:
            return
        try:
            await connection.execute(_APPEND, [self._row(stream, e, origin, now) for e in envelopes])
        except IntegrityError as error:
            raise Conflict(f"{stream.name} moved on from version {stream.version}") from error
        await outbox.publish(connection, envelopes, actor=origin.actor)

    def _row(self, stream: Stream, envelope: Envelope, origin: Origin, now: datetime) -> dict[str, object]:
        return {
            "business_id": stream.business_id,
            "stream": stream.name,
            "version": envelope.sequence,
            "event_id": envelope.id,
            "type": envelope.type,
            "data": encode_event(envelope.event).decode(),
            "occurred_at": now,
            "causation_id": origin.causation_id,
            "actor": origin.actor,
            "traceparent": envelope.traceparent,
        }
