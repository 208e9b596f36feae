"""The projector: a batch of events becomes rows, in the transaction of its positions.

Whatever the interleaving of topics, repeats and restarts, the same log gives the same rows. Two things follow
from several aggregates at once, and are guarded by a lock, since either side may come first and from another
process: rows of an erased customer, and which invoices their payments cover.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import psycopg
from chassis import replica
from chassis.failures import Retry
from chassis.reading import Received
from servicehub_events import CustomerErased
from sqlalchemy import Table, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from portal_read import covering, notices
from portal_read.rows import Key, Row, place, without
from portal_read.tables import tables

_LOCK = "pg_advisory_xact_lock(hashtextextended('portal-read.{}.{}', 0))"
_LOCK_SHARED = "pg_advisory_xact_lock_shared(hashtextextended('portal-read.{}.{}', 0))"
_NOTIFY = text(
    "SELECT pg_notify(:channel, :payload) WHERE EXISTS"
    " (SELECT FROM public.active_projection WHERE name = :schema)"  # a rebuild tells nobody
)
_FORGET_SNAPSHOTS = text(
    "DELETE FROM visitor.snapshots s"
    " USING jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, id text)"
    " WHERE s.business_id = k.business_id AND s.customer_id = k.id"
)
_KEYS = "jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, id text)"


class Projector:
    """Applies events to the projection in `schema`; both lanes use it."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._tables = tables(schema)
        self._find_erased = text(
            f"SELECT k.business_id, k.id FROM {_KEYS} JOIN {schema}.customers c"  # noqa: S608  # a checked name
            " ON c.business_id = k.business_id AND c.id = k.id WHERE c.state IS NULL"
        )

    async def apply(self, connection: AsyncConnection, events: Sequence[Received]) -> None:
        """Write the rows of a batch, then tell whose pages changed. Raises `Retry` without a schema.

        It may not be there yet, or have been dropped just now; neither is a reason to set events aside.
        """
        try:
            await self._apply(connection, events)
        except ProgrammingError as error:
            if isinstance(error.orig, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
                raise Retry(f"projection {self._schema} is not there") from error
            raise

    async def _apply(self, connection: AsyncConnection, events: Sequence[Received]) -> None:
        rows: defaultdict[str, list[Row]] = defaultdict(list)
        for event in events:
            for placed in place(event.envelope):
                rows[placed.table].append(placed.row)
        gone = [
            (event.envelope.business_id, event.envelope.subject)
            for event in events
            if isinstance(event.envelope.event, CustomerErased)
        ]
        await self._lock(connection, rows, erasing=bool(gone))
        written = await self._write(connection, rows)
        uncovered = await self._forget(connection, gone) if gone else set[Key]()
        await self._cover(connection, written, uncovered)
        await self._tell(connection, rows, written)

    async def _lock(
        self, connection: AsyncConnection, rows: Mapping[str, list[Row]], *, erasing: bool
    ) -> None:
        """Alone for a batch that reaches into rows of others, shared by all batches that only add theirs.

        Before any row is touched: who waits for it with rows in hand could be waited for in turn.
        """
        locks = [(_LOCK if erasing else _LOCK_SHARED).format(self._schema, "erasure")]
        if "invoices" in rows or "payments" in rows:
            locks.append((_LOCK if "payments" in rows else _LOCK_SHARED).format(self._schema, "covering"))
        await connection.execute(text(f"SELECT {', '.join(locks)}"))

    async def _write(
        self, connection: AsyncConnection, rows: dict[str, list[Row]]
    ) -> dict[str, set[tuple[object, ...]]]:
        """Upsert, customers before what is theirs. Gives back the keys that were really written, by table."""
        written: dict[str, set[tuple[object, ...]]] = {}
        erased: frozenset[Key] | None = None
        for table in self._tables.all():
            found: Iterable[Row] = rows.get(table.name, ())
            if not found:
                continue
            if "customer_id" in table.columns:
                erased = await self._erased(connection, rows) if erased is None else erased
                found = without(erased, found)
            written[table.name] = await replica.put(connection, table, found)
        return written

    async def _erased(self, connection: AsyncConnection, rows: dict[str, list[Row]]) -> frozenset[Key]:
        """Which of the customers named in a batch are erased."""
        owned = [row for part in rows.values() for row in part if "customer_id" in row]
        named = {(row["business_id"], row["customer_id"]) for row in owned}
        found = await connection.execute(self._find_erased, {"keys": covering.keys_of(named)})
        return frozenset((business, customer) for business, customer in found)

    async def _forget(self, connection: AsyncConnection, gone: Sequence[Key]) -> set[Key]:
        """Cut every row of these customers down to a tombstone. Gives back invoices that lost payments."""
        keys = {"keys": covering.keys_of(gone)}
        for table in self._tables.of_customers():
            await connection.execute(text(_blank(table)), keys)
        parts = self._tables.payment_invoices
        cut = f"DELETE FROM {parts} t USING {_KEYS} WHERE {_THEIRS} RETURNING t.business_id, t.invoice_id"  # noqa: S608
        uncovered = {(business, invoice) for business, invoice in await connection.execute(text(cut), keys)}
        await connection.execute(_FORGET_SNAPSHOTS, keys)
        return uncovered

    async def _cover(
        self, connection: AsyncConnection, written: dict[str, set[tuple[object, ...]]], uncovered: set[Key]
    ) -> None:
        invoices, payments = written.get("invoices", set()) | uncovered, written.get("payments", set())
        if invoices or payments:
            await covering.settle(connection, self._schema, invoices, payments)

    async def _tell(
        self,
        connection: AsyncConnection,
        rows: dict[str, list[Row]],
        written: dict[str, set[tuple[object, ...]]],
    ) -> None:
        names = set(_names(rows, written))
        if names:
            payload = notices.payload_of(names)
            what = {"channel": notices.CHANNEL, "payload": payload, "schema": self._schema}
            await connection.execute(_NOTIFY, what)


_THEIRS = "t.business_id = k.business_id AND t.customer_id = k.id"


def _blank(table: Table) -> str:
    kept = {"business_id", "id", "version"}
    columns = [column for column in table.columns if column.name not in kept]
    changes = ", ".join(f"{c.name} = {'false' if c.server_default is not None else 'NULL'}" for c in columns)
    return f"UPDATE {table} t SET {changes} FROM {_KEYS} WHERE {_THEIRS}"  # noqa: S608  # names of our own


def _names(rows: dict[str, list[Row]], written: dict[str, set[tuple[object, ...]]]) -> Iterable[str]:
    for table, part in rows.items():
        for row in part:
            business = str(row["business_id"])
            if table in ("businesses", "business_slugs", "preferences"):
                yield notices.name_of(business)
            elif table == "customers" and (business, row["id"]) in written[table]:
                yield notices.name_of(business, str(row["id"]))
            elif "customer_id" in row and (business, row.get("id")) in written[table]:
                yield notices.name_of(business, str(row["customer_id"]))
