"""What contacts leave with us: the `visitor` schema, which no log can fill again.

The token of a calendar feed is found by its hash, and encrypted to be shown to its owner again. What a
contact last saw is encrypted like every state.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec
from chassis.database import Transaction
from chassis.database.hot_path import Driver
from servicehub_events import Customer

FEEDS: Final = "calendar_feeds"
SNAPSHOTS: Final = "snapshots"
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
# By the newest state alone, and not by a rebuild: the past must not end what is there today.
_WITHDRAWN: Final = (
    "DELETE FROM visitor.{table} v"
    " USING jsonb_to_recordset(CAST(%(customers)s AS jsonb))"
    " AS k(business_id text, id text, version bigint, kept text[])"
    " JOIN {schema}.customers c ON c.business_id = k.business_id AND c.id = k.id AND c.version = k.version"
    " WHERE v.business_id = k.business_id AND v.customer_id = k.id AND v.contact_id <> ALL (k.kept)"
    " AND EXISTS (SELECT FROM public.active_projection WHERE name = %(schema)s)"
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


def hash_of(token: str) -> bytes:
    """What a token is found by. It has 256 random bits, so that no slow hash is needed."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


async def keep_feed(tx: Transaction, owner: ContactKey, generation: int, token: str, sealed: bytes) -> None:
    """Give a contact a feed with this token, which is `sealed` to be shown again; the one before stops."""
    values = {**msgspec.structs.asdict(owner), "generation": generation}
    await tx.run(_KEEP_FEED, **values, token_hash=hash_of(token), token=sealed)


async def end_withdrawn(driver: Driver, schema: str, customers: Sequence[tuple[Customer, int]]) -> None:
    """Delete what contacts left who may not come in any more, by customers and their versions."""
    for table in (FEEDS, SNAPSHOTS):
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
    """The contacts whose rows stay: a feed goes for good with the access to visits."""
    if table == FEEDS and not customer.portal_access:
        return []
    return [one.contact_id for one in customer.contacts if table == SNAPSHOTS or one.may("visits")]


async def end_feed(tx: Transaction, owner: ContactKey) -> None:
    """Stop the feed of a contact, if there is one."""
    await tx.run(_END_FEED, **msgspec.structs.asdict(owner))


async def keep_snapshot(tx: Transaction, schema: str, owner: ContactKey, version: int, sealed: bytes) -> None:
    """Keep what a contact last saw, in place of what came before; nothing of a customer who was erased."""
    await tx.run(_AGAINST_ERASURE.format(schema=schema))
    values = msgspec.structs.asdict(owner)
    await tx.run(_KEEP_SNAPSHOT.format(schema=schema), **values, version=version, state=sealed)
