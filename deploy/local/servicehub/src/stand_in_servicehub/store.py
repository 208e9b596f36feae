"""ServiceHub's own records in one SQLite file: the state of every aggregate, and what is to be published.

A state and the event that tells of it are written in one transaction, so a crash or a lost broker delays an
event but neither loses it nor gives one version two meanings.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, Literal, NamedTuple, TypeVar

from servicehub_events import TOPICS, Envelope, Event, decode_event, encode_event, topic_of

from stand_in_servicehub.errors import BadInput

E = TypeVar("E", bound=Event)
KEPT_LOG_ROWS = 1_000
SCHEMA = """
PRAGMA journal_mode = WAL; -- a killed process loses nothing, and no event waits for the disk
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS portals (business_id TEXT PRIMARY KEY, enabled INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS aggregates (
    business_id TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    version INTEGER NOT NULL, type TEXT NOT NULL, state BLOB NOT NULL,
    PRIMARY KEY (business_id, kind, id)
);
CREATE TABLE IF NOT EXISTS log (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    business_id TEXT NOT NULL, subject TEXT NOT NULL, event_id TEXT NOT NULL, type TEXT NOT NULL,
    topic TEXT NOT NULL, source TEXT NOT NULL, time TEXT NOT NULL, version INTEGER NOT NULL,
    value BLOB, partition INTEGER, quiet INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS log_pending ON log (position) WHERE partition IS NULL;
"""
_KEEP = """
INSERT INTO aggregates (business_id, kind, id, version, type, state) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (business_id, kind, id)
DO UPDATE SET version = excluded.version, type = excluded.type, state = excluded.state
WHERE excluded.version > version
"""
_ADD_TO_LOG = """
INSERT INTO log (business_id, subject, version, type, value, event_id, topic, source, time, quiet)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class Row(NamedTuple, Generic[E]):
    """The present state of an aggregate; an `…Erased` event once it is erased."""

    state: E
    version: int


class Logged(NamedTuple):
    """One line of the log; `partition` is None while the event waits for Kafka."""

    time: str
    business_id: str
    type: str
    subject: str
    version: int
    topic: str
    partition: int | None

    @property
    def name(self) -> str:
        """`InvoiceIssued`."""
        return self.type.split(".")[1]

    @property
    def at(self) -> datetime:
        """The time of the event, in UTC."""
        return datetime.fromisoformat(self.time).astimezone(UTC)

    @property
    def sentence(self) -> str:
        """`Published InvoiceIssued inv-1050 v1 → servicehub.invoices.v1[7]`."""
        what = f"{self.name} {self.subject} v{self.version} → {self.topic}"
        return (
            f"Waiting for Kafka: {what}" if self.partition is None else f"Published {what}[{self.partition}]"
        )


def kind_of(cls: type[Event]) -> str:
    """The noun of the aggregate that a state or event class is about: `invoice`."""
    topic = next(topic for topic in TOPICS if any(issubclass(event, cls) for event in topic.events))
    return topic.id_field.removesuffix("_id")


def subject_of(event: Event) -> str:
    """The id of the aggregate that an event is about."""
    return str(getattr(event, topic_of(type(event)).id_field))


class Store:
    """Opens the file, making it and its folder if need be; `:memory:` works too."""

    def __init__(self, file: Path | Literal[":memory:"] = ":memory:") -> None:
        if isinstance(file, Path):
            file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file)
        self._db.executescript(SCHEMA)
        if "quiet" not in {name for _, name, *_ in self._db.execute("PRAGMA table_info(log)")}:
            self._db.execute("ALTER TABLE log ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def get(self, business_id: str, kind: str, subject: str) -> Row[Event] | None:
        """The aggregate, or None."""
        rows = self._rows("business_id = ? AND kind = ? AND id = ?", business_id, kind, subject)
        return rows[0] if rows else None

    def all(self, business_id: str, kind: str) -> list[Row[Event]]:
        """Every aggregate of a kind, erased ones too, by id."""
        return self._rows("business_id = ? AND kind = ? ORDER BY id", business_id, kind)

    def living(self, business_id: str, cls: type[E]) -> list[Row[E]]:
        """Every aggregate of this state class that is not erased, by id."""
        rows = self.all(business_id, kind_of(cls))
        return [Row(row.state, row.version) for row in rows if isinstance(row.state, cls)]

    def erased(self, business_id: str) -> int:
        """How many aggregates are erased."""
        return len(self._rows("business_id = ? AND type LIKE '%Erased.v%'", business_id))

    def record(self, envelopes: Iterable[Envelope], received: Envelope | None = None) -> list[int]:
        """Write states and their events, all or none; return their positions in the log.

        What was `received` over Kafka is kept with what it led to, unless a higher version is there. Raises
        BadInput when another writer was faster (a version that is not higher than the stored one).
        """
        with self._db:
            if received:
                self._keep(received)
            return [self._record(envelope) for envelope in envelopes]

    def pending(self, limit: int = 200) -> list[tuple[int, Envelope]]:
        """Events that wait for Kafka with their positions in the log, oldest first."""
        rows = self._db.execute(
            "SELECT position, type, value, event_id, source, time, version, quiet FROM log"
            " WHERE partition IS NULL ORDER BY position LIMIT ?",
            (limit,),
        )
        return [(position, _envelope(*columns)) for position, *columns in rows]

    def published(self, position: int, partition: int) -> None:
        """Kafka has the event. What it said about people is dropped from the log; the line stays a while."""
        with self._db:
            self._db.execute(
                "UPDATE log SET partition = ?, value = NULL WHERE position = ?", (partition, position)
            )
            self._db.execute(
                "DELETE FROM log WHERE partition IS NOT NULL AND position <= ?", (position - KEPT_LOG_ROWS,)
            )

    def log(self, limit: int = 50) -> list[Logged]:
        """The newest lines, newest first."""
        return self._log_lines("ORDER BY position DESC LIMIT ?", limit)

    def logged(self, positions: Sequence[int]) -> list[Logged]:
        """The lines at these positions, in order."""
        marks = ", ".join("?" * len(positions))
        return self._log_lines(f"WHERE position IN ({marks}) ORDER BY position", *positions)

    def portal(self, business_id: str) -> bool | None:
        """Whether the portal is on; None when it was never set up."""
        rows = self._db.execute("SELECT enabled FROM portals WHERE business_id = ?", (business_id,))
        return next((bool(enabled) for (enabled,) in rows), None)

    def set_portal(self, business_id: str, *, enabled: bool) -> None:
        """Remember that the portal is on or off."""
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO portals VALUES (?, ?)", (business_id, enabled))

    def _rows(self, where: str, *values: str) -> list[Row[Event]]:
        statement = f"SELECT type, state, version FROM aggregates WHERE {where}"  # noqa: S608 - our own words
        return [
            Row(decode_event(name, state), version)
            for name, state, version in self._db.execute(statement, values)
        ]

    def _log_lines(self, rest: str, *values: int) -> list[Logged]:
        statement = f"SELECT {', '.join(Logged._fields)} FROM log {rest}"  # noqa: S608 - our own words
        return [Logged(*row) for row in self._db.execute(statement, values)]

    def _keep(self, envelope: Envelope) -> bool:
        """Whether this version is higher than the stored one, which it then replaces."""
        kind, value = kind_of(type(envelope.event)), encode_event(envelope.event)
        key = (envelope.business_id, kind, envelope.subject)
        return self._db.execute(_KEEP, (*key, envelope.sequence, envelope.type, value)).rowcount == 1

    def _record(self, envelope: Envelope) -> int:
        if not self._keep(envelope):
            raise BadInput(
                f"{envelope.subject} is there already in version {envelope.sequence}: look at it first"
            )
        what = (envelope.business_id, envelope.subject, envelope.sequence, envelope.type)
        origin = (envelope.id, envelope.topic, envelope.source, envelope.time.isoformat(), envelope.quiet)
        return self._db.execute(_ADD_TO_LOG, (*what, encode_event(envelope.event), *origin)).lastrowid or 0


def _envelope(
    event_type: str, value: bytes, event_id: str, source: str, time: str, version: int, quiet: int
) -> Envelope:
    event, moment = decode_event(event_type, value), datetime.fromisoformat(time)
    return Envelope(event=event, id=event_id, source=source, time=moment, sequence=version, quiet=bool(quiet))
