"""Choose among the contacts of one proven address: now, or another one later."""

from dataclasses import dataclass

import structlog
from chassis.events_out import retry_on_conflict
from chassis.identity import SessionToken
from chassis.refusals import NotFound
from servicehub_events import Business, Session

from auth_otp import errors
from auth_otp.context import Context
from auth_otp.domain.sessions import Candidate, SessionGrant
from auth_otp.domain.sign_in import check_offer, check_pick, check_portal, plan_switch
from auth_otp.domain.stored_addresses import session_place
from auth_otp.handlers.enter_code import start_session
from auth_otp.handlers.sign_out import check_viewer
from auth_otp.store import contacts, sessions

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ChooseAccount:
    """Sign in as one of the contacts of a proven address, by its place in the offer."""

    business: Business
    choice_id: str
    index: int


@dataclass(frozen=True, slots=True)
class SwitchAccount:
    """Offer the contacts of the address that this session proved."""

    business: Business
    token: SessionToken
    device: str


@dataclass(frozen=True, slots=True)
class ListAccounts:
    """Show what a choice offers."""

    business_id: str
    choice_id: str


async def choose_account(ctx: Context, command: ChooseAccount) -> Session:
    """Sign in. Raises `PortalOff`, `ChoiceUnknown`, `ChoiceExpired`, or `Unavailable`."""
    business_id, grants = command.business.business_id, ctx.pending_grants
    check_portal(command.business)
    check_offer(await grants.find(business_id, command.choice_id), command.index)
    picked = await grants.pick(business_id, command.choice_id, command.index)
    grant, candidate = check_pick(picked, command.index, command.business)
    session = await retry_on_conflict(lambda: _start(ctx, business_id, grant, candidate))
    log.info("session.started", business_id=business_id, session_id=session.session_id)
    return session


async def _start(ctx: Context, business_id: str, grant: SessionGrant, candidate: Candidate) -> Session:
    address = ctx.addresses.read(grant.address_cipher, session_place(business_id))
    if address is None:
        raise errors.ChoiceExpired
    async with ctx.tenant(business_id) as tx:
        indexes = ctx.addresses.accepted(business_id, address)
        if candidate not in await contacts.lock_candidates(tx, address.channel, indexes):
            raise errors.ChoiceExpired  # access was withdrawn meanwhile
        return await start_session(ctx, tx, grant, candidate)


async def switch_account(ctx: Context, command: SwitchAccount) -> str:
    """Offer them; the id of the choice. Raises `NotSignedIn`, or `Unavailable`."""
    business_id, token = command.business.business_id, command.token
    async with ctx.tenant(business_id) as tx:
        customer = await contacts.find_customer_access(tx, token.customer_id)
        live = await sessions.lock_live_session(tx, token.session_id)
    live = check_viewer(token, command.business, customer, live)
    address = ctx.addresses.read(live.address_cipher, session_place(business_id))
    if address is None:
        raise errors.NotSignedIn
    # Not in one transaction: whoever changes a customer takes customer and session in the other order.
    async with ctx.tenant(business_id) as tx:
        indexes = ctx.addresses.accepted(business_id, address)
        candidates = await contacts.lock_candidates(tx, address.channel, indexes)
    grant = plan_switch(
        live, command.business, command.device, candidates, session_id=ctx.new_id(), now=ctx.clock()
    )
    choice_id = ctx.new_id()
    await ctx.pending_grants.offer(business_id, choice_id, grant)
    return choice_id


async def list_accounts(ctx: Context, command: ListAccounts) -> tuple[Candidate, ...]:
    """The contacts a choice offers, in its order. Raises `NotFound`, or `Unavailable`."""
    grant = await ctx.pending_grants.find(command.business_id, command.choice_id)
    if grant is None:
        raise NotFound
    return grant.candidates
