"""Command → load, decide, append: one transaction, tried again when somebody else was first."""

import structlog
from chassis.db import Database
from chassis.problems import Unavailable
from chassis.store import Conflict, EventStore, Origin
from servicehub_events import Business
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from branding.assets import Asset
from branding.commands import Command
from branding.domain import decide, evolve, published_by, replay, stream_of
from branding.errors import SlugTaken, UnknownBusiness
from branding.tables import assets, slugs

log = structlog.get_logger(__name__)

SERVICEHUB = Origin(actor="servicehub:settings")
_ATTEMPTS = 10
_QUEUE = text("SELECT pg_advisory_xact_lock(hashtextextended(:stream, 0))")


async def handle(command: Command, database: Database, store: EventStore) -> Business:
    """Carry out a command and give the state it leads to. Who was not first queues from then on.

    Raises `UnknownBusiness`, `SlugTaken`, and `Unavailable` when others kept being first.
    """
    for attempt in range(_ATTEMPTS):
        try:
            async with database.tenant(command.business_id) as connection:
                if attempt:
                    await connection.execute(_QUEUE, {"stream": stream_of(command.business_id)})
                return await _carry_out(command, connection, store)
        except Conflict:
            log.info("branding.conflict", business_id=command.business_id, attempt=attempt)
    log.warning("branding.contended", business_id=command.business_id)
    raise Unavailable("Too many changes to this business at once.")


async def _carry_out(command: Command, connection: AsyncConnection, store: EventStore) -> Business:
    stream = await store.load(connection, command.business_id, stream_of(command.business_id))
    before = replay(stream.events)
    events = decide(command, before)
    state = before
    for event in events:
        state = evolve(state, event)
    if state is None:
        raise UnknownBusiness
    if events:
        if before is None or before.slug != state.slug:
            await _claim_slug(connection, state)
        for asset in published_by(command):
            await _publish(connection, state.business_id, asset)
        await store.append(connection, stream, events, SERVICEHUB)
    return state


async def _claim_slug(connection: AsyncConnection, state: Business) -> None:
    """Insert first, then look whose it is: of two at once, the second waits here for the first."""
    mine = {"slug": state.slug, "business_id": state.business_id}
    await connection.execute(insert(slugs).values(mine).on_conflict_do_nothing())
    owner = await connection.scalar(select(slugs.c.business_id).where(slugs.c.slug == state.slug))
    if owner != state.business_id:
        raise SlugTaken


async def _publish(connection: AsyncConnection, business_id: str, asset: Asset) -> None:
    row = {
        "business_id": business_id,
        "name": asset.name,
        "hash": asset.hash,
        "content_type": asset.content_type,
        "body": asset.body,
    }
    await connection.execute(insert(assets).values(row).on_conflict_do_nothing())
