"""Wrong codes by the day (UTC, the database's clock): of an address, of a business, and of all businesses.

They are counted before anything is compared, and taken back if they were none. A business counts those at
addresses that are known alone, which make a spray; at others the work and the answer are the same.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec
from chassis.database import Transaction

from auth_otp.domain.code_lengths import Budget, WrongCodes

_FIND: Final = (
    "SELECT digits, count FROM failures WHERE business_id = :business_id AND address_index = :address_index"
    " AND bucket = :bucket AND day = (now() AT TIME ZONE 'UTC')::date"
)
_FIND_SPRAY: Final = (
    "SELECT digits, count FROM sprays"
    " WHERE business_id = :business_id AND day = (now() AT TIME ZONE 'UTC')::date"
)
_FIND_ALL_SPRAYS: Final = "SELECT digits, count FROM sprays_today"
_COUNT_CUSTOMERS: Final = (
    "SELECT count(*) FROM customers WHERE business_id = :business_id AND portal_access AND NOT erased"
)
_ESTIMATE_CUSTOMERS: Final = (
    "SELECT greatest(0, reltuples)::bigint FROM pg_class WHERE oid = 'customers'::regclass"
)
_IS_KNOWN: Final = (
    "SELECT EXISTS (SELECT FROM contacts WHERE business_id = :business_id"
    " AND (email_index = ANY(:indexes) OR phone_index = ANY(:indexes)))"
)
_ADD: Final = (
    "INSERT INTO failures AS f (business_id, address_index, bucket, day, digits, count)"
    " VALUES (:business_id, :address_index, :bucket, (now() AT TIME ZONE 'UTC')::date, :digits, :count)"
    " ON CONFLICT (business_id, address_index, bucket, day, digits)"
    " DO UPDATE SET count = f.count + EXCLUDED.count"
    " WHERE CAST(:limit AS integer) IS NULL OR f.count + EXCLUDED.count <= :limit RETURNING day, count"
)
_ADD_TO_SPRAY: Final = (
    "INSERT INTO sprays AS s (business_id, day, digits, count)"
    " VALUES (:business_id, (now() AT TIME ZONE 'UTC')::date, :digits, :borne)"
    " ON CONFLICT (business_id, day, digits) DO UPDATE SET count = s.count + EXCLUDED.count"
    " WHERE CAST(:limit AS integer) IS NULL OR s.count + :count <= :limit RETURNING count"
)
_FORGET: Final = (
    "UPDATE failures SET count = greatest(0, count - :count) WHERE business_id = :business_id"
    " AND address_index = :address_index AND bucket = :bucket AND day = :day AND digits = :digits"
)
_FORGET_IN_SPRAY: Final = (
    "UPDATE sprays SET count = greatest(0, count - :count)"
    " WHERE business_id = :business_id AND day = :day AND digits = :digits"
)
_FORGET_OF_ADDRESS: Final = (
    "WITH gone AS (DELETE FROM failures WHERE business_id = :business_id AND address_index = ANY(:indexes)"
    " RETURNING count) SELECT coalesce(sum(count), 0)::int FROM gone"
)
_FORGET_OLD: Final = (
    "DELETE FROM failures WHERE day < (now() AT TIME ZONE 'UTC')::date - 1",
    "DELETE FROM sprays WHERE day < (now() AT TIME ZONE 'UTC')::date - 31",
)


class CountedWrong(msgspec.Struct, frozen=True, kw_only=True):
    """Where wrong codes of an address were counted; `spray`: in its business too."""

    address_index: str
    bucket: str
    day: date
    digits: int
    spray: bool


class _Row(msgspec.Struct, frozen=True):
    digits: int
    count: int


class _Day(msgspec.Struct, frozen=True):
    day: date
    count: int


async def find_wrong_codes(tx: Transaction, address_index: str, bucket: str) -> WrongCodes:
    """Wrong codes of an address today, entered in the browsers of a bucket."""
    return _by_digits(await tx.all(_FIND, _Row, address_index=address_index, bucket=bucket))


async def find_spray(tx: Transaction) -> WrongCodes:
    """Wrong codes of unknown browsers at known addresses of the business today."""
    return _by_digits(await tx.all(_FIND_SPRAY, _Row))


async def find_all_sprays(tx: Transaction) -> WrongCodes:
    """The same of all businesses."""
    return _by_digits(await tx.all(_FIND_ALL_SPRAYS, _Row))


async def count_customers(tx: Transaction) -> int:
    """Customers of the business that may have a portal."""
    return await tx.value(_COUNT_CUSTOMERS, int) or 0


async def estimate_all_customers(tx: Transaction) -> int:
    """Customers of all businesses, as PostgreSQL's statistics have them."""
    return await tx.value(_ESTIMATE_CUSTOMERS, int) or 0


async def count_wrong(
    tx: Transaction, address_index: str, bucket: str, digits: int, count: int, budget: Budget
) -> tuple[date, int | None] | None:
    """Count wrong codes of an address: the day, and how many more it bears. None when it bears them not."""
    limit = budget.limit(digits)
    place = {"address_index": address_index, "bucket": bucket, "digits": digits}
    row = await tx.one(_ADD, _Day, **place, count=count, limit=limit)
    return row and (row.day, None if limit is None else limit - row.count)


async def is_known(tx: Transaction, indexes: Sequence[str]) -> bool:
    """Whether the business has a contact with this address."""
    return bool(await tx.value(_IS_KNOWN, bool, indexes=list(indexes)))


async def count_in_spray(
    tx: Transaction, digits: int, count: int, budget: Budget, *, known_address: bool
) -> bool:
    """Count wrong codes in the business, if the address is known; whether the business bears them."""
    borne = count if known_address else 0
    values = {"digits": digits, "count": count, "borne": borne, "limit": budget.limit(digits)}
    return await tx.value(_ADD_TO_SPRAY, int, **values) is not None


async def forget_wrong(tx: Transaction, wrong: CountedWrong, count: int) -> None:
    """They were not wrong, or are redeemed: take so many back."""
    place = {"address_index": wrong.address_index, "bucket": wrong.bucket}
    of_day = {"day": wrong.day, "digits": wrong.digits, "count": count}
    await tx.run(_FORGET, **place, **of_day)
    if wrong.spray:
        await tx.run(_FORGET_IN_SPRAY, **of_day)


async def forget_wrong_of_address(tx: Transaction, indexes: Sequence[str]) -> int:
    """Forget all wrong codes of an address; how many were counted. Those of a spray stay counted."""
    return await tx.value(_FORGET_OF_ADDRESS, int, indexes=list(indexes)) or 0


async def forget_old_wrong_codes(tx: Transaction) -> None:
    """Those of all businesses that no rule looks at any more."""
    for statement in _FORGET_OLD:
        await tx.run(statement)


def _by_digits(rows: Sequence[_Row]) -> WrongCodes:
    return {row.digits: row.count for row in rows}
