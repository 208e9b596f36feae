"""Somebody asks for a code. Nothing here depends on whether we know the address."""

import structlog
from chassis.observability import telemetry

from auth_otp import errors, queries, records
from auth_otp.commands import RequestCode
from auth_otp.context import Context
from auth_otp.domain.addresses import Address, NotAnAddress, parse_address
from auth_otp.domain.limits import HOUR, Limit
from auth_otp.ports import Ask, Sending, TooSoon

log = structlog.get_logger(__name__)
_requested = telemetry.meter.create_counter("portal_codes_requested")


async def request_code(ctx: Context, command: RequestCode) -> Sending:
    """Count, challenge, and leave the sending to the worker. Raises `Refused`, or `Unavailable`."""
    if not command.portal.enabled:
        raise errors.PortalOff
    address = _address(command)
    limit = (Limit(ctx.settings.source_sends_per_hour, HOUR),)
    if wait := await ctx.limiter.take(f"sends:{command.visitor.source}", limit, ctx.new_id()):
        raise errors.SlowDown(seconds=wait)
    outcome = await ctx.challenges.ask(await _ask(ctx, command, address))
    if isinstance(outcome, TooSoon):
        too_soon = errors.ResendTooSoonAtCode if outcome.held else errors.ResendTooSoon
        raise too_soon(seconds=outcome.seconds)
    await _leave_to_worker(ctx, command, address, outcome)
    _requested.add(1, {"channel": address.channel})
    log.info("code.requested", business_id=command.portal.business_id, challenge_id=outcome.challenge_id)
    return outcome


def _address(command: RequestCode) -> Address:
    if not command.typed.strip():
        raise errors.AddressMissing
    try:
        return parse_address(command.typed, command.portal.country)
    except NotAnAddress:
        raise errors.AddressInvalid from None


async def _ask(ctx: Context, command: RequestCode, address: Address) -> Ask:
    business_id, browser_id, fresh = command.portal.business_id, command.visitor.browser_id, ctx.new_id()
    indexes = ctx.index.accepted(business_id, address.value)
    async with ctx.database.tenant(business_id) as connection:
        days = ctx.settings.known_browser_days
        known = await queries.knows_browser(connection, business_id, indexes, browser_id, days)
    return Ask(
        business_id=business_id,
        address_index=indexes[0],
        address_cipher=ctx.cipher.encrypt(address.value.encode(), context=challenge_context(business_id)),
        bucket=browser_id if known else "",
        held=command.held,
        fresh=fresh,
        pepper=ctx.settings.code_peppers.current,
    )


async def _leave_to_worker(ctx: Context, command: RequestCode, address: Address, sending: Sending) -> None:
    business_id = command.portal.business_id
    cipher = ctx.cipher.encrypt(address.value.encode(), context=challenge_context(business_id))
    async with ctx.database.tenant(business_id) as connection:
        await records.request_sending(connection, business_id, sending, cipher, command.language)


def challenge_context(business_id: str) -> str:
    """What an address of a challenge is encrypted for."""
    return f"challenge/{business_id}"
