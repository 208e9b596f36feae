"""Advisory locks, each held until the end of its transaction. One formula makes the key of every name."""

from collections.abc import Iterable
from typing import Final

from chassis.database.transaction import Transaction

# In one order for everybody, so that nobody waits for somebody who waits for them.
_LOCK = (
    "SELECT pg_advisory_xact_lock{}(hashtextextended(held.name, 0))"
    " FROM (SELECT unnest(CAST(:names AS text[])) AS name ORDER BY name) AS held"
)
_SHARED, _ALONE = _LOCK.format("_shared"), _LOCK.format("")


LOCKED_AT_ONCE: Final = 500
"""How many customers one batch may hold: all workers share PostgreSQL's lock table of some 6,400."""


async def lock_named(tx: Transaction, names: Iterable[str], *, alone: bool = True) -> None:
    """Hold some names, alone or shared."""
    if held := sorted(set(names)):
        await tx.run(_ALONE if alone else _SHARED, names=held)


async def lock_customers(tx: Transaction, keys: Iterable[tuple[str, str]], *, alone: bool) -> None:
    """Hold customers, as (business id, customer id): shared to write for one, alone to change or erase it."""
    await lock_named(tx, [f"identity/{business}/{customer}" for business, customer in keys], alone=alone)
