"""Events that came too late: an older version is the last record of its key, and the log keeps the last.

Readers that follow the log bear that, for a lower version changes no row. A rebuild would not: once older
records are compacted away, the log tells the past.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, cast

import msgspec
from chassis.database.hot_path import Cursor, Driver
from chassis.events_in import Overtaken
from servicehub_events import Envelope
from sqlalchemy import Table

from portal_read.reactions import Row, rows_of

_Key = tuple[str, ...]


class WrittenRows(NamedTuple):
    """What a batch wrote to one table: its rows in the order of the log, and the newest of each key."""

    table: Table
    rows: Sequence[Row]
    newest: Sequence[Row]
    cursor: Cursor

    @property
    def in_order(self) -> bool:
        """Whether each row was newer than what was there, as nearly always."""
        return self.cursor.rowcount == len(self.newest) == len(self.rows)


async def find_overtaken(
    driver: Driver, written: Iterable[WrittenRows], batch: Sequence[Envelope]
) -> list[Overtaken]:
    """The events of a batch that are the last of their keys in it, and older than what is stored by now."""
    late: dict[tuple[str, _Key], int] = {}
    for each in written:
        if "state" in each.table.columns and not each.in_order:
            late |= {(each.table.name, key): version for key, version in await _behind(driver, each)}
    overtaken: list[Overtaken] = []
    for envelope in reversed(batch) if late else ():
        for table, row in rows_of(envelope.event, envelope.sequence):
            if newest := late.pop((table, _key(row)), None):
                overtaken.append(Overtaken(envelope, newest))
    return overtaken[::-1]


async def _behind(driver: Driver, written: WrittenRows) -> list[tuple[_Key, int]]:
    """The keys whose last row of the batch is older than the stored one, with the version of that."""
    last: Mapping[_Key, object] = {_key(row): row["version"] for row in written.rows}
    keys = [column.name for column in written.table.primary_key]
    wanted = [dict(zip(keys, key, strict=True)) for key in last]
    columns, types = ", ".join(keys), ", ".join(f"{key} text" for key in keys)
    find = (
        f"SELECT {columns}, version FROM {written.table}"  # noqa: S608  # names of our own
        f" JOIN jsonb_to_recordset(CAST(%s AS jsonb)) AS k({types}) USING ({columns})"
    )
    cursor = await driver.execute(find.encode(), (msgspec.json.encode(wanted).decode(),))
    return [
        (tuple(key), version)
        for *key, version in await cursor.fetchall()
        if version > cast(int, last[tuple(key)])
    ]


_KEY: Final = ("business_id", "id")


def _key(row: Row) -> _Key:
    return tuple(str(row[part]) for part in _KEY if part in row)
