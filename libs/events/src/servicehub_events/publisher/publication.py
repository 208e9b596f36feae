"""What is handed to a publisher, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from servicehub_events.catalogue.base import Event
from servicehub_events.codec import WireRecord, encode
from servicehub_events.envelope import Envelope
from servicehub_events.errors import InvalidEvent, Malformed
from servicehub_events.ids import uuid7
from servicehub_events.registry import event_type


def new_id() -> str:
    """A UUIDv7 as text."""
    return str(uuid7())


def now() -> datetime:
    """This moment, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Publication:
    """One event to be published.

    `sequence` is the row version of the aggregate: from 1, higher with each event of it, gaps are fine.
    `time` is when it happened, aware; now if left out. `id` is the event's own, a new UUIDv7 if left out: an
    outbox that is sent again gives the stored one. `causation_id` and `traceparent` say what led here.
    """

    event: Event
    sequence: int
    time: datetime = field(default_factory=now, kw_only=True)
    id: str = field(default_factory=new_id, kw_only=True)
    causation_id: str | None = field(default=None, kw_only=True)
    traceparent: str | None = field(default=None, kw_only=True)

    def record(self, source: str) -> WireRecord:
        """The Kafka record, checked as every reader will check it. Raises `InvalidEvent`, naming the event.

        TypeError for a state class (`Invoice`) where an event (`InvoiceIssued`) is meant.
        """
        try:
            return encode(self._envelope(source))
        except InvalidEvent as error:
            error.add_note(f"nothing was sent; the event is {event_type(type(self.event))}")
            raise
        except UnicodeEncodeError:
            raise Malformed("a text holds a lone surrogate, which is not UTF-8; nothing was sent") from None

    def _envelope(self, source: str) -> Envelope:
        return Envelope(
            event=self.event,
            id=self.id,
            source=source,
            time=self.time,
            sequence=self.sequence,
            causation_id=self.causation_id,
            traceparent=self.traceparent,
        )


@dataclass(frozen=True, slots=True)
class Published:
    """Where an event lies in the log. `offset` is None if the broker no longer knows: it had it before."""

    id: str
    topic: str
    partition: int
    offset: int | None
