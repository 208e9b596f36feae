"""The projector: a batch of events becomes rows, in the transaction of its positions.

Whatever the interleaving of topics, repeats and restarts, the same log gives the same rows. Two things follow
from several aggregates at once, and are guarded by a lock, since either side may come first and from another
process: rows of an erased customer, and which invoices their payments cover.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg
from chassis.context import ServiceContext
from chassis.database import Transaction, upsert
from chassis.database.hot_path import Driver, pipelined
from chassis.events_in import Apply, Consumer, Overtaken
from chassis.observability.telemetry import recorded_trace
from servicehub_events import Customer, CustomerErased, Envelope, Event
from sqlalchemy import Table

from portal_read import visitor
from portal_read.projection import change_notices, unpaid_index
from portal_read.projection.names import ConsumerKind, consumer_name
from portal_read.projection.overtaken import WrittenRows, find_overtaken
from portal_read.projection.sealed_states import StateCipher
from portal_read.projection.tables import tables
from portal_read.reactions import DOCUMENTS, IDENTITY, Key, Row, RowReaction, rows_of, without_erased
from portal_read.rejections import Rejections

SCHEMA_IS_MISSING = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)
"""The projection is not there yet, or was dropped just now: neither is a reason to set events aside."""

_REACTIONS: Final[Mapping[ConsumerKind, Mapping[type[Event], RowReaction]]] = {
    "identity": IDENTITY,
    "documents": DOCUMENTS,
}
_LOCK = "pg_advisory_xact_lock(hashtextextended('portal-read.{}.{}', 0))"
_LOCK_SHARED = "pg_advisory_xact_lock_shared(hashtextextended('portal-read.{}.{}', 0))"
_NOTIFY = (
    b"SELECT pg_notify(%(channel)s, %(payload)s) WHERE EXISTS"
    b" (SELECT FROM public.active_projection WHERE name = %(schema)s)"  # a rebuild tells nobody
)
_KEYS = "jsonb_to_recordset(CAST(%(keys)s AS jsonb)) AS k(business_id text, id text)"


def consumer_of(
    ctx: ServiceContext[Any], kind: ConsumerKind, schema: str, apply: Apply | None = None
) -> Consumer:
    """The consumer of this kind that fills a projection; `apply` stands in for its projector."""
    return Consumer(
        consumer_name(schema, kind),
        _REACTIONS[kind],
        ctx,
        apply=apply or Projector(schema, StateCipher.of(ctx.settings.field_encryption_keys)).apply,
        reject=Rejections(ctx, schema).publish,
        also_transient=SCHEMA_IS_MISSING,
    )


class Projector:
    """Applies events to the projection in `schema`; both of its consumers use it."""

    def __init__(self, schema: str, cipher: StateCipher) -> None:
        self._schema = schema
        self._cipher = cipher
        self._tables = tables(schema)
        self._find_erased = (
            f"SELECT k.business_id, k.id FROM {_KEYS} JOIN {schema}.customers c"  # noqa: S608  # a checked name
            " ON c.business_id = k.business_id AND c.id = k.id WHERE c.state IS NULL"
        ).encode()

    async def apply(self, tx: Transaction, batch: Sequence[Envelope]) -> list[Overtaken]:
        """Write the rows of a batch, then say whose pages changed. Raises `SCHEMA_IS_MISSING`.

        Gives back the events that came too late to be the last of their keys.
        """
        rows: defaultdict[str, list[Row]] = defaultdict(list)
        for envelope in batch:
            for table, row in rows_of(envelope.event, envelope.sequence):
                rows[table].append(row)
        erased = [
            (event.business_id, event.customer_id)
            for envelope in batch
            if isinstance(event := envelope.event, CustomerErased)
        ]
        customers = [
            (event, envelope.sequence) for envelope in batch if isinstance(event := envelope.event, Customer)
        ]
        written = await self.write(tx, rows, erased)
        if customers:
            async with pipelined(tx) as driver:
                await visitor.end_withdrawn(driver, self._schema, customers)
        if all(part.in_order for part in written):
            return []
        async with pipelined(tx) as driver:
            return await find_overtaken(driver, written, batch)

    async def write(
        self, tx: Transaction, rows: Mapping[str, Sequence[Row]], erased: Sequence[Key]
    ) -> list[WrittenRows]:
        """Write rows, by name of their table, and cut those of erased customers down to tombstones."""
        async with pipelined(tx) as driver:
            await self._lock(driver, rows, erasing=bool(erased))
            written = await self._upsert(driver, rows)
            uncovered = await self._erase(driver, erased) if erased else set[Key]()
            await self._refresh_unpaid(driver, rows, uncovered)
            await self._notify(driver, rows)
        return written

    async def _lock(self, driver: Driver, rows: Mapping[str, Sequence[Row]], *, erasing: bool) -> None:
        """Alone for a batch that reaches into rows of others, shared by all batches that only add theirs.

        Before any row is touched: who waits for it with rows in hand could be waited for in turn.
        """
        locks = [(_LOCK if erasing else _LOCK_SHARED).format(self._schema, "erasure")]
        if "invoices" in rows or "payments" in rows:
            locks.append((_LOCK if "payments" in rows else _LOCK_SHARED).format(self._schema, "covering"))
        await driver.execute(f"SELECT {', '.join(locks)}".encode())

    async def _upsert(self, driver: Driver, rows: Mapping[str, Sequence[Row]]) -> list[WrittenRows]:
        """Upsert, customers before what is theirs."""
        erased: frozenset[Key] | None = None
        written: list[WrittenRows] = []
        for table in self._tables.all():
            part = rows.get(table.name, ())
            if part and "customer_id" in table.columns:
                erased = await self._erased(driver, rows) if erased is None else erased
                part = list(without_erased(erased, part))
            if part:
                newest = upsert.newest(table, part)
                sealed = [self._cipher.sealed(table.name, row) for row in newest]
                written.append(WrittenRows(table, part, newest, await upsert.store(driver, table, sealed)))
        return written

    async def _erased(self, driver: Driver, rows: Mapping[str, Sequence[Row]]) -> frozenset[Key]:
        """Which of the customers named in a batch are erased."""
        cursor = await driver.execute(self._find_erased, {"keys": unpaid_index.keys_of(_owners(rows))})
        return frozenset((business, customer) for business, customer in await cursor.fetchall())

    async def _erase(self, driver: Driver, erased: Sequence[Key]) -> set[Key]:
        """Cut every row of these customers down to a tombstone. Gives back invoices that lost payments."""
        keys = {"keys": unpaid_index.keys_of(erased)}
        for table, part in self._tables.of_customers():
            await driver.execute(_cut_to_tombstone(table, part), keys)
        parts = self._tables.payment_invoices
        cut = _cut_away(str(parts)) + b" RETURNING t.business_id, t.invoice_id"
        uncovered = await driver.execute(cut, keys)
        for table in visitor.OF_CONTACTS:
            await driver.execute(_cut_away(f"visitor.{table}"), keys)
        return {(business, invoice) for business, invoice in await uncovered.fetchall()}

    async def _refresh_unpaid(
        self, driver: Driver, rows: Mapping[str, Sequence[Row]], uncovered: set[Key]
    ) -> None:
        invoices = uncovered | {(row["business_id"], row["id"]) for row in rows.get("invoices", ())}
        payments = {(row["business_id"], row["id"]) for row in rows.get("payments", ())}
        if invoices or payments:
            await unpaid_index.refresh(driver, self._schema, self._cipher, invoices, payments)

    async def _notify(self, driver: Driver, rows: Mapping[str, Sequence[Row]]) -> None:
        """A page told of an event that changed nothing is fetched and found to be the same; that is rare."""
        if names := _changed(rows):
            payload = change_notices.payload_of(names, recorded_trace())
            values = {"channel": change_notices.CHANNEL, "payload": payload, "schema": self._schema}
            await driver.execute(_NOTIFY, values)


_OF_ALL = ("businesses", "business_slugs", "preferences")
_THEIRS = "t.business_id = k.business_id AND t.customer_id = k.id"


def _cut_to_tombstone(table: Table, part: str) -> bytes:
    kept = {"business_id", "id", "version"}
    columns = [column for column in table.columns if column.name not in kept]
    changes = ", ".join(f"{c.name} = {'false' if c.server_default is not None else 'NULL'}" for c in columns)
    return f"UPDATE {table} t SET {changes} FROM {_KEYS} WHERE {_THEIRS} AND ({part})".encode()  # noqa: S608  # names of our own


def _cut_away(table: str) -> bytes:
    return f"DELETE FROM {table} t USING {_KEYS} WHERE {_THEIRS}".encode()  # noqa: S608  # names of our own


def _owners(rows: Mapping[str, Sequence[Row]]) -> set[tuple[object, object]]:
    """The customers whose rows these are, as (business id, id)."""
    return {
        (row["business_id"], row["customer_id"])
        for part in rows.values()
        for row in part
        if "customer_id" in row
    }


def _changed(rows: Mapping[str, Sequence[Row]]) -> set[str]:
    """Whose pages these rows may change, as names of a notice."""
    everybody = {row["business_id"] for table in _OF_ALL for row in rows.get(table, ())}
    customers = {(row["business_id"], row["id"]) for row in rows.get("customers", ())}
    return {change_notices.name_of(str(business)) for business in everybody} | {
        change_notices.name_of(str(business), str(customer))
        for business, customer in customers | _owners(rows)
    }
