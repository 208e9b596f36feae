"""The rows of the SQLite file, typed."""

from datetime import UTC, datetime
from typing import Literal, NamedTuple

from servicehub_events import Envelope, Event, Payment, decode_event

Kind = Literal["customer", "appointment", "invoice"]
LOG_COLUMNS = "position, time, business_id, type, subject, version, topic, partition"


class Row(NamedTuple):
    """The present state of an aggregate; an `…Erased` event once it is erased."""

    state: Event
    version: int


class PaymentRow(NamedTuple):
    """A payment as billing last told of it."""

    payment: Payment
    version: int


class Arrival(NamedTuple):
    """A payment's event as it was read, and the offset after it in its partition."""

    partition: int
    next_offset: int
    envelope: Envelope


class Pending(NamedTuple):
    """An event that Kafka has not acknowledged yet."""

    position: int
    envelope: Envelope


class Logged(NamedTuple):
    """One line of the log; `time` is UTC, `partition` None while the event waits for Kafka."""

    position: int
    time: datetime
    business_id: str
    name: str
    subject: str
    version: int
    topic: str
    partition: int | None

    @property
    def sentence(self) -> str:
        """`Published InvoiceIssued inv-1050 v1 → servicehub.invoices.v1[7]`."""
        if self.partition is None:
            return f"Waiting for Kafka: {self.name} {self.subject} v{self.version} → {self.topic}"
        return f"Published {self.name} {self.subject} v{self.version} → {self.topic}[{self.partition}]"


def aggregate(found: tuple[str, bytes, int]) -> Row:
    """From `type, state, version`."""
    event_type, state, version = found
    return Row(decode_event(event_type, state), version)


def payment(found: tuple[str, bytes, int]) -> PaymentRow:
    """From `type, state, version`."""
    event_type, state, version = found
    event = decode_event(event_type, state)
    if not isinstance(event, Payment):
        raise TypeError(f"The table of payments holds a {event_type}")
    return PaymentRow(event, version)


def pending(row: tuple[int, str, bytes, str, str, str, int]) -> Pending:
    """From `position, type, value, event_id, source, time, version`."""
    position, event_type, value, event_id, source, time, version = row
    envelope = Envelope(
        event=decode_event(event_type, value),
        id=event_id,
        source=source,
        time=datetime.fromisoformat(time),
        sequence=version,
    )
    return Pending(position, envelope)


def logged(row: tuple[int, str, str, str, str, int, str, int | None]) -> Logged:
    """From `LOG_COLUMNS`."""
    position, time, business_id, event_type, subject, version, topic, partition = row
    name = event_type.split(".")[1]
    return Logged(
        position,
        datetime.fromisoformat(time).astimezone(UTC),
        business_id,
        name,
        subject,
        version,
        topic,
        partition,
    )
