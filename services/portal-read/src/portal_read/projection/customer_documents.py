"""What the shown projection holds of one customer's visits, invoices, payments and sessions."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Final, NamedTuple

import msgspec
from chassis.database import Transaction
from servicehub_events import Appointment, Invoice, Payment, Session

from portal_read.projection.sealed_states import StateCipher

_FIND = (
    "SELECT id, version, state FROM {s}.{table}"
    " WHERE business_id = :business AND customer_id = :customer AND state IS NOT NULL"
)


class CustomerDocument(msgspec.Struct, frozen=True):
    """Something of a customer's (its kind in the plural), the last version applied, and its status."""

    kind: str
    id: str
    version: int
    status: str | None


class _Row(msgspec.Struct, frozen=True):
    id: str
    version: int
    state: bytes


class _Kind(NamedTuple):
    name: str
    table: str
    state: type[Appointment | Invoice | Payment | Session]


_KINDS: Final = (
    _Kind("invoices", "invoices", Invoice),
    _Kind("payments", "payments", Payment),
    _Kind("sessions", "sessions", Session),
    _Kind("visits", "appointments", Appointment),
)


async def find_documents(
    tx: Transaction, schema: str, business_id: str, customer_id: str, cipher: StateCipher
) -> list[CustomerDocument]:
    """All of them, by kind, the newest of each first. Raises `Undecipherable`."""
    documents: list[CustomerDocument] = []
    for kind in _KINDS:
        find = _FIND.format(s=schema, table=kind.table)
        rows = await tx.all(find, _Row, business=business_id, customer=customer_id)
        dated = list(_dated(kind, business_id, rows, cipher))
        dated.sort(key=lambda pair: pair[1].id)
        dated.sort(key=lambda pair: pair[0], reverse=True)
        documents += [document for _, document in dated]
    return documents


def _dated(
    kind: _Kind, business_id: str, rows: list[_Row], cipher: StateCipher
) -> Iterator[tuple[datetime, CustomerDocument]]:
    for row in rows:
        plain = cipher.open(kind.table, business_id, row.id, row.version, row.state)
        state = msgspec.json.decode(plain, type=kind.state)
        yield _at(state), CustomerDocument(kind.name, row.id, row.version, _status(state))


def _at(state: Appointment | Invoice | Payment | Session) -> datetime:
    match state:
        case Appointment():
            return state.window.start
        case Invoice():
            return datetime.combine(state.issued_on, time(), UTC)
        case Payment():
            return state.occurred_at
        case Session():
            return state.issued_at


def _status(state: Appointment | Invoice | Payment | Session) -> str:
    if not isinstance(state, Session):
        return state.status
    if state.revoked_at is not None:
        return "revoked"
    return "expired" if state.expires_at < datetime.now(UTC) else "signed in"
