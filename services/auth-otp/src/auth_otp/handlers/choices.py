"""One proven address, several contacts: pick one now, or another one later."""

import structlog
from chassis.encryption import Undecipherable
from chassis.events_out.event_store import retry_on_conflict
from servicehub_events import Session

from auth_otp import errors, queries
from auth_otp.commands import PickContact, Visitor
from auth_otp.context import Context
from auth_otp.domain.addresses import Address
from auth_otp.handlers.sessions import session_context
from auth_otp.handlers.starting import candidates, start_session
from auth_otp.ports import Candidate, Choice
from auth_otp.queries import Portal

log = structlog.get_logger(__name__)


async def pick_contact(ctx: Context, command: PickContact) -> Session:
    """Sign in as the contact at `index`. Raises `Refused`, or `Unavailable`."""
    business_id = command.portal.business_id
    if not command.portal.enabled:
        raise errors.PortalOff
    offered = await ctx.choices.find(business_id, command.choice_id)
    if offered is not None and not 0 <= command.index < len(offered.candidates):
        raise errors.ChoiceUnknown
    choice = await ctx.choices.pick(business_id, command.choice_id, command.index)
    if choice is None or choice.generation != command.portal.generation:
        raise errors.ChoiceExpired
    chosen = choice.candidates[command.index]
    session = await retry_on_conflict(lambda: _start(ctx, business_id, choice, chosen))
    log.info("session.started", business_id=business_id, session_id=session.session_id)
    return session


async def _start(ctx: Context, business_id: str, choice: Choice, chosen: Candidate) -> Session:
    async with ctx.database.tenant(business_id) as connection:
        if chosen not in await candidates(ctx, connection, business_id, _address(ctx, business_id, choice)):
            raise errors.ChoiceExpired  # access was withdrawn meanwhile
        return await start_session(ctx, connection, business_id, choice, chosen)


async def offer_switch(ctx: Context, portal: Portal, visitor: Visitor) -> str:
    """Offer the contacts of the address that this session proved; the id of the choice.

    The new session will end when this one would have: switching proves nothing anew. Raises `NotSignedIn`.
    """
    token, business_id = visitor.session, portal.business_id
    if token is None or not portal.enabled or token.generation != portal.generation:
        raise errors.NotSignedIn
    async with ctx.database.tenant(business_id) as connection:
        live = await queries.live_session(connection, business_id, token.session_id)
    address = live and _decrypted(ctx, business_id, live.address_cipher)
    if live is None or address is None:
        raise errors.NotSignedIn
    # Not in one transaction: whoever changes a customer takes customer and session in the other order.
    async with ctx.database.tenant(business_id) as connection:
        found = await candidates(ctx, connection, business_id, address)
    choice = Choice(
        session_id=ctx.new_id(),
        address_index=live.address_index,
        address_cipher=live.address_cipher,
        remembered=live.remembered,
        device=visitor.device,
        issued_at=ctx.clock(),
        expires_at=live.expires_at,
        candidates=found,
        generation=portal.generation,
        replaces=live.session_id,
        switching=True,
    )
    choice_id = ctx.new_id()
    await ctx.choices.offer(business_id, choice_id, choice)
    return choice_id


def _address(ctx: Context, business_id: str, choice: Choice) -> Address:
    address = _decrypted(ctx, business_id, choice.address_cipher)
    if address is None:
        raise errors.ChoiceExpired
    return address


def _decrypted(ctx: Context, business_id: str, address_cipher: bytes) -> Address | None:
    """The address that was proven; None when its key was retired too early."""
    try:
        plain = ctx.cipher.decrypt(address_cipher, context=session_context(business_id))
    except Undecipherable:
        return None
    return Address.known(plain.decode())
