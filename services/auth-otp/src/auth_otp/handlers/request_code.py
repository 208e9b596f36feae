"""Request a code for an address. Nothing here depends on whether we know the address."""

from dataclasses import dataclass

import structlog
from chassis.observability import telemetry
from servicehub_events import Business

from auth_otp import errors
from auth_otp.context import Context
from auth_otp.domain.addresses import Address
from auth_otp.domain.challenges import SendRequest, SendTicket, TooSoon
from auth_otp.domain.sign_in import Browser, check_portal, read_address, source_send_limits
from auth_otp.domain.stored_addresses import StoredAddress, challenge_place
from auth_otp.store import code_requests, counters, sign_in_log

log = structlog.get_logger(__name__)
_requested = telemetry.meter.create_counter("portal_codes_requested")


@dataclass(frozen=True, slots=True)
class RequestCode:
    """Send a code to the address typed. `challenge_id` is the challenge this browser holds, or ""."""

    business: Business
    browser: Browser
    typed: str
    challenge_id: str
    locale: str | None


async def request_code(ctx: Context, command: RequestCode) -> SendTicket | TooSoon:
    """Count, challenge, and leave the sending to the worker.

    Raises `PortalOff`, `AddressMissing`, `AddressInvalid`, `TooManyRequests`, or `Unavailable`.
    """
    check_portal(command.business)
    address = read_address(command.typed, command.business.country)
    limits = source_send_limits(ctx.settings)
    if wait := await ctx.rate_limiter.take(f"sends:{command.browser.source}", limits, ctx.new_id()):
        raise errors.TooManyRequests(seconds=wait)
    business_id = command.business.business_id
    stored = ctx.addresses.stored(business_id, address, challenge_place(business_id))
    outcome = await ctx.challenges.ask(await _send_request(ctx, command, address, stored))
    if isinstance(outcome, TooSoon):
        return outcome
    async with ctx.tenant(business_id) as tx:
        await code_requests.add_code_request(tx, outcome, stored.cipher, command.locale)
        await sign_in_log.add_entry(tx, "code_asked", stored.index)
    _requested.add(1, {"channel": address.channel})
    log.info("code.requested", business_id=business_id, challenge_id=outcome.challenge_id)
    return outcome


async def _send_request(
    ctx: Context, command: RequestCode, address: Address, stored: StoredAddress
) -> SendRequest:
    business_id, browser_id = command.business.business_id, command.browser.browser_id
    indexes, days = ctx.addresses.accepted(business_id, address), ctx.settings.known_browser_days
    async with ctx.tenant(business_id) as tx:
        known = await counters.find_known_browser(tx, indexes, browser_id, days)
    return SendRequest(
        business_id=business_id,
        address_index=stored.index,
        address_cipher=stored.cipher,
        bucket=browser_id if known else "",
        challenge_id=command.challenge_id,
        new_challenge_id=ctx.new_id(),
        pepper=ctx.settings.code_peppers.current,
    )
