"""Where the field key has written: the states of every projection that this build reads, the requests, and
what contacts leave with us."""

from collections.abc import Sequence
from typing import Final

from chassis.database import Transaction
from chassis.rotation import KeyedColumn
from sqlalchemy import Table

from portal_read import visitor
from portal_read.projection.names import SCHEMA_VERSION
from portal_read.projection.register import list_projections
from portal_read.projection.tables import tables

_RING: Final = "FIELD_ENCRYPTION_KEYS"
_CONTEXT: Final = "'{table}/' || {business} || '/' || {key} || '/' || {version}"
"""What `sealed_states` encrypts a state for, as PostgreSQL says it."""
_CONTEXT_OF_EVENT: Final = "'events/' || business_id || '/' || stream || '/' || version"
"""What the event store encrypts an event for."""


async def find_keyed_columns(tx: Transaction) -> Sequence[KeyedColumn]:
    """The states of each table of each projection, whether shown or not, the events of requests, and what
    contacts left with us."""
    return [
        KeyedColumn(_RING, "public.events", "data", _CONTEXT_OF_EVENT),
        KeyedColumn(_RING, f"visitor.{visitor.FEEDS}", "token", _of_contact(visitor.FEEDS, "generation")),
        KeyedColumn(_RING, f"visitor.{visitor.SNAPSHOTS}", "state", _of_contact(visitor.SNAPSHOTS)),
        KeyedColumn(_RING, f"visitor.{visitor.STATEMENTS}", "pdf", _of_contact(visitor.STATEMENTS, "digest")),
        *(
            KeyedColumn(_RING, str(table), "state", _context_of(table))
            for projection in await list_projections(tx)
            if projection.schema_version == SCHEMA_VERSION
            for table in tables(projection.name).all()
            if "state" in table.columns
        ),
    ]


def _context_of(table: Table) -> str:
    names = [column.name for column in table.primary_key]
    return _CONTEXT.format(table=table.name, business=names[0], key=names[-1], version="version")


def _of_contact(table: str, version: str = "version") -> str:
    key = "customer_id || '/' || contact_id"
    return _CONTEXT.format(table=table, business="business_id", key=key, version=version)
