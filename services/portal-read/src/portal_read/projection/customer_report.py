"""What the shown projection knows of one customer, as a support person asks: why is something not there?"""

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

import msgspec
from chassis.database import Transaction
from chassis.events_in import dead_letters
from chassis.events_in.dead_letters import DeadLetterFilter, DeadLetterRow
from servicehub_events import Business, Customer

from portal_read.projection.customer_documents import CustomerDocument, find_documents
from portal_read.projection.names import checked, consumer_names
from portal_read.projection.register import FIND_SHOWN, find_age
from portal_read.projection.sealed_states import StateCipher

_THERE = "SELECT to_regclass('public.active_projection') IS NOT NULL"
_CUSTOMER = "SELECT id, version, state FROM {s}.customers WHERE business_id = :business AND id = :customer"
_BUSINESS = "SELECT business_id AS id, version, state FROM {s}.businesses WHERE business_id = :business"
S = TypeVar("S", Business, Customer)


class CustomerRow(msgspec.Struct, frozen=True):
    """The last version applied; erased without a state."""

    version: int
    state: Customer | None


class BusinessRow(msgspec.Struct, frozen=True):
    """The last version applied."""

    version: int
    state: Business | None


class _Row(msgspec.Struct, frozen=True):
    id: str
    version: int
    state: bytes | None


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


async def find_customer_report(
    tx: Transaction, business_id: str, customer_id: str, cipher: StateCipher
) -> CustomerReport | None:
    """What is known of a customer; None where this build has no projection, as in another service's database.

    Raises `Undecipherable` for a state that cannot be opened.
    """
    if not await tx.value(_THERE, bool) or not (name := await tx.value(FIND_SHOWN, str)):
        return None
    schema, ids = checked(name), {"business": business_id, "customer": customer_id}
    row = await tx.one(_CUSTOMER.format(s=schema), _Row, **ids)
    state = row and _opened(Customer, cipher, "customers", business_id, row)
    customer = row and CustomerRow(row.version, state)
    row = await tx.one(_BUSINESS.format(s=schema), _Row, business=business_id)
    portal = row and _opened(Business, cipher, "businesses", business_id, row)
    business = row and BusinessRow(row.version, portal)
    documents = await find_documents(tx, schema, business_id, customer_id, cipher)
    waiting = await _find_waiting(tx, schema, business_id)
    keys = _keys(business_id, customer_id, customer and customer.state, documents)
    return CustomerReport(
        business_id=business_id,
        customer_id=customer_id,
        projection=name,
        age=await find_age(tx, schema),
        business=business,
        customer=customer,
        documents=documents,
        letters=[letter for letter in waiting if letter.key in keys],
        other_letters=sum(letter.key not in keys for letter in waiting),
    )


def _opened(kind: type[S], cipher: StateCipher, table: str, business_id: str, row: _Row) -> S | None:
    if row.state is None:  # a tombstone
        return None
    return msgspec.json.decode(cipher.open(table, business_id, row.id, row.version, row.state), type=kind)


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
