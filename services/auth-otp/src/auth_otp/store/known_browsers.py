"""Which browsers are known for an address."""

import json
from collections.abc import Iterable, Sequence
from typing import Final

from chassis.database import Transaction, lock_named
from chassis.rotation import KeyedColumn

KEYED: Final = tuple(
    KeyedColumn("BLIND_INDEX_KEYS", table, "address_index", index=True)
    for table in ("known_browsers", "failures")
)
"""Browsers move with the address that they are known for; failures count for a day."""

_FIND_BROWSER: Final = (
    "SELECT EXISTS (SELECT FROM known_browsers WHERE business_id = :business_id AND browser_id = :browser_id"
    " AND address_index = ANY(:indexes) AND proved_at > now() - make_interval(days => :days))"
)
_ADD_BROWSER: Final = (
    "INSERT INTO known_browsers AS k (business_id, address_index, browser_id)"
    " VALUES (:business_id, :address_index, :browser_id)"
    " ON CONFLICT (business_id, address_index, browser_id) DO UPDATE SET proved_at = now()"
)
_FORGET_OLDEST: Final = (
    "DELETE FROM known_browsers WHERE business_id = :business_id AND address_index = :address_index"
    " AND browser_id IN (SELECT browser_id FROM known_browsers WHERE business_id = :business_id"
    " AND address_index = :address_index ORDER BY proved_at DESC, browser_id OFFSET :limit)"
)
_FORGET_BROWSER: Final = (
    "DELETE FROM known_browsers WHERE business_id = :business_id AND browser_id = :browser_id"
)
_MOVE: Final = (
    "WITH moved AS (DELETE FROM known_browsers WHERE business_id = :business_id"
    " AND address_index = ANY(:former) RETURNING browser_id, proved_at)"
    " INSERT INTO known_browsers AS k (business_id, address_index, browser_id, proved_at)"
    " SELECT CAST(:business_id AS text), CAST(:current AS text), browser_id, max(proved_at)"
    " FROM moved GROUP BY browser_id ON CONFLICT (business_id, address_index, browser_id)"
    " DO UPDATE SET proved_at = GREATEST(k.proved_at, EXCLUDED.proved_at)"
)
# A browser is known for an address: it goes with the last contact of the business that has it.
_FORGET_BROWSERS: Final = (
    "DELETE FROM known_browsers k USING jsonb_to_recordset(CAST(:addresses AS jsonb)) AS gone(indexes text[])"
    " WHERE k.business_id = :business_id AND k.address_index = ANY(gone.indexes)"
    " AND NOT EXISTS (SELECT FROM contacts c WHERE c.business_id = :business_id"
    " AND (c.email_index = ANY(gone.indexes) OR c.phone_index = ANY(gone.indexes)))"
)
_FORGET_OLD_BROWSERS: Final = (
    "DELETE FROM known_browsers WHERE proved_at < now() - make_interval(days => :days)"
)


async def find_known_browser(tx: Transaction, indexes: Sequence[str], browser_id: str, days: int) -> bool:
    """Whether this browser proved the address within so many days."""
    return bool(await tx.value(_FIND_BROWSER, bool, indexes=list(indexes), browser_id=browser_id, days=days))


async def add_known_browser(tx: Transaction, address_index: str, browser_id: str, limit: int) -> None:
    """This browser proved the address; beyond `limit` of them the oldest is forgotten."""
    await tx.run(_ADD_BROWSER, address_index=address_index, browser_id=browser_id)
    await tx.run(_FORGET_OLDEST, address_index=address_index, limit=limit)


async def forget_browser(tx: Transaction, browser_id: str) -> None:
    """This browser is known for no address of the business any more."""
    await tx.run(_FORGET_BROWSER, browser_id=browser_id)


async def move_known_browsers(tx: Transaction, indexes: Sequence[str]) -> None:
    """Browsers known for an address under a former index are known under its current one, the first."""
    current, *former = indexes
    if former:
        await tx.run(_MOVE, current=current, former=former)


async def forget_known_browsers(tx: Transaction, addresses: Iterable[Sequence[str]]) -> None:
    """Forget the browsers known for addresses, each given by its indexes, that no contact has any more.

    One at a time in a business: of two who each take the address from one of its last two contacts, the
    second sees neither.
    """
    if gone := [{"indexes": list(indexes)} for indexes in addresses]:
        await lock_named(tx, [f"known_browsers/{tx.business_id}"])
        await tx.run(_FORGET_BROWSERS, addresses=json.dumps(gone))


async def forget_expired_browsers(tx: Transaction, *, browser_days: int) -> None:
    """Those of all businesses that no rule looks at any more."""
    await tx.run(_FORGET_OLD_BROWSERS, days=browser_days)
