"""Sign-in codes that come by Kafka: address and code in one JSON, sealed to the notifier's own key."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
import structlog
from chassis.database import Transaction
from chassis.encryption import Undecipherable, unseal
from chassis.settings import KeyRing
from msgspec import Meta
from servicehub_events import Channel, Envelope, SignInCodeRequested

from notifier import metrics
from notifier.context import Context
from notifier.domain.delivery import SIGN_IN_CODE, CodeDelivery, SignInCode, message_id
from notifier.store import deliveries

log = structlog.get_logger(__name__)

_END = r"(?![\s\S])"  # `$` would let a line break through
_WORD = r"[^\s@\u0000-\u001f\u007f]+"
_Email = Annotated[str, Meta(max_length=320, pattern=f"^{_WORD}@{_WORD}{_END}")]
_Phone = Annotated[str, Meta(pattern=rf"^\+[1-9][0-9]{{1,14}}{_END}")]
_Code = Annotated[str, Meta(pattern=rf"^[0-9]{{6}}{_END}")]


class _ByEmail(msgspec.Struct, frozen=True):
    to: _Email
    code: _Code


class _BySms(msgspec.Struct, frozen=True):
    to: _Phone
    code: _Code


async def store_sealed_codes(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Add a delivery for each request that still lives. Raises `Undecipherable`.

    Nothing is sent here, so that a slow provider holds no partition.
    """
    requested = [_delivery(ctx, envelope) for envelope in batch]
    await deliveries.add_codes(tx, [delivery for delivery in requested if delivery])


def open_code(keys: KeyRing, sealed: str, channel: Channel) -> SignInCode | None:
    """Address and code; None when no key of the ring opens it, or it does not hold `{"to", "code"}`.

    It does not raise: a traceback of this function would carry what it opened.
    """
    kind = _ByEmail if channel == "email" else _BySms
    try:
        found = msgspec.json.decode(unseal(keys, sealed), type=kind)
    except (Undecipherable, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return SignInCode(found.to, found.code)


def _delivery(ctx: Context, envelope: Envelope) -> CodeDelivery | None:
    event = envelope.event
    if not isinstance(event, SignInCodeRequested):
        return None
    if event.expires_at <= ctx.clock():
        metrics.count_delivery(SIGN_IN_CODE, event.channel, "dropped")
        log.info("code.dropped", challenge_id=event.challenge_id, reason="expired")
        return None
    if open_code(ctx.settings.seal_private_keys, event.sealed, event.channel) is None:
        raise Undecipherable("`sealed` does not open to an address and a code")
    return CodeDelivery(
        business_id=event.business_id,
        message_id=message_id(
            caused_by=envelope.id, recipient=event.challenge_id, kind=SIGN_IN_CODE, channel=event.channel
        ),
        channel=event.channel,
        locale=event.locale,
        caused_by=envelope.id,
        sealed=event.sealed,
        expires_at=event.expires_at,
        requested_at=envelope.time,
        traceparent=envelope.traceparent,
    )
