"""The one place where a session ends before its time; web and worker share it."""

from chassis.database import Transaction
from chassis.events_out.event_store import EventStore, Origin
from servicehub_events import Session
from sqlalchemy.ext.asyncio import AsyncConnection

from auth_otp import records
from auth_otp.domain.sessions import RevokeSession, decide, stream_of
from auth_otp.queries import LiveSession


async def revoke(
    store: EventStore, connection: AsyncConnection, live: LiveSession, command: RevokeSession, origin: Origin
) -> None:
    """End a live session, whose row the caller has locked: so nobody else appends to its stream."""
    tx, stream = Transaction(connection, live.business_id), stream_of(live.session_id)
    version, state = await store.latest(tx, stream, Session)
    await store.append(tx, stream, version, decide(command, state), origin)
    await records.drop_session(connection, live.business_id, live.session_id)
