"""ServiceHub's own records in one SQLite file: the state of every aggregate, and what is to be published.

A state and the event that tells of it are written in one transaction, so a crash or a lost broker delays an
event but neither loses it nor gives one version two meanings. A payment that comes back by the log is written
with the position after it and with what it led to, so a repeat finds that done.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from servicehub_events import Envelope, encode_event

from stand_in_servicehub import rows
from stand_in_servicehub.errors import BadInput
from stand_in_servicehub.rows import LOG_COLUMNS, Arrival, Kind, Logged, PaymentRow, Pending, Row
from stand_in_servicehub.tables import SCHEMA

KEPT_LOG_ROWS = 1_000


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
        return None if found is None else rows.aggregate(found)

    def all(self, business_id: str, kind: Kind) -> list[Row]:
        """Every aggregate of a kind, erased ones too, by id."""
        found = self._db.execute(
            "SELECT type, state, version FROM aggregates WHERE business_id = ? AND kind = ? ORDER BY id",
            (business_id, kind),
        )
        return [rows.aggregate(row) for row in found]

    def record(self, envelopes: Sequence[tuple[Kind, Envelope]]) -> list[int]:
        """Write states and their events, all or none; return their positions in the log.

        Raises BadInput when another writer was faster (a version that is not higher than the stored one).
        """
        with self._db:
            return [self._record(kind, envelope) for kind, envelope in envelopes]

    def take(self, arrival: Arrival, envelopes: Sequence[tuple[Kind, Envelope]]) -> None:
        """Write a payment, the position after it, and the events it led to: all or none.

        A payment that is stored in this version or a higher one stays as it is. Raises BadInput as `record`.
        """
        with self._db:
            self._keep(arrival.envelope)
            self._move(arrival.partition, arrival.next_offset)
            for kind, envelope in envelopes:
                self._record(kind, envelope)

    def move(self, positions: Mapping[int, int]) -> None:
        """Remember the offset after the last record read, by partition of the payments' topic."""
        with self._db:
            for partition, offset in positions.items():
                self._move(partition, offset)

    def positions(self) -> dict[int, int]:
        """Where to read on, by partition; a partition never read is absent."""
        return dict(self._db.execute("SELECT partition, next_offset FROM payment_positions"))

    def payment(self, business_id: str, payment_id: str) -> PaymentRow | None:
        """The payment, or None."""
        found = self._db.execute(
            "SELECT type, state, version FROM payments WHERE business_id = ? AND id = ?",
            (business_id, payment_id),
        ).fetchone()
        return None if found is None else rows.payment(found)

    def payments(self, business_id: str) -> list[PaymentRow]:
        """Every payment of a business, by id."""
        found = self._db.execute(
            "SELECT type, state, version FROM payments WHERE business_id = ? ORDER BY id", (business_id,)
        )
        return [rows.payment(row) for row in found]

    def _keep(self, envelope: Envelope) -> None:
        self._db.execute(
            "INSERT INTO payments (business_id, id, version, type, state) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (business_id, id)"
            " DO UPDATE SET version = excluded.version, type = excluded.type, state = excluded.state"
            " WHERE excluded.version > version",
            (
                envelope.business_id,
                envelope.subject,
                envelope.sequence,
                envelope.type,
                encode_event(envelope.event),
            ),
        )

    def _move(self, partition: int, next_offset: int) -> None:
        self._db.execute(
            "INSERT INTO payment_positions VALUES (?, ?)"
            " ON CONFLICT (partition) DO UPDATE SET next_offset = excluded.next_offset",
            (partition, next_offset),
        )

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
        return [rows.pending(row) for row in found]

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
        return [rows.logged(row) for row in found]

    def logged(self, positions: Sequence[int]) -> list[Logged]:
        """The lines at these positions, in order."""
        marks = ", ".join("?" * len(positions))
        found = self._db.execute(
            f"SELECT {LOG_COLUMNS} FROM log WHERE position IN ({marks}) ORDER BY position",  # noqa: S608
            tuple(positions),
        )
        return [rows.logged(row) for row in found]

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
