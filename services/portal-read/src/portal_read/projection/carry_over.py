"""What the log tells no more: rows that are newer in the shown projection than in one filled from the log.

A late record of an older version, or one without a value, hides a key's newest state once the log is
compacted. So a rebuild only ever goes up: it ends with what the projection it replaces knows better. Erased
customers are among it, and stay erased whatever the log says.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from chassis.database import Transaction
from servicehub_events import (
    Appointment,
    Autopay,
    Business,
    Customer,
    Event,
    Invoice,
    Message,
    Payment,
    Preferences,
    Session,
)
from sqlalchemy import Table

from portal_read.projection.projector import Projector
from portal_read.projection.register import find_projection
from portal_read.projection.sealed_states import StateCipher
from portal_read.projection.tables import tables
from portal_read.reactions import Row, TableRow, rows_of

_ROWS_AT_ONCE: Final = 2000
_FIRST_OF: Final[Mapping[str, int]] = {"autopays": 4, "messages": 5}
"""The first schema version that has a table, where not all have."""
_LAST_IN_PLAIN: Final = 1
"""The last schema version whose states lie as jsonb."""
_STATES: Final[Mapping[str, type[Event]]] = {
    "businesses": Business,
    "customers": Customer,
    "sessions": Session,
    "preferences": Preferences,
    "appointments": Appointment,
    "invoices": Invoice,
    "payments": Payment,
    "autopays": Autopay,
    "messages": Message,
}
"""The tables of whole states; rows of the others are parts of these."""
_decoders: Final = {name: msgspec.json.Decoder(state) for name, state in _STATES.items()}


class _StoredState(msgspec.Struct, frozen=True):
    business_id: str
    id: str
    version: int
    state: bytes | None


async def carry_over(tx: Transaction, source: str, target: str, cipher: StateCipher) -> int:
    """Write every row of `source` that `target` lacks or has in a lower version; how many they were.

    The states become rows by the reactions of this build, whatever build made the rows of `source`.
    """
    projector, count = Projector(target, cipher), 0
    schema_version = (await find_projection(tx, source)).schema_version
    plain = schema_version <= _LAST_IN_PLAIN
    for name in _STATES:
        if schema_version < _FIRST_OF.get(name, 0):
            continue
        newer = await _find_newer(
            tx, getattr(tables(source), name), getattr(tables(target), name), plain=plain
        )
        if not plain:
            newer = [_opened(cipher, name, stored) for stored in newer]
        for start in range(0, len(newer), _ROWS_AT_ONCE):
            await _write(tx, projector, name, newer[start : start + _ROWS_AT_ONCE])
        count += len(newer)
    return count


def _opened(cipher: StateCipher, name: str, stored: _StoredState) -> _StoredState:
    if stored.state is None:
        return stored
    state = cipher.open(name, stored.business_id, stored.id, stored.version, stored.state)
    return msgspec.structs.replace(stored, state=state)


async def _find_newer(tx: Transaction, source: Table, target: Table, *, plain: bool) -> list[_StoredState]:
    state = "convert_to(s.state::text, 'UTF8')" if plain else "s.state"
    keys = [column.name for column in source.primary_key]
    same = " AND ".join(f"s.{key} = t.{key}" for key in keys)
    return await tx.all(
        f"SELECT s.business_id, s.{keys[-1]} AS id, s.version, {state} AS state FROM {source} s"  # noqa: S608  # names of our own
        f" LEFT JOIN {target} t ON {same} WHERE t.version IS NULL OR t.version < s.version",
        _StoredState,
    )


async def _write(tx: Transaction, projector: Projector, name: str, newer: Sequence[_StoredState]) -> None:
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for stored in newer:
        for table, row in _rows(name, stored):
            rows[table].append(row)
    gone = [(stored.business_id, stored.id) for stored in newer if stored.state is None]
    await projector.write(tx, rows, gone if name == "customers" else ())


def _rows(name: str, stored: _StoredState) -> Iterable[TableRow]:
    if stored.state is None:  # a tombstone
        row = {"business_id": stored.business_id, "id": stored.id, "version": stored.version}
        return (TableRow(name, row),)
    return rows_of(_decoders[name].decode(stored.state), stored.version)
