"""The outbox: a publication is a row, written in the transaction of what it tells about.

Order is `position`.
"""

import json
from collections.abc import Iterable
from typing import Final

from servicehub_events import Envelope, encode

from chassis.database.transaction import Transaction

CHANNEL: Final = "outbox"
"""The NOTIFY channel that wakes the relay."""

_ADD = (
    "INSERT INTO outbox (topic, key, headers, value, causation_id, actor, traceparent)"
    " VALUES (:topic, :key, CAST(:headers AS jsonb), :value, :causation_id, :actor, :traceparent)"
)
_WAKE = f"SELECT pg_notify('{CHANNEL}', '')"

# For whoever reads the outbox from its front. Statistics of a table that is empty most of the time know
# nothing of a million rows that came since, and the planner would sort them all to find the first.
_BY_INDEX = "SELECT set_config('enable_bitmapscan', 'off', {0}), set_config('enable_sort', 'off', {0})"
BY_INDEX_IN_SESSION, BY_INDEX_IN_TRANSACTION = _BY_INDEX.format(False), _BY_INDEX.format(True)


async def publish(tx: Transaction, envelopes: Iterable[Envelope], *, actor: str) -> None:
    """Put events into the outbox of this transaction. Raises `InvalidEvent` before anything is written."""
    rows: list[dict[str, object]] = []
    for envelope in envelopes:
        record = encode(envelope)
        headers = [[name, value.decode()] for name, value in record.headers]
        rows.append(
            {
                "topic": record.topic,
                "key": record.key,
                "headers": json.dumps(headers),
                "value": record.value,
                "causation_id": envelope.causation_id,
                "actor": actor,
                "traceparent": envelope.traceparent,
            }
        )
    if rows:
        await tx.run_each(_ADD, rows)
        await tx.run(_WAKE)
