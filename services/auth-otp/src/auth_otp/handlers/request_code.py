"""Request a code for an address. Nothing here depends on whether we know the address."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog
from chassis.database import Transaction
from chassis.observability import Counter
from servicehub_events import Business

from auth_otp import errors
from auth_otp.context import Context
from auth_otp.domain.addresses import Address
from auth_otp.domain.challenges import SendRequest, SendTicket, TooSoon
from auth_otp.domain.code_lengths import LENGTHS, Scope, WrongCodes, address_budget, code_digits, spray_budget
from auth_otp.domain.sign_in import Browser, SourceLimit, check_portal, read_address, send_counters
from auth_otp.domain.stored_addresses import challenge_place
from auth_otp.store import code_requests, known_browsers, sign_in_log, wrong_codes

log = structlog.get_logger(__name__)
_requested = Counter(
    __name__, "portal_codes_requested_total", "codes that were asked for", "channel", "digits"
)


@dataclass(frozen=True, slots=True)
class RequestCode:
    """Send a code to the address typed. `challenge_id` is the challenge this browser holds for it, or ""."""

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
    sources, entry = send_counters(ctx.settings, command.browser.sources), ctx.new_id()
    await take_all(ctx, sources, entry)
    return await send_code(ctx, command, address, entry=entry, sources=[source.name for source in sources])


async def take_all(ctx: Context, counters: tuple[SourceLimit, ...], entry: str) -> None:
    """Count an entry at every counter, or at none. Raises `TooManyRequests`."""
    for at, counter in enumerate(counters):
        if wait := await ctx.rate_limiter.take(counter.name, (counter.limit,), entry):
            for counted in counters[:at]:
                await ctx.rate_limiter.give_back(counted.name, entry)
            raise errors.TooManyRequests(seconds=wait)


async def send_code(
    ctx: Context,
    command: RequestCode,
    address: Address,
    *,
    patient: bool = False,
    entry: str = "",
    sources: list[str] | None = None,
) -> SendTicket | TooSoon:
    """Challenge the browser, with a code as long as the wrong codes of today ask for."""
    business_id, settings = command.business.business_id, ctx.settings
    stored = ctx.addresses.stored(business_id, address, challenge_place(business_id))
    indexes = ctx.addresses.accepted(business_id, address)
    async with ctx.tenant(business_id) as tx:
        browser_id = command.browser.browser_id
        known = await known_browsers.find_known_browser(tx, indexes, browser_id, settings.known_browser_days)
        bucket = browser_id if known else ""
        digits = await _digits(ctx, tx, stored.index, bucket)
    every = settings.shared_mail_every_seconds
    request = SendRequest(
        business_id=business_id,
        address_index=stored.index,
        address_cipher=stored.cipher,
        bucket=bucket,
        challenge_id=command.challenge_id,
        new_challenge_id=ctx.new_id(),
        new_shared_id=ctx.new_id(),
        pepper=settings.code_peppers.current,
        digits=digits,
        shared_digits=max(digits, LENGTHS[1]),
        shared_every_seconds=every if address.channel == "email" else settings.shared_text_every_seconds,
        patient=patient,
        entry=entry,
        sources=sources or (),
    )
    outcome = await ctx.challenges.ask(request)
    if isinstance(outcome, SendTicket) and outcome.sending:
        async with ctx.tenant(business_id) as tx:
            await code_requests.add_code_request(
                tx, outcome.sending, stored.cipher, command.locale, known_browser=known
            )
            await sign_in_log.add_entry(tx, "code_asked", stored.index)
        _requested.add(channel=address.channel, digits=str(outcome.digits))
        log.info("code.requested", business_id=business_id, challenge_id=outcome.challenge_id)
    return outcome


async def _digits(ctx: Context, tx: Transaction, address_index: str, bucket: str) -> int:
    settings = ctx.settings
    own = Scope(
        address_budget(settings, known_browser=bool(bucket)),
        await wrong_codes.find_wrong_codes(tx, address_index, bucket),
    )
    if bucket:  # a stranger's guesses at others do not make this code longer
        return code_digits([own])
    return code_digits([own, await business_scope(ctx, tx), await platform_scope(ctx, tx)])


async def business_scope(ctx: Context, tx: Transaction) -> Scope:
    """The known addresses of the business together."""
    return await _scope(ctx, await wrong_codes.find_spray(tx), partial(wrong_codes.count_customers, tx))


async def platform_scope(ctx: Context, tx: Transaction) -> Scope:
    """Those of all businesses together."""
    estimate = partial(wrong_codes.estimate_all_customers, tx)
    return await _scope(ctx, await wrong_codes.find_all_sprays(tx), estimate)


async def _scope(ctx: Context, wrong: WrongCodes, customers: Callable[[], Awaitable[int]]) -> Scope:
    """Customers are counted only once their number decides something."""
    least = spray_budget(ctx.settings, 0)
    if all(least.has_room(digits, wrong) for digits in LENGTHS):
        return Scope(least, wrong)
    return Scope(spray_budget(ctx.settings, await customers()), wrong)
