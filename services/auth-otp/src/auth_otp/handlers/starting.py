"""A proven address becomes a session: one stream, one live row, in the caller's transaction."""

from chassis.database import Transaction
from chassis.events_out.event_store import Origin
from servicehub_events import RevocationReason, Session
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_otp import errors, queries, records
from auth_otp.context import Context
from auth_otp.domain.addresses import Address
from auth_otp.domain.sessions import RevokeSession, StartSession, decide, stream_of
from auth_otp.handlers.revoking import revoke
from auth_otp.ports import Candidate, Choice
from auth_otp.queries import LiveSession


async def candidates(
    ctx: Context, connection: AsyncConnection, business_id: str, address: Address
) -> tuple[Candidate, ...]:
    """The contacts an address may sign in as, held until the end of the transaction."""
    indexes = ctx.index.accepted(business_id, address.value)
    return await queries.find_candidates(connection, business_id, address.channel, indexes)


async def start_session(
    ctx: Context, connection: AsyncConnection, business_id: str, plan: Choice, chosen: Candidate
) -> Session:
    """Start the planned session, or find it started by a repeat of the same request.

    Raises `CodeExpired` when it was revoked meanwhile, `ChoiceExpired` when the session it was to be switched
    from has ended, and `Conflict`.
    """
    # Locked before the stream is read: a repeat that waited here finds what the first one started.
    replaced = await queries.live_session(connection, business_id, plan.replaces) if plan.replaces else None
    tx, stream = Transaction(connection, business_id), stream_of(plan.session_id)
    version, state = await ctx.store.latest(tx, stream, Session)
    events = decide(_command(business_id, plan, chosen), state)
    if events and plan.switching and replaced is None:
        raise errors.ChoiceExpired
    if events:
        state = await ctx.store.append(tx, stream, version, events, Origin(f"contact:{chosen.contact_id}"))
        await records.add_session(connection, _live(business_id, plan, chosen))
        if replaced:
            await _end_replaced(ctx, connection, replaced)
    if state is None or state.revoked_at is not None:
        raise errors.CodeExpired
    return state


def _command(business_id: str, plan: Choice, chosen: Candidate) -> StartSession:
    return StartSession(
        business_id=business_id,
        session_id=plan.session_id,
        customer_id=chosen.customer_id,
        contact_id=chosen.contact_id,
        device=plan.device,
        remembered=plan.remembered,
        issued_at=plan.issued_at,
        expires_at=plan.expires_at,
    )


def _live(business_id: str, plan: Choice, chosen: Candidate) -> LiveSession:
    return LiveSession(
        business_id=business_id,
        session_id=plan.session_id,
        customer_id=chosen.customer_id,
        contact_id=chosen.contact_id,
        address_index=plan.address_index,
        address_cipher=plan.address_cipher,
        remembered=plan.remembered,
        expires_at=plan.expires_at,
    )


async def _end_replaced(ctx: Context, connection: AsyncConnection, replaced: LiveSession) -> None:
    reason: RevocationReason = "switched"
    command = RevokeSession(reason, ctx.clock())
    await revoke(ctx.store, connection, replaced, command, Origin(f"contact:{replaced.contact_id}"))
