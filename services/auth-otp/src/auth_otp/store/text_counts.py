"""Texts by the day (UTC, the database's clock), by business and calling code."""

from typing import Final

from chassis.database import Transaction, lock_named

from auth_otp.domain.text_limits import CountedTexts, Reach, reached_limit
from auth_otp.settings import Settings

_FIND: Final = (
    "SELECT coalesce(sum(count) FILTER (WHERE business_id = :business_id), 0)::int AS business,"
    " coalesce(sum(count) FILTER (WHERE calling_code = :calling_code), 0)::int AS calling_code,"
    ' coalesce(sum(count), 0)::int AS "all"'
    " FROM sms_days WHERE day = (now() AT TIME ZONE 'UTC')::date"
)
_ADD: Final = (
    "INSERT INTO sms_days AS s (business_id, day, calling_code, count)"
    " VALUES (:business_id, (now() AT TIME ZONE 'UTC')::date, :calling_code, 1)"
    " ON CONFLICT (business_id, day, calling_code) DO UPDATE SET count = s.count + 1"
)
_FORGET_OLD: Final = "DELETE FROM sms_days WHERE day < (now() AT TIME ZONE 'UTC')::date - 31"


async def count_text(
    tx: Transaction, calling_code: str, settings: Settings, *, known_browser: bool
) -> Reach | None:
    """Count a text, or give the limit that is reached. One worker at a time, so that no limit is passed."""
    await lock_named(tx, ["sms_days"])
    counted = await tx.one(_FIND, CountedTexts, calling_code=calling_code) or CountedTexts(0, 0, 0)
    if reached := reached_limit(settings, counted, known_browser=known_browser):
        return reached
    await tx.run(_ADD, calling_code=calling_code)
    return None


async def forget_old_text_counts(tx: Transaction) -> None:
    """Those of all businesses that no rule looks at any more."""
    await tx.run(_FORGET_OLD)
