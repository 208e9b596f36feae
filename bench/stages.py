"""What each step of the projector costs the processor, an event, on records as they come from Kafka."""

import time
from collections.abc import Callable, Iterable
from typing import Final

import msgspec
from chassis.events_in.records import Received, decode
from chassis.settings import KeyRing
from chassis.settings.new_keys import new_ring
from portal_read.projection.sealed_states import StateCipher
from portal_read.reactions import TableRow, rows_of
from servicehub_events import Appointment, Envelope

from bench.flat_script import Record, consumer

_RECORDS: Final = 10_000
_TIMES: Final = 5
_cipher: Final = StateCipher.of(KeyRing.parse(new_ring()))


async def measure(bootstrap: str) -> dict[str, float]:
    """Microseconds an event by step; a step's figure is the least of five."""
    client = consumer(bootstrap)
    await client.start()
    records: list[Record] = []
    began = before = 0.0
    while len(records) < _RECORDS:
        for found in (await client.getmany(timeout_ms=200, max_records=1000)).values():
            records += found
        if records and not before:  # connecting does not count
            before, began = len(records), time.process_time()
    fetching = (time.process_time() - began) / (len(records) - before) * 1e6
    await client.stop()
    typed = msgspec.json.Decoder(Appointment)
    decoded = [decode(record) for record in records]
    events = [event for event in decoded if isinstance(event, Received)]
    table_rows = [row for event in events for row in _rows(event.envelope)]
    sealed = _sealed(table_rows)
    json = _least(lambda: [typed.decode(record.value) for record in records], len(records))
    read = _least(lambda: [decode(record) for record in records], len(records))
    rows = _least(lambda: [list(_rows(event.envelope)) for event in events], len(records))
    return {
        "records out of Kafka's batches": fetching,
        "typed JSON": json,
        "headers, envelope, key, rules of the event": read - json,
        "rows of the event": rows,
        "encrypting the states": _least(lambda: _sealed(table_rows), len(records)),
        "JSON of the rows": _least(lambda: _encoded(sealed), len(records)),
    }


def _rows(envelope: Envelope) -> Iterable[TableRow]:
    return rows_of(envelope.event, envelope.sequence)


def _sealed(rows: list[TableRow]) -> list[TableRow]:
    return [TableRow(table, _cipher.sealed(table, row)) for table, row in rows]


def _encoded(rows: list[TableRow]) -> None:
    for first in range(0, len(rows), 1000):
        msgspec.json.encode([each.row for each in rows[first : first + 1000]])


def _least(step: Callable[[], object], events: int) -> float:
    found: list[float] = []
    for _ in range(_TIMES):
        began = time.process_time()
        step()
        found.append((time.process_time() - began) / events * 1e6)
    return min(found)
