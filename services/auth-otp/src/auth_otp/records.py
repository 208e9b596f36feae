"""What sign-in writes beside events: counters, known browsers, codes to send, live sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chassis.observability import telemetry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_otp.ports import Sending
from auth_otp.queries import LiveSession

CODE_REQUESTS = "code_requests"
"""The NOTIFY channel that wakes the sender of codes."""

_COUNT_FAILURE = text(
    "INSERT INTO failures AS f (business_id, address_index, bucket, day, count)"
    " VALUES (:business_id, :address_index, :bucket, (now() AT TIME ZONE 'UTC')::date, 1)"
    " ON CONFLICT (business_id, address_index, bucket, day) DO UPDATE SET count = f.count + 1"
    " WHERE f.count < :most RETURNING day"
)
_TAKE_BACK = text(
    "UPDATE failures SET count = count - 1 WHERE business_id = :business_id"
    " AND address_index = :address_index AND bucket = :bucket AND day = :day AND count > 0"
)
_KNOW = text(
    "INSERT INTO known_browsers AS k (business_id, address_index, browser_id)"
    " VALUES (:business_id, :address_index, :browser_id)"
    " ON CONFLICT (business_id, address_index, browser_id) DO UPDATE SET proved_at = now()"
)
_FORGET_OLDEST = text(
    "DELETE FROM known_browsers WHERE business_id = :business_id AND address_index = :address_index"
    " AND browser_id IN (SELECT browser_id FROM known_browsers WHERE business_id = :business_id"
    " AND address_index = :address_index ORDER BY proved_at DESC, browser_id OFFSET :most)"
)
_MOVE = text(
    "WITH moved AS (DELETE FROM known_browsers WHERE business_id = :business_id"
    " AND address_index = ANY(:former) RETURNING browser_id, proved_at)"
    " INSERT INTO known_browsers AS k (business_id, address_index, browser_id, proved_at)"
    " SELECT CAST(:business_id AS text), CAST(:current AS text), browser_id, max(proved_at)"
    " FROM moved GROUP BY browser_id ON CONFLICT (business_id, address_index, browser_id)"
    " DO UPDATE SET proved_at = GREATEST(k.proved_at, EXCLUDED.proved_at)"
)
_REQUEST = text(
    "INSERT INTO code_requests (business_id, challenge_id, send_number, generation, pepper, address_cipher,"
    " locale, expires_at, traceparent) VALUES (:business_id, :challenge_id, :send_number, :generation,"
    " :pepper, :address_cipher, :locale, :expires_at, :traceparent)"
)
_COUNT_SMS = text(
    "INSERT INTO sms_days AS s (business_id, day, count)"
    " VALUES (:business_id, (now() AT TIME ZONE 'UTC')::date, 1)"
    " ON CONFLICT (business_id, day) DO UPDATE SET count = s.count + 1 WHERE s.count < :most RETURNING count"
)
_WAKE = text("SELECT pg_notify(:channel, '')")
_ADD_SESSION = text(
    "INSERT INTO sessions (business_id, session_id, customer_id, contact_id, address_index, address_cipher,"
    " remembered, expires_at) VALUES (:business_id, :session_id, :customer_id, :contact_id, :address_index,"
    " :address_cipher, :remembered, :expires_at)"
)
_DROP_SESSION = text("DELETE FROM sessions WHERE business_id = :business_id AND session_id = :session_id")


@dataclass(frozen=True, slots=True)
class Counted:
    """A failure that was counted before comparing, to be taken back if it was none."""

    business_id: str
    address_index: str
    bucket: str
    day: date


async def count_failure(
    connection: AsyncConnection, business_id: str, address_index: str, bucket: str, most: int
) -> Counted | None:
    """Count a failure of today (UTC, the database's clock); None when the day's limit is reached."""
    names = {"business_id": business_id, "address_index": address_index, "bucket": bucket}
    day: date | None = await connection.scalar(_COUNT_FAILURE, {**names, "most": most})
    return None if day is None else Counted(business_id, address_index, bucket, day)


async def take_back(connection: AsyncConnection, counted: Counted) -> None:
    """It was no failure: take back this one, and no other."""
    names = {"business_id": counted.business_id, "address_index": counted.address_index}
    await connection.execute(_TAKE_BACK, {**names, "bucket": counted.bucket, "day": counted.day})


async def know_browser(
    connection: AsyncConnection, business_id: str, address_index: str, browser_id: str, most: int
) -> None:
    """This browser proved the address; beyond `most` of them the oldest is forgotten."""
    names = {"business_id": business_id, "address_index": address_index}
    await connection.execute(_KNOW, {**names, "browser_id": browser_id})
    await connection.execute(_FORGET_OLDEST, {**names, "most": most})


async def move_browsers(connection: AsyncConnection, business_id: str, indexes: Sequence[str]) -> None:
    """Browsers known for an address under a former index are known under its current one, the first."""
    current, *former = indexes
    if former:
        names = {"business_id": business_id, "current": current, "former": former}
        await connection.execute(_MOVE, names)


async def request_sending(
    connection: AsyncConnection, business_id: str, sending: Sending, address_cipher: bytes, locale: str | None
) -> None:
    """Leave a sending to the worker. The same work for an address we know and one we do not."""
    row = {
        "business_id": business_id,
        "challenge_id": sending.challenge_id,
        "send_number": sending.number,
        "generation": sending.generation,
        "pepper": sending.pepper,
        "address_cipher": address_cipher,
        "locale": locale,
        "expires_at": sending.expires_at,
        "traceparent": telemetry.traceparent(),
    }
    await connection.execute(_REQUEST, row)
    await connection.execute(_WAKE, {"channel": CODE_REQUESTS})


async def count_sms(connection: AsyncConnection, business_id: str, most: int) -> bool:
    """Count a text message of today (UTC); False when the business's daily cap is reached."""
    count: int | None = await connection.scalar(_COUNT_SMS, {"business_id": business_id, "most": most})
    return count is not None


async def add_session(connection: AsyncConnection, session: LiveSession) -> None:
    """A session lives."""
    names = {name: getattr(session, name) for name in LiveSession.__slots__}
    await connection.execute(_ADD_SESSION, names)


async def drop_session(connection: AsyncConnection, business_id: str, session_id: str) -> None:
    """A session lives no more."""
    await connection.execute(_DROP_SESSION, {"business_id": business_id, "session_id": session_id})
