"""The deliveries to come, and what became of each try."""

import json
from collections.abc import Collection
from typing import NamedTuple

from stand_in_stripe.books import Books

PAUSES = (1, 2, 4, 8, 15, 30, 60)
"""Seconds between tries; the last one counts for all that follow."""
WAITING = "state IN ('pending', 'held') AND event NOT IN (SELECT value FROM json_each(?))"
PATIENCE_SECONDS = 3 * 24 * 60 * 60


class Delivery(NamedTuple):
    """An event that is due."""

    event: str
    account: str
    state: str
    tries: int


class Queue:
    """States: pending, held (by a fault), delivered, dropped (by a fault), given-up."""

    def __init__(self, books: Books) -> None:
        self._db = books.db

    def due(self, now: float, running: Collection[str], limit: int) -> list[Delivery]:
        """What may be sent now and is not on its way, in the order of events."""
        rows = self._db.execute(
            f"SELECT event, account, state, tries FROM deliveries WHERE {WAITING} AND due <= ?"  # noqa: S608  # words of ours
            " ORDER BY position LIMIT ?",
            (json.dumps(list(running)), now, limit),
        )
        return [Delivery(*row) for row in rows]

    def next_due(self, running: Collection[str]) -> float | None:
        """When the next one that is not on its way may be sent, in Unix seconds."""
        row = self._db.execute(
            f"SELECT min(due) FROM deliveries WHERE {WAITING}",  # noqa: S608  # words of ours
            (json.dumps(list(running)),),
        ).fetchone()
        return row[0]

    def note(self, event: str, at: float, kind: str, status: int | None, outcome: str) -> None:
        """Write down one try. `kind`: sent, duplicate, forged-signature, old-timestamp, dropped."""
        self._db.execute(
            "INSERT INTO attempts (event, at, kind, status, outcome) VALUES (?, ?, ?, ?, ?)",
            (event, at, kind, status, outcome),
        )

    def end(self, event: str, state: str) -> None:
        """Nothing more will be sent."""
        self._db.execute("UPDATE deliveries SET state = ?, tries = tries + 1 WHERE event = ?", (state, event))

    def hold(self, event: str, until: float) -> None:
        """Not before then, or, for one that waits to be overtaken, the next delivery."""
        self._db.execute("UPDATE deliveries SET state = 'held', due = ? WHERE event = ?", (until, event))

    def again(self, delivery: Delivery, now: float, created: int) -> None:
        """Try once more after a pause, for three days."""
        if now - created > PATIENCE_SECONDS:
            self.end(delivery.event, "given-up")
            return
        pause = PAUSES[min(delivery.tries, len(PAUSES) - 1)]
        self._db.execute(
            "UPDATE deliveries SET state = 'held', tries = tries + 1, due = ? WHERE event = ?",
            (now + pause, delivery.event),
        )
