"""Codes that were asked for and are still to leave: a row each, whoever asked for whatever address.

The row is the outbox. A claim pushes `next_try_at` ahead instead of holding a lock, so that nothing is locked
while the notifier is asked; a worker that dies leaves its requests to be claimed again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from chassis.database import Transaction
from chassis.observability import traceparent
from chassis.rotation import KeyedColumn

from auth_otp.domain.challenges import Sending
from auth_otp.domain.sending import CodeRequest

KEYED: Final = KeyedColumn("FIELD_ENCRYPTION_KEYS", "code_requests", "address_cipher")
"""A code is sent, or has expired, within ten minutes."""

CODE_REQUESTS: Final = "code_requests"
"""The NOTIFY channel that wakes the sender of codes."""

_ADD: Final = (
    "INSERT INTO code_requests (business_id, challenge_id, send_number, code_number, digits, pepper,"
    " address_cipher, locale, known_browser, requested_at, next_try_at, expires_at, traceparent)"
    " VALUES (:business_id, :challenge_id, :send_number, :code_number, :digits, :pepper,"
    " :address_cipher, :locale, :known_browser, :due_at, :due_at, :expires_at, :traceparent)"
)
_ADD_NOTICE: Final = (
    "INSERT INTO code_requests (business_id, challenge_id, send_number, code_number, digits, pepper,"
    " address_cipher, locale, expires_at, guarded_until, traceparent)"
    " VALUES (:business_id, :id, 1, 0, 0, '', :address_cipher, :locale, :until, :until, :traceparent)"
)
_ADD_PASSKEY_NOTICE: Final = (
    "INSERT INTO code_requests (business_id, challenge_id, send_number, code_number, digits, pepper,"
    " address_cipher, locale, expires_at, passkey_added_at, traceparent)"
    " VALUES (:business_id, :id, 1, 0, 0, '', :address_cipher, :locale, now() + interval '1 day', now(),"
    " :traceparent)"
)
_WAKE: Final = "SELECT pg_notify(:channel, '')"
_CLAIM: Final = (
    "WITH due AS (SELECT business_id, challenge_id, send_number FROM code_requests"
    " WHERE next_try_at <= now() ORDER BY NOT known_browser, next_try_at LIMIT :limit FOR UPDATE SKIP LOCKED)"
    " UPDATE code_requests AS r SET tries = r.tries + 1, next_try_at = now() + interval '5 seconds' FROM due"
    " WHERE r.business_id = due.business_id AND r.challenge_id = due.challenge_id"
    " AND r.send_number = due.send_number"
    " RETURNING r.business_id, r.challenge_id, r.send_number, r.code_number, r.digits, r.pepper,"
    " r.address_cipher, r.locale, r.known_browser, r.guarded_until, r.passkey_added_at,"
    " r.expires_at, r.requested_at, r.tries, r.traceparent, now() AS now"
)
_THIS: Final = (
    " WHERE business_id = :business_id AND challenge_id = :challenge_id AND send_number = :send_number"
)
_FORGET: Final = f"DELETE FROM code_requests{_THIS}"  # noqa: S608  # ours
_POSTPONE: Final = f"UPDATE code_requests SET next_try_at = least(now() + :wait, expires_at){_THIS}"  # noqa: S608  # ours
_OLDEST: Final = (
    "SELECT extract(epoch FROM now() - min(requested_at))::float"
    " FROM code_requests WHERE requested_at <= now()"
)


async def add_code_request(
    tx: Transaction, sending: Sending, address_cipher: bytes, locale: str | None, *, known_browser: bool
) -> None:
    """Leave a sending to the worker. The same work for an address we know and one we do not."""
    await tx.run(
        _ADD,
        challenge_id=sending.code_id,
        send_number=sending.send_number,
        code_number=sending.code_number,
        digits=sending.digits,
        pepper=sending.pepper,
        address_cipher=address_cipher,
        locale=locale,
        known_browser=known_browser,
        due_at=sending.due_at,
        expires_at=sending.expires_at,
        traceparent=traceparent(),
    )
    await tx.run(_WAKE, channel=CODE_REQUESTS)


async def add_guard_notice(
    tx: Transaction, id_: str, address_cipher: bytes, locale: str | None, until: datetime
) -> None:
    """Leave it to the worker to tell an address until when it is guarded."""
    trace = traceparent()
    await tx.run(
        _ADD_NOTICE, id=id_, address_cipher=address_cipher, locale=locale, until=until, traceparent=trace
    )
    await tx.run(_WAKE, channel=CODE_REQUESTS)


async def add_passkey_notice(tx: Transaction, id_: str, address_cipher: bytes, locale: str | None) -> None:
    """Leave it to the worker to tell an address that a passkey was added; for a day, then it is old news."""
    trace = traceparent()
    await tx.run(_ADD_PASSKEY_NOTICE, id=id_, address_cipher=address_cipher, locale=locale, traceparent=trace)
    await tx.run(_WAKE, channel=CODE_REQUESTS)


async def claim_code_requests(tx: Transaction, limit: int) -> list[CodeRequest]:
    """Take requests of all businesses that are due, for five seconds. Commit before working on them."""
    return await tx.all(_CLAIM, CodeRequest, limit=limit)


async def forget_code_requests(tx: Transaction, requests: Sequence[CodeRequest]) -> None:
    """The requests are settled."""
    await tx.run_each(_FORGET, [_key(request) for request in requests])


async def mark_postponed(tx: Transaction, waits: Sequence[tuple[CodeRequest, timedelta]]) -> None:
    """Let requests be claimed again after a wait, or when they expire."""
    await tx.run_each(_POSTPONE, [{**_key(request), "wait": wait} for request, wait in waits])


async def find_oldest_age(tx: Transaction) -> float:
    """Seconds since the oldest request was due; 0 without any."""
    return await tx.value(_OLDEST, float) or 0.0


def _key(request: CodeRequest) -> Mapping[str, object]:
    return {
        "business_id": request.business_id,
        "challenge_id": request.challenge_id,
        "send_number": request.send_number,
    }
