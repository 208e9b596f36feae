"""Which dead letters a newer good event of the same aggregate has made moot.

Events carry the whole state of their aggregate, so once a higher version was applied nothing of the letter is
missing any more. It is marked then, and stays in the list.
"""

import json
from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.events_in.dead_letters import DeadLetter
from chassis.events_in.records import Received

_MOST: Final = 100_000
"""Keys held in memory. Older letters beyond are not marked any more."""

_WAITING = text(
    "SELECT topic, key FROM dead_letters WHERE consumer = :consumer AND key IS NOT NULL"
    " AND superseded_at IS NULL ORDER BY number DESC LIMIT :most"
)
_MARK = text(
    "UPDATE dead_letters d SET superseded_at = now() FROM jsonb_to_recordset(CAST(:rows AS jsonb))"
    ' AS e(topic text, partition integer, "offset" bigint, key text, sequence bigint)'
    " WHERE d.consumer = :consumer AND d.topic = e.topic AND d.key = e.key AND d.superseded_at IS NULL"
    " AND (d.sequence < e.sequence"
    '  OR (d.sequence IS NULL AND d.partition = e.partition AND d."offset" < e."offset"))'
)


class Superseding:
    """Marks the letters of one consumer. While none waits it costs nothing."""

    def __init__(self, consumer: str) -> None:
        self._consumer = consumer
        self._waiting: set[tuple[str, bytes]] | None = None

    def forget(self) -> None:
        """Partitions came or went: what is known of their letters may be old."""
        self._waiting = None

    async def load(self, connection: AsyncConnection) -> set[tuple[str, bytes]]:
        """Learn which aggregates have letters, those set aside by others included."""
        rows = await connection.execute(_WAITING, {"consumer": self._consumer, "most": _MOST})
        self._waiting = {(topic, key.encode()) for topic, key in rows}
        return self._waiting

    async def mark(
        self, connection: AsyncConnection, letters: Sequence[DeadLetter], applied: Sequence[Received]
    ) -> None:
        """In the transaction that sets `letters` aside and applies `applied`."""
        waiting = await self.load(connection) if self._waiting is None else self._waiting
        waiting |= {(letter.topic, letter.key.encode()) for letter in letters if letter.key}
        if not waiting:
            return
        rows = [
            {
                "topic": event.topic,
                "partition": event.partition,
                "offset": event.offset,
                "key": event.envelope.key.decode(),
                "sequence": event.envelope.sequence,
            }
            for event in applied
            if (event.topic, event.raw.key) in waiting
        ]
        if rows:
            await connection.execute(_MARK, {"consumer": self._consumer, "rows": json.dumps(rows)})
