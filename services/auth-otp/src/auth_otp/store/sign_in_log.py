"""What happened at sign-in lately, a row each: for operators, and to find whom a refused code went to."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final, Literal

import msgspec
from chassis.database import Transaction
from chassis.observability import security_log

EntryKind = Literal[
    "code_asked",
    "code_sent",
    "code_dropped",
    "code_wrong",
    "codes_spent",
    "session_started",
    "session_ended",
    "unlocked",
    "guarded",
]
DAYS: Final = 14
ROWS: Final = 1_000_000
"""Of all businesses together, 200 MB: whoever asks for codes for made-up addresses fills no disk."""

_ADD: Final = (
    "INSERT INTO sign_in_log (business_id, kind, address_index, network, detail)"
    " VALUES (:business_id, :kind, :address_index, :network, :detail)"
)
_LIST: Final = (
    "SELECT at, kind, address_index, network, detail FROM sign_in_log WHERE business_id = :business_id"
    " AND at >= :since AND (:everybody OR address_index = ANY(:indexes)) ORDER BY number DESC LIMIT :limit"
)
_FORGET: Final = "DELETE FROM sign_in_log WHERE business_id = :business_id AND address_index = ANY(:indexes)"
_FORGET_OLD: Final = (
    "DELETE FROM sign_in_log WHERE at < now() - make_interval(days => :days)"
    " OR number <= (SELECT max(number) FROM sign_in_log) - :rows"
)


class SignInEntry(msgspec.Struct, frozen=True):
    """What happened, to whom by blind index, from which network, and about what: a session, a reason."""

    at: datetime
    kind: EntryKind
    address_index: str
    network: str
    detail: str


async def add_entry(tx: Transaction, kind: EntryKind, address_index: str, detail: str = "") -> None:
    """Something happened at the transaction's business, in the request that is being answered."""
    network = security_log.network()
    await tx.run(_ADD, kind=kind, address_index=address_index, network=network, detail=detail)


async def list_entries(
    tx: Transaction, indexes: Collection[str] | None, since: datetime, limit: int
) -> list[SignInEntry]:
    """The newest entries of a business, of an address given by its indexes or of all."""
    everybody, wanted = indexes is None, list(indexes or ())
    return await tx.all(_LIST, SignInEntry, everybody=everybody, indexes=wanted, since=since, limit=limit)


async def forget_entries(tx: Transaction, addresses: Iterable[Collection[str]]) -> None:
    """Delete what is kept of addresses that nobody has any more, each given by its indexes."""
    if indexes := [index for address in addresses for index in address]:
        await tx.run(_FORGET, indexes=indexes)


async def forget_old_entries(tx: Transaction) -> None:
    """Delete the entries of all businesses that are too old, or too many."""
    await tx.run(_FORGET_OLD, days=DAYS, rows=ROWS)
