"""Signing out: this browser, one device, or everywhere."""

import structlog
from chassis.events_out.event_store import Origin
from chassis.identity.session_tokens import SessionToken
from chassis.web import NotFound
from servicehub_events import RevocationReason
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_otp import errors, queries
from auth_otp.context import Context
from auth_otp.domain.sessions import RevokeSession
from auth_otp.handlers.revoking import revoke
from auth_otp.queries import LiveSession

log = structlog.get_logger(__name__)


async def sign_out(ctx: Context, token: SessionToken, *, everywhere: bool) -> None:
    """End this session, or all of its contact. A session that ended already ends nothing."""
    async with ctx.database.tenant(token.business_id) as connection:
        live = await _of_contact(connection, token)
        own = [one for one in live if one.session_id == token.session_id]
        reason: RevocationReason = "signed_out_everywhere" if everywhere else "signed_out"
        await _end(ctx, connection, live if own and everywhere else own, reason)
    log.info("session.signed_out", business_id=token.business_id, everywhere=everywhere)


async def sign_out_device(ctx: Context, token: SessionToken, session_id: str) -> None:
    """End a session of the same contact. Raises `NotFound` for any other id, or `NotSignedIn`."""
    async with ctx.database.tenant(token.business_id) as connection:
        live = await _of_contact(connection, token)
        if token.session_id not in {one.session_id for one in live}:
            raise errors.NotSignedIn
        ending = [one for one in live if one.session_id == session_id]
        if not ending:
            raise NotFound
        await _end(ctx, connection, ending, "signed_out")


async def _of_contact(connection: AsyncConnection, token: SessionToken) -> list[LiveSession]:
    """All of them, locked in one order, so that two who sign out everywhere do not block each other."""
    return await queries.live_sessions_of_contact(
        connection, token.business_id, token.customer_id, token.contact_id
    )


async def _end(
    ctx: Context, connection: AsyncConnection, ending: list[LiveSession], reason: RevocationReason
) -> None:
    command = RevokeSession(reason, ctx.clock())
    for live in ending:
        await revoke(ctx.store, connection, live, command, Origin(f"contact:{live.contact_id}"))
