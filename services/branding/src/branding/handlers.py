"""Command → load, decide, append: one transaction, tried again when somebody else was first."""

from chassis.database import Transaction
from chassis.database.database import Database
from chassis.events_out.event_store import EventStore, Origin, retry_on_conflict
from servicehub_events import Business
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from branding.assets import Asset
from branding.commands import Command
from branding.domain import decide, evolve, published_by, stream_of
from branding.errors import SlugTaken, UnknownBusiness
from branding.tables import assets, slugs

SERVICEHUB = Origin(actor="servicehub:settings")


async def handle(command: Command, database: Database, store: EventStore) -> Business:
    """Carry out a command and give the state it leads to.

    Raises `UnknownBusiness`, `SlugTaken`, and `Conflict` when others kept being first.
    """

    async def transaction() -> Business:
        async with database.tenant(command.business_id) as connection:
            return await _carry_out(command, connection, store)

    return await retry_on_conflict(transaction)


async def _carry_out(command: Command, connection: AsyncConnection, store: EventStore) -> Business:
    tx, stream = Transaction(connection, command.business_id), stream_of(command.business_id)
    version, before = await store.latest(tx, stream, Business)
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
        await store.append(tx, stream, version, events, SERVICEHUB)
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
