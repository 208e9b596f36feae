"""Accept a sign-in code that is handed over: it becomes one delivery, however often it comes."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
import structlog
from chassis.observability import traceparent
from msgspec import Meta
from servicehub_events import Channel
from servicehub_events.catalogue.scalars import Email, Id, Locale, Phone, Time

from notifier import metrics
from notifier.context import Context
from notifier.domain.delivery import (
    PASSKEY_ADDED,
    SIGN_IN_CODE,
    SIGN_IN_GUARDED,
    CodeDelivery,
    SignInCode,
    content_context,
    message_id,
)
from notifier.errors import SignInCodeExpired
from notifier.store import deliveries

log = structlog.get_logger(__name__)

_END: Final = r"(?![\s\S])"  # `$` would let a line break through
_ADDRESSES: Final = {"email": Email, "sms": Phone}


class AcceptCode(msgspec.Struct, frozen=True, kw_only=True):
    """Send the code of a challenge, for the `send_number`th time. Never shown by a log or a repr.

    A longer code comes with the token of its link "it was not me". With `guarded_until` there is no code: its
    address is told that only known devices are sent codes until then; nor with `passkey_added_at`: it is told
    that a passkey was added then.
    """

    business_id: Id
    challenge_id: Annotated[str, Meta(pattern=rf"^[^/\u0000-\u001f\u007f]{{1,48}}{_END}")]
    send_number: Annotated[int, Meta(ge=1, le=1_000_000)]
    channel: Channel
    to: str
    code: Annotated[str, Meta(pattern=rf"^(?:|[0-9]{{6}}|[0-9]{{8}}|[0-9]{{16}}){_END}")]
    locale: Locale
    expires_at: Time
    requested_at: Time
    guard_token: Annotated[str, Meta(pattern=rf"^(?:|[A-Za-z0-9_-]{{11}}){_END}")] = ""
    guarded_until: Time | None = None
    passkey_added_at: Time | None = None

    def __post_init__(self) -> None:
        if sum(map(bool, (self.code, self.guarded_until, self.passkey_added_at))) != 1:
            raise ValueError("code, guarded_until or passkey_added_at: one of them must be given")
        msgspec.convert(self.to, _ADDRESSES[self.channel])

    def __repr__(self) -> str:
        return f"AcceptCode({self.caused_by})"

    @property
    def kind(self) -> str:
        """What is sent: a code, that the address is guarded, or that a passkey was added."""
        if self.passkey_added_at:
            return PASSKEY_ADDED
        return SIGN_IN_GUARDED if self.guarded_until else SIGN_IN_CODE

    @property
    def caused_by(self) -> str:
        """What the message is told to be caused by: this sending of the challenge's code."""
        return f"{self.challenge_id}-{self.send_number}"


async def accept_code(ctx: Context, command: AcceptCode) -> UUID:
    """Store the delivery and wake the queue; the message id. Raises `SignInCodeExpired`."""
    if command.expires_at <= ctx.clock():
        metrics.count_delivery(command.kind, command.channel, "dropped")
        log.info("code.dropped", challenge_id=command.challenge_id, reason="expired")
        raise SignInCodeExpired
    delivery = _delivery(ctx, command)
    async with ctx.tenant(command.business_id) as tx:
        await deliveries.add_codes(tx, [delivery])
    return delivery.message_id


def _delivery(ctx: Context, command: AcceptCode) -> CodeDelivery:
    id_ = message_id(
        caused_by=command.caused_by,
        recipient=command.challenge_id,
        kind=command.kind,
        channel=command.channel,
    )
    content = SignInCode(
        command.to, command.code, command.guard_token, command.guarded_until, command.passkey_added_at
    )
    plain = msgspec.json.encode(content)
    return CodeDelivery(
        business_id=command.business_id,
        message_id=id_,
        kind=command.kind,
        channel=command.channel,
        locale=command.locale,
        caused_by=command.caused_by,
        content=ctx.cipher.encrypt(plain, context=content_context(command.business_id, id_)),
        expires_at=command.expires_at,
        requested_at=command.requested_at,
        traceparent=traceparent(),
    )
