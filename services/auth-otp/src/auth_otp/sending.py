"""Codes leave here, off the request path: only now is it asked whether the address is known."""

from datetime import datetime

import msgspec
import structlog
from chassis.clock import NewId
from chassis.database import Transaction
from chassis.encryption import BlindIndex, FieldCipher, Undecipherable, seal
from chassis.events_out import outbox
from chassis.observability import telemetry
from servicehub_events import Envelope, SignInCodeRequested, topic_of
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_otp import queries, records
from auth_otp.domain.addresses import Address, phone_region
from auth_otp.domain.codes import derive_code
from auth_otp.handlers.codes import challenge_context
from auth_otp.queries import Portal
from auth_otp.settings import Settings

log = structlog.get_logger(__name__)
_processed = telemetry.meter.create_counter("portal_codes_processed")

_TAKE = text(
    "SELECT business_id, challenge_id, send_number, generation, pepper, address_cipher, locale, expires_at,"
    " traceparent, now() AS now FROM code_requests ORDER BY requested_at LIMIT :most FOR UPDATE SKIP LOCKED"
)
_DELETE = text(
    "DELETE FROM code_requests WHERE business_id = :business_id AND challenge_id = :challenge_id"
    " AND send_number = :send_number"
)


class _Request(msgspec.Struct, frozen=True):
    business_id: str
    challenge_id: str
    send_number: int
    generation: int
    pepper: str
    address_cipher: bytes
    locale: str | None
    expires_at: datetime
    traceparent: str | None
    now: datetime


class Dropped(Exception):
    """This code is not sent; the reason is a stable word for metrics. Nobody outside learns of it."""


class CodeSending:
    """Takes requests, and publishes the codes of known addresses, sealed to the notifier."""

    def __init__(self, settings: Settings, new_id: NewId) -> None:
        self._settings = settings
        self._cipher = FieldCipher(settings.field_keys)
        self._index = BlindIndex(settings.index_keys)
        self._new_id = new_id

    async def take(self, connection: AsyncConnection, most: int = 50) -> int:
        """Process the oldest requests that nobody else holds; how many there were."""
        rows = (await connection.execute(_TAKE, {"most": most})).all()
        requests = [_Request(*row) for row in rows]
        for request in requests:
            try:
                await self._send(connection, request)
                outcome = "sent"
            except Dropped as reason:
                outcome = str(reason)
            _processed.add(1, {"outcome": outcome})
            log.info("code.processed", challenge_id=request.challenge_id, outcome=outcome)
            await connection.execute(_DELETE, msgspec.structs.asdict(request))
        return len(requests)

    async def _send(self, connection: AsyncConnection, request: _Request) -> None:
        if request.expires_at <= request.now:
            raise Dropped("late")
        portal = await queries.find_portal(connection, request.business_id)
        if portal is None or not portal.enabled:
            raise Dropped("portal_off")
        address = self._address(request)
        indexes = self._index.accepted(request.business_id, address.value)
        recipient = await queries.find_recipient(connection, request.business_id, address.channel, indexes)
        if recipient is None:
            raise Dropped("unknown")
        if address.channel == "sms":
            await self._allow_sms(connection, portal, address)
        locale = recipient.locale or request.locale or portal.default_locale
        await self._publish(connection, request, address, locale)

    def _address(self, request: _Request) -> Address:
        try:
            plain = self._cipher.decrypt(
                request.address_cipher, context=challenge_context(request.business_id)
            )
        except Undecipherable:
            raise Dropped("undecipherable") from None
        return Address.known(plain.decode())

    async def _allow_sms(self, connection: AsyncConnection, portal: Portal, address: Address) -> None:
        if phone_region(address.value) not in {portal.country, *self._settings.sms_countries}:
            raise Dropped("country")
        if not await records.count_sms(connection, portal.business_id, self._settings.sms_per_day):
            log.warning("code.sms_cap_reached", business_id=portal.business_id)
            raise Dropped("sms_cap")

    async def _publish(
        self, connection: AsyncConnection, request: _Request, address: Address, locale: str
    ) -> None:
        pepper = self._settings.code_peppers.keys.get(request.pepper)
        if pepper is None:
            raise Dropped("pepper_retired")
        code = derive_code(pepper, request.challenge_id, request.generation)
        plain = msgspec.json.encode({"to": address.value, "code": code})
        event = SignInCodeRequested(
            business_id=request.business_id,
            challenge_id=request.challenge_id,
            channel=address.channel,
            sealed=seal(self._settings.seal_public_key, plain),
            locale=locale,
            expires_at=request.expires_at,
        )
        envelope = Envelope(
            event=event,
            id=self._new_id(),
            source=topic_of(SignInCodeRequested).source,
            time=request.now,
            sequence=request.send_number,
            traceparent=request.traceparent,
        )
        tx = Transaction(connection, request.business_id)
        await outbox.publish(tx, [envelope], actor="worker:auth-otp", lane="codes")
