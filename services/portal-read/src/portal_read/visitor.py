"""What contacts leave with us: the `visitor` schema, which no log can fill again.

The token of a calendar feed is found by its hash, and encrypted to be shown to its owner again. What a
contact last saw is encrypted like every state. Of a request the row says whose it is and about what; what
was typed is in its events. A statement of account that was handed out stays the same bytes.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from chassis.database import Transaction
from chassis.database.hot_path import Driver
from servicehub_events import Customer, CustomerRequest, Role

from portal_read.domain.requests import EarlierRequest

FEEDS: Final = "calendar_feeds"
SNAPSHOTS: Final = "snapshots"
STATEMENTS: Final = "statements"
OF_CONTACTS: Final = (FEEDS, SNAPSHOTS, STATEMENTS)
"""What goes with its customer, and with its contact's access."""
STATEMENTS_KEPT: Final = 24
"""Of each contact; the oldest goes first."""
_KEEP_FEED: Final = (
    "INSERT INTO visitor.calendar_feeds (business_id, customer_id, contact_id, generation, token_hash, token)"
    " VALUES (:business_id, :customer_id, :contact_id, :generation, :token_hash, :token)"
    " ON CONFLICT (business_id, customer_id, contact_id) DO UPDATE SET"
    " generation = EXCLUDED.generation, token_hash = EXCLUDED.token_hash, token = EXCLUDED.token"
)
_END_FEED: Final = (
    "DELETE FROM visitor.calendar_feeds WHERE business_id = :business_id"
    " AND customer_id = :customer_id AND contact_id = :contact_id"
)
_KEEP_SNAPSHOT: Final = (
    "INSERT INTO visitor.snapshots (business_id, customer_id, contact_id, version, state)"
    " SELECT :business_id, :customer_id, :contact_id, :version, :state"
    " WHERE EXISTS (SELECT FROM {schema}.customers"
    " WHERE business_id = :business_id AND id = :customer_id AND state IS NOT NULL)"
    " ON CONFLICT (business_id, customer_id, contact_id) DO UPDATE SET"
    " version = EXCLUDED.version, state = EXCLUDED.state WHERE snapshots.version <= EXCLUDED.version"
)
# The projector's lock: an erasure waits for who writes, and who writes later finds that there is nobody.
_AGAINST_ERASURE: Final = (
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('portal-read.{schema}.erasure', 0))"
)
_FIND_STATEMENT: Final = (
    "SELECT pdf FROM visitor.statements WHERE business_id = :business_id"
    " AND customer_id = :customer_id AND contact_id = :contact_id AND digest = :digest"
)
_KEEP_STATEMENT: Final = (
    "INSERT INTO visitor.statements (business_id, customer_id, contact_id, digest, made_at, pdf)"
    " SELECT :business_id, :customer_id, :contact_id, :digest, :made_at, :pdf"
    " WHERE EXISTS (SELECT FROM {schema}.customers"
    " WHERE business_id = :business_id AND id = :customer_id AND state IS NOT NULL) ON CONFLICT DO NOTHING"
)
_DROP_OLD_STATEMENTS: Final = (
    "DELETE FROM visitor.statements WHERE (business_id, customer_id, contact_id, digest) IN"
    " (SELECT business_id, customer_id, contact_id, digest FROM visitor.statements"
    " WHERE business_id = :business_id AND customer_id = :customer_id AND contact_id = :contact_id"
    " ORDER BY made_at DESC, digest OFFSET :kept)"
)
# By the newest state alone, and not by a rebuild: the past must not end what is there today.
_WITHDRAWN: Final = (
    "DELETE FROM visitor.{table} v"
    " USING jsonb_to_recordset(CAST(%(customers)s AS jsonb))"
    " AS k(business_id text, id text, version bigint, kept text[])"
    " JOIN {schema}.customers c ON c.business_id = k.business_id AND c.id = k.id AND c.version = k.version"
    " WHERE v.business_id = k.business_id AND v.customer_id = k.id AND v.contact_id <> ALL (k.kept)"
    " AND EXISTS (SELECT FROM public.active_projection WHERE name = %(schema)s)"
)
_ADD_REQUEST: Final = (
    "INSERT INTO visitor.requests"
    " (business_id, id, customer_id, contact_id, kind, appointment_id, sent_at, withdrawn, version)"
    " VALUES (:business_id, :id, :customer_id, :contact_id, :kind, :appointment_id, :sent_at, false, 1)"
)
_LIST_REQUESTS: Final = (
    "SELECT id AS request_id, contact_id, kind, appointment_id, sent_at, withdrawn FROM visitor.requests"
    " WHERE business_id = :business_id AND customer_id = :customer_id AND sent_at > :since"
    " ORDER BY sent_at DESC, id DESC"
)
_FIND_REQUEST: Final = (
    "SELECT true FROM visitor.requests WHERE business_id = :business_id AND id = :id"
    " AND customer_id = :customer_id AND contact_id = :contact_id FOR UPDATE"
)
_WITHDRAW: Final = (
    "UPDATE visitor.requests SET withdrawn = true, version = :version"
    " WHERE business_id = :business_id AND id = :id"
)
_LIST_ERASED: Final = (
    "SELECT r.business_id, r.id AS request_id, r.customer_id FROM visitor.requests r"
    " LEFT JOIN {s}.customers c ON c.business_id = r.business_id AND c.id = r.customer_id"
    " LEFT JOIN {s}.appointments a ON a.business_id = r.business_id AND a.id = r.appointment_id"
    " WHERE (c.id IS NOT NULL AND c.state IS NULL) OR (a.id IS NOT NULL AND a.state IS NULL)"
    " ORDER BY r.business_id, r.id LIMIT 100 FOR UPDATE OF r SKIP LOCKED"
)
_FORGET_REQUEST: Final = (
    "DELETE FROM visitor.requests WHERE business_id = :business_id AND id = :id",
    "DELETE FROM events WHERE business_id = :business_id AND stream = :stream AND version <= :version",
)


class ContactKey(msgspec.Struct, frozen=True):
    """Whose row it is: a contact as one customer's."""

    business_id: str
    customer_id: str
    contact_id: str

    @property
    def key(self) -> str:
        """What its rows are encrypted for."""
        return f"{self.customer_id}/{self.contact_id}"


class KeptStatement(msgspec.Struct, frozen=True):
    """The sealed bytes of a paper."""

    pdf: bytes


class ErasedRequest(msgspec.Struct, frozen=True):
    """A request whose customer, or whose visit, was erased."""

    business_id: str
    request_id: str
    customer_id: str


def hash_of(token: str) -> bytes:
    """What a token is found by. It has 256 random bits, so that no slow hash is needed."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


async def keep_feed(tx: Transaction, owner: ContactKey, generation: int, token: str, sealed: bytes) -> None:
    """Give a contact a feed with this token, which is `sealed` to be shown again; the one before stops."""
    values = {**msgspec.structs.asdict(owner), "generation": generation}
    await tx.run(_KEEP_FEED, **values, token_hash=hash_of(token), token=sealed)


async def end_withdrawn(driver: Driver, schema: str, customers: Sequence[tuple[Customer, int]]) -> None:
    """Delete what contacts left who may not come in any more, by customers and their versions."""
    for table in OF_CONTACTS:
        rows = [
            {
                "business_id": customer.business_id,
                "id": customer.customer_id,
                "version": version,
                "kept": _kept(table, customer),
            }
            for customer, version in customers
        ]
        statement = _WITHDRAWN.format(table=table, schema=schema).encode()
        await driver.execute(statement, {"customers": msgspec.json.encode(rows).decode(), "schema": schema})


def _kept(table: str, customer: Customer) -> list[str]:
    """The contacts whose rows stay: a feed goes for good with the access to visits, a statement with that to
    invoices."""
    if table == SNAPSHOTS:
        return [one.contact_id for one in customer.contacts]
    if not customer.portal_access:
        return []
    role: Role = "visits" if table == FEEDS else "invoices"
    return [one.contact_id for one in customer.contacts if one.may(role)]


async def end_feed(tx: Transaction, owner: ContactKey) -> None:
    """Stop the feed of a contact, if there is one."""
    await tx.run(_END_FEED, **msgspec.structs.asdict(owner))


async def keep_snapshot(tx: Transaction, schema: str, owner: ContactKey, version: int, sealed: bytes) -> None:
    """Keep what a contact last saw, in place of what came before; nothing of a customer who was erased."""
    await tx.run(_AGAINST_ERASURE.format(schema=schema))
    values = msgspec.structs.asdict(owner)
    await tx.run(_KEEP_SNAPSHOT.format(schema=schema), **values, version=version, state=sealed)


async def find_statement(tx: Transaction, owner: ContactKey, digest: str) -> bytes | None:
    """The sealed bytes of a statement that this contact took, by the digest of what it says."""
    values = msgspec.structs.asdict(owner)
    row = await tx.one(_FIND_STATEMENT, KeptStatement, **values, digest=digest)
    return row.pdf if row else None


async def keep_statement(
    tx: Transaction, schema: str, owner: ContactKey, digest: str, made_at: datetime, sealed: bytes
) -> None:
    """Keep a statement that is handed out, in place of the oldest of many; none of an erased customer's."""
    await tx.run(_AGAINST_ERASURE.format(schema=schema))
    values = msgspec.structs.asdict(owner)
    keep = _KEEP_STATEMENT.format(schema=schema)
    await tx.run(keep, **values, digest=digest, made_at=made_at, pdf=sealed)
    await tx.run(_DROP_OLD_STATEMENTS, **values, kept=STATEMENTS_KEPT)


async def add_request(tx: Transaction, made: CustomerRequest) -> None:
    """Remember whose request it is, and about what: its first version."""
    await tx.run(
        _ADD_REQUEST,
        id=made.request_id,
        customer_id=made.customer_id,
        contact_id=made.contact_id,
        kind=made.kind,
        appointment_id=made.appointment_id,
        sent_at=made.sent_at,
    )


async def list_requests(tx: Transaction, customer_id: str, since: datetime) -> list[EarlierRequest]:
    """A customer's requests since then, the newest first."""
    return await tx.all(_LIST_REQUESTS, EarlierRequest, customer_id=customer_id, since=since)


async def lock_request(tx: Transaction, request_id: str, customer_id: str, contact_id: str) -> bool:
    """Hold a request of this contact; whether there is one."""
    whose = {"customer_id": customer_id, "contact_id": contact_id}
    return bool(await tx.value(_FIND_REQUEST, bool, id=request_id, **whose))


async def mark_withdrawn(tx: Transaction, request_id: str, version: int) -> None:
    """Nobody waits for an answer to it; `version` is that of its newest event."""
    await tx.run(_WITHDRAW, id=request_id, version=version)


async def lock_erased_requests(tx: Transaction, schema: str) -> list[ErasedRequest]:
    """Hold requests, a hundred at most, of whom or what the projection in `schema` says that it is erased."""
    return await tx.all(_LIST_ERASED.format(s=schema), ErasedRequest)


async def forget_request(tx: Transaction, request_id: str, version: int) -> None:
    """Delete all that was typed, up to this version of its stream."""
    for statement in _FORGET_REQUEST:
        await tx.run(statement, id=request_id, stream=f"request/{request_id}", version=version)
