"""The read model: whole states, encrypted, and beside them only the columns that pages are found by.

The columns in plain are ids, times, a status and amounts; none names a person or tells where one lives.

`version` is the event's `ce_sequence`. A row without a state is a tombstone: ids and version, so that nothing
older comes back. `business_slugs` and `payment_invoices` are parts of a business and a payment; a part counts
only while its version is that of its whole.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from portal_read.projection import names

# The halves of a table that have indexes of their own; every row that has a state is in one of them.
OPEN_APPOINTMENT: Final = "status IN ('scheduled', 'en_route', 'started')"
CLOSED_APPOINTMENT: Final = "status IN ('completed', 'missed', 'cancelled')"
UNPAID: Final = "owed > 0 AND NOT covered"
SETTLED: Final = "owed <= 0 OR covered"
IN_CREDIT: Final = "overpaid OR in_credit"
"""No less than the invoices of which too much was paid: their states say how much, if anything, is left."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one projection."""

    businesses: Table
    business_slugs: Table
    customers: Table
    sessions: Table
    preferences: Table
    appointments: Table
    invoices: Table
    payments: Table
    payment_invoices: Table
    autopays: Table
    messages: Table

    def all(self) -> tuple[Table, ...]:
        """Every table, in the order rows are written in."""
        return tuple(getattr(self, name) for name in self.__slots__)

    def of_customers(self) -> tuple[tuple[Table, str], ...]:
        """Those whose rows belong to one customer each, in the parts by which an index finds them."""
        return (
            (self.sessions, "true"),
            *((self.appointments, half) for half in (OPEN_APPOINTMENT, CLOSED_APPOINTMENT)),
            *((self.invoices, half) for half in (UNPAID, SETTLED)),
            (self.payments, "true"),
            (self.autopays, "true"),
            (self.messages, "true"),
        )


@cache
def tables(schema: str) -> Tables:
    """The tables of the projection in `schema`."""
    metadata = MetaData(schema=names.checked(schema))
    text, texts, time = Text(), ARRAY(Text()), DateTime(timezone=True)

    def table(name: str, *key: str, state: bool = True, **columns: TypeEngine[Any]) -> Table:
        return Table(
            name,
            metadata,
            *(Column(part, Text, primary_key=True) for part in key),
            Column("version", BigInteger, nullable=False),
            *(Column(column, kind) for column, kind in columns.items()),
            *([Column("state", LargeBinary)] if state else []),
        )

    invoices = table(
        *("invoices", "business_id", "id"),
        customer_id=text,
        issued_on=Date(),
        due_on=Date(),
        owed=BigInteger(),
        overpaid=Boolean(),
        appointment_ids=texts,
    )
    # These follow from the payments, not from the invoice's own event: an upsert must leave them alone.
    for column in ("covered", "in_credit"):
        invoices.append_column(Column(column, Boolean, server_default="false", nullable=False))
    return Tables(
        businesses=table("businesses", "business_id", slug=text, enabled=Boolean()),
        business_slugs=table("business_slugs", "business_id", "slug", state=False),
        customers=table("customers", "business_id", "id"),
        sessions=table("sessions", "business_id", "id", customer_id=text, contact_id=text, revoked=Boolean()),
        preferences=table("preferences", "business_id", "id"),
        appointments=table(
            *("appointments", "business_id", "id"),
            customer_id=text,
            status=text,
            starts_at=time,
            ends_at=time,
            invoice_ids=texts,
        ),
        invoices=invoices,
        payments=table("payments", "business_id", "id", customer_id=text),
        payment_invoices=table(
            "payment_invoices",
            *("business_id", "invoice_id", "payment_id"),
            state=False,
            customer_id=text,
        ),
        autopays=table("autopays", "business_id", "id", customer_id=text),
        messages=table(
            *("messages", "business_id", "id"), customer_id=text, invoice_id=text, payment_id=text
        ),
    )
