"""Send the codes that were asked for: only here is it asked whether an address is known."""

import msgspec
import structlog
from chassis.database import Transaction
from chassis.encryption import seal
from chassis.events_out import publish
from chassis.identity import find_business
from chassis.observability import telemetry
from servicehub_events import Envelope, SignInCodeRequested, topic_of

from auth_otp.context import Context
from auth_otp.domain.sending import CodeRequest, Drop, SendCode, decide_sending
from auth_otp.domain.stored_addresses import challenge_place
from auth_otp.store import code_requests, contacts, counters

log = structlog.get_logger(__name__)
_processed = telemetry.meter.create_counter("portal_codes_processed")
_LIMIT = 50
"""Requests a transaction."""


async def send_waiting(ctx: Context) -> bool:
    """Settle the oldest requests, any number of workers at once; whether there were any."""
    async with ctx.all_tenants() as tx:
        requests = await code_requests.lock_code_requests(tx, _LIMIT)
        for request in requests:
            outcome = await _settle(ctx, tx.of(request.business_id), request)
            _processed.add(1, {"outcome": outcome})
            log.info("code.processed", challenge_id=request.challenge_id, outcome=outcome)
    return bool(requests)


async def _settle(ctx: Context, tx: Transaction, request: CodeRequest) -> str:
    decision = await _decide(ctx, tx, request)
    if isinstance(decision, SendCode) and not await _may_text(ctx, tx, decision):
        decision = Drop("sms_cap")
    if isinstance(decision, SendCode):
        await _publish(ctx, tx, request, decision)
    await code_requests.forget_code_request(tx, request)
    return decision.reason if isinstance(decision, Drop) else "sent"


async def _decide(ctx: Context, tx: Transaction, request: CodeRequest) -> SendCode | Drop:
    business = await find_business(tx, request.business_id)
    address = ctx.addresses.read(request.address_cipher, challenge_place(request.business_id))
    locale: str | None = None
    if address:
        indexes = ctx.addresses.accepted(request.business_id, address)
        locale = await contacts.find_contact_locale(tx, address.channel, indexes)
    pepper = ctx.settings.code_peppers.keys.get(request.pepper)
    countries = ctx.settings.sms_countries
    return decide_sending(request, business, address, locale, pepper=pepper, sms_countries=countries)


async def _may_text(ctx: Context, tx: Transaction, decision: SendCode) -> bool:
    """Whether the business's daily cap allows it; a text is counted where it is."""
    if decision.address.channel != "sms" or await counters.count_text(tx, ctx.settings.sms_per_day):
        return True
    log.warning("code.sms_cap_reached", business_id=tx.business_id)
    return False


async def _publish(ctx: Context, tx: Transaction, request: CodeRequest, decision: SendCode) -> None:
    plain = msgspec.json.encode({"to": decision.address.value, "code": decision.code})
    event = SignInCodeRequested(
        business_id=request.business_id,
        challenge_id=request.challenge_id,
        channel=decision.address.channel,
        sealed=seal(ctx.settings.seal_public_key, plain),
        locale=decision.locale,
        expires_at=request.expires_at,
    )
    envelope = Envelope(
        event=event,
        id=ctx.new_id(),
        source=topic_of(SignInCodeRequested).source,
        time=request.now,
        sequence=request.send_number,
        traceparent=request.traceparent,
    )
    await publish(tx, [envelope], actor="worker:auth-otp", lane="codes")
