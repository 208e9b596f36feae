"""Attempts and claims: a payment's side towards the processor, and what keeps an invoice payable once.

An attempt is open while `look_at` says when to ask the processor next. Everything sent to the processor is
stored with it before it is sent. A claim is held until its payment has ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

CHANNEL = "attempts"
"""The NOTIFY channel that says: ask about some of them now."""

# In one order for everybody, so that two payments that want each other's invoices cannot block each other.
_CLAIM = text(
    "INSERT INTO claims (business_id, payment_id, invoice_id)"
    " SELECT :business_id, :payment_id, invoice_id FROM unnest(CAST(:invoices AS text[])) AS i(invoice_id)"
    " ORDER BY invoice_id ON CONFLICT (business_id, invoice_id) WHERE held DO NOTHING RETURNING invoice_id"
)
_HOLDERS = text(
    "SELECT DISTINCT payment_id FROM claims WHERE business_id = :business_id AND held"
    " AND invoice_id = ANY(CAST(:invoices AS text[])) ORDER BY payment_id"
)
_ADD = text(
    "INSERT INTO attempts (business_id, payment_id, customer_id, account, request, idempotency_key,"
    " started_at, look_at) VALUES (:business_id, :payment_id, :customer_id, :account, :request,"
    " :idempotency_key, :started_at, :look_at)"
)
_THIS_ONE = "WHERE business_id = :business_id AND payment_id = :payment_id"
_FIND = text(f"SELECT * FROM attempts {_THIS_ONE}")  # noqa: S608  # a clause of our own, as below
_LOCK = text(f"SELECT * FROM attempts {_THIS_ONE} FOR UPDATE")  # noqa: S608
_OF_ACCOUNT = text("SELECT * FROM attempts WHERE payment_id = :payment_id AND account = :account")
_KEEP = text(
    f"UPDATE attempts SET reference = :reference, url = coalesce(:url, url) {_THIS_ONE}"  # noqa: S608
    " AND look_at IS NOT NULL AND coalesce(reference, :reference) = :reference RETURNING payment_id"
)
_NEXT_KEY = text(
    f"UPDATE attempts SET idempotency_key = :next {_THIS_ONE} AND idempotency_key = :idempotency_key"  # noqa: S608
)
_RELEASE = text(f"UPDATE claims SET held = false {_THIS_ONE} AND held")  # noqa: S608
_CLOSE = text(f"UPDATE attempts SET look_at = NULL {_THIS_ONE}")  # noqa: S608
_ACCOUNT = text(
    "INSERT INTO accounts (business_id, account, heard_until, ask_at)"
    " VALUES (:business_id, :account, :now, :now) ON CONFLICT (business_id, account) DO NOTHING"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`request` and `idempotency_key` are what the page is opened with; `reference` and `url` its answer."""

    business_id: str
    payment_id: str
    customer_id: str
    account: str
    request: str
    idempotency_key: str
    started_at: datetime
    reference: str | None = None
    url: str | None = None
    look_at: datetime | None


async def claim(
    connection: AsyncConnection, business_id: str, payment_id: str, invoices: Sequence[str]
) -> bool:
    """Hold these invoices for a payment: all of them, or False, and then the transaction must be given up.

    Waits for whoever is claiming or releasing one of them at this moment.
    """
    wanted = {"business_id": business_id, "payment_id": payment_id, "invoices": list(invoices)}
    return len((await connection.execute(_CLAIM, wanted)).all()) == len(invoices)


async def holders(connection: AsyncConnection, business_id: str, invoices: Sequence[str]) -> list[str]:
    """The payments that hold any of these invoices."""
    found = await connection.execute(_HOLDERS, {"business_id": business_id, "invoices": list(invoices)})
    return [str(payment_id) for (payment_id,) in found]


async def add(connection: AsyncConnection, attempt: Attempt) -> None:
    """Store a new attempt, and remember to ask its account what happened there."""
    values = {name: getattr(attempt, name) for name in Attempt.__slots__}
    await connection.execute(_ADD, values)
    who = {"business_id": attempt.business_id, "account": attempt.account, "now": attempt.started_at}
    await connection.execute(_ACCOUNT, who)


async def find(
    connection: AsyncConnection, business_id: str, payment_id: str, *, lock: bool = False
) -> Attempt | None:
    """An attempt; locked until the transaction ends, when asked for."""
    key = {"business_id": business_id, "payment_id": payment_id}
    return _attempt((await connection.execute(_LOCK if lock else _FIND, key)).mappings().first())


async def of_account(connection: AsyncConnection, account: str, payment_id: str) -> Attempt | None:
    """The attempt that an account's notice is about; None when it is not ours. For the worker alone."""
    key = {"account": account, "payment_id": payment_id}
    return _attempt((await connection.execute(_OF_ACCOUNT, key)).mappings().first())


async def keep_reference(
    connection: AsyncConnection, attempt: Attempt, reference: str, url: str | None
) -> bool:
    """Store which page was opened: one for each attempt.

    False when the attempt was closed meanwhile, or got another page: nobody may get this one.
    """
    values = _key(attempt) | {"reference": reference, "url": url}
    return (await connection.execute(_KEEP, values)).first() is not None


async def use_next_key(connection: AsyncConnection, attempt: Attempt, key: str) -> None:
    """Open the page under another key from now on, unless somebody else changed it first."""
    values = _key(attempt) | {"idempotency_key": attempt.idempotency_key, "next": key}
    await connection.execute(_NEXT_KEY, values)


async def close(connection: AsyncConnection, attempt: Attempt, *, release: bool = True) -> None:
    """There is no more to be asked. The claims fall, unless an operator has to look first."""
    await connection.execute(_CLOSE, _key(attempt))
    if release:
        await connection.execute(_RELEASE, _key(attempt))


def _key(attempt: Attempt) -> dict[str, object]:
    return {"business_id": attempt.business_id, "payment_id": attempt.payment_id}


def _attempt(row: RowMapping | None) -> Attempt | None:
    return msgspec.convert(dict(row), Attempt) if row is not None else None
