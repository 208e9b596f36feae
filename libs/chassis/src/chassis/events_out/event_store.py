"""The event store: append-only streams with optimistic concurrency.

An event of a stream is the event that is published: one class, one JSON, one version (`ce_sequence`). Each
carries the whole state of its aggregate, so the newest event of a stream is the state.

A service whose events hold what people typed gives its store a cipher: there `data` is bytes, encrypted for
the one row that they lie in, and not JSON.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
import structlog
from psycopg.errors import UniqueViolation
from servicehub_events import Envelope, Event, as_event, decode_event, encode_event, topic_of
from sqlalchemy.exc import IntegrityError

from chassis.backoff import Backoff
from chassis.clock import Clock, NewId, new_id, system_clock
from chassis.database.transaction import Transaction
from chassis.encryption import FieldCipher
from chassis.events_out.outbox import publish
from chassis.observability import telemetry

log = structlog.get_logger(__name__)
T = TypeVar("T")
S = TypeVar("S", bound=Event)

_TRIES: Final = 20
_LATEST: Final = (
    "SELECT version, type, {data} AS data FROM events"
    " WHERE business_id = :business_id AND stream = :stream ORDER BY version DESC LIMIT 1"
)
_APPEND: Final = (
    "INSERT INTO events (business_id, stream, version, event_id, type, data, occurred_at, causation_id,"
    " actor, traceparent) VALUES (:business_id, :stream, :version, :event_id, :type, CAST(:data AS {data}),"
    " :occurred_at, :causation_id, :actor, :traceparent)"
)
_READ_JSON, _READ_BYTES = (_LATEST.format(data=data) for data in ("convert_to(data::text, 'UTF8')", "data"))
_APPEND_JSON, _APPEND_BYTES = (_APPEND.format(data=data) for data in ("jsonb", "bytea"))
_VERSIONS: Final = "events_pkey"
"""The constraint that only a second event of one version breaks."""


class Conflict(Exception):
    """Somebody else appended to the stream first. Read it again and decide anew: `retry_on_conflict`."""


async def retry_on_conflict(transaction: Callable[[], Awaitable[T]]) -> T:
    """Run a whole transaction anew, a moment later, while somebody else was first.

    The one policy for every stream. Raises `Conflict` after twenty tries, some seconds; the web answers 503.
    """
    backoff = Backoff(first=0.005, limit=0.25)
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


class _Newest(msgspec.Struct, frozen=True):
    version: int
    type: str
    data: bytes


def sealing_context(business_id: str, stream: str, version: int) -> str:
    """What an event is encrypted for: the row that it lies in, so that it opens in no other."""
    return f"events/{business_id}/{stream}/{version}"


@dataclass(frozen=True, slots=True)
class EventStore:
    """Reads and appends streams inside the caller's transaction, and publishes what it appends.

    With a `cipher`, which needs the table of `sealed_events_1`, events are encrypted at rest.
    """

    clock: Clock = system_clock
    new_id: NewId = new_id
    cipher: FieldCipher | None = None

    async def latest(self, tx: Transaction, stream: str, kind: type[S]) -> tuple[int, S | None]:
        """The newest version of a stream of `tx`'s business and the state it carries; 0 and None before one.

        The state is brought to its newest schema version, and is a `kind` whatever the event was called.
        """
        newest = await tx.one(_READ_BYTES if self.cipher else _READ_JSON, _Newest, stream=stream)
        if newest is None:
            return 0, None
        data = newest.data
        if self.cipher:
            context = sealing_context(tx.business_id, stream, newest.version)
            data = self.cipher.decrypt(data, context=context)
        return newest.version, as_event(kind, decode_event(newest.type, data))

    async def append(
        self, tx: Transaction, stream: str, expected: int, events: Sequence[S], origin: Origin
    ) -> S | None:
        """Append events after the version `expected`, and publish them; the newest of them, None without any.

        Raises `Conflict`; the transaction is lost then.
        """
        now, traceparent = self.clock(), telemetry.traceparent()
        envelopes = [
            Envelope(
                event=event,
                id=self.new_id(),
                source=topic_of(type(event)).source,
                sequence=version,
                time=now,
                causation_id=origin.causation_id,
                traceparent=traceparent,
            )
            for version, event in enumerate(events, start=expected + 1)
        ]
        try:
            await tx.run_each(
                _APPEND_BYTES if self.cipher else _APPEND_JSON,
                [_row(stream, envelope, origin) | self._data(stream, envelope) for envelope in envelopes],
            )
        except IntegrityError as error:
            if not _is_conflict(error):
                raise
            raise Conflict(f"{stream} moved on from version {expected}") from error
        await publish(tx, envelopes, actor=origin.actor)
        return events[-1] if events else None

    def _data(self, stream: str, envelope: Envelope) -> dict[str, object]:
        data = encode_event(envelope.event)
        if self.cipher is None:
            return {"data": data.decode()}
        context = sealing_context(envelope.business_id, stream, envelope.sequence)
        return {"data": self.cipher.encrypt(data, context=context)}


def _is_conflict(error: IntegrityError) -> bool:
    return isinstance(error.orig, UniqueViolation) and error.orig.diag.constraint_name == _VERSIONS


def _row(stream: str, envelope: Envelope, origin: Origin) -> dict[str, object]:
    return {
        "business_id": envelope.business_id,
        "stream": stream,
        "version": envelope.sequence,
        "event_id": envelope.id,
        "type": envelope.type,
        "occurred_at": envelope.time,
        "causation_id": origin.causation_id,
        "actor": origin.actor,
        "traceparent": envelope.traceparent,
    }
