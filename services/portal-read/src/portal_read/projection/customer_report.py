"""What the shown projection knows of one customer, as a support person asks: why is something not there?"""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from chassis.database import Transaction
from chassis.events_in import dead_letters
from chassis.events_in.dead_letters import DeadLetterFilter, DeadLetterRow
from servicehub_events import Business, Customer

from portal_read.projection.names import checked, consumer_names
from portal_read.projection.register import find_age

_THERE = "SELECT to_regclass('public.active_projection') IS NOT NULL"
_ACTIVE = "SELECT name FROM public.active_projection"
_CUSTOMER = "SELECT version, state FROM {s}.customers WHERE business_id = :business AND id = :customer"
_BUSINESS = "SELECT version, state FROM {s}.businesses WHERE business_id = :business"
_DOCUMENT = (
    "SELECT '{kind}' AS kind, id, version, {status} AS status, {at} AS at FROM {{s}}.{table}"
    " WHERE business_id = :business AND customer_id = :customer"
)
_OF_STATE = "state->>'status'"
_OF_SESSION = (
    "CASE WHEN revoked THEN 'revoked' WHEN (state->>'expires_at')::timestamptz < now() THEN 'expired'"
    " ELSE 'signed in' END"
)
_DOCUMENTS = " UNION ALL ".join(
    _DOCUMENT.format(kind=kind, table=table, status=status, at=at)
    for kind, table, status, at in (
        ("visits", "appointments", "status", "starts_at"),
        ("invoices", "invoices", _OF_STATE, "issued_on::timestamptz"),
        ("payments", "payments", _OF_STATE, "(state->>'occurred_at')::timestamptz"),
        ("sessions", "sessions", _OF_SESSION, "(state->>'issued_at')::timestamptz"),
    )
)
_NEWEST_FIRST = "SELECT kind, id, version, status FROM ({documents}) d ORDER BY kind, at DESC NULLS LAST, id"


class CustomerDocument(msgspec.Struct, frozen=True):
    """Something of a customer's (its kind in the plural), the last version applied, and its status."""

    kind: str
    id: str
    version: int
    status: str | None


class CustomerRow(msgspec.Struct, frozen=True):
    """The last version applied; erased without a state."""

    version: int
    state: Customer | None


class BusinessRow(msgspec.Struct, frozen=True):
    """The last version applied."""

    version: int
    state: Business | None


class CustomerReport(msgspec.Struct, frozen=True, kw_only=True):
    """`customer` without a state is erased. `age`: how long ago the projection was at the end of the log.

    `letters` wait and are about keys of this customer; `other_letters` count those of the business about
    things that nobody is known to have: what is in them cannot be told without opening them.
    """

    business_id: str
    customer_id: str
    projection: str
    age: timedelta | None
    business: BusinessRow | None
    customer: CustomerRow | None
    documents: Sequence[CustomerDocument]
    letters: Sequence[DeadLetterRow]
    other_letters: int


async def find_customer_report(tx: Transaction, business_id: str, customer_id: str) -> CustomerReport | None:
    """What is known of a customer; None where there is no projection: this is another service's database."""
    if not await tx.value(_THERE, bool) or not (name := await tx.value(_ACTIVE, str)):
        return None
    schema, ids = checked(name), {"business": business_id, "customer": customer_id}
    customer = await tx.one(_CUSTOMER.format(s=schema), CustomerRow, **ids)
    find_documents = _NEWEST_FIRST.format(documents=_DOCUMENTS.format(s=schema))
    documents = await tx.all(find_documents, CustomerDocument, **ids)
    waiting = await _find_waiting(tx, schema, business_id)
    keys = _keys(business_id, customer_id, customer and customer.state, documents)
    return CustomerReport(
        business_id=business_id,
        customer_id=customer_id,
        projection=name,
        age=await find_age(tx, schema),
        business=await tx.one(_BUSINESS.format(s=schema), BusinessRow, business=business_id),
        customer=customer,
        documents=documents,
        letters=[letter for letter in waiting if letter.key in keys],
        other_letters=sum(letter.key not in keys for letter in waiting),
    )


async def _find_waiting(tx: Transaction, schema: str, business_id: str) -> list[DeadLetterRow]:
    """What is not superseded; the letters of another projection say nothing of what is shown."""
    rows = await dead_letters.find(tx, DeadLetterFilter(business=business_id, superseded=False))
    return [row for row in rows if row.consumer in consumer_names(schema)]


def _keys(
    business_id: str, customer_id: str, customer: Customer | None, documents: Sequence[CustomerDocument]
) -> set[str]:
    contacts = [contact.contact_id for contact in customer.contacts] if customer else []
    ids = (customer_id, *contacts, *(document.id for document in documents))
    return {f"{business_id}/{one}" for one in ids}
