"""Where the field key has written: the states of every projection that this build reads, and the requests."""

from collections.abc import Sequence
from typing import Final

from chassis.database import Transaction
from chassis.rotation import KeyedColumn
from sqlalchemy import Table

from portal_read.projection.names import SCHEMA_VERSION
from portal_read.projection.register import list_projections
from portal_read.projection.tables import tables

_CONTEXT: Final = "'{table}/' || {business} || '/' || {key} || '/' || version"
"""What `sealed_states` encrypts a state for, as PostgreSQL says it."""
_CONTEXT_OF_EVENT: Final = "'events/' || business_id || '/' || stream || '/' || version"
"""What the event store encrypts an event for."""


async def find_keyed_columns(tx: Transaction) -> Sequence[KeyedColumn]:
    """The states of each table of each projection, whether shown or not, and the events of requests."""
    return [
        KeyedColumn("FIELD_ENCRYPTION_KEYS", "public.events", "data", _CONTEXT_OF_EVENT),
        *(
            KeyedColumn("FIELD_ENCRYPTION_KEYS", str(table), "state", _context_of(table))
            for projection in await list_projections(tx)
            if projection.schema_version == SCHEMA_VERSION
            for table in tables(projection.name).all()
            if "state" in table.columns
        ),
    ]


def _context_of(table: Table) -> str:
    names = [column.name for column in table.primary_key]
    return _CONTEXT.format(table=table.name, business=names[0], key=names[-1])
