"""ServiceHub's own records in one SQLite file: the state of every aggregate, and what is to be published.

A state and the event that tells of it are written in one transaction, so a crash or a lost broker delays an
event but neither loses it nor gives one version two meanings.
"""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

from servicehub_events import Envelope, Event, decode_event, encode_event

from local_stack.simulator.errors import BadInput
from local_stack.simulator.tables import SCHEMA

Kind = Literal["customer", "appointment", "invoice"]
KEPT_LOG_ROWS = 1_000
LOG_COLUMNS = "position, time, business_id, type, subject, version, topic, partition"


class Row(NamedTuple):
    """The present state of an aggregate; an `…Erased` event once it is erased."""

    state: Event
    version: int


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


class Store:
    """Opens the file, making it and its folder if need be; `:memory:` works too."""

    def __init__(self, file: Path | Literal[":memory:"]) -> None:
        if isinstance(file, Path):
            file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file)
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def get(self, business_id: str, kind: Kind, subject: str) -> Row | None:
        """The aggregate, or None."""
        found = self._db.execute(
            "SELECT type, state, version FROM aggregates WHERE business_id = ? AND kind = ? AND id = ?",
            (business_id, kind, subject),
        ).fetchone()
        return None if found is None else _row(found)

    def all(self, business_id: str, kind: Kind) -> list[Row]:
        """Every aggregate of a kind, erased ones too, by id."""
        found = self._db.execute(
            "SELECT type, state, version FROM aggregates WHERE business_id = ? AND kind = ? ORDER BY id",
            (business_id, kind),
        )
        return [_row(row) for row in found]

    def record(self, envelopes: Sequence[tuple[Kind, Envelope]]) -> list[int]:
        """Write states and their events, all or none; return their positions in the log.

        Raises BadInput when another writer was faster (a version that is not higher than the stored one).
        """
        with self._db:
            return [self._record(kind, envelope) for kind, envelope in envelopes]

    def _record(self, kind: Kind, envelope: Envelope) -> int:
        value = encode_event(envelope.event)
        written = self._db.execute(
            "INSERT INTO aggregates (business_id, kind, id, version, type, state) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (business_id, kind, id)"
            " DO UPDATE SET version = excluded.version, type = excluded.type, state = excluded.state"
            " WHERE excluded.version > version",
            (envelope.business_id, kind, envelope.subject, envelope.sequence, envelope.type, value),
        )
        if written.rowcount != 1:
            raise BadInput(f"{envelope.subject} was changed at the same moment: look at it, then repeat")
        logged = self._db.execute(
            "INSERT INTO log (business_id, subject, event_id, type, topic, source, time, version, value)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                envelope.business_id,
                envelope.subject,
                envelope.id,
                envelope.type,
                envelope.topic,
                envelope.source,
                envelope.time.isoformat(),
                envelope.sequence,
                value,
            ),
        )
        return logged.lastrowid or 0

    def pending(self, limit: int = 200) -> list[Pending]:
        """Events that wait for Kafka, oldest first."""
        found = self._db.execute(
            "SELECT position, type, value, event_id, source, time, version FROM log"
            " WHERE partition IS NULL ORDER BY position LIMIT ?",
            (limit,),
        )
        return [_pending(row) for row in found]

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
        found = self._db.execute(
            f"SELECT {LOG_COLUMNS} FROM log ORDER BY position DESC LIMIT ?",  # noqa: S608 - our own columns
            (limit,),
        )
        return [_logged(row) for row in found]

    def logged(self, positions: Sequence[int]) -> list[Logged]:
        """The lines at these positions, in order."""
        marks = ", ".join("?" * len(positions))
        found = self._db.execute(
            f"SELECT {LOG_COLUMNS} FROM log WHERE position IN ({marks}) ORDER BY position",  # noqa: S608
            tuple(positions),
        )
        return [_logged(row) for row in found]

    def portal(self, business_id: str) -> bool | None:
        """Whether the portal is on; None when it was never set up."""
        found = self._db.execute(
            "SELECT enabled FROM portals WHERE business_id = ?", (business_id,)
        ).fetchone()
        return None if found is None else bool(found[0])

    def set_portal(self, business_id: str, *, enabled: bool) -> None:
        """Remember that the portal is on or off."""
        with self._db:
            self._db.execute(
                "INSERT INTO portals VALUES (?, ?)"
                " ON CONFLICT (business_id) DO UPDATE SET enabled = excluded.enabled",
                (business_id, enabled),
            )


def _row(found: tuple[str, bytes, int]) -> Row:
    event_type, state, version = found
    return Row(decode_event(event_type, state), version)


def _pending(row: tuple[int, str, bytes, str, str, str, int]) -> Pending:
    position, event_type, value, event_id, source, time, version = row
    envelope = Envelope(
        event=decode_event(event_type, value),
        id=event_id,
        source=source,
        time=datetime.fromisoformat(time),
        sequence=version,
    )
    return Pending(position, envelope)


def _logged(row: tuple[int, str, str, str, str, int, str, int | None]) -> Logged:
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
