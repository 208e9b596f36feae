"""Codes that were asked for and are still to leave: a row each, whoever asked for whatever address."""

from typing import Final

from chassis.database import Transaction
from chassis.observability import telemetry

from auth_otp.domain.challenges import SendTicket
from auth_otp.domain.sending import CodeRequest

CODE_REQUESTS: Final = "code_requests"
"""The NOTIFY channel that wakes the sender of codes."""

_ADD: Final = (
    "INSERT INTO code_requests (business_id, challenge_id, send_number, generation, pepper, address_cipher,"
    " locale, expires_at, traceparent) VALUES (:business_id, :challenge_id, :send_number, :code_number,"
    " :pepper, :address_cipher, :locale, :expires_at, :traceparent)"
)
_WAKE: Final = "SELECT pg_notify(:channel, '')"
_LOCK: Final = (
    "SELECT business_id, challenge_id, send_number, generation AS code_number, pepper, address_cipher,"
    " locale, expires_at, traceparent, now() AS now"
    " FROM code_requests ORDER BY requested_at LIMIT :limit FOR UPDATE SKIP LOCKED"
)
_FORGET: Final = (
    "DELETE FROM code_requests WHERE business_id = :business_id AND challenge_id = :challenge_id"
    " AND send_number = :send_number"
)


async def add_code_request(
    tx: Transaction, ticket: SendTicket, address_cipher: bytes, locale: str | None
) -> None:
    """Leave a sending to the worker. The same work for an address we know and one we do not."""
    await tx.run(
        _ADD,
        challenge_id=ticket.challenge_id,
        send_number=ticket.send_number,
        code_number=ticket.code_number,
        pepper=ticket.pepper,
        address_cipher=address_cipher,
        locale=locale,
        expires_at=ticket.expires_at,
        traceparent=telemetry.traceparent(),
    )
    await tx.run(_WAKE, channel=CODE_REQUESTS)


async def lock_code_requests(tx: Transaction, limit: int) -> list[CodeRequest]:
    """The oldest requests that nobody else holds, of all businesses."""
    return await tx.all(_LOCK, CodeRequest, limit=limit)


async def forget_code_request(tx: Transaction, request: CodeRequest) -> None:
    """The request is settled."""
    await tx.run(_FORGET, challenge_id=request.challenge_id, send_number=request.send_number)
