"""Guard an address: who holds it said of a code that it was not them, and strangers are sent no more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from chassis.observability import security_log
from servicehub_events import Business

from auth_otp import errors
from auth_otp.context import Context
from auth_otp.domain.guarding import is_token
from auth_otp.domain.sign_in import Browser, check_portal, entry_counters
from auth_otp.handlers.request_code import take_all
from auth_otp.store import code_requests, guard_links, sign_in_log

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class GuardAddress:
    """Confirm the link with this token: only known browsers are to be sent codes for its address."""

    business: Business
    browser: Browser
    token: str


async def guard_address(ctx: Context, command: GuardAddress) -> datetime:
    """Until when it is guarded, which a repeat changes nothing about; its holder is told so once.

    Raises `PortalOff`, `TooManyRequests` or `GuardLinkGone`.
    """
    check_portal(command.business)
    await take_all(ctx, entry_counters(ctx.settings, command.browser.sources), ctx.new_id())
    business_id, tokens = command.business.business_id, token_indexes(ctx, command.token)
    life = timedelta(seconds=ctx.settings.guarded_seconds)
    async with ctx.tenant(business_id) as tx:
        link = await guard_links.find_guard_link(tx, tokens) if tokens else None
        if link is None:
            raise errors.GuardLinkGone
        security_log.name_subject(business_id=business_id, who=link.address_index)
        await guard_links.lock_guard(tx, link.address_index)
        if until := await guard_links.find_guarded_until(tx, [link.address_index]):
            return until
        until = await guard_links.confirm_guard(tx, tokens, life)
        await code_requests.add_guard_notice(tx, ctx.new_id(), link.address_cipher, link.locale, until)
        await sign_in_log.add_entry(tx, "guarded", link.address_index)
    log.warning("address.guarded", business_id=business_id, address=link.address_index)
    return until


async def find_business_of_link(ctx: Context, token: str) -> str | None:
    """The id of the business whose message held this link; None for a token that was never sent."""
    if not (tokens := token_indexes(ctx, token)):
        return None
    async with ctx.all_tenants() as tx:
        return await guard_links.find_link_owner(tx, tokens)


def token_indexes(ctx: Context, token: str) -> list[str]:
    """Every index a token may be kept under, the current one first; none of a text that is no token."""
    return ctx.addresses.index.accepted("", f"guard link {token}") if is_token(token) else []
